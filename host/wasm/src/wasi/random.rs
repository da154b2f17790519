//! `wasi:random` from the delivery's seed: the same on every attempt and replay, and not to be guessed from outside.

use crate::instance::Guest;
use rand_chacha::rand_core::Rng;
use wasmtime::{Error, Result};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};

/// Random bytes at once.
pub(crate) const BYTES_MAX: u64 = 64 << 10;

/// A guest asked for more random bytes at once than it gets.
#[derive(Debug, thiserror::Error)]
#[error("asked for {asked} random bytes at once, over the limit of {max}")]
pub(crate) struct RandomTooLong {
    /// What it asked for.
    pub(super) asked: u64,
    /// What it may.
    pub(super) max: u64,
}

fn bytes(guest: &mut Guest, asked: u64) -> Result<Vec<u8>> {
    let length = usize::try_from(asked).ok().filter(|_| asked <= BYTES_MAX);
    let length = length.ok_or_else(|| Error::new(RandomTooLong { asked, max: BYTES_MAX }))?;
    let mut bytes = vec![0; length];
    guest.random().fill_bytes(&mut bytes);
    Ok(bytes)
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        bytes(self, length)
    }

    fn get_random_u64(&mut self) -> Result<u64> {
        Ok(self.random().next_u64())
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        bytes(self, length)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        Ok(self.random().next_u64())
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> Result<(u64, u64)> {
        let random = self.random();
        Ok((random.next_u64(), random.next_u64()))
    }
}
