//! What a plugin keeps between events: values by key, in buckets. It takes `state = true` under `[grants]` of the plugin's `.toml`.
//!
//! A handler is a transaction: it reads the state as it was when the attempt began, sees its own writes, and what it wrote is written with its
//! emissions and the end of the delivery, or not at all. Where another delivery changed meanwhile what it had read, the attempt is void and
//! runs again. So a plugin needs no locks, and a counter counts each event once.
//!
//! ```no_run
//! use oyez_plugin::prelude::*;
//!
//! #[handler(on = "shop.order.placed.v1")]
//! fn count(order: Value) -> Result<()> {
//!     let sales = state::bucket("sales")?;
//!     let day = order["day"].as_str().unwrap_or("unknown");
//!     sales.increment(day, 1)?;
//!     sales.set("last", &order)
//! }
//! plugin!(count);
//! ```
//!
//! Without a host, in tests, the state is a map of the test's own thread.

use crate::{Failure, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(target_family = "wasm")]
use hosted as imp;
#[cfg(not(target_family = "wasm"))]
use local as imp;

/// A room of its own for keys.
#[derive(Debug)]
pub struct Bucket(imp::Bucket);

/// Opens a bucket. It needs not be made before; its name has at most 255 bytes, and may be empty.
///
/// # Errors
/// State is not granted.
pub fn bucket(name: &str) -> Result<Bucket> {
    imp::open(name).map(Bucket)
}

impl Bucket {
    /// The value of a key, from JSON; nothing where there is none.
    ///
    /// # Errors
    /// What is there is not what is asked for: rejected, since it will be the same the next time.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(bytes) = self.bytes(key)? else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&bytes)?))
    }

    /// Gives a key a value, as JSON. A key has at most 1,024 bytes, a value 900 KiB.
    ///
    /// # Errors
    /// It is not to be written as JSON.
    pub fn set<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        self.set_bytes(key, &serde_json::to_vec(value)?)
    }

    /// The value of a key, as it lies there.
    ///
    /// # Errors
    /// The host says no.
    pub fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        imp::get(&self.0, key)
    }

    /// Gives a key a value of bytes.
    ///
    /// # Errors
    /// The host says no.
    pub fn set_bytes(&self, key: &str, value: &[u8]) -> Result<()> {
        imp::set(&self.0, key, value)
    }

    /// Takes a key away, if it is there.
    ///
    /// # Errors
    /// The host says no.
    pub fn delete(&self, key: &str) -> Result<()> {
        imp::delete(&self.0, key)
    }

    /// Adds to a counter, which begins at 0, and gives back its new value. A counter is a decimal number, which [`Bucket::get`] reads.
    ///
    /// # Errors
    /// What is there is no counter, or it would pass 2^64.
    pub fn increment(&self, key: &str, by: u64) -> Result<u64> {
        imp::increment(&self.0, key, by)
    }

    /// All keys, by their bytes. Read them where they are few: the attempt is void if any key of the bucket comes or goes meanwhile.
    ///
    /// # Errors
    /// The host says no.
    pub fn keys(&self) -> Result<Vec<String>> {
        imp::keys(&self.0)
    }
}

#[cfg(target_family = "wasm")]
mod hosted {
    use super::{Failure, Result};
    use crate::bindings::wasi::keyvalue::{atomics, store};

    pub(super) type Bucket = store::Bucket;

    fn failed(error: store::Error) -> Failure {
        match error {
            store::Error::NoSuchStore | store::Error::AccessDenied => Failure::retry("state is not granted: add `state = true` under [grants]"),
            store::Error::Other(why) => Failure::reject(why),
        }
    }

    pub(super) fn open(name: &str) -> Result<Bucket> {
        store::open(name).map_err(failed)
    }

    pub(super) fn get(bucket: &Bucket, key: &str) -> Result<Option<Vec<u8>>> {
        bucket.get(key).map_err(failed)
    }

    pub(super) fn set(bucket: &Bucket, key: &str, value: &[u8]) -> Result<()> {
        bucket.set(key, value).map_err(failed)
    }

    pub(super) fn delete(bucket: &Bucket, key: &str) -> Result<()> {
        bucket.delete(key).map_err(failed)
    }

    pub(super) fn increment(bucket: &Bucket, key: &str, by: u64) -> Result<u64> {
        atomics::increment(bucket, key, by).map_err(failed)
    }

    pub(super) fn keys(bucket: &Bucket) -> Result<Vec<String>> {
        let (mut keys, mut cursor) = (Vec::new(), None);
        loop {
            let page = bucket.list_keys(cursor).map_err(failed)?;
            keys.extend(page.keys);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod local {
    use super::{Failure, Result};
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static STATE: RefCell<BTreeMap<(String, String), Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(super) type Bucket = String;

    fn at(bucket: &str, key: &str) -> (String, String) {
        (bucket.to_owned(), key.to_owned())
    }

    #[allow(clippy::unnecessary_wraps, reason = "the host's answers may be errors")]
    pub(super) fn open(name: &str) -> Result<Bucket> {
        Ok(name.to_owned())
    }

    #[allow(clippy::unnecessary_wraps, reason = "the host's answers may be errors")]
    pub(super) fn get(bucket: &Bucket, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(STATE.with_borrow(|state| state.get(&at(bucket, key)).cloned()))
    }

    #[allow(clippy::unnecessary_wraps, reason = "the host's answers may be errors")]
    pub(super) fn set(bucket: &Bucket, key: &str, value: &[u8]) -> Result<()> {
        STATE.with_borrow_mut(|state| state.insert(at(bucket, key), value.to_vec()));
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "the host's answers may be errors")]
    pub(super) fn delete(bucket: &Bucket, key: &str) -> Result<()> {
        STATE.with_borrow_mut(|state| state.remove(&at(bucket, key)));
        Ok(())
    }

    pub(super) fn increment(bucket: &Bucket, key: &str, by: u64) -> Result<u64> {
        let value = get(bucket, key)?;
        let count = value.map_or(Some(0), |value| std::str::from_utf8(&value).ok()?.parse::<u64>().ok());
        let sum = count.and_then(|count| count.checked_add(by)).ok_or_else(|| Failure::reject(format!("`{key}` is no counter, or it is full")))?;
        set(bucket, key, sum.to_string().as_bytes())?;
        Ok(sum)
    }

    #[allow(clippy::unnecessary_wraps, reason = "the host's answers may be errors")]
    pub(super) fn keys(bucket: &Bucket) -> Result<Vec<String>> {
        Ok(STATE.with_borrow(|state| state.keys().filter(|(name, _)| name == bucket).map(|(_, key)| key.clone()).collect()))
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_by_bucket_and_key() -> Result<()> {
        let (stock, other) = (bucket("stock")?, bucket("other")?);
        stock.set("soup", &7_u32)?;
        assert_eq!((stock.get::<u32>("soup")?, other.get::<u32>("soup")?), (Some(7), None));
        assert_eq!(stock.increment("soup", 2)?, 9);
        stock.set_bytes("tea", b"no number")?;
        assert!(stock.increment("tea", 1).is_err() && matches!(stock.get::<u32>("tea"), Err(Failure::Reject(_))));
        assert_eq!(stock.keys()?, ["soup", "tea"]);
        stock.delete("tea")?;
        assert_eq!(stock.bytes("tea")?, None);
        Ok(())
    }
}
