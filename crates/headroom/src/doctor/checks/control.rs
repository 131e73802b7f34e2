//! What operators have said and may have forgotten.

use headroom_core::Action;
use headroom_store::{StoreError, controls::Control};

use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::{clock, span},
};

const SWITCH: &str = "kill switch";
const APPROVAL: &str = "approval";

/// The kill switch of a group, or of the fleet.
pub(crate) fn switch(control: &Result<Control, StoreError>, group: Option<&str>, commands: &Commands<'_>) -> Option<Finding> {
    let stops = if group.is_some() { "nothing is written to this group" } else { "nothing is written to any group" };
    match control {
        Ok(Control { stop: None, .. }) => None,
        Ok(Control { stop: Some(stop), .. }) => Some(
            Finding::warning(SWITCH, format!("{stops} since {}: {} stopped it: {}", clock(stop.at), stop.by, stop.why))
                .because("it stays until someone takes it back")
                .cured_by(commands.resume(group)),
        ),
        Err(error) => Some(
            Finding::error(SWITCH, error.to_string())
                .because("what cannot be read counts as thrown: nothing is written")
                .cured_by(format!("{} && {}", commands.stop(group), commands.resume(group))),
        ),
    }
}

/// Another mode than the configured one, and what is allocated.
pub(crate) fn orders(facts: &GroupFacts<'_>) -> Vec<Finding> {
    let Ok(Control { mode, allocation, .. }) = &facts.control else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(order) = mode.as_ref().filter(|_| facts.mode() != facts.group.mode) {
        let (now, configured) = (order.mode.name(), facts.group.mode.name());
        let what = format!(
            "`{now}` since {}, where `fleet.toml` says `{configured}`: {} set it: {}",
            clock(order.at),
            order.by,
            order.why
        );
        findings.push(
            Finding::warning("mode", what).because("the file no longer tells what is done: write it there, or take it back"),
        );
    }
    if let Some(order) = allocation.as_ref().filter(|order| facts.now < order.until) {
        let (instances, until) = (order.instances, clock(order.until));
        let what = format!("at least {instances} until {until}: {} allocated them: {}", order.by, order.why);
        findings.push(Finding::ok("allocation", what));
    }
    findings
}

/// A change that waits for an operator.
pub(crate) fn proposal(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Option<Finding> {
    let standing = facts.state.as_ref().ok()?.approvals.standing?;
    let way = if standing.action == Action::ScaleIn { "scale in" } else { "scale out" };
    let what = format!("{way} from {} to {}", standing.before, standing.desired);
    let left = standing.until.duration_since(facts.now);
    if left.is_positive() {
        let what = format!("{what} waits for an operator, {} more", span(left));
        return Some(Finding::warning(APPROVAL, what).cured_by(commands.approve(&facts.group.id)));
    }
    Some(
        Finding::warning(APPROVAL, format!("{what} waited for an operator until {}", clock(standing.until)))
            .because("nobody answered: the next tick proposes anew what it then wants"),
    )
}
