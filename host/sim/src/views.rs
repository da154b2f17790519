//! Whether the engine's views say what the log says.

use crate::broken::{Broken, Check, ensure};
use crate::ledger::Ledger;
use crate::stand::{Standing, Subscription};
use oyez_engine::{Engine, Mark, Progress, RowState};
use oyez_model::SubscriptionNumber;

/// Of every delivery, and of every plugin's version.
pub(crate) fn check(engine: &Engine, ledger: &mut Ledger) -> Check {
    let progresses = engine.subscriptions();
    let (is, wanted) = (progresses.len(), ledger.subscriptions.len());
    ensure!(is == wanted, "the views have {is} subscriptions, and the log {wanted}");
    for progress in progresses {
        let subscription = ledger.subscriptions.get_mut(&progress.number);
        ensure!(subscription.is_some(), "nobody knows {}", progress.id);
        check_subscription(&progress, subscription.expect("just looked at"))?;
    }
    for (plugin, version) in &ledger.versions {
        ensure!(engine.version(plugin) == Some(*version), "the views have another version of {plugin} than the log");
    }
    Ok(())
}

fn check_subscription(progress: &Progress, subscription: &mut Subscription) -> Check {
    let id = &subscription.id;
    ensure!(progress.id == *id, "the views take {id} for {}", progress.id);
    ensure!(progress.epochs.last() == subscription.epochs.last(), "the views have another epoch of {id} than the log");
    ensure!(progress.settled == subscription.over, "{id} has settled {}, and the views say {}", subscription.over, progress.settled);
    for (sequence, stand) in &subscription.stands {
        let is_past = progress.is_past(*sequence);
        let open = stand.standing == Standing::Open;
        ensure!(is_past != open, "{id}:{sequence} is {:?}, and by the views it is {}", stand.standing, if is_past { "past" } else { "to come" });
        let state = state(&stand.standing).filter(|state| *state != RowState::Parked);
        let wanted = state.map(|state| Mark { state, round: stand.round, attempts: stand.attempts });
        let row = progress.rows.get(sequence).copied();
        ensure!(row == wanted, "{id}:{sequence} is {:?}, and its row is {row:?}", stand.standing);
    }
    // Of what is parked no mark is kept.
    let marks = subscription.stands.values().filter(|stand| stand.has_row() && !matches!(stand.standing, Standing::Parked(_))).count();
    ensure!(progress.rows.len() == marks, "{id} has {} rows, of which {marks} are known", progress.rows.len());
    let lanes = subscription.lanes();
    ensure!(progress.parked == lanes, "{id} has the lanes {lanes:?}, and by the views {:?}", progress.parked);
    Ok(())
}

/// What its row is to say of a delivery that has one.
fn state(standing: &Standing) -> Option<RowState> {
    match standing {
        Standing::Waiting(due) => Some(RowState::Waiting { due: *due }),
        Standing::Redriven => Some(RowState::Redriven),
        Standing::Parked(_) => Some(RowState::Parked),
        Standing::Dead => Some(RowState::Dead),
        Standing::Open | Standing::Settled | Standing::Dropped | Standing::Passed => None,
    }
}

/// Each lane is read as it stands, in the order of the log.
fn check_lanes(engine: &Engine, number: SubscriptionNumber, subscription: &Subscription) -> Check {
    for lane in subscription.lanes().into_keys() {
        let read = engine.parked(number, &lane, usize::MAX).map_err(|error| Broken(error.to_string()))?;
        let strange = read.iter().find(|(_, row)| row.lane.as_ref() != Some(&lane));
        ensure!(strange.is_none(), "in the lane {lane} of {} is read {strange:?}", subscription.id);
        let parked = Standing::Parked(lane);
        let wanted: Vec<_> = subscription.stands.iter().filter(|(_, stand)| stand.standing == parked).map(|(sequence, _)| *sequence).collect();
        let read: Vec<_> = read.into_iter().map(|(sequence, _)| sequence).collect();
        ensure!(read == wanted, "{} has {wanted:?} {parked:?}, and by the views {read:?}", subscription.id);
    }
    Ok(())
}

/// Of the rows themselves, and of the plugins' state: what memory holds after a start, and what was stored.
pub(crate) fn check_stored(engine: &Engine, ledger: &Ledger) -> Check {
    for (number, subscription) in &ledger.subscriptions {
        for (sequence, stand) in &subscription.stands {
            let row = engine.row(*number, *sequence);
            let id = &subscription.id;
            ensure!(row.is_some() == stand.has_row(), "{id}:{sequence} is {:?}, and its stored row is {row:?}", stand.standing);
            let Some(row) = row else { continue };
            let state = state(&stand.standing).expect("it has a row");
            let same = (row.state, row.round, row.attempts) == (state, stand.round, stand.attempts);
            ensure!(same, "{id}:{sequence} is {stand:?}, and its stored row is {row:?}");
            let event = ledger.events.get(sequence).map(|recorded| &**recorded);
            let whole = stand.standing != Standing::Dead || row.recorded.as_ref() == event;
            ensure!(whole, "the dead letter {id}:{sequence} has not kept its event");
        }
        check_lanes(engine, *number, subscription)?;
    }
    for (plugin, kept) in &ledger.states {
        let snapshot = engine.snapshot(plugin.clone());
        for (key, value) in &kept.0 {
            let stored = snapshot.get(key).map_err(|error| Broken(error.to_string()))?;
            ensure!(stored.as_ref() == Some(value), "{key} of {plugin} is {value:?}, and the views have {stored:?}");
        }
        for bucket in ["counts", "seen"] {
            let keys = snapshot.keys(bucket, None, usize::MAX).map_err(|error| Broken(error.to_string()))?;
            let known = kept.0.keys().filter(|key| key.bucket == bucket).count();
            ensure!(keys.len() == known, "the bucket {bucket} of {plugin} has {known} keys, and by the views {keys:?}");
        }
    }
    Ok(())
}
