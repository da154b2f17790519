//! The host's settings: flag over environment over file over default. All keys of the documentation are known; those that are not
//! built yet are refused by name.

mod file;
mod keys;
mod value;

use crate::args::RunArgs;
use crate::environment;
use crate::error::{Failure, Result};
use oyez::{Budget, Retention};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::{Origin, Value};

/// The file that is read if it is there and no other is named.
const FILE: &str = "oyez.toml";
const PORT: u16 = 6939;
const DAY: Duration = Duration::from_hours(24);

/// What `run` runs by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where the HTTP API listens; a loopback address.
    pub(crate) listen: SocketAddr,
    /// Further names in `Host` that are answered.
    pub(crate) hosts: Vec<String>,
    /// Origins of web pages that may call.
    pub(crate) origins: Vec<String>,
    pub(crate) data_dir: PathBuf,
    /// The log lies in memory, and `data_dir` is not touched.
    pub(crate) in_memory: bool,
    /// How long an id is remembered against its being used again.
    pub(crate) dedup_window: Duration,
    /// Over how many sequences it is, at most.
    pub(crate) dedup_events: Option<u64>,
    pub(crate) plugins: PathBuf,
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
            data_dir: "oyez-data".into(),
            in_memory: false,
            dedup_window: DAY,
            dedup_events: None,
            plugins: "plugins".into(),
            retention: Retention::default(),
            budget: Budget::default(),
            memory: 4 << 30,
            concurrency: 256,
        }
    }
}

impl Settings {
    /// The settings of this process.
    pub(crate) fn of(args: &RunArgs) -> Result<Self> {
        let text = match &args.config {
            Some(path) => Some((path.clone(), file::read(path)?)),
            None if Path::new(FILE).exists() => Some((PathBuf::from(FILE), file::read(Path::new(FILE))?)),
            None => None,
        };
        Self::layered(text.as_ref().map(|(path, text)| (path.as_path(), text.as_str())), environment::settings()?, args)
    }

    /// Later layers over earlier ones.
    fn layered(file: Option<(&Path, &str)>, environment: Vec<(String, String)>, args: &RunArgs) -> Result<Self> {
        let mut settings = Self::default();
        if let Some((path, text)) = file {
            for entry in file::entries(path, text)? {
                keys::assign(&mut settings, &entry.path, &entry.value, &entry.origin)?;
            }
        }
        for (variable, value) in environment {
            let path = environment::path(&variable).unwrap_or_default();
            keys::assign(&mut settings, &path, &Value::Text(value), &Origin::Variable(variable))?;
        }
        if let Some(listen) = &args.listen {
            keys::assign(&mut settings, "server.listen", &Value::Text(listen.clone()), &Origin::Flag("--listen"))?;
        }
        if let Some(plugins) = &args.plugins {
            settings.plugins.clone_from(plugins);
        }
        if let Some(data_dir) = &args.data_dir {
            settings.data_dir.clone_from(data_dir);
        }
        // A data directory that is named by hand is wanted on the disk, whatever the file says.
        settings.in_memory = args.ephemeral || (settings.in_memory && args.data_dir.is_none());
        settings.loopback_only()
    }

    fn loopback_only(self) -> Result<Self> {
        if self.listen.ip().to_canonical().is_loopback() {
            return Ok(self);
        }
        Err(Failure::not_yet(format!(
            "`{}` is no loopback address, and tokens, which any other needs, are not built yet: listen on 127.0.0.1 or [::1]",
            self.listen
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], args: &RunArgs) -> Result<Settings> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::layered(Some((Path::new("conf/oyez.toml"), file)), environment, args)
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
        let nothing = Settings::layered(None, Vec::new(), &RunArgs::default()).unwrap();
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
            ("[auth]\ntoken_file = 't'", "`auth.token_file`"),
            ("[plugins]\napprove = 'hold'", "`plugins.approve`"),
            ("[plugins]\n\n[[plugins.policy]]\nmatch = 'a/*'", "`plugins.policy`"),
            ("[telemetry]\nendpoint = 'x'", "`telemetry.endpoint`"),
            ("[storage]\nlog = 'nats'", "nats"),
            ("[server]\nlisten = '0.0.0.0:1'", "0.0.0.0:1"),
        ] {
            let text = refused(file);
            assert!(text.starts_with("error[not-yet]: ") && text.contains(what), "{text}");
            assert!(what.contains("0.0") || text.contains("line "), "{text}");
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
}
