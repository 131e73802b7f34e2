//! With fresh metrics, the load measured now is covered, as far as bounds and the cloud allow it.

use headroom_core::{Decision, Group, Reason, policy::Measured};

use super::{bounds::bounds, is_fresh};

pub(super) fn check(decision: &Decision, group: &Group, look: Option<Measured>) -> Result<(), String> {
    let Some(measured) = look.filter(|_| is_fresh(look, group, decision.at)) else { return Ok(()) };
    let has = |kind: fn(&Reason) -> bool| decision.reasons.iter().any(kind);
    if has(|reason| matches!(reason, Reason::Approved { .. })) {
        // As much of it as was approved.
        return Ok(());
    }
    let needed = (measured.load / group.max_utilization - 1e-9).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    let (min, max) = bounds(decision, group);
    let mut floor = needed.clamp(min, max);
    if has(|reason| matches!(reason, Reason::Shortage { .. })) {
        floor = floor.min(decision.before.desired);
    }
    if decision.desired < floor {
        return Err(format!("load: {} instances, and the load of {} takes {floor}", decision.desired, measured.load));
    }
    Ok(())
}
