//! The policy `schedule`: hours of the week with a size of their own, on the group's clock.

use super::{Ask, Measured, Situation};
use crate::{fleet::largest_between, reason::Reason};

/// The largest entry in force from now until capacity that is asked for now will be there; outside of all, the minimum.
pub(super) fn ask(situation: &Situation<'_>, measured: Measured, reasons: &mut Vec<Reason>) -> Ask {
    // What is remembered for the stabilization window is what the load takes: a schedule ends when it ends.
    Ask { required: situation.instances_for(measured.load), wanted: ask_blindly(situation, reasons) }
}

/// The same without a look at the load.
pub(super) fn ask_blindly(situation: &Situation<'_>, reasons: &mut Vec<Reason>) -> u32 {
    let group = situation.group;
    match largest_between(&group.schedule, &group.time_zone, situation.now, situation.look_ahead()) {
        Some(scheduled) => {
            let instances = scheduled.entry.instances;
            let name = scheduled.entry.name.clone();
            reasons.push(Reason::Schedule { name, instances, start: scheduled.start, end: scheduled.end });
            instances
        }
        None => {
            let instances = situation.bounds().0.max(1);
            reasons.push(Reason::Unscheduled { instances });
            instances
        }
    }
}
