//! The guards: each looks at one danger, and leaves its reason where it changes the result.

use jiff::SignedDuration;

use super::{Measured, Plan, Situation};
use crate::{forecast::HORIZON, reason::Reason};

/// What was measured last. Metrics that are missing or too old are no ground to act on: then the plan is that capacity
/// stays as it is.
pub(super) fn fresh_metrics(situation: &Situation<'_>) -> Result<Measured, Plan> {
    let reason = match situation.measured {
        None => Reason::NoMetrics,
        Some(measured) => {
            let age_seconds = situation.now.duration_since(measured.until).as_secs();
            let limit_seconds = situation.group.stale_after_seconds;
            if age_seconds <= limit_seconds {
                return Ok(measured);
            }
            Reason::StaleMetrics { age_seconds, limit_seconds }
        }
    };
    let desired = situation.capacity.desired;
    Err(Plan { required: desired, desired, reasons: vec![reason] })
}

/// Never fewer than the load measured now takes.
pub(super) fn reactive_floor(situation: &Situation<'_>, measured: Measured, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let required = situation.instances_for(measured.load);
    if required > wanted {
        reasons.push(Reason::ReactiveFloor { load: measured.load, required });
    }
    wanted.max(required)
}

/// Instances go only where the whole forecast does without them.
pub(super) fn whole_look_ahead(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let Ok(forecast) = &situation.forecast else { return wanted };
    let needed_until = |h: usize| situation.instances_for(forecast.peaks[h].at(situation.group.risk_quantile));
    let needed = needed_until(HORIZON - 1).min(situation.capacity.desired);
    if needed <= wanted {
        return wanted;
    }
    let first = (0..HORIZON).find(|&h| needed_until(h) >= needed).unwrap_or(HORIZON - 1);
    let in_minutes = forecast.step_start(first).duration_since(situation.now).as_mins().max(0);
    reasons.push(Reason::NeededSoon { needed, in_minutes });
    needed
}

/// Instances go only where none of the decisions within the stabilization window needed them.
pub(super) fn stabilization(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let window_minutes = situation.group.stabilization_minutes;
    let since = situation.now - SignedDuration::from_mins(i64::from(window_minutes));
    let recent = situation.needs.iter().filter(|need| need.at >= since && need.at < situation.now);
    let needed = recent.map(|need| need.required).max().unwrap_or(0).min(situation.capacity.desired);
    if needed <= wanted {
        return wanted;
    }
    reasons.push(Reason::Stabilizing { needed, window_minutes });
    needed
}

/// No instance goes from the moment an event's crowd could be prepared for until its ramp has been climbed.
pub(super) fn event_ramp(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let climbing = |occurrence: &&crate::occurrences::Occurrence| {
        occurrence.ramp_start() <= situation.look_ahead() && situation.now < occurrence.start
    };
    let Some(event) = situation.events.occurrences().iter().find(climbing) else { return wanted };
    if wanted < situation.capacity.desired {
        reasons.push(Reason::EventHold { name: event.name.clone() });
    }
    wanted.max(situation.capacity.desired)
}

/// Within the group's minimum and maximum.
pub(super) fn bounds(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let (min, max) = situation.bounds();
    if wanted < min {
        reasons.push(Reason::Minimum { instances: min, wanted });
    }
    if wanted > max {
        reasons.push(Reason::Maximum { instances: max, wanted });
    }
    wanted.clamp(min, max)
}
