//! The guards, in their order. Each looks at one danger, and leaves its reason where it changes the result.

use super::{Ask, Measured, Plan, Situation, foreign, late_size, scale_in, shortage};
use crate::{decision::Action, fleet::Allocated, reason::Reason};

/// What is left of `ask` after every guard.
pub(super) fn guarded(situation: &Situation<'_>, measured: Measured, ask: Ask, mut reasons: Vec<Reason>) -> Plan {
    let floor = situation.instances_for(measured.load);
    let wanted = reactive_floor(measured, floor, ask.wanted, &mut reasons);
    let wanted = whole_units(situation, wanted, &mut reasons);
    let wanted = scale_in::waits(situation, wanted, &mut reasons);
    let wanted = allocated(situation, wanted, &mut reasons);
    let wanted = within_bounds(situation, wanted, &mut reasons);
    // What follows only limits; it limits nothing to less than the load measured now takes, or an operator has allocated, as far as
    // that is allowed at all.
    let allowed = bounded(situation, floor).max(allocation(situation));
    let wanted = step_limit(situation, allowed, wanted, &mut reasons);
    let wanted = foreign::leave_alone(situation, allowed, wanted, &mut reasons);
    let wanted = late_size::hold(situation, wanted);
    let desired = shortage::back_off(situation, wanted, &mut reasons);
    Plan { required: ask.required.max(floor), desired, alarm: false, reasons }
}

/// Never fewer than the load measured now takes, of which there are `floor`.
fn reactive_floor(measured: Measured, floor: u32, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    if floor > wanted {
        reasons.push(Reason::ReactiveFloor { load: measured.load, required: floor });
    }
    wanted.max(floor)
}

/// Capacity comes in whole units.
fn whole_units(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let unit = situation.capacity.unit.max(1);
    let whole = wanted.checked_next_multiple_of(unit).unwrap_or(wanted);
    if whole != wanted {
        reasons.push(Reason::WholeUnits { unit, wanted, instances: whole });
    }
    whole
}

/// Never fewer than an operator has allocated.
fn allocated(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    // What is below the minimum raises nothing.
    let lowest = wanted.max(situation.bounds().0);
    let Some(order) = situation.allocated().filter(|order| order.instances > lowest) else { return wanted };
    let Allocated { instances, until, ref by } = *order;
    reasons.push(Reason::Allocated { instances, until, by: by.clone() });
    instances
}

/// Instances that an operator has allocated, within minimum and maximum; 0 where nothing is.
pub(super) fn allocation(situation: &Situation<'_>) -> u32 {
    situation.allocated().map_or(0, |order| bounded(situation, order.instances))
}

/// Within the group's minimum and maximum.
fn within_bounds(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let (min, max) = situation.bounds();
    if wanted < min {
        reasons.push(Reason::Minimum { instances: min, wanted });
    }
    if wanted > max {
        reasons.push(Reason::Maximum { instances: max, wanted });
    }
    bounded(situation, wanted)
}

/// `wanted` within minimum and maximum, in whole units as far as one fits between them.
pub(super) fn bounded(situation: &Situation<'_>, wanted: u32) -> u32 {
    let (min, max) = situation.bounds();
    let unit = situation.capacity.unit.max(1);
    let within = wanted.clamp(min, max);
    let up = within.checked_next_multiple_of(unit).filter(|up| *up <= max);
    let down = max / unit * unit;
    up.unwrap_or(if down >= min { down } else { within })
}

/// No more at once than the operator wants; the load measured now, of which there are `floor`, comes first.
fn step_limit(situation: &Situation<'_>, floor: u32, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let before = situation.capacity.desired;
    let unit = situation.capacity.unit.max(1);
    let (limit, limited) = match (situation.group.scale_out_limit, situation.group.scale_in_limit) {
        (Some(limit), _) if wanted > before => {
            let most = bounded(situation, before.saturating_add(limit));
            (limit, wanted.min(most.max(floor)))
        }
        (_, Some(limit)) if wanted < before => {
            // Capacity that goes in units goes by one at least.
            let least = bounded(situation, before.saturating_sub(limit.max(unit)));
            (limit, wanted.max(least))
        }
        _ => return wanted,
    };
    if limited != wanted {
        reasons.push(Reason::StepLimit { action: Action::between(before, wanted), limit, wanted });
    }
    limited
}
