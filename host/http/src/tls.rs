//! TLS: a certificate and its key, read from files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A file of certificates, or of a key, is at most this long, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What a server proves itself by.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Why TLS cannot be had. No part of a key stands in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate in it.
    #[error("`{}` holds no certificate: give the chain in PEM form, the server's own first", .0.display())]
    NoCertificate(PathBuf),
    /// There is no key in it.
    #[error("`{}` holds no private key: give one in PEM form, without a password", .0.display())]
    NoKey(PathBuf),
    /// They are no pair.
    #[error("`{}` and `{}` cannot be used together: {why}", certificate.display(), key.display())]
    Unfit {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
        /// Why.
        why: String,
    },
}

impl TlsError {
    /// Names the error, in kebab case; `oyez help` explains it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "tls-unusable"
    }
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key, both in PEM form.
    ///
    /// # Errors
    /// A file that cannot be read, or holds none; a key of another certificate, or of a kind that is not known.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(certificate)?).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| TlsError::NoCertificate(certificate.to_owned()))?;
        let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| TlsError::NoKey(key.to_owned()))?;
        let unfit = |why: String| TlsError::Unfit { certificate: certificate.to_owned(), key: key.to_owned(), why };
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
        let config = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
        let mut config = config.map_err(|error| unfit(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}
