//! Who is connected: a bounded number, all together and from one address. Who is silent makes room for who comes.

use crate::options::HttpLimits;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A silent connection whose last answer is still being taken may go on for so many times as long as another silent one.
const FLUSH_TIMES: u32 = 10;

/// Connections in the order in which they fell silent.
type Silent = BTreeSet<(Instant, u64)>;

/// Everybody.
#[derive(Debug)]
pub(crate) struct Places {
    table: Mutex<Table>,
    connections: usize,
    per_address: usize,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    entries: HashMap<u64, Entry>,
    silent: Silent,
    peers: HashMap<IpAddr, Peer>,
}

/// Those of one address.
#[derive(Debug, Default)]
struct Peer {
    connections: usize,
    silent: Silent,
}

#[derive(Debug)]
struct Entry {
    peer: IpAddr,
    /// Requests under way.
    busy: usize,
    /// Since when there is none, or the last one came.
    since: Instant,
    served: bool,
    leave: Arc<Notify>,
}

/// A connection's place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    places: Arc<Places>,
    id: u64,
    leave: Arc<Notify>,
    begun: Instant,
    /// Requests whose answer has not begun.
    working: AtomicUsize,
    /// When something of an answer was last taken, in milliseconds since it began.
    taken: AtomicU64,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Busy {
    seat: Arc<Seat>,
    working: bool,
}

impl Places {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        Self { table: Mutex::default(), connections: limits.connections, per_address: limits.connections_per_address }
    }

    /// How many are connected.
    pub(crate) fn taken(&self) -> usize {
        self.table.lock().entries.len()
    }

    /// A place for who comes from there. If none is free, who has been silent longest is sent away; of the same address, if that has too many.
    ///
    /// # Errors
    /// Everybody who could make room is busy: why there is no place.
    pub(crate) fn take(self: &Arc<Self>, from: IpAddr) -> Result<Arc<Seat>, &'static str> {
        let (peer, now) = (whole(from), Instant::now());
        let mut table = self.table.lock();
        if table.peers.get(&peer).is_some_and(|of| of.connections >= self.per_address) {
            let first = table.peers.get(&peer).and_then(|of| of.silent.first()).map(|(_, id)| *id);
            table.send_away(first.ok_or("address-full")?);
        }
        if table.entries.len() >= self.connections {
            let first = table.silent.first().map(|(_, id)| *id);
            table.send_away(first.ok_or("full")?);
        }
        let (id, leave) = (table.next, Arc::new(Notify::new()));
        table.next += 1;
        table.peers.entry(peer).or_default().connections += 1;
        table.entries.insert(id, Entry { peer, busy: 0, since: now, served: false, leave: Arc::clone(&leave) });
        table.silence(id, now);
        Ok(Arc::new(Seat { places: Arc::clone(self), id, leave, begun: now, working: AtomicUsize::new(0), taken: AtomicU64::new(0) }))
    }

    /// Sends away who has been silent longest, if anybody is.
    pub(crate) fn make_room(&self) {
        let mut table = self.table.lock();
        if let Some(first) = table.silent.first().map(|(_, id)| *id) {
            table.send_away(first);
        }
    }
}

impl Table {
    fn silence(&mut self, id: u64, since: Instant) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.since = since;
        self.silent.insert((since, id));
        if let Some(peer) = self.peers.get_mut(&entry.peer) {
            peer.silent.insert((since, id));
        }
    }

    fn wake(&mut self, id: u64) {
        let Some(entry) = self.entries.get(&id) else { return };
        self.silent.remove(&(entry.since, id));
        if let Some(peer) = self.peers.get_mut(&entry.peer) {
            peer.silent.remove(&(entry.since, id));
        }
    }

    fn send_away(&mut self, id: u64) {
        if let Some(entry) = self.forget(id) {
            entry.leave.notify_one();
        }
    }

    fn forget(&mut self, id: u64) -> Option<Entry> {
        self.wake(id);
        let entry = self.entries.remove(&id)?;
        if let Some(peer) = self.peers.get_mut(&entry.peer) {
            peer.connections -= 1;
            if peer.connections == 0 {
                self.peers.remove(&entry.peer);
            }
        }
        Some(entry)
    }
}

impl Seat {
    /// A request has come.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        let mut table = self.places.table.lock();
        table.wake(self.id);
        if let Some(entry) = table.entries.get_mut(&self.id) {
            entry.busy += 1;
            entry.served = true;
            entry.since = Instant::now();
        }
        self.working.fetch_add(1, Ordering::Relaxed);
        Busy { seat: Arc::clone(self), working: true }
    }

    /// Returns once somebody else needs the place.
    pub(crate) async fn sent_away(&self) {
        self.leave.notified().await;
    }

    /// Something of an answer was taken.
    pub(crate) fn taken(&self) {
        self.taken_at(Instant::now());
    }

    fn taken_at(&self, now: Instant) {
        let since = u64::try_from((now - self.begun).as_millis()).unwrap_or(u64::MAX);
        self.taken.store(since, Ordering::Relaxed);
    }

    /// When it has to be looked at again, and why it has to end if that is now.
    pub(crate) fn due(&self, limits: &HttpLimits, now: Instant) -> Result<Instant, &'static str> {
        // It may change its state meanwhile, which nobody tells.
        let look_again = now + limits.idle_time.min(limits.stall_time);
        let taken = self.begun + Duration::from_millis(self.taken.load(Ordering::Relaxed));
        let (busy, since, served) = {
            let table = self.places.table.lock();
            let Some(entry) = table.entries.get(&self.id) else { return Ok(look_again) };
            (entry.busy > 0, entry.since, entry.served)
        };
        let (until, reason) = if busy && self.working.load(Ordering::Relaxed) > 0 {
            // How long a handler takes is not the client's fault; how long a body takes is looked at where it is read.
            return Ok(look_again);
        } else if busy {
            (taken.max(since) + limits.stall_time, "stalled")
        } else if served {
            (taken.max(since).min(since + limits.idle_time * FLUSH_TIMES) + limits.idle_time, "idle")
        } else {
            (since + limits.head_time, "head-late")
        };
        if until <= now { Err(reason) } else { Ok(until.min(look_again)) }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.places.table.lock().entries.get(&self.id).is_some_and(|entry| entry.busy > 0)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.places.table.lock().forget(self.id);
    }
}

impl Busy {
    /// The answer begins.
    pub(crate) fn answers(&mut self) {
        self.seat.taken();
        self.worked();
    }

    fn worked(&mut self) {
        if std::mem::take(&mut self.working) {
            self.seat.working.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.worked();
        let mut table = self.seat.places.table.lock();
        let Some(entry) = table.entries.get_mut(&self.seat.id) else { return };
        entry.busy -= 1;
        if entry.busy == 0 {
            table.silence(self.seat.id, Instant::now());
        }
    }
}

/// Who has an IPv6 address has a whole /64 of them.
fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, per_address: usize) -> Arc<Places> {
        Arc::new(Places::new(&HttpLimits { connections, connections_per_address: per_address, ..HttpLimits::default() }))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    async fn is_sent_away(seat: &Seat) -> bool {
        tokio::time::timeout(Duration::ZERO, seat.sent_away()).await.is_ok()
    }

    #[tokio::test]
    async fn who_is_silent_longest_makes_room_and_who_is_busy_never() {
        let places = places(3, 3);
        let mut seats = Vec::new();
        for i in 0..3 {
            seats.push(places.take(address(i)).unwrap());
        }
        let busy = seats[0].busy();
        let fourth = places.take(address(9)).unwrap();
        assert!(is_sent_away(&seats[1]).await && !is_sent_away(&seats[0]).await && !is_sent_away(&seats[2]).await);
        assert_eq!(places.taken(), 3);
        let (third, last) = (seats[2].busy(), fourth.busy());
        assert_eq!(places.take(address(9)).unwrap_err(), "full");
        drop(busy);
        assert!(places.take(address(9)).is_ok() && is_sent_away(&seats[0]).await);
        drop((third, last, fourth, seats));
        let table = places.table.lock();
        assert!(table.entries.is_empty() && table.peers.is_empty() && table.silent.is_empty());
    }

    #[tokio::test]
    async fn one_address_has_its_share_and_no_more() {
        let places = places(10, 2);
        let (one, two, other) = (places.take(address(1)).unwrap(), places.take(address(1)).unwrap(), places.take(address(2)).unwrap());
        let busy = one.busy();
        let three = places.take(address(1)).unwrap();
        assert!(is_sent_away(&two).await && !is_sent_away(&other).await);
        let _more = three.busy();
        assert_eq!(places.take(address(1)).unwrap_err(), "address-full");
        assert!(places.take("2001:db8::1".parse().unwrap()).is_ok());
        assert_eq!(whole("2001:db8::1:2:3:4".parse().unwrap()), whole("2001:db8::4:3:2:1".parse().unwrap()));
        assert_eq!(whole("::ffff:10.0.0.1".parse().unwrap()), address(1));
        drop(busy);
    }

    #[tokio::test]
    async fn each_state_has_its_time() {
        let (places, limits) = (places(3, 3), HttpLimits::default());
        let seat = places.take(address(1)).unwrap();
        let begun = Instant::now();
        let after = |seconds: u64| begun + Duration::from_secs(seconds);
        let due = |seconds: u64| seat.due(&limits, after(seconds));
        assert!(due(9).is_ok());
        assert_eq!(due(11), Err("head-late"));
        let mut busy = seat.busy();
        assert!(due(3_600).is_ok());
        busy.answers();
        assert!(due(29).is_ok());
        assert_eq!(due(31), Err("stalled"));
        seat.taken_at(after(29));
        assert!(due(58).is_ok());
        assert_eq!(due(60), Err("stalled"));
        drop(busy);
        // The answer is taken slowly, and that has an end too.
        for seconds in (29..300).step_by(29) {
            seat.taken_at(after(seconds));
            assert!(due(seconds + 29).is_ok());
        }
        assert_eq!(due(321), Err("idle"));
        seat.taken_at(after(310));
        assert!(due(325).is_ok());
        assert_eq!(due(335), Err("idle"));
    }
}
