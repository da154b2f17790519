//! Who vouches for a plugin. A signature stands in `NAME.sig` beside `NAME.wasm` and `NAME.toml`, and is over all that makes the plugin:
//! its whole name, the bytes of its component, the bytes of its `.toml` or that it has none.
//!
//! So who may write the folder and has no key cannot change a grant, put a signed component under another name or in another namespace, or
//! give it another's settings. They can take a plugin away, and put back an older one that was signed under the same name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oyez_model::{PluginName, Version};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;

/// What a public key begins with.
const PUBLIC: &str = "ed25519:";
/// What the file of a signing key begins with.
const SECRET: &str = "oyez-signing-key-1 ";
/// What each line of a `.sig` begins with.
const LINE: &str = "oyez-signature-1";
/// Keys that vouch for one plugin.
const LINES_MAX: usize = 16;

/// Why a key, or a plugin without one, was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No public key.
    #[error("`{0}` is no public key: give what `oyez sign --new-key FILE` printed, `ed25519:` and 44 characters")]
    PublicKey(String),
    /// No signing key. What it says instead is not quoted: it may be part of one.
    #[error("the file holds no signing key: make one by `oyez sign --new-key FILE`")]
    SigningKey,
    /// The system gives no randomness.
    #[error("the system gives no randomness for a key")]
    Random,
    /// There is no `.sig`.
    #[error("it is not signed, and plugins.require_signature is set: sign it by `oyez sign`, which puts `{0}` beside it")]
    NotSigned(String),
    /// The `.sig` is no such file.
    #[error("line {0} of its .sig is no signature: sign it anew by `oyez sign`")]
    Malformed(usize),
    /// Somebody else signed it.
    #[error("it is signed by {0}, which is not listed in plugins.require_signature: have it signed by a key that is, or list that one")]
    OtherKey(String),
    /// A listed key signed something else.
    #[error("the signature by {0} is over another build, another .toml, or the plugin under another name: sign what is there, as `{1}`")]
    DoesNotHold(PublicKey, PluginName),
}

impl SignatureError {
    /// The code by which `oyez help` explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PublicKey(_) | Self::SigningKey => "invalid-key",
            Self::Random => "no-randomness",
            Self::NotSigned(_) => "not-signed",
            Self::Malformed(_) => "invalid-signature",
            Self::OtherKey(_) => "signed-by-another",
            Self::DoesNotHold(..) => "signature-does-not-hold",
        }
    }
}

/// Whose signatures count. In text: `ed25519:` and its 32 bytes in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl FromStr for PublicKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let bytes = text.trim().strip_prefix(PUBLIC).and_then(|text| STANDARD.decode(text).ok());
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| SignatureError::PublicKey(text.escape_debug().take(80).collect()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What signs. Its text is a secret: it is shown by [`Self::to_text`] only.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

impl SigningKey {
    /// A new one.
    ///
    /// # Errors
    /// [`SignatureError::Random`].
    pub fn new() -> Result<Self, SignatureError> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).map_err(|_| SignatureError::Random)?;
        Self::of(seed)
    }

    /// Out of the text of its file.
    ///
    /// # Errors
    /// [`SignatureError::SigningKey`].
    pub fn from_text(text: &str) -> Result<Self, SignatureError> {
        let seed = text.trim().strip_prefix(SECRET).and_then(|text| STANDARD.decode(text).ok()).and_then(|seed| seed.try_into().ok());
        Self::of(seed.ok_or(SignatureError::SigningKey)?)
    }

    fn of(seed: [u8; 32]) -> Result<Self, SignatureError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| SignatureError::SigningKey)?;
        Ok(Self { seed, pair })
    }

    /// The text of its file.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{SECRET}{}\n", STANDARD.encode(self.seed))
    }

    /// What others need to check what it signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.pair.public_key().as_ref().try_into().expect("a public key of Ed25519 has 32 bytes"))
    }

    /// A line of a `.sig`.
    #[must_use]
    pub(crate) fn sign(&self, statement: &Statement<'_>) -> String {
        let signature = STANDARD.encode(self.pair.sign(statement.text().as_bytes()).as_ref());
        format!("{LINE} {} {signature}\n", self.public())
    }
}

/// What a signature says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'s> {
    pub(crate) name: &'s PluginName,
    /// SHA-256 of the component.
    pub(crate) component: Version,
    /// SHA-256 of the `.toml`.
    pub(crate) settings: Option<Version>,
}

impl Statement<'_> {
    /// The text that is signed: its first line is nothing else's, and a name has no line end in it.
    fn text(&self) -> String {
        let settings = self.settings.map_or_else(|| "none".to_owned(), |settings| settings.to_string());
        format!("oyez plugin signature, version 1\nname: {}\ncomponent: {}\nsettings: {settings}\n", self.name, self.component)
    }

    /// Whether one of these keys says so in a `.sig`.
    ///
    /// # Errors
    /// The file is none, no listed key signed, or signed something else.
    pub(crate) fn check(&self, keys: &[PublicKey], sig: &str) -> Result<(), SignatureError> {
        let (mut other, mut broken) = (None, None);
        for (i, line) in sig.lines().enumerate() {
            let malformed = || SignatureError::Malformed(i + 1);
            let mut words = line.split(' ');
            let (Some(LINE), Some(key), Some(signature), None, true) = (words.next(), words.next(), words.next(), words.next(), i < LINES_MAX) else {
                return Err(malformed());
            };
            let key: PublicKey = key.parse().map_err(|_| malformed())?;
            let signature = STANDARD.decode(signature).map_err(|_| malformed())?;
            if !keys.contains(&key) {
                other = other.or(Some(key));
            } else if UnparsedPublicKey::new(&ED25519, key.0).verify(self.text().as_bytes(), &signature).is_ok() {
                return Ok(());
            } else {
                broken = broken.or(Some(key));
            }
        }
        Err(match (broken, other) {
            (Some(key), _) => SignatureError::DoesNotHold(key, self.name.clone()),
            (None, Some(key)) => SignatureError::OtherKey(key.to_string()),
            (None, None) => SignatureError::Malformed(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement<'s>(name: &'s PluginName, component: &[u8], settings: Option<&[u8]>) -> Statement<'s> {
        Statement { name, component: Version::of(component), settings: settings.map(Version::of) }
    }

    #[test]
    fn a_signature_is_over_name_component_and_settings() {
        let (key, other) = (SigningKey::new().unwrap(), SigningKey::new().unwrap());
        let [name, elsewhere] = ["email", "billing/email"].map(|name| PluginName::new(name).unwrap());
        let sig = key.sign(&statement(&name, b"wasm", Some(b"toml")));
        let check = |of: &Statement<'_>, keys: &[PublicKey], sig: &str| of.check(keys, sig).map_err(|error| error.code());
        let good = statement(&name, b"wasm", Some(b"toml"));
        assert_eq!(check(&good, &[other.public(), key.public()], &sig), Ok(()));
        for bad in [
            statement(&elsewhere, b"wasm", Some(b"toml")),
            statement(&name, b"wasn", Some(b"toml")),
            statement(&name, b"wasm", Some(b"tomm")),
            statement(&name, b"wasm", None),
        ] {
            assert_eq!(check(&bad, &[key.public()], &sig), Err("signature-does-not-hold"));
        }
        assert_eq!(check(&good, &[other.public()], &sig), Err("signed-by-another"));
        // Whose key it is said to be decides nothing.
        let lie = sig.replace(&key.public().to_string(), &other.public().to_string());
        assert_eq!(check(&good, &[other.public()], &lie), Err("signature-does-not-hold"));
        // While keys change, both sign.
        let both = format!("{}{sig}", other.sign(&good));
        assert_eq!(check(&good, &[key.public()], &both), Ok(()));
        for malformed in ["", "x", "oyez-signature-1", "oyez-signature-1 ed25519:AA AA", &format!("{}x", sig.trim_end()), &sig.replace(' ', "  ")] {
            assert_eq!(check(&good, &[key.public()], malformed), Err("invalid-signature"), "{malformed}");
        }
    }

    #[test]
    fn keys_come_out_of_their_text_and_debug_shows_no_secret() {
        let key = SigningKey::new().unwrap();
        let again = SigningKey::from_text(&key.to_text()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        let secret = key.to_text().trim().rsplit(' ').next().unwrap().to_owned();
        assert!(!format!("{key:?}").contains(&secret));
        for bad in ["", "ed25519:", "oyez-signing-key-1 AAAA", &secret] {
            assert_eq!(SigningKey::from_text(bad).map(|_| ()), Err(SignatureError::SigningKey));
            assert!(bad.parse::<PublicKey>().is_err());
        }
    }

    #[test]
    fn the_statement_is_what_the_documentation_says() {
        let name = PluginName::new("billing/email").unwrap();
        let text = statement(&name, b"", None).text();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(text, format!("oyez plugin signature, version 1\nname: billing/email\ncomponent: {empty}\nsettings: none\n"));
    }
}
