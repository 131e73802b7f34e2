//! A cloud that has run short of instances: what came is recorded, and more is asked for ever more rarely.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    Past, Situation,
    past::{Tick, Written},
};
use crate::{fleet::Group, lead_time::Waiting, ports::CapacityState, reason::Reason};

/// Instances that have not come after so many lead times are not on their way.
const LEAD_TIMES: i64 = 3;

/// No lead time is taken as shorter than this: ticks and metrics are no finer.
const LEAD_TIME_SECONDS_MIN: i64 = 60;

/// The longest wait between two requests.
const WAIT_SECONDS_MAX: i64 = 3600;

/// That the cloud gave less than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// Since when.
    pub since: Timestamp,
    /// Instances asked for.
    pub wanted: u32,
    /// Instances that are in service.
    pub got: u32,
    /// Requests so far that brought too little.
    pub attempts: u32,
    /// No larger request before.
    pub retry_at: Timestamp,
    /// Whether the cloud refused, rather than took the request and brought nothing.
    pub refused: bool,
}

/// Notices instances that do not come, and that some have come after all: as long as they come, they are only late.
pub(super) fn notice(past: &mut Past, group: &Group, capacity: CapacityState, now: Timestamp) {
    if let Some(shortage) = &mut past.shortage {
        let come = capacity.in_service > shortage.got || capacity.in_service >= capacity.desired;
        let forgotten = now.duration_since(shortage.retry_at) > SignedDuration::from_secs(WAIT_SECONDS_MAX);
        let over = if shortage.refused { forgotten } else { come };
        shortage.got = capacity.in_service;
        if over {
            past.shortage = None;
        }
        return;
    }
    let lead = past.lead_time_seconds(group).max(LEAD_TIME_SECONDS_MIN);
    let patience = SignedDuration::from_secs(LEAD_TIMES * lead);
    if past.lead_time.grew_at().is_some_and(|grew| now.duration_since(grew) < patience) {
        return;
    }
    let missing = |waiting: &&Waiting| waiting.is_missing() && now.duration_since(waiting.at) >= patience;
    if let Some(late) = past.lead_time.waiting().iter().find(missing) {
        past.shortage = Some(Shortage {
            since: late.at,
            wanted: capacity.desired,
            got: capacity.in_service,
            attempts: 1,
            retry_at: retry_at(group, now, 1),
            refused: false,
        });
    }
}

/// Takes in what became of a tick's request.
pub(super) fn record(past: &mut Past, group: &Group, tick: &Tick) {
    let Tick { at, before, desired, .. } = *tick;
    if desired <= before.desired {
        return;
    }
    let earlier = past.shortage;
    let attempts = earlier.map_or(0, |shortage| shortage.attempts).saturating_add(1);
    let next = Shortage {
        since: earlier.map_or(at, |shortage| shortage.since),
        wanted: desired,
        got: before.in_service,
        attempts,
        retry_at: retry_at(group, at, attempts),
        refused: tick.written == Written::NoCapacity,
    };
    past.shortage = match (tick.written, earlier) {
        (Written::NoCapacity, _) => Some(next),
        // The cloud took a larger request while instances of an earlier one are missing.
        (Written::Applied, Some(Shortage { refused: false, .. })) => Some(next),
        (Written::Applied, _) => None,
        (Written::Nothing | Written::Unsure, _) => earlier,
    };
}

/// The tick from which on a larger request may be made again: after 1, 2, 4, ... ticks, up to an hour.
fn retry_at(group: &Group, at: Timestamp, attempts: u32) -> Timestamp {
    let step = group.step_seconds.max(1);
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = (step << doublings).clamp(step, WAIT_SECONDS_MAX.max(step));
    let tick = at.as_second().div_euclid(step) * step;
    Timestamp::from_second(tick + wait).unwrap_or(at)
}

/// After a shortage, no larger request before its time. Smaller ones go through.
pub(super) fn back_off(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let Some(shortage) = situation.past.shortage else { return wanted };
    let before = situation.capacity.desired;
    let refused_now = wanted > before && situation.now < shortage.retry_at;
    // Instances that were granted and do not come are told as long as they are wanted.
    if refused_now || (!shortage.refused && wanted >= before) {
        let Shortage { wanted, got, attempts, retry_at, .. } = shortage;
        reasons.push(Reason::Shortage { wanted, got, attempts, retry_at });
    }
    if refused_now { before } else { wanted }
}
