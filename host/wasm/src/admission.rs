//! Who gets an instance: slots of the pool and memory of the host, shared out among plugins before anything is instantiated.
//!
//! A plugin's share is dynamic (Choudhury and Hahne, "Dynamic queue length thresholds", 1998): beside its first attempt it may hold as
//! much as is still free. So one greedy plugin gets half of what there is, two get a third each, and somebody new always finds room.

use crate::executor::Account;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Slots and memory for all.
#[derive(Debug)]
pub(crate) struct Admission {
    /// All of the memory, whoever holds it.
    bytes: usize,
    state: Mutex<State>,
}

/// So many slots, and bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Room {
    slots: usize,
    bytes: usize,
}

#[derive(Debug)]
struct State {
    free: Room,
    held: HashMap<u64, Room>,
    /// Who waits, by account, in order.
    waiting: BTreeMap<u64, VecDeque<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    bytes: usize,
    permit: oneshot::Sender<Permit>,
}

/// A slot, and what its attempt holds of the memory; given back at drop.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    account: u64,
    bytes: usize,
}

impl Admission {
    /// So many slots, and so many bytes.
    pub(crate) fn new(slots: usize, bytes: usize) -> Arc<Self> {
        let free = Room { slots, bytes };
        Arc::new(Self { bytes, state: Mutex::new(State { free, held: HashMap::new(), waiting: BTreeMap::new() }) })
    }

    /// All of the memory, whoever holds it, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Waits for a slot, and so many bytes: less than there are in all.
    pub(crate) async fn admit(self: &Arc<Self>, account: &Account, bytes: usize) -> Permit {
        let waiting = {
            let mut state = self.state.lock();
            if !state.waiting.contains_key(&account.id) && state.take(account.id, bytes) {
                return Permit { admission: Arc::clone(self), account: account.id, bytes };
            }
            let (permit, granted) = oneshot::channel();
            state.waiting.entry(account.id).or_default().push_back(Waiting { bytes, permit });
            granted
        };
        waiting.await.expect("who waits is never forgotten")
    }

    fn give_back(self: &Arc<Self>, account: u64, bytes: usize) {
        let mut state = self.state.lock();
        state.put(account, bytes);
        let granted = state.grant();
        drop(state);
        for (account, Waiting { bytes, permit }) in granted {
            // Of one that waits no more it is dropped, and so comes back here.
            let _ = permit.send(Permit { admission: Arc::clone(self), account, bytes });
        }
    }
}

impl State {
    /// Takes a slot with so many bytes, if the account may.
    fn take(&mut self, account: u64, bytes: usize) -> bool {
        let (free, held) = (self.free, self.held.get(&account).copied().unwrap_or_default());
        let there_is = free.slots > 0 && free.bytes >= bytes;
        if !there_is || (held.slots > 0 && (held.slots >= free.slots || held.bytes > free.bytes - bytes)) {
            return false;
        }
        self.free = Room { slots: free.slots - 1, bytes: free.bytes - bytes };
        self.held.insert(account, Room { slots: held.slots + 1, bytes: held.bytes + bytes });
        true
    }

    fn put(&mut self, account: u64, bytes: usize) {
        self.free.slots += 1;
        self.free.bytes += bytes;
        let held = self.held.get_mut(&account).expect("who gives back has taken");
        held.slots -= 1;
        held.bytes -= bytes;
        if held.slots == 0 {
            self.held.remove(&account);
        }
    }

    /// Lets in who waits and may, those first who hold least.
    fn grant(&mut self) -> Vec<(u64, Waiting)> {
        let mut granted = Vec::new();
        while self.free.slots > 0 && !self.waiting.is_empty() {
            let holds = |account: &u64| self.held.get(account).map_or(0, |held| held.slots);
            let mut accounts: Vec<u64> = self.waiting.keys().copied().collect();
            accounts.sort_by_key(holds);
            let next = accounts.into_iter().find(|account| {
                let bytes = self.waiting[account].front().expect("who waits stands in line").bytes;
                self.take(*account, bytes)
            });
            let Some(account) = next else { break };
            let line = self.waiting.get_mut(&account).expect("it waits");
            granted.extend(line.pop_front().map(|waiting| (account, waiting)));
            if line.is_empty() {
                self.waiting.remove(&account);
            }
        }
        granted
    }
}

impl Permit {
    /// Takes so many bytes more, or says no and stays as it is. The first attempt of a plugin may have all that is free.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let mut state = self.admission.state.lock();
        let held = state.held.get(&self.account).copied().unwrap_or_default();
        let beside = held.bytes - self.bytes;
        let Some(left) = state.free.bytes.checked_sub(more).filter(|left| beside <= *left || held.slots <= 1) else { return false };
        state.free.bytes = left;
        state.held.entry(self.account).or_default().bytes += more;
        self.bytes += more;
        true
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.give_back(self.account, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn now(admission: &Arc<Admission>, account: &Account, bytes: usize) -> Option<Permit> {
        admission.admit(account, bytes).now_or_never()
    }

    #[test]
    fn what_was_taken_comes_back_whole() {
        let (admission, account) = (Admission::new(4, 100), Account::new());
        let mut permit = now(&admission, &account, 60).unwrap();
        assert!(!permit.grow(41) && permit.grow(40));
        drop(permit);
        let state = admission.state.lock();
        assert_eq!((state.free, state.held.len(), state.waiting.len()), (Room { slots: 4, bytes: 100 }, 0, 0));
    }

    #[test]
    fn however_greedy_one_is_another_finds_room() {
        let (admission, greedy, other) = (Admission::new(64, 1_000), Account::new(), Account::new());
        let held: Vec<_> = std::iter::from_fn(|| now(&admission, &greedy, 1)).collect();
        assert_eq!(held.len(), 32);
        let others: Vec<_> = std::iter::from_fn(|| now(&admission, &other, 1)).collect();
        assert_eq!(others.len(), 16);
        assert!((0..8).all(|_| now(&admission, &Account::new(), 1).is_some()));
    }

    #[test]
    fn memory_is_shared_out_as_slots_are() {
        let (admission, greedy, other) = (Admission::new(64, 1_000), Account::new(), Account::new());
        let mut first = now(&admission, &greedy, 10).unwrap();
        assert!(first.grow(890), "alone it may have what is free");
        assert!(now(&admission, &greedy, 10).is_none(), "a second one of it may not");
        let mut second = now(&admission, &other, 10).unwrap();
        assert!(second.grow(90) && !second.grow(1));
    }

    #[test]
    fn who_waits_gets_what_is_given_back_and_who_left_does_not() {
        let (admission, a, b) = (Admission::new(1, 100), Account::new(), Account::new());
        let held = now(&admission, &a, 1).unwrap();
        let mut gone = Box::pin(admission.admit(&a, 1));
        let mut waits = Box::pin(admission.admit(&b, 1));
        assert!((&mut gone).now_or_never().is_none() && (&mut waits).now_or_never().is_none());
        drop(gone);
        drop(held);
        assert!(waits.now_or_never().is_some());
        assert!(now(&admission, &a, 1).is_some());
    }
}
