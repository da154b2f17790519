//! Frames: what lies in the log, and so the form of everything that lasts.
//!
//! A frame is atomic: all of it is in the log, or nothing. It takes as many sequences as it needs: an ingest one an event, a settle
//! one for itself and one for each emission, a control one. Its fields are numbered (CBOR arrays by index), so that later hosts
//! add fields at the end and read what earlier ones wrote.

use crate::{Cost, Filter, Lane, Ordering, Sequence, Settlement, StateWrite, SubscriptionId, SubscriptionNumber, Timestamp, Version};
use minicbor::{Decode, Encode};
use oyez_event::Event;

/// Where an emission comes from. The host's own knowledge, never read from attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Lineage {
    /// The event at which its causation tree begins.
    #[n(0)]
    pub root: Sequence,
    /// The event whose delivery emitted it.
    #[n(1)]
    pub parent: Sequence,
    /// How far below the root: 1 for what the root's own deliveries emit.
    #[n(2)]
    pub depth: u32,
    /// Which emission of its tree it is, counted from 1 in the order of the log.
    #[cbor(n(3), default)]
    pub nth: u64,
}

/// An event as the log has it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Recorded {
    /// Its place.
    #[n(0)]
    pub sequence: Sequence,
    /// When the host took it.
    #[n(1)]
    pub accepted: Timestamp,
    /// Where it comes from; nothing for what a producer sent.
    #[n(2)]
    pub lineage: Option<Lineage>,
    /// The event.
    #[n(3)]
    pub event: Event,
}

impl Recorded {
    /// The event at which its causation tree begins: itself, for what a producer sent.
    #[must_use]
    pub fn root(&self) -> Sequence {
        self.lineage.map_or(self.sequence, |lineage| lineage.root)
    }

    /// How far below the root what its deliveries emit stands.
    #[must_use]
    pub fn depth_below(&self) -> u32 {
        self.lineage.map_or(0, |lineage| lineage.depth) + 1
    }
}

/// What a settlement makes of its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum End {
    /// It is done: an end for good.
    #[n(0)]
    Settled,
    /// It waits for its next attempt.
    #[n(1)]
    Waiting {
        /// When that is due.
        #[n(0)]
        due: Timestamp,
    },
    /// It is given up on: no end, for a redrive opens a new round.
    #[n(2)]
    Dead,
}

/// The outcome of one attempt, with all that it writes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Settle {
    /// Whose delivery.
    #[n(0)]
    pub subscription: SubscriptionNumber,
    /// Of which event.
    #[n(1)]
    pub sequence: Sequence,
    /// Counted from 0; a replay is another run.
    #[n(2)]
    pub run: u32,
    /// Counted from 0; a redrive opens the next.
    #[n(3)]
    pub round: u32,
    /// Counted from 1 within the round.
    #[n(4)]
    pub attempt: u32,
    /// Names this very run of the handler: who lost a receipt looks for it here.
    #[n(5)]
    pub token: u64,
    /// What ran; nothing for a native handler.
    #[n(6)]
    pub version: Option<Version>,
    /// How it ended.
    #[n(7)]
    pub settlement: Settlement,
    /// What becomes of the delivery.
    #[n(8)]
    pub end: End,
    /// Why, in words; empty when completed.
    #[n(9)]
    pub reason: String,
    /// What it used.
    #[n(10)]
    pub cost: Cost,
    /// The root of its causation tree.
    #[n(11)]
    pub root: Sequence,
    /// How far below the root its emissions stand.
    #[n(12)]
    pub depth: u32,
    /// New facts; they take the sequences after the settle's own.
    #[n(13)]
    pub emissions: Vec<Event>,
    /// What it writes to its plugin's state.
    #[cbor(n(14), default)]
    pub writes: Vec<StateWrite>,
    /// If it is dead: the lane whose later deliveries wait behind it from here on.
    #[n(15)]
    pub parks: Option<Lane>,
    /// How many emissions its causation tree had before these. The writer counts; whoever asks for a settlement says 0.
    #[cbor(n(16), default)]
    pub nth: u64,
    /// What the handler said in an attempt that did not complete.
    #[cbor(n(17), default)]
    pub log: String,
}

/// One of a rebuild's subscriptions.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct RebuildPart {
    /// Whose events it gets.
    #[n(0)]
    pub live: SubscriptionNumber,
    /// Its own number.
    #[n(1)]
    pub number: SubscriptionNumber,
    /// Those above this place,
    #[n(2)]
    pub after: Sequence,
    /// and up to this one,
    #[n(3)]
    pub until: Sequence,
    /// without these, which are not over there.
    #[n(4)]
    pub skip: Vec<Sequence>,
}

/// What operators and the folder change.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[non_exhaustive]
pub enum Control {
    /// An epoch begins at this frame's sequence; the first one gives the subscription its number and place.
    #[n(0)]
    EpochBegun {
        /// The number that stands for it from now on.
        #[n(0)]
        number: SubscriptionNumber,
        /// Who it is.
        #[n(1)]
        id: SubscriptionId,
        /// Its filters.
        #[n(2)]
        filters: Vec<Filter>,
        /// Its order.
        #[n(3)]
        ordering: Ordering,
        /// For a subscription never seen before: everything at or below this place is not for it.
        #[n(4)]
        place: Option<Sequence>,
    },
    /// A subscription passes over what lies between its place and this one, by `on_return = "new"`.
    #[n(1)]
    PassedOver {
        /// Whose.
        #[n(0)]
        number: SubscriptionNumber,
        /// Its new place.
        #[n(1)]
        place: Sequence,
    },
    /// A plugin runs another version from here on.
    #[n(2)]
    Switched {
        /// Which plugin.
        #[n(0)]
        plugin: crate::PluginName,
        /// To which version.
        #[n(1)]
        version: Version,
    },
    /// A dead letter is delivered again: a new round, its attempts counted from 1.
    #[n(3)]
    Redriven {
        /// Whose delivery.
        #[n(0)]
        number: SubscriptionNumber,
        /// Of which event.
        #[n(1)]
        sequence: Sequence,
        /// The round that begins.
        #[n(2)]
        round: u32,
    },
    /// A dead letter, or a parked delivery, is dropped: an end for good.
    #[n(4)]
    Dropped {
        /// Whose delivery.
        #[n(0)]
        number: SubscriptionNumber,
        /// Of which event.
        #[n(1)]
        sequence: Sequence,
    },
    /// Deliveries are held back behind a dead letter of their lane.
    #[n(5)]
    Parked {
        /// Whose.
        #[n(0)]
        number: SubscriptionNumber,
        /// Which lane.
        #[n(1)]
        lane: Lane,
        /// Of which events, in order.
        #[n(2)]
        sequences: Vec<Sequence>,
    },
    /// A plugin runs nothing from here on, or goes on.
    #[n(7)]
    Paused {
        /// Which plugin.
        #[n(0)]
        plugin: crate::PluginName,
        /// Whether it is.
        #[n(1)]
        paused: bool,
    },
    /// The log lets go of events that a subscription has not looked at.
    #[n(8)]
    Gap {
        /// Whose.
        #[n(0)]
        number: SubscriptionNumber,
        /// Its new place.
        #[n(1)]
        place: Sequence,
        /// How many of the events passed over were for it.
        #[n(2)]
        events: u64,
        /// Those at or below the place that it had taken, and gets all the same: each has a row from here on.
        #[n(3)]
        kept: Vec<Sequence>,
    },
    /// A plugin's state is made anew from recorded events: by subscriptions of its own, on scratch state.
    #[n(9)]
    RebuildBegun {
        /// Which plugin's.
        #[n(0)]
        plugin: crate::PluginName,
        /// Counted from 1 within the plugin.
        #[n(1)]
        run: u32,
        /// It begins with no state; otherwise with a copy of what there is.
        #[n(2)]
        reset: bool,
        /// What it emits goes into the log.
        #[n(3)]
        emit: bool,
        /// Its subscriptions.
        #[n(4)]
        parts: Vec<RebuildPart>,
    },
    /// That is over: its state takes the place of the plugin's, or is thrown away.
    #[n(10)]
    RebuildEnded {
        /// Which plugin's.
        #[n(0)]
        plugin: crate::PluginName,
        /// Whether it takes that place.
        #[n(1)]
        keep: bool,
    },
    /// What is parked in a lane goes on, past the dead letters before it.
    #[n(6)]
    Released {
        /// Whose.
        #[n(0)]
        number: SubscriptionNumber,
        /// Which lane.
        #[n(1)]
        lane: Lane,
    },
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum FrameBody {
    /// One event or more from a producer: all or none.
    #[n(0)]
    Ingest(#[n(0)] Vec<Event>),
    /// One attempt's outcome.
    #[n(1)]
    Settle(#[n(0)] Box<Settle>),
    /// A change.
    #[n(2)]
    Control(#[n(0)] Control),
}

/// One atomic piece of the log.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Frame {
    /// The first sequence that it takes.
    #[n(0)]
    pub first: Sequence,
    /// When the host took it; never earlier than the frame before.
    #[n(1)]
    pub accepted: Timestamp,
    /// What it says.
    #[n(2)]
    pub body: FrameBody,
}

impl FrameBody {
    /// How many sequences it takes; at least one.
    #[must_use]
    pub fn span(&self) -> u64 {
        match self {
            Self::Ingest(events) => events.len() as u64,
            Self::Settle(settle) => 1 + settle.emissions.len() as u64,
            Self::Control(_) => 1,
        }
    }
}

impl Frame {
    /// The last sequence that it takes.
    #[must_use]
    pub fn last(&self) -> Sequence {
        self.first.plus(self.body.span() - 1)
    }

    /// Its binary form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory does not fail")
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// Bytes that are no frame, or one that a later host wrote and this one cannot read.
    pub fn decode(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(bytes)
    }

    /// The events that it brings, with their places, in order.
    #[must_use]
    pub fn into_events(self) -> Vec<Recorded> {
        let Self { first, accepted, body } = self;
        let (from, lineage, events) = match body {
            FrameBody::Ingest(events) => (first, None, events),
            FrameBody::Settle(s) => (first.next(), Some(Lineage { root: s.root, parent: s.sequence, depth: s.depth, nth: s.nth + 1 }), s.emissions),
            FrameBody::Control(_) => return Vec::new(),
        };
        let record = |(i, event)| {
            let lineage = lineage.map(|first| Lineage { nth: first.nth + i, ..first });
            Recorded { sequence: from.plus(i), accepted, lineage, event }
        };
        (0_u64..).zip(events).map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StateKey;

    #[test]
    fn a_frame_reads_back_as_it_was_written() {
        let event = Event::new("1", "/a", "b").unwrap();
        let settle = Settle {
            subscription: SubscriptionNumber(3),
            sequence: Sequence(7),
            run: 0,
            round: 1,
            attempt: 2,
            token: u64::MAX,
            version: Some(Version::of(b"x")),
            settlement: Settlement::OverLimit,
            end: End::Waiting { due: Timestamp::from_nanos(9) },
            reason: "r".to_owned(),
            cost: Cost::default(),
            root: Sequence(1),
            depth: 2,
            emissions: vec![event.clone(), event.clone()],
            parks: Some(Lane::Key("k".to_owned())),
            nth: 3,
            log: "no\nsuch order".to_owned(),
            writes: vec![StateWrite { key: StateKey::new("b", "k"), value: Some(vec![1]) }, StateWrite { key: StateKey::new("", ""), value: None }],
        };
        let id = SubscriptionId::parse("email/on-order").unwrap();
        let begun = Control::EpochBegun { number: SubscriptionNumber(1), id, filters: vec![], ordering: Ordering::Total, place: None };
        let bodies = [FrameBody::Ingest(vec![event]), FrameBody::Settle(Box::new(settle)), FrameBody::Control(begun)];
        for (body, span) in bodies.into_iter().zip([1, 3, 1]) {
            let frame = Frame { first: Sequence(10), accepted: Timestamp::from_nanos(5), body };
            assert_eq!(Frame::decode(&frame.encode()).unwrap(), frame);
            assert_eq!(frame.last(), Sequence(9 + span));
        }
    }

    #[test]
    fn emissions_stand_behind_their_settle() {
        let event = Event::new("1", "/a", "b").unwrap();
        let frame = Frame { first: Sequence(4), accepted: Timestamp::default(), body: FrameBody::Ingest(vec![event.clone(), event]) };
        let places: Vec<_> = frame.into_events().iter().map(|r| (r.sequence.0, r.lineage)).collect();
        assert_eq!(places, [(4, None), (5, None)]);
    }
}
