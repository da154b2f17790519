//! TLS: certificates from files, read again; and the command line as its client.

use crate::{FREE, address, command, done, raw, refused, token};
use oyez_tests::{Running, until};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;
use std::path::Path;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self(issuer)
    }

    /// A pair for these names; gives back the key's text.
    fn issue(&self, folder: &Path, names: &[&str]) -> String {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        fs::write(folder.join("cert.pem"), params.signed_by(&key, &self.0).unwrap().pem()).unwrap();
        fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        key.serialize_pem()
    }
}

const SETTINGS: &str = "[server]\ntls = { cert = 'cert.pem', key = 'key.pem' }\n[auth]\ntoken_file = 'tokens.toml'\n";

#[test]
fn a_host_speaks_tls_and_takes_up_new_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let authority = Authority::new(path);
    authority.issue(path, &["localhost", "127.0.0.1"]);
    let secret = token(path, "reader", &["--role", "read"]);
    fs::write(path.join("oyez.toml"), SETTINGS).unwrap();
    let mut host = Running::start_with(path, &FREE, &[]).unwrap();
    let url = host.url.clone();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let by = |ca: &str| vec![("OYEZ_URL", url.clone()), ("OYEZ_TOKEN", secret.clone()), ("OYEZ_CA", ca.to_owned())];
    let environment: Vec<_> = by("ca.pem");
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(done(path, &["plugins"], &environment).contains("no plugins"));
    done(path, &["plugins", "--ca", "ca.pem"], &environment[..2]);
    // Nobody whom the command line trusts by itself vouches for it, and in the clear nobody is understood.
    refused(path, &["plugins"], &environment[..2], "tls-untrusted");
    refused(path, &["plugins", "--ca", "key.pem"], &environment[..2], "ca-unusable");
    let clear = raw(&address(&host), b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(!clear.contains("HTTP/"), "{clear}");

    // A bad pair changes nothing; a good one is for the next connection.
    let log = || fs::read_to_string(path.join("log")).unwrap();
    let good = fs::read_to_string(path.join("key.pem")).unwrap();
    fs::write(path.join("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    until("the bad pair to be told", || Ok(log().contains("tls-unusable"))).unwrap();
    done(path, &["plugins"], &environment);
    fs::write(path.join("key.pem"), "nothing").unwrap();
    until("the lack of a key to be told", || Ok(log().contains("holds no private key"))).unwrap();
    done(path, &["plugins"], &environment);
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Authority::new(elsewhere.path());
    let key = other.issue(path, &["127.0.0.1"]);
    fs::copy(elsewhere.path().join("ca.pem"), path.join("new-ca.pem")).unwrap();
    until("the new certificate", || Ok(command(path, &["plugins", "--ca", "new-ca.pem"], &environment[..2]).status.success())).unwrap();
    refused(path, &["plugins"], &environment, "tls-untrusted");
    host.terminate().unwrap();
    for key in [good, key] {
        let secret = key.lines().nth(1).unwrap();
        assert!(!log().contains(secret), "a key stands in the log");
    }
}

#[test]
fn a_host_without_a_usable_pair_does_not_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("oyez.toml"), "[server.tls]\ncert = 'cert.pem'\nkey = 'key.pem'\n").unwrap();
    let run = [&["run"][..], &FREE].concat();
    assert!(refused(path, &run, &[], "tls-unusable").contains("cert.pem"));
    let authority = Authority::new(path);
    let key = authority.issue(path, &["localhost"]);
    fs::write(path.join("cert.pem"), &key).unwrap();
    let why = refused(path, &run, &[], "tls-unusable");
    assert!(why.contains("holds no certificate") && !why.contains(key.lines().nth(1).unwrap()), "{why}");
    fs::write(path.join("oyez.toml"), "[server]\ntls = { cert = 'cert.pem' }\n").unwrap();
    refused(path, &run, &[], "invalid-setting");
}
