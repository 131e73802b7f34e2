//! What operators have said and may have forgotten.

use headroom_core::{Action, decision::Outcome};
use headroom_store::{StoreError, controls::Control};

use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::{clock, span},
};

const SWITCH: &str = "kill switch";
const ALLOCATION: &str = "allocation";
const APPROVAL: &str = "approval";

/// The kill switch of a group, or of the fleet.
pub(crate) fn switch(control: &Result<Control, StoreError>, group: Option<&str>, commands: &Commands<'_>) -> Option<Finding> {
    let stops = if group.is_some() { "nothing is written to this group" } else { "nothing is written to any group" };
    match control {
        Ok(Control { stop: None, .. }) => None,
        Ok(Control { stop: Some(stop), .. }) => Some(
            Finding::warning(SWITCH, format!("{stops} since {}: {} stopped it: {}", clock(stop.at), stop.by, stop.why))
                .because("it stays until someone takes it back")
                .cured_by(commands.resume(group))
                .see("The kill switch is thrown"),
        ),
        Err(error) => Some(
            Finding::error(SWITCH, error.to_string())
                .because("what cannot be read counts as thrown: nothing is written")
                .cured_by(format!("{} && {}", commands.stop(group), commands.resume(group)))
                .see("Its control object cannot be read"),
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
            Finding::warning(super::MODE, what).because("the file no longer tells what is done: write it there, or take it back"),
        );
    }
    if let Some(order) = allocation.as_ref().filter(|order| facts.now < order.until) {
        let (instances, until) = (order.instances, clock(order.until));
        let what = format!("at least {instances} until {until}: {} allocated them: {}", order.by, order.why);
        findings.push(Finding::ok(ALLOCATION, what));
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
        let finding = Finding::warning(APPROVAL, what).cured_by(commands.approve(&facts.group.id));
        return Some(finding.see("A change waits for an operator"));
    }
    Some(
        Finding::warning(APPROVAL, format!("{what} waited for an operator until {}", clock(standing.until)))
            .because("nobody answered: the next tick proposes anew what it then wants")
            .see("Nobody answered"),
    )
}

/// A proposal that the last decision found without an answer.
pub(crate) fn unanswered(facts: &GroupFacts<'_>) -> Option<Finding> {
    let last = facts.state.as_ref().ok()?.last.as_ref().filter(|last| last.outcome == Outcome::Expired)?;
    Some(
        Finding::warning(APPROVAL, format!("no operator answered the last proposal in time: {}", last.sentence))
            .because(
                "a longer `approval_minutes` gives them time, and `approval = \"scale-in\"` lets more instances come unasked",
            )
            .see("Nobody answered"),
    )
}
