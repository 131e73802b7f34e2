//! Missing and stale metrics: capacity is held, for a bounded time, and then someone is called.

use jiff::{SignedDuration, Timestamp};

use super::{Measured, Plan, Situation, foreign, guards, late_size, schedule, shortage};
use crate::{fleet::PolicyName, reason::Reason};

/// What was measured last. Metrics that are missing or too old are no ground to act on: then the reason.
pub(super) fn fresh_metrics(situation: &Situation<'_>) -> Result<Measured, Reason> {
    let Some(measured) = situation.measured.filter(Measured::is_number) else { return Err(Reason::NoMetrics) };
    if measured.is_fresh(situation.group, situation.now) {
        return Ok(measured);
    }
    let limit_seconds = situation.group.stale_after_seconds;
    Err(Reason::StaleMetrics { age_seconds: measured.age_seconds(situation.now), limit_seconds })
}

/// What is done without metrics: nothing. A schedule needs none, but removes nothing either; once the hold is over, capacity
/// goes where the operator wants it then; and what an operator has allocated comes in any case.
pub(super) fn plan(situation: &Situation<'_>, stale: Reason) -> Plan {
    let before = situation.capacity.desired;
    let mut reasons = Vec::with_capacity(3);
    let mut desired = before;
    if situation.group.policy == PolicyName::Schedule {
        let scheduled = guards::bounded(situation, schedule::ask_blindly(situation, &mut reasons));
        desired = desired.max(scheduled);
    }
    reasons.push(stale);
    let blind_minutes = minutes(situation.now, blind_since(situation));
    let hold_minutes = situation.group.hold_minutes;
    let alarm = blind_minutes >= i64::from(hold_minutes);
    if alarm {
        let least = if situation.keeps_all() { before } else { 0 };
        let configured = situation.group.blind_instances.map(|instances| guards::bounded(situation, instances));
        let instances = configured.filter(|instances| *instances >= least);
        reasons.push(Reason::HoldExpired { blind_minutes, hold_minutes, instances });
        desired = instances.unwrap_or(desired);
    }
    let allocated = guards::allocation(situation);
    if let Some(order) = situation.allocated().filter(|_| allocated > desired) {
        reasons.push(Reason::Allocated { instances: order.instances, until: order.until, by: order.by.clone() });
        desired = allocated;
    }
    let desired = foreign::leave_alone(situation, before.max(allocated), desired, &mut reasons);
    let desired = late_size::hold(situation, desired);
    let desired = shortage::back_off(situation, desired, &mut reasons);
    Plan { required: before, desired, alarm, reasons }
}

/// Since when there has been nothing to act on: as noted, or as the newest measurement tells where no tick noted it.
fn blind_since(situation: &Situation<'_>) -> Timestamp {
    let stale_after = SignedDuration::from_secs(situation.group.stale_after_seconds);
    let measured = situation.measured.filter(Measured::is_number);
    let stale_since = measured.map(|measured| measured.until.saturating_add(stale_after).unwrap_or(situation.now));
    let noted = situation.past.blind_since;
    noted.into_iter().chain(stale_since).min().unwrap_or(situation.now)
}

fn minutes(now: Timestamp, since: Timestamp) -> i64 {
    now.duration_since(since).as_mins().max(0)
}
