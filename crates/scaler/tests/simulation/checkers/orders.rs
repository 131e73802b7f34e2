//! What operators order holds: by what the store said while a run lived, whatever the run itself has read of it.

use headroom_core::{Decision, Reason, fleet::Mode};

use super::{Counts, bounds::bounds};
use crate::{
    operator::InForce,
    run::{Event, Run},
};

/// `configured` is the mode without orders.
pub(super) fn check(run: &Run, configured: Mode, orders: &[InForce], counts: &mut Counts) -> Result<(), String> {
    let throughout = |holds: &dyn Fn(&InForce) -> bool| in_force(run, orders).all(holds);
    let watches = |order: &InForce| order.mode.unwrap_or(configured) == Mode::Observe;
    let stopped = throughout(&|order| order.stopped);
    let watched = throughout(&watches);
    counts.stopped += usize::from(stopped);
    counts.watched += usize::from(watched);
    if throughout(&|order| order.stopped || watches(order)) && run.wrote().next().is_some() {
        let why = if stopped { "the kill switch was thrown" } else { "the mode was `observe`" };
        return Err(format!("orders: it wrote to the cloud, and {why} as long as it lived"));
    }
    let Some(decision) = run.decision() else { return Ok(()) };
    let first = in_force(run, orders).next().and_then(|order| order.allocation.clone());
    let Some(allocation) = first.filter(|allocation| run.now < allocation.until) else { return Ok(()) };
    let read_all = !run.events.iter().any(|event| matches!(event, Event::StoreFailed));
    if !read_all || !throughout(&|order| !order.stopped && order.allocation.as_ref() == Some(&allocation)) {
        return Ok(());
    }
    counts.allocated += 1;
    is_allocated(run, decision, allocation.instances)
}

/// The decision keeps to what is allocated, within minimum and maximum, or says why not.
fn is_allocated(run: &Run, decision: &Decision, instances: u32) -> Result<(), String> {
    let (min, max) = bounds(decision, &run.group);
    let least = instances.clamp(min, max);
    // No more is asked of a cloud that is short, and no more is done than was approved.
    let excused = |reason: &Reason| matches!(reason, Reason::Shortage { .. } | Reason::Approved { .. });
    if decision.desired >= least || decision.reasons.iter().any(excused) {
        return Ok(());
    }
    Err(format!("orders: {instances} instances are allocated, and {} were decided", decision.desired))
}

/// What was in force at any moment of the run's life.
fn in_force<'a>(run: &Run, orders: &'a [InForce]) -> impl Iterator<Item = &'a InForce> {
    let (began, ended) = run.life;
    let until = orders.iter().skip(1).map(|next| Some(next.from)).chain([None]);
    let lasting = std::iter::zip(orders, until);
    lasting.filter(move |(order, until)| order.from <= ended && until.is_none_or(|until| until >= began)).map(|(order, _)| order)
}

#[cfg(test)]
mod tests {
    use headroom_core::{Action, Group, decision::Outcome, policy::Measured};
    use headroom_store::controls::Allocation;
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::run::End;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-26T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn order(from: i64) -> InForce {
        InForce { from: at(from), stopped: false, mode: None, allocation: None }
    }

    /// A run from minute 10 to 12 that did `event`.
    fn run(event: Event) -> Run {
        let group = Group { mode: Mode::Active, ..Group::simulated("web") };
        Run { now: at(10), life: (at(10), at(12)), phase: 0, group, events: vec![event], end: End::Died }
    }

    fn checked(event: Event, orders: &[InForce]) -> bool {
        check(&run(event), Mode::Active, orders, &mut Counts::default()).is_ok()
    }

    #[test]
    fn what_is_written_against_orders_that_held_all_along_is_found() {
        let stopped = |from: i64| InForce { stopped: true, ..order(from) };
        let watched = |from: i64| InForce { mode: Some(Mode::Observe), ..order(from) };
        let wrote = |orders: &[InForce]| checked(Event::Wrote(0), orders);
        assert!(wrote(&[order(0)]));
        assert!(!wrote(&[order(0), stopped(5)]));
        assert!(!wrote(&[order(0), watched(5)]));
        assert!(!wrote(&[order(0), stopped(5), watched(11)]), "one after the other");
        assert!(!wrote(&[order(0), stopped(5), order(13)]));
        assert!(wrote(&[order(0), stopped(11)]), "it may have looked before");
        assert!(wrote(&[stopped(0), order(11)]), "and after");
        assert!(checked(Event::Looked(None), &[stopped(0)]));
    }

    #[test]
    fn what_is_decided_against_an_allocation_is_found() {
        let decided = |desired: u32, reason: Option<Reason>| {
            let mut decision: Decision = serde_json::from_str(
                r#"{"format":1,"group":"web","tick":"2026-11-26T12:10:00Z","at":"2026-11-26T12:10:00Z","mode":"active",
                "policy":"headroom","before":{"desired":4,"min":2,"max":10,"in_service":4,"pending":0},"required":4,"desired":4,
                "action":"hold","load":3.2,"reasons":[],"sentence":"","outcome":{"kind":"unchanged"}}"#,
            )
            .unwrap();
            (decision.desired, decision.action, decision.outcome) = (desired, Action::between(4, desired), Outcome::Applied);
            decision.reasons.extend(reason);
            Event::Recorded(Box::new(decision))
        };
        let allocation = |instances: u32, until: i64| {
            let (by, why) = ("ops".to_owned(), "a load test".to_owned());
            InForce { allocation: Some(Allocation { instances, until: at(until), at: at(0), by, why }), ..order(0) }
        };
        assert!(checked(decided(6, None), &[allocation(6, 60)]));
        assert!(!checked(decided(5, None), &[allocation(6, 60)]));
        assert!(checked(decided(5, None), &[allocation(6, 10)]), "its time is up");
        assert!(checked(decided(5, None), &[allocation(6, 60), order(11)]), "it was taken back meanwhile");
        assert!(checked(decided(10, None), &[allocation(60, 60)]) && !checked(decided(9, None), &[allocation(60, 60)]));
        let approved = Reason::Approved { by: "anna".to_owned() };
        assert!(checked(decided(5, Some(approved)), &[allocation(6, 60)]), "as far as was approved");
        let measured = Event::Looked(Some(Measured { until: at(9), load: 3.0 }));
        assert!(checked(measured, &[allocation(6, 60)]), "nothing was decided");
    }
}
