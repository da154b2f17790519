//! `wasi:io/poll`, so that a wait for nothing but timers ends at once.

use crate::instance::{Guest, Shared};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use wasmtime::Result;
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::bindings::wasi::io::poll::{Host, HostPollable};
use wasmtime_wasi_io::poll::{DynPollable, Pollable};

/// Host functions over the resources and the time of a guest.
pub(super) struct Polling;

impl HasData for Polling {
    type Data<'a> = View<'a>;
}

pub(super) struct View<'a> {
    table: &'a mut ResourceTable,
    shared: &'a Shared,
}

pub(super) fn view(guest: &mut Guest) -> View<'_> {
    View { table: &mut guest.table, shared: &guest.shared }
}

/// Due when the guest's own time says so.
pub(super) struct Timer {
    when: u64,
    shared: Arc<Shared>,
}

impl Timer {
    pub(super) fn new(when: u64, shared: Arc<Shared>) -> Self {
        Self { when, shared }
    }
}

#[async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {
        if let Some(wait) = self.shared.time.wait(self.when) {
            return tokio::time::sleep(wait).await;
        }
        // Nobody is woken: whoever waits for timers alone moves time on.
        poll_fn(|_| if self.shared.time.is_due(self.when) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl Shared {
    /// Waits for a future over so many pollables.
    async fn wait<T>(&self, pollables: usize, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            loop {
                self.time.forget();
                match work.as_mut().poll(cx) {
                    Poll::Pending if self.time.jump(pollables) => {}
                    poll => return poll,
                }
            }
        })
        .await
    }
}

impl Host for View<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        let mut distinct: Vec<u32> = pollables.iter().map(Resource::rep).collect();
        distinct.sort_unstable();
        distinct.dedup();
        self.shared.wait(distinct.len(), self.table.poll(pollables)).await
    }
}

impl HostPollable for View<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        self.shared.wait(1, self.table.block(pollable)).await
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        HostPollable::ready(self.table, pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        HostPollable::drop(self.table, pollable)
    }
}
