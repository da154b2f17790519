//! What an operator grants a plugin: nothing, unless it is named.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What an operator grants a plugin. Default = nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// It keeps state of its own (`wasi:keyvalue`).
    pub state: bool,
    /// Servers that it may call over HTTP. Of an empty set the interface is there, and every call is refused.
    pub http: Option<BTreeSet<Authority>>,
    /// Variables of the host's environment, by name.
    pub environment: BTreeSet<String>,
    /// Secrets, by name; read by `wasi:config`.
    pub secrets: BTreeSet<String>,
    /// Sources that its emissions may have, beside its own.
    pub sources: BTreeSet<String>,
    /// The host's clock, in place of the delivery's.
    pub clock: bool,
    /// The system's randomness, in place of the delivery's.
    pub random: bool,
}

impl Grants {
    /// Whether what is granted leaves its emissions a function of the event alone. Its sources do.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        !self.state && self.http.is_none() && self.environment.is_empty() && self.secrets.is_empty() && !self.clock && !self.random
    }

    /// What is granted, as lines of the `.toml`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        // Below a ceiling that has nothing, everything is taken away, and named.
        self.clone().cut(&Self::default())
    }

    /// Takes away what a ceiling does not have; gives back what that was, as the `.toml` writes it.
    pub fn cut(&mut self, ceiling: &Self) -> Vec<String> {
        fn keep<T: Ord + Clone + fmt::Display>(asked: &mut BTreeSet<T>, most: &BTreeSet<T>, key: &str, cut: &mut Vec<String>) {
            cut.extend(asked.difference(most).map(|lost| format!("{key} = [\"{lost}\"]")));
            asked.retain(|item| most.contains(item));
        }
        let mut cut = Vec::new();
        let switches = [
            (&mut self.state, ceiling.state, "state = true"),
            (&mut self.clock, ceiling.clock, "clock = \"real\""),
            (&mut self.random, ceiling.random, "random = \"real\""),
        ];
        for (asked, most, line) in switches {
            if *asked && !most {
                *asked = false;
                cut.push(line.to_owned());
            }
        }
        if let Some(asked) = &mut self.http {
            match &ceiling.http {
                Some(most) => keep(asked, most, "http", &mut cut),
                None => {
                    cut.extend(asked.iter().map(|server| format!("http = [\"{server}\"]")));
                    if asked.is_empty() {
                        cut.push("http = []".to_owned());
                    }
                    self.http = None;
                }
            }
        }
        keep(&mut self.environment, &ceiling.environment, "environment", &mut cut);
        keep(&mut self.secrets, &ceiling.secrets, "secrets", &mut cut);
        keep(&mut self.sources, &ceiling.sources, "sources", &mut cut);
        cut
    }
}

/// A server by its name or address, and its port: `api.stripe.com:443`, `[::1]:8080`. The name is kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    /// A name, or an address without brackets.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

impl Authority {
    /// Reads one.
    ///
    /// # Errors
    /// Nothing before the port, no port, or what is no name.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let wrong = || AuthorityError(text.chars().take(100).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?.to_string(),
            None if host.contains(':') => return Err(wrong()),
            None => host.to_ascii_lowercase(),
        };
        let is_name = |part: &str| !part.is_empty() && part.len() <= 63 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let known = host.parse::<IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(is_name));
        if known { Ok(Self { host, port }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Why a server was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no server: write its name or address and its port, such as `api.stripe.com:443`")]
pub struct AuthorityError(pub String);

/// What nobody is to see: its value is not in any debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(Arc<str>);

impl Hidden {
    /// Hides it.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value, for whom it is meant.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> BTreeSet<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn a_server_is_a_name_and_a_port() {
        for (text, shown) in
            [("API.stripe.com:443", "api.stripe.com:443"), ("[::1]:80", "[::1]:80"), ("127.0.0.1:8080", "127.0.0.1:8080"), ("db_1:1", "db_1:1")]
        {
            assert_eq!(Authority::parse(text).unwrap().to_string(), shown);
        }
        for bad in ["", "a", "a:", ":80", "a:0", "a:65536", "a b:80", "a..b:80", "http://a:80", "u@a:80", "::1:80", "[a]:80", "a/b:80", "*.a:80"] {
            assert!(Authority::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_ceiling_takes_away_what_it_does_not_have_and_says_what_that_was() {
        let http = |items: &[&str]| Some(items.iter().map(|item| Authority::parse(item).unwrap()).collect());
        let asked = Grants { state: true, http: http(&["a:1", "b:2"]), secrets: set(&["x", "y"]), clock: true, ..Grants::default() };
        let mut most = Grants { http: http(&["b:2", "c:3"]), secrets: set(&["y"]), clock: true, ..Grants::default() };
        let mut granted = asked.clone();
        assert_eq!(granted.cut(&most), ["state = true", "http = [\"a:1\"]", "secrets = [\"x\"]"]);
        assert_eq!(granted, Grants { http: http(&["b:2"]), secrets: set(&["y"]), clock: true, ..Grants::default() });
        most.http = None;
        assert_eq!(granted.cut(&most), ["http = [\"b:2\"]"]);
        assert!(!granted.is_pure() && Grants { sources: set(&["/a"]), ..Grants::default() }.is_pure());
    }

    #[test]
    fn what_is_hidden_is_in_no_debug_output() {
        assert_eq!(format!("{:?}", Hidden::new("hunter2")), "(hidden)");
    }
}
