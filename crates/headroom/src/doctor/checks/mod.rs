//! What is looked at: a function for each check, from facts to what was found.

pub(crate) mod calendar;
pub(crate) mod capacity;
pub(crate) mod control;
pub(crate) mod fleet;
pub(crate) mod heartbeat;
pub(crate) mod history;
pub(crate) mod model;
pub(crate) mod records;
pub(crate) mod store;

#[cfg(test)]
mod tests;

use headroom_core::{Fleet, fleet::Mode};

use super::{
    commands::Commands,
    facts::{Facts, GroupFacts},
    finding::Finding,
};

const MODE: &str = "mode";

/// Everything that concerns the whole fleet.
pub(crate) fn of_fleet(fleet: &Fleet, facts: &Facts, commands: &Commands<'_>) -> Vec<Finding> {
    let mut findings = fleet::stored(fleet, facts, commands);
    findings.extend(fleet::twins(fleet));
    findings.push(store::writable(facts));
    findings.extend(control::switch(&facts.control, None, commands));
    findings.push(records::audit(facts, commands));
    findings.extend(calendar::all(fleet, facts, commands));
    findings
}

/// Everything that the store tells of one group.
pub(crate) fn of_group(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let group = facts.group;
    if group.mode == Mode::Off {
        let what = "`off`: nothing is looked at and nothing is done";
        return vec![Finding::ok(MODE, what).see("Off").of_group(&group.id)];
    }
    let mut findings = vec![mode(facts)];
    findings.extend(control::switch(&facts.control, Some(&group.id), commands));
    findings.extend(control::orders(facts));
    findings.extend(control::proposal(facts, commands));
    findings.extend(control::unanswered(facts));
    findings.extend(heartbeat::all(facts, commands));
    findings.extend(capacity::all(facts, commands));
    findings.extend(records::all(facts, commands));
    findings.extend(history::all(facts, commands));
    findings.extend(model::all(facts, commands));
    findings.into_iter().map(|finding| finding.of_group(&group.id)).collect()
}

fn mode(facts: &GroupFacts<'_>) -> Finding {
    let mode = facts.mode();
    let does = match mode {
        Mode::Observe => "decides and records, and writes nothing",
        Mode::ScaleOutOnly => "writes what raises capacity",
        Mode::Active => "writes every decision",
        Mode::Off => "does nothing",
    };
    Finding::ok(MODE, format!("`{}`: {does}", mode.name()))
}
