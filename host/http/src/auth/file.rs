//! The token file, in TOML: `[[token]]` with a name, the SHA-256 sum of the token, its roles, and the namespace that it is bound to.

use super::tokens::{Caller, Hash, Role};
use oyez::Namespace;
use std::collections::BTreeSet;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Tokens in one file.
const TOKENS_MAX: usize = 1_000;
const KEYS: &str = "`name`, `sha256`, `roles` and `namespace`";

/// What is wrong, with its line. It never quotes a value of the file: somebody may have put a token there.
type Wrong = (usize, String);

/// Reads the text.
pub(super) fn parse(text: &str) -> Result<Vec<(Hash, Arc<Caller>)>, Wrong> {
    let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let whole = DeTable::parse(text).map_err(|error| (line(error.span().map_or(0, |span| span.start)), "it is no TOML".to_owned()))?;
    let at = |spanned: std::ops::Range<usize>| line(spanned.start);
    let mut tokens: Vec<(Hash, Arc<Caller>)> = Vec::new();
    for (key, value) in whole.get_ref() {
        let Some(entries) = value.get_ref().as_array().filter(|_| key.get_ref() == "token") else {
            return Err((at(key.span()), "it takes `[[token]]` and nothing else".to_owned()));
        };
        for entry in entries {
            let wrong = |what: &str| (at(entry.span()), what.to_owned());
            let table = entry.get_ref().as_table().ok_or_else(|| wrong("a token is `[[token]]`, with its keys below it"))?;
            let (hash, caller) = token(table, &at, at(entry.span()))?;
            if tokens.iter().any(|(_, other)| other.name == caller.name) {
                return Err(wrong("another token has this name: give each its own"));
            }
            if tokens.iter().any(|(other, _)| *other == hash) {
                return Err(wrong("another entry has this sum: one token is one entry"));
            }
            tokens.push((hash, Arc::new(caller)));
        }
    }
    match tokens.len() {
        0 => Err((1, "it holds no token, so that nobody could call: `oyez token new NAME --role publish` makes one".to_owned())),
        1..=TOKENS_MAX => Ok(tokens),
        more => Err((1, format!("it holds {more} tokens, over the limit of {TOKENS_MAX}"))),
    }
}

fn token(table: &DeTable<'_>, at: &impl Fn(std::ops::Range<usize>) -> usize, head: usize) -> Result<(Hash, Caller), Wrong> {
    let (mut name, mut hash, mut roles, mut namespace) = (None, None, None, None);
    for (key, value) in table {
        let wrong = |what: &str| (at(value.span()), what.to_owned());
        let text = || value.get_ref().as_str().ok_or_else(|| wrong("this key takes a text"));
        match &**key.get_ref() {
            "name" => name = Some(text().and_then(|name| checked_name(name).ok_or_else(|| wrong(NAME)))?),
            "sha256" => hash = Some(sum(text()?).ok_or_else(|| wrong("`sha256` takes the 64 hexadecimal digits that `oyez token new` prints"))?),
            "roles" => roles = Some(read_roles(value).ok_or_else(|| wrong("`roles` takes a list of `publish`, `read` and `operate`, one at least"))?),
            "namespace" => {
                let parsed =
                    text()?.parse::<Namespace>().map_err(|_| wrong("`namespace` takes a subfolder of the plugin folder, such as `billing`"))?;
                namespace = Some(parsed);
            }
            _ => return Err((at(key.span()), format!("a token has no such key: it has {KEYS}"))),
        }
    }
    let missing = |key: &str| (head, format!("this token has no `{key}`: it needs `name`, `sha256` and `roles`"));
    let name = name.ok_or_else(|| missing("name"))?;
    let caller = Caller { name, roles: roles.ok_or_else(|| missing("roles"))?, namespace };
    Ok((hash.ok_or_else(|| missing("sha256"))?, caller))
}

/// What a name takes.
pub(super) const NAME: &str = "`name` takes 1 to 63 letters, digits, `.`, `_` and `-`";

/// A name, which stands in the log beside what was done with the token.
pub(super) fn checked_name(name: &str) -> Option<String> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    (plain && (1..=63).contains(&name.len())).then(|| name.to_owned())
}

fn read_roles(value: &Spanned<DeValue<'_>>) -> Option<BTreeSet<Role>> {
    let items = value.get_ref().as_array()?.iter().map(|item| Role::named(item.get_ref().as_str()?));
    items.collect::<Option<BTreeSet<_>>>().filter(|roles| !roles.is_empty())
}

fn sum(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";

    #[test]
    fn a_file_is_read_and_what_is_wrong_is_named_by_line_and_never_quoted() {
        let good = format!("[[token]]\nname = 'a'\nsha256 = '{SUM}'\nroles = ['publish', 'read']\nnamespace = 'billing/eu'\n");
        let tokens = parse(&good).unwrap();
        assert_eq!((tokens.len(), tokens[0].1.name.as_str(), tokens[0].0[0], tokens[0].0[31]), (1, "a", 0x01, 0xef));
        assert_eq!(tokens[0].1.roles, BTreeSet::from([Role::Publish, Role::Read]));
        let secret = "oyez_verysecret";
        for (text, line, what) in [
            (String::new(), 1, "no token"),
            (format!("[[token]]\nname = {secret}\n"), 2, "no TOML"),
            (format!("{secret} = 1\n"), 1, "[[token]]"),
            (format!("[[token]]\n{secret} = 'x'\n"), 2, "no such key"),
            (format!("[[token]]\nname = '{secret} x'\n"), 2, "63"),
            (format!("[[token]]\nname = 'a'\nsha256 = '{secret}'\n"), 3, "64"),
            (format!("[[token]]\nname = 'a'\nsha256 = '{SUM}'\nroles = ['{secret}']\n"), 4, "`operate`"),
            (format!("[[token]]\nname = 'a'\nsha256 = '{SUM}'\nroles = '{secret}'\n"), 4, "`operate`"),
            (format!("[[token]]\nname = 'a'\nsha256 = '{SUM}'\nroles = []\n"), 4, "one at least"),
            (good.replace("billing/eu", "a b"), 5, "namespace"),
            (format!("[[token]]\nname = 'a'\nsha256 = '{SUM}'\n"), 1, "no `roles`"),
            (good.repeat(2), 6, "this name"),
            (format!("{good}{}", good.replace("'a'", "'b'")), 6, "this sum"),
            (format!("token = '{secret}'"), 1, "[[token]]"),
            (format!("token = ['{secret}']"), 1, "[[token]]"),
        ] {
            let (at, why) = parse(&text).unwrap_err();
            assert!(at == line && why.contains(what) && !why.contains("verysecret"), "{text}: {at}: {why}");
        }
    }
}
