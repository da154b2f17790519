//! The host's settings: flag over environment over file over default. All keys of the documentation are known; those that are not
//! built yet are refused by name.

mod file;
mod keys;
mod value;

use crate::args::RunArgs;
use crate::environment;
use crate::error::{Failure, Result};
use oyez::{Budget, Ceiling, PublicKey, Retention};
use oyez_http::ServerOptions;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::Value;

pub(crate) use keys::{Shown, differing, shown};
pub(crate) use value::Origin;

/// The file that is read if it is there and no other is named.
const FILE: &str = "oyez.toml";
const PORT: u16 = 6939;
const DAY: Duration = Duration::from_hours(24);

/// What `run` runs by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where the HTTP API listens.
    pub(crate) listen: SocketAddr,
    /// Further names in `Host` that are answered.
    pub(crate) hosts: Vec<String>,
    /// Origins of web pages that may call.
    pub(crate) origins: Vec<String>,
    /// The certificate's chain and its private key; both or none.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// Who may call; without it, everybody who reaches it.
    pub(crate) token_file: Option<PathBuf>,
    /// An address that others reach may be listened on without tokens.
    pub(crate) insecure: bool,
    pub(crate) data_dir: PathBuf,
    /// The log lies in memory, and `data_dir` is not touched.
    pub(crate) in_memory: bool,
    /// How long an id is remembered against its being used again.
    pub(crate) dedup_window: Duration,
    /// Over how many sequences it is, at most.
    pub(crate) dedup_events: Option<u64>,
    pub(crate) plugins: PathBuf,
    /// The most that plugins can get.
    pub(crate) policies: Vec<Ceiling>,
    /// Below which plugins' secrets lie.
    pub(crate) secrets_dir: Option<PathBuf>,
    /// A component without a `.toml` does not load.
    pub(crate) require_toml: bool,
    /// Whose signatures count; without any, none is asked for.
    pub(crate) signers: Vec<PublicKey>,
    /// How long the log keeps what it has.
    pub(crate) retention: Retention,
    /// What one causation tree may come to.
    pub(crate) budget: Budget,
    /// What all attempts together may hold, in bytes.
    pub(crate) memory: usize,
    /// How many attempts run side by side.
    pub(crate) concurrency: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, PORT).into(),
            hosts: Vec::new(),
            origins: Vec::new(),
            certificate: None,
            key: None,
            token_file: None,
            insecure: false,
            data_dir: "oyez-data".into(),
            in_memory: false,
            dedup_window: DAY,
            dedup_events: None,
            plugins: "plugins".into(),
            policies: Vec::new(),
            secrets_dir: None,
            require_toml: false,
            signers: Vec::new(),
            retention: Retention::default(),
            budget: Budget::default(),
            memory: 4 << 30,
            concurrency: 256,
        }
    }
}

/// Settings as they were given: what is in force, where each comes from, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) settings: Settings,
    /// By key; what is not in it is at its default.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// In the order in which a reader meets them. Without any, the settings hold.
    pub(crate) faults: Vec<Failure>,
}

impl Settings {
    /// The settings of this process.
    pub(crate) fn of(args: &RunArgs) -> Result<Self> {
        Given::of(args)?.whole()
    }

    /// The file that they are read from, if it is there.
    pub(crate) fn file(args: &RunArgs) -> &Path {
        args.config.as_deref().unwrap_or(Path::new(FILE))
    }

    /// What must hold of all of them together.
    pub(crate) fn faults(&self) -> Vec<Failure> {
        let mut faults = Vec::new();
        if !ServerOptions::is_loopback(self.listen.ip()) && self.token_file.is_none() && !self.insecure {
            let message = format!(
                "`{}` is reached from other machines, and no token is asked of them: name a token file by `token_file` under `[auth]` \
                 (`oyez token new` makes one), listen on 127.0.0.1 or [::1], or insist by --insecure",
                self.listen
            );
            faults.push(Failure::failed("token-needed", message));
        }
        if self.certificate.is_some() != self.key.is_some() {
            let message = "`server.tls` takes both, `cert` and `key`: `tls = { cert = \"cert.pem\", key = \"key.pem\" }`";
            faults.push(Failure::failed("invalid-setting", message));
        }
        faults
    }
}

impl Given {
    /// As `run` with these arguments is given them.
    ///
    /// # Errors
    /// The file or the environment cannot be read at all.
    pub(crate) fn of(args: &RunArgs) -> Result<Self> {
        let path = Settings::file(args);
        let text = if args.config.is_some() || path.exists() { Some((path, file::read(path)?)) } else { None };
        Ok(Self::layered(text.as_ref().map(|(path, text)| (*path, text.as_str())), environment::settings()?, args))
    }

    /// The settings, or the first of the faults.
    pub(crate) fn whole(self) -> Result<Settings> {
        self.faults.into_iter().next().map_or(Ok(self.settings), Err)
    }

    /// Later layers over earlier ones.
    fn layered(file: Option<(&Path, &str)>, environment: Vec<(String, String)>, args: &RunArgs) -> Self {
        let mut given = Self::default();
        if let Some((path, text)) = file {
            for entry in file::entries(path, text, &mut given.faults) {
                given.assign(entry.path, &entry.value, entry.origin);
            }
        }
        for (variable, value) in environment {
            let path = environment::path(&variable).unwrap_or_default();
            given.assign(path, &Value::Text(value), Origin::Variable(variable));
        }
        let text = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let flags = [
            ("server.listen", "--listen", args.listen.clone()),
            ("plugins.dir", "--plugins", text(&args.plugins)),
            ("storage.dir", "--data-dir", text(&args.data_dir)),
            // A data directory that is named by hand is wanted on the disk, whatever the file says.
            ("storage.log", "--data-dir", args.data_dir.as_ref().map(|_| "segments".to_owned())),
            ("storage.log", "--ephemeral", args.ephemeral.then(|| "memory".to_owned())),
        ];
        for (path, flag, value) in flags {
            if let Some(value) = value {
                given.assign(path.to_owned(), &Value::Text(value), Origin::Flag(flag));
            }
        }
        given.settings.insecure = args.insecure;
        given.faults.extend(given.settings.faults());
        given
    }

    fn assign(&mut self, path: String, value: &Value, origin: Origin) {
        match keys::assign(&mut self.settings, &path, value, &origin) {
            Ok(()) => drop(self.origins.insert(path, origin)),
            Err(fault) => self.faults.push(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], args: &RunArgs) -> Result<Settings> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Given::layered(Some((Path::new("conf/oyez.toml"), file)), environment, args).whole()
    }

    fn refused(file: &str) -> String {
        load(file, &[], &RunArgs::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_the_file_and_that_before_the_default() {
        let file = "[server]\nlisten = '127.0.0.1:1'\n[storage]\ndir = 'data'\n[log]\ndedup_window = '1h'";
        let environment = [("OYEZ_SERVER__LISTEN", "localhost:2"), ("OYEZ_LOG__DEDUP_WINDOW", "2h"), ("OYEZ_SERVER__HOSTS", "a.example, b")];
        let args = RunArgs { listen: Some("[::1]:3".to_owned()), ..RunArgs::default() };
        let settings = load(file, &environment, &args).unwrap();
        assert_eq!(settings.listen.to_string(), "[::1]:3");
        assert_eq!((settings.dedup_window, settings.hosts), (Duration::from_hours(2), vec!["a.example".to_owned(), "b".to_owned()]));
        assert_eq!((settings.data_dir, settings.plugins), ("conf/data".into(), "plugins".into()));
        let settings = load(file, &environment, &RunArgs::default()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:2");
        let nothing = Given::layered(None, Vec::new(), &RunArgs::default()).whole().unwrap();
        assert_eq!(nothing, Settings::default());
        assert_eq!(nothing.listen.to_string(), "127.0.0.1:6939");
    }

    #[test]
    fn the_log_lies_where_the_flags_say() {
        let memory = "[storage]\nlog = 'memory'";
        assert!(load(memory, &[], &RunArgs::default()).unwrap().in_memory);
        assert!(load("", &[], &RunArgs { ephemeral: true, ..RunArgs::default() }).unwrap().in_memory);
        let by_hand = RunArgs { data_dir: Some("d".into()), ..RunArgs::default() };
        assert!(!load(memory, &[], &by_hand).unwrap().in_memory);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest() {
        let unknown = refused("[storage]\ndir = 'x'\n[server]\nlisten_on = 'x'");
        assert!(unknown.starts_with("error[unknown-key]: conf/oyez.toml line 4: "), "{unknown}");
        assert!(unknown.contains("`server.listen_on`") && unknown.contains("`listen`"), "{unknown}");
        assert!(refused("[servr]\nlisten = ''").contains("`server`"));
        assert!(refused("listen = ''").contains("[server]"));
        let failure = load("", &[("OYEZ_SERVER__LISTN", "x")], &RunArgs::default()).unwrap_err();
        assert!(failure.to_string().contains("OYEZ_SERVER__LISTN") && failure.code() == "unknown-key", "{failure}");
    }

    #[test]
    fn what_is_documented_and_not_built_is_refused_by_name_and_line() {
        for (file, what) in [
            ("[plugins]\napprove = 'hold'", "`plugins.approve`"),
            ("[telemetry]\nendpoint = 'x'", "`telemetry.endpoint`"),
            ("[storage]\nlog = 'nats'", "nats"),
        ] {
            let text = refused(file);
            assert!(text.starts_with("error[not-yet]: ") && text.contains(what), "{text}");
            assert!(text.contains("line "), "{text}");
        }
    }

    #[test]
    fn a_wrong_value_says_what_the_key_takes() {
        for (file, what) in [
            ("[server]\nlisten = 'here'", "`here`"),
            ("[server]\nlisten = 6939", "`6939`"),
            ("[server]\nhosts = 'a'", "a list of texts"),
            ("[server]\nhosts = [1]", "a list of texts"),
            ("[log]\ndedup_window = '1 fortnight'", "24h"),
            ("[log]\ndedup_window = 24", "24h"),
            ("[storage]\nlog = 'tape'", "memory"),
            ("server = 1", "section"),
        ] {
            let text = refused(file);
            assert!(text.starts_with("error[invalid-setting]: conf/oyez.toml line ") && text.contains(what), "{text}");
        }
        let syntax = refused("[server]\nlisten = ");
        assert!(syntax.starts_with("error[invalid-toml]: conf/oyez.toml line 2, column "), "{syntax}");
        let flag = load("", &[], &RunArgs { listen: Some("x".to_owned()), ..RunArgs::default() }).unwrap_err();
        assert!(flag.exit() == 2 && flag.to_string().contains("--listen"), "{flag}");
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let args = RunArgs { config: Some("no/such.toml".into()), ..RunArgs::default() };
        let failure = Settings::of(&args).unwrap_err();
        assert!(failure.code() == "settings-unreadable" && failure.message().contains("no/such.toml"), "{failure}");
    }

    #[test]
    fn an_address_that_others_reach_needs_tokens_or_that_one_insists() {
        let everywhere = "[server]\nlisten = '0.0.0.0:1'\n";
        assert!(refused(everywhere).starts_with("error[token-needed]: `0.0.0.0:1` "));
        let insists = RunArgs { insecure: true, ..RunArgs::default() };
        assert!(load(everywhere, &[], &insists).unwrap().insecure);
        let with_tokens = load(&format!("{everywhere}[auth]\ntoken_file = 'tokens.toml'"), &[], &RunArgs::default()).unwrap();
        assert_eq!(with_tokens.token_file, Some("conf/tokens.toml".into()));
        for loopback in ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(load(&format!("[server]\nlisten = '{loopback}'"), &[], &RunArgs::default()).is_ok(), "{loopback}");
        }
    }

    #[test]
    fn tls_takes_a_certificate_and_a_key() {
        let tls = load("[server]\ntls = { cert = 'c.pem', key = 'k.pem' }", &[("OYEZ_SERVER__TLS__KEY", "other")], &RunArgs::default()).unwrap();
        assert_eq!((tls.certificate, tls.key), (Some("conf/c.pem".into()), Some("other".into())));
        assert!(refused("[server.tls]\ncert = 'c.pem'").contains("`server.tls` takes both"));
        assert!(refused("[server.tls]\ncret = 'c.pem'").contains("did you mean `tls.cert`?"));
        assert!(refused("[server]\ntls = 'c.pem'").contains("no key `server.tls`"));
    }

    #[test]
    fn every_fault_is_found_and_every_key_knows_where_it_comes_from() {
        let file = "[server]\nlisten = 'x'\nhost = 'y'\n[log]\nhold = 1\n[budget]\ndepth = 3\n[wrong]\na = 1\n";
        let given = Given::layered(Some((Path::new("oyez.toml"), file)), vec![("OYEZ_LOG__HOLD".into(), "1h".into())], &RunArgs::default());
        let faults: Vec<_> = given.faults.iter().map(Failure::to_string).collect();
        let found: Vec<_> = faults.iter().filter_map(|fault| fault.split_once("line ")?.1.split(':').next()).collect();
        assert_eq!(found, ["2", "3", "5", "9"], "{faults:?}");
        let shown = shown(&given);
        let of = |key: &str| shown.iter().find(|shown| shown.key == key).map(|shown| (shown.value.to_string(), shown.origin.clone())).unwrap();
        assert_eq!(of("budget.depth"), ("3".into(), "oyez.toml:7".into()));
        assert_eq!(of("log.hold"), ("\"1h\"".into(), "OYEZ_LOG__HOLD".into()));
        assert_eq!(of("log.keep_age"), ("null".into(), "default".into()));
        assert_eq!(of("server.listen"), ("\"127.0.0.1:6939\"".into(), "default".into()));
    }
}
