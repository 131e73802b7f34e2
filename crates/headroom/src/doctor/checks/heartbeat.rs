//! Whether collector and scaler still do their work.

use headroom_core::decision::Outcome;
use headroom_store::StoreError;
use jiff::SignedDuration;

use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::{clock, span},
};

const COLLECTOR: &str = "collector";
const SCALER: &str = "scaler";

/// Steps that may pass without a word: metrics come late, and a tick may fail.
pub(super) const STEPS_MAX: i64 = 3;

/// Collector, scaler, and what the last decision came to.
pub(crate) fn all(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    collector(facts, commands).into_iter().chain(scaler(facts, commands)).collect()
}

/// The age of the newest row.
fn collector(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Option<Finding> {
    let group = facts.group;
    let newest = facts.history.as_ref().ok()?.last()?.timestamp + SignedDuration::from_secs(group.step_seconds);
    let age = facts.now.duration_since(newest);
    let what = format!("the newest row ended {} ago, at {}", span(age), clock(newest));
    if age.as_secs() < -group.step_seconds {
        let what = format!("the newest row ends {} from now, at {}", span(-age), clock(newest));
        let finding = Finding::error(COLLECTOR, what).because("rows of the future hide what is measured now: correct the clocks");
        return Some(finding.see("Dated in the future"));
    }
    if age.as_secs() <= STEPS_MAX * group.step_seconds {
        return Some(Finding::ok(COLLECTOR, what));
    }
    let finding = if age.as_secs() > group.stale_after_seconds {
        Finding::error(COLLECTOR, what).because("such metrics are stale: capacity is held, and then an alarm is raised")
    } else {
        Finding::warning(COLLECTOR, what).because("a decision on old rows comes late")
    };
    Some(with_schedules(finding.see("collector-missed"), facts, commands))
}

/// The age of the last decision, and what came of it.
fn scaler(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let writes = facts.mode().writes();
    let state = match &facts.state {
        Ok(state) => state,
        Err(error @ StoreError::Corrupt { key, .. }) => {
            let finding = Finding::error(SCALER, error.to_string())
                .because("what was learned of errors, lead time and savings is lost with it: put the version of before back, or take it away")
                .cured_by(commands.take_away(key));
            return vec![finding.see("Its record cannot be read")];
        }
        Err(error) => return vec![Finding::error(SCALER, error.to_string())],
    };
    let Some(last) = &state.last else {
        let finding = Finding::error_if(writes, SCALER, "has never decided for this group").because("nothing sets its capacity");
        return vec![with_schedules(finding.see("Nothing yet"), facts, commands)];
    };
    let age = facts.now.duration_since(last.at);
    let what = format!("decided {} ago, at {}", span(age), clock(last.at));
    let mut findings = Vec::new();
    if age.as_secs() < -facts.group.step_seconds {
        let what = format!("its last decision is dated {} from now, at {}", span(-age), clock(last.at));
        let why = "up to an hour ahead nothing is decided until then, and further ahead it is set aside: correct the clocks";
        findings.push(Finding::error(SCALER, what).because(why).see("Dated in the future"));
    } else if age.as_secs() <= STEPS_MAX * facts.group.step_seconds {
        findings.push(Finding::ok(SCALER, what));
    } else {
        let why = "nothing sets its capacity now: the schedule may be off, or every tick fails";
        let finding = Finding::error_if(writes, SCALER, what).because(why).see("The scaler is silent");
        findings.push(with_schedules(finding, facts, commands));
    }
    if let Outcome::Failed { error } = &last.outcome {
        let what = format!("its last decision could not be carried out: {error}");
        findings.push(Finding::error(SCALER, what).because("the next tick tries again").see("The cloud refused the last change"));
    }
    if last.alarm {
        let what = format!("its last decision raised an alarm: {}", last.sentence);
        let why = "it goes on with less than it needs until someone looks";
        findings.push(Finding::error(SCALER, what).because(why).see("The last decision asks for someone"));
    }
    findings
}

fn with_schedules(finding: Finding, facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Finding {
    if facts.group.provider == "aws" { finding.cured_by(commands.schedules(facts.group)) } else { finding }
}
