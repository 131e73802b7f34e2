//! Desired is within what the owner and the cloud allow, or what it was.

use headroom_core::{Action, Decision, Group, Reason};

/// Fewest and most instances that `group` may have.
pub(super) fn bounds(decision: &Decision, group: &Group) -> (u32, u32) {
    let max = group.max_instances.unwrap_or(u32::MAX).max(decision.before.min).min(decision.before.max);
    let min = group.min_instances.unwrap_or(0).max(decision.before.min);
    (min.min(max), max)
}

pub(super) fn check(decision: &Decision, group: &Group) -> Result<(), String> {
    let (min, max) = bounds(decision, group);
    let Decision { desired, before, action, .. } = *decision;
    if *action_of(before.desired, desired) != action {
        return Err(format!("bounds: {action:?} from {} to {desired}", before.desired));
    }
    // What an operator approved may go only a part of the way back to them.
    let approved = decision.reasons.iter().any(|reason| matches!(reason, Reason::Approved { .. }));
    let nearer = approved && desired.abs_diff(desired.clamp(min, max)) < before.desired.abs_diff(before.desired.clamp(min, max));
    if desired != before.desired && !(min..=max).contains(&desired) && !nearer {
        return Err(format!("bounds: {desired} is outside of {min}..={max}"));
    }
    Ok(())
}

fn action_of(before: u32, desired: u32) -> &'static Action {
    match desired.cmp(&before) {
        std::cmp::Ordering::Less => &Action::ScaleIn,
        std::cmp::Ordering::Equal => &Action::Hold,
        std::cmp::Ordering::Greater => &Action::ScaleOut,
    }
}
