//! `wasi:keyvalue` over the plugin's own state. Linked for all; who was not granted it is not loaded, and during `describe` it is refused.
//!
//! A bucket is whatever name the guest gives: it needs not be made. What the contract calls an error is for stores that fail; a limit or
//! an overtaken read ends the call instead, since a guest that passed over it would complete half of what it meant.

use crate::instance::{Guest, StateError, Transaction, check_bucket};
use store::{Error, KeyResponse};
use wasmtime::Result;
use wasmtime::component::{Linker, Resource};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package oyez:granted;
            world state {
                import wasi:keyvalue/store@0.2.0-draft;
                import wasi:keyvalue/atomics@0.2.0-draft;
                import wasi:keyvalue/batch@0.2.0-draft;
            }
        ",
        world: "oyez:granted/state",
        imports: { default: trappable },
        with: { "wasi:keyvalue/store.bucket": super::Bucket },
    });
}
use bindings::wasi::keyvalue::{atomics, batch, store};

/// A bucket that a guest has open.
#[allow(unreachable_pub, reason = "what is generated exports it again")]
pub struct Bucket(String);

/// What a call gives: an answer, or an error that the guest is told. Another error ends the call.
type Answer<T> = Result<std::result::Result<T, Error>>;

/// Links it.
pub(super) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    store::add_to_linker::<Guest, super::Whole>(linker, super::whole)?;
    atomics::add_to_linker::<Guest, super::Whole>(linker, super::whole)?;
    batch::add_to_linker::<Guest, super::Whole>(linker, super::whole)
}

/// Does something in the call's transaction.
fn within<T>(
    guest: &mut Guest,
    bucket: &Resource<Bucket>,
    act: impl FnOnce(&mut Transaction, &str) -> std::result::Result<T, StateError>,
) -> Answer<T> {
    let name = &guest.table.get(bucket)?.0;
    let began = std::time::Instant::now();
    let done = match guest.shared.state.lock().as_mut() {
        Some(transaction) => act(transaction, name),
        None => return Ok(Err(Error::AccessDenied)),
    };
    guest.shared.meter.waited(began.elapsed());
    Ok(Ok(done?))
}

impl store::Host for Guest {
    fn open(&mut self, identifier: String) -> Answer<Resource<Bucket>> {
        if self.shared.state.lock().is_none() {
            return Ok(Err(Error::AccessDenied));
        }
        check_bucket(&identifier)?;
        Ok(Ok(self.table.push(Bucket(identifier))?))
    }
}

impl store::HostBucket for Guest {
    fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        within(self, &bucket, |state, name| state.get(name, key))
    }

    fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        within(self, &bucket, |state, name| state.set(name, key, value))
    }

    fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<()> {
        within(self, &bucket, |state, name| state.delete(name, key))
    }

    fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<bool> {
        within(self, &bucket, |state, name| Ok(state.get(name, key)?.is_some()))
    }

    fn list_keys(&mut self, bucket: Resource<Bucket>, cursor: Option<u64>) -> Answer<KeyResponse> {
        within(self, &bucket, |state, name| {
            let (keys, cursor) = state.keys(name, cursor)?;
            Ok(KeyResponse { keys, cursor })
        })
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for Guest {
    /// A counter is a decimal number as text, so that people and other languages read it; what is no such number is an error.
    fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: u64) -> Answer<u64> {
        let count = within(self, &bucket, |state, name| {
            let value = state.get(name, key.clone())?;
            let count = match &value {
                None => Some(0),
                Some(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<u64>().ok()),
            };
            let sum = count.and_then(|count| count.checked_add(delta));
            if let Some(sum) = sum {
                state.set(name, key.clone(), sum.to_string().into_bytes())?;
            }
            Ok(sum)
        })?;
        Ok(count.and_then(|count| {
            count.ok_or_else(|| Error::Other(format!("`{key}` is no counter, or it is full: a counter is a decimal number below 2^64")))
        }))
    }
}

impl batch::Host for Guest {
    fn get_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<Vec<Option<(String, Vec<u8>)>>> {
        within(self, &bucket, |state, name| keys.into_iter().map(|key| Ok(state.get(name, key.clone())?.map(|value| (key, value)))).collect())
    }

    fn set_many(&mut self, bucket: Resource<Bucket>, pairs: Vec<(String, Vec<u8>)>) -> Answer<()> {
        within(self, &bucket, |state, name| pairs.into_iter().try_for_each(|(key, value)| state.set(name, key, value)))
    }

    fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        within(self, &bucket, |state, name| keys.into_iter().try_for_each(|key| state.delete(name, key)))
    }
}
