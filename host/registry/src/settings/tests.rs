//! What a `.toml` may say, and what is said of one that is wrong.

use super::{Settings, parse};
use oyez_model::{Authority, Filter, Grants, LimitKey, OnReturn, Ordering, Sequence, Start};
use std::path::PathBuf;
use std::time::Duration;

fn good(text: &str) -> Settings {
    parse(text).result.unwrap()
}

fn check(text: &str, code: &str, says: &[&str]) {
    let problem = parse(text).result.expect_err(text);
    assert_eq!(problem.code, code, "{text}: {}", problem.message);
    says.iter().for_each(|part| assert!(problem.message.contains(part), "{text}: {:?} lacks {part:?}", problem.message));
}

#[test]
fn every_key_that_is_built_is_read() {
    let settings = good(
        r#"
name = "email"
component = "lib//mailer.wasm"
paused = true
instance = "fresh"
[[subscription]]
name = "on-order"
filters = [{ exact = { type = "shop.order.placed.v1" } }, { prefix = { source = "/shop/" } }]
ordering = "total"
concurrency = 0x10
start = 2026-01-01T00:00:00Z
on_return = "new"
[subscription.retry]
attempts = 2
backoff = "linear"
delay = "2s"
delay_max = "1m"
on_dead = "continue"
[[subscription]]
name = "all"
filters = []
start = 17
[limits]
cpu = "2s"
time = "24h"
memory = "64KiB"
emissions = 900
emission_bytes = "64MiB"
[grants]
http = ["API.stripe.com:443", "[::1]:8080"]
state = true
environment = ["SMTP_FROM"]
secrets = ["stripe"]
sources = ["/shop/orders"]
clock = "real"
random = "real"
[config]
text = "a"
whole = 1
part = 1.5
truth = true
[secrets]
stripe = { file = "live/stripe" }
"#,
    );
    assert_eq!((settings.name.as_deref(), settings.component, settings.paused), (Some("email"), Some(PathBuf::from("lib/mailer.wasm")), true));
    let specs: Vec<_> = settings.subscriptions.into_iter().map(|patch| patch.resolve().unwrap()).collect();
    assert!(matches!(specs[0].filters[..], [Filter::Exact(_), Filter::Prefix(_)]));
    assert_eq!((specs[0].ordering, specs[0].concurrency, specs[0].on_return), (Ordering::Total, 16, OnReturn::New));
    assert_eq!((specs[0].retry.attempts, specs[0].retry.delay_max), (2, Duration::from_mins(1)));
    assert!(matches!(specs[0].start, Start::Since(_)));
    assert_eq!((specs[1].start, specs[1].filters.len()), (Start::At(Sequence(17)), 0));
    let limits = [LimitKey::Cpu, LimitKey::Time, LimitKey::Memory, LimitKey::Emissions, LimitKey::EmissionBytes];
    assert_eq!(settings.limits, limits.into_iter().zip([2_000, 86_400_000, 64 << 10, 900, 64 << 20]).collect());
    let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let servers = ["[::1]:8080", "api.stripe.com:443"].map(|server| Authority::parse(server).unwrap());
    let grants = Grants {
        state: true,
        http: Some(servers.into()),
        environment: text(&["SMTP_FROM"]),
        secrets: text(&["stripe"]),
        sources: text(&["/shop/orders"]),
        clock: true,
        random: true,
    };
    assert_eq!((settings.grants, settings.secrets), (grants, [("stripe".to_owned(), PathBuf::from("live/stripe"))].into()));
    let config = [("part", "1.5"), ("text", "a"), ("truth", "true"), ("whole", "1")];
    assert_eq!(settings.config, config.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(good(""), Settings::default());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    check("paused = true\npausd = true", "unknown-key", &["line 2", "`pausd`", "`paused`"]);
    check("[limits]\nmemmory = \"1MiB\"", "unknown-key", &["line 2", "`limits.memmory`", "`memory`"]);
    check("[[subscription]]\nname = \"a\"\nconcurency = 1", "unknown-key", &["line 3", "`subscription.concurency`", "`concurrency`"]);
    check("[[subscription]]\nname = \"a\"\n[subscription.retry]\natempts = 1", "unknown-key", &["`subscription.retry.atempts`", "`attempts`"]);
    check("[[subscription]]\nname = \"a\"\non_dead = \"continue\"", "unknown-key", &["line 3", "[subscription.retry]"]);
    check("[grants]\nhtpp = []", "unknown-key", &["`grants.htpp`", "`http`"]);
    check("[limits]\nq = 1", "unknown-key", &["use one of cpu, time"]);
}

#[test]
fn a_wrong_value_is_named_with_its_key_its_line_and_what_the_key_takes() {
    let subscription = |line: &str| format!("[[subscription]]\nname = \"a\"\n{line}");
    for (text, says) in [
        ("paused = \"yes\"".to_owned(), ["`paused`", "`\"yes\"`", "true or false"]),
        ("instance = \"old\"".to_owned(), ["`instance`", "`\"old\"`", "fresh"]),
        ("component = \"../x.wasm\"".to_owned(), ["`component`", "../x.wasm", "`..`"]),
        ("component = \"/x.wasm\"".to_owned(), ["`component`", "/x.wasm", "below this folder"]),
        ("component = \"x.toml\"".to_owned(), ["`component`", "x.toml", "`.wasm`"]),
        ("component = \".lib/x.wasm\"".to_owned(), ["`component`", ".lib", "dot"]),
        ("[limits]\ncpu = \"0ms\"".to_owned(), ["line 2", "`limits.cpu`", "1ms to 1h"]),
        ("[limits]\ntime = \"25h\"".to_owned(), ["line 2", "`limits.time`", "24h"]),
        ("[limits]\ntime = 5".to_owned(), ["line 2", "`5`", "24h"]),
        ("[limits]\nmemory = \"2GiB\"".to_owned(), ["line 2", "2GiB", "1GiB"]),
        ("[limits]\nemissions = 901".to_owned(), ["line 2", "901", "900"]),
        ("[limits]\nemission_bytes = \"65MiB\"".to_owned(), ["line 2", "65MiB", "64MiB"]),
        ("limits = 1".to_owned(), ["`limits`", "`1`", "a table"]),
        ("[config]\na = [1]".to_owned(), ["line 2", "`config.a`", "a text"]),
        ("subscription = 1".to_owned(), ["`subscription`", "`1`", "[[subscription]]"]),
        ("[[subscription]]\nordering = \"key\"".to_owned(), ["line 1", "no `name`", "on-order"]),
        (subscription("concurrency = \"8\""), ["line 3", "`\"8\"`", "1024"]),
        (subscription("concurrency = 0"), ["line 3", "`0`", "1024"]),
        (subscription("start = \"soon\""), ["line 3", "soon", "RFC 3339"]),
        (subscription("start = 2026-01-01"), ["line 3", "2026-01-01", "RFC 3339"]),
        (subscription("ordering = 1"), ["line 3", "`1`", "quotes"]),
        (subscription("retry = { delay = \"1\" }"), ["line 3", "retry.delay", "ms"]),
        (subscription("filters = \"all\""), ["line 3", "filters", "a list"]),
        (subscription("filters = [{ exact = \"a\" }]"), ["line 3", "exact", "attributes"]),
        (subscription("filters = [{ exact = { type = 1 } }]"), ["line 3", "exact", "attributes"]),
        (subscription("filters = [{ exact = { type = \"a\" }, prefix = { type = \"b\" } }]"), ["line 3", "filters", "one dialect"]),
        (subscription("[[subscription]]\nname = \"a\""), ["line 3", "`a`", "twice"]),
    ] {
        check(&text, "invalid-setting", &says);
    }
    check("name = \"a/b\"", "invalid-name", &["line 1", "a/b"]);
    check("[[subscription]]\nname = \"a b\"", "invalid-name", &["line 2", "a b"]);
    check(&subscription("filters = [{ exact = { Type = \"a\" } }]"), "invalid-filter", &["line 3", "Type"]);
    check(&subscription("filters = [{ regex = { type = \"a\" } }]"), "invalid-filter", &["line 3", "regex"]);
}

#[test]
fn a_grant_that_is_none_is_refused() {
    for (text, says) in [
        ("[grants]\nhttp = [\"api.stripe.com\"]", "`grants.http` is `\"api.stripe.com\"`"),
        ("[grants]\nhttp = \"a:1\"", "takes a list of servers"),
        ("[grants]\nenvironment = [\"A=B\"]", "takes a list of names"),
        ("[grants]\nsources = [\"/plugins/other\"]", "none of them below `/plugins/`"),
        ("[grants]\nclock = true", "`\"real\"` or `\"delivery\"`"),
        ("[grants]\nsecrets = [\"stripe\"]", "add `stripe = { file = \"stripe\" }` under [secrets]"),
        ("[secrets]\nstripe = \"sk_live\"", "takes `{ file = \"NAME\" }`"),
        ("[secrets]\nstripe = { file = \"../stripe\" }", "below plugins.secrets_dir"),
        ("[secrets]\nstripe = { file = \"/etc/stripe\" }", "below plugins.secrets_dir"),
        ("[config]\nstripe = \"a\"\n[secrets]\nstripe = { file = \"a\" }", "so rename one"),
    ] {
        check(text, "invalid-setting", &[says]);
    }
}

#[test]
fn what_is_not_built_yet_says_so() {
    for (text, what) in [
        ("instance = \"reuse\"", "reuse"),
        ("[[subscription]]\nname = \"a\"\nwas = \"b\"", "was"),
        ("[[subscription]]\nname = \"a\"\nfilters = [{ data = { path = \"$.amount\", gt = 100 } }]", "data"),
        ("[[subscription]]\nname = \"a\"\nfilters = [{ sql = \"a = 1\" }]", "sql"),
        ("[[subscription]]\nname = \"a\"\nfilters = [{ not = { exact = { type = \"a\" } } }]", "not"),
    ] {
        check(text, "not-yet", &[what, "line"]);
    }
}

#[test]
fn the_first_problem_by_its_place_is_told() {
    check("zzz = 1\nbbb = 1\naaa = 1", "unknown-key", &["line 1", "`zzz`"]);
    check("[limits]\ntime = \"x\"\n[config]\na = []", "invalid-setting", &["line 2"]);
}

#[test]
fn broken_syntax_has_line_and_column_and_still_shows_whose_the_component_is() {
    let text = "component = \"mailer.wasm\"\nname = \"email\"\n[limits\n";
    check(text, "invalid-toml", &["line 3, column "]);
    assert_eq!(parse(text).outline, (Some("email".to_owned()), Some(PathBuf::from("mailer.wasm"))));
    check("a = 1\na = 2", "invalid-toml", &["line 2, column 1"]);
}
