//! `apply = "floor"`: the group's minimum is raised and given back, and the cloud's own policies scale above it.

use headroom_core::{Decision, Group, decision::Outcome, fleet::Apply, ports::CapacityState};

/// What `group` sets of `found`: the minimum, or the desired capacity.
pub(crate) fn size<'a>(group: &Group, found: &'a mut CapacityState) -> &'a mut u32 {
    match group.apply {
        Apply::Floor => &mut found.min,
        Apply::Desired => &mut found.desired,
    }
}

/// The group's size as `group` sees it: whoever sets the minimum finds the minimum where others find the desired capacity, and
/// may go down to `own`, what it was before it was raised. A minimum that someone else has set below that is the group's own.
pub(crate) fn view(group: &Group, own: Option<u32>, found: CapacityState) -> CapacityState {
    let own = own.map_or(found.min, |own| own.min(found.min));
    match group.apply {
        Apply::Floor => found.as_floor(own),
        // What `floor` raised is given back before anything is written.
        Apply::Desired => CapacityState { min: own, ..found },
    }
}

/// `group` with bounds that its cloud grants too: asking for more, or for less, would only be refused.
pub(crate) fn bounded(group: &Group, capacity: CapacityState) -> Group {
    let (min, max) = capacity.bounds(group);
    Group { min_instances: Some(min), max_instances: Some(max), ..group.clone() }
}

/// The group's own minimum once `decision` is over. None where it is not raised, which needs no memory; `known` is what was
/// remembered before.
pub(crate) fn own_minimum_after(decision: &Decision, known: Option<u32>) -> Option<u32> {
    let found = decision.before.desired;
    match (decision.apply, &decision.outcome) {
        (Apply::Floor, Outcome::Applied) => own_minimum_below(decision, decision.desired),
        // Where nobody knows, it may have been carried out all the same, or in part.
        (Apply::Floor, Outcome::Pending | Outcome::Failed { .. } | Outcome::InsufficientCapacity { .. }) => {
            own_minimum_below(decision, decision.desired.max(found))
        }
        (Apply::Floor, _) => own_minimum_below(decision, found),
        (Apply::Desired, Outcome::Applied) => None,
        (Apply::Desired, _) => known,
    }
}

fn own_minimum_below(decision: &Decision, raised: u32) -> Option<u32> {
    Some(decision.before.min).filter(|own| raised > *own)
}
