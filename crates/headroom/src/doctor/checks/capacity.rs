//! Whether there is as much capacity as the load takes, now and in the next hour.

use headroom_core::{
    Decision, Forecast,
    decision::Outcome,
    forecast::HORIZON,
    policy::{Past, instances_at},
};

use super::heartbeat::STEPS_MAX;
use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::clock,
};

const SHORTAGE: &str = "shortage";
const CAPACITY: &str = "capacity";
const PEAK: &str = "peak";

/// What the cloud does not give, what is lacking now, and what may be lacking soon.
pub(crate) fn all(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let Ok(state) = &facts.state else { return Vec::new() };
    let mut findings: Vec<Finding> = shortage(&state.past, facts, commands).into_iter().collect();
    // What an older decision found says nothing of now, and that it is old is told already.
    let Some(last) = state.last.as_ref().filter(|last| is_recent(last, facts)) else { return findings };
    findings.extend(lacking(last, facts, commands));
    findings.extend(state.forecast.as_ref().and_then(|forecast| peak(forecast, last, facts, commands)));
    findings
}

fn is_recent(last: &Decision, facts: &GroupFacts<'_>) -> bool {
    facts.now.duration_since(last.at).as_secs().abs() <= STEPS_MAX * facts.group.step_seconds
}

/// Instances that were asked for and did not come.
fn shortage(past: &Past, facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Option<Finding> {
    let shortage = past.shortage?;
    let does = if shortage.refused { "refuses more" } else { "took the request and brought no more" };
    let times = if shortage.attempts == 1 { "once".to_owned() } else { format!("{} times", shortage.attempts) };
    let what = format!(
        "{} of {} instances since {}: the cloud {does}; asked {times}, and again from {} on",
        shortage.got,
        shortage.wanted,
        clock(shortage.since),
        clock(shortage.retry_at)
    );
    let finding = Finding::error_if(facts.mode().writes(), SHORTAGE, what)
        .because(
            "it has no more of these instances, or a limit of the account is reached: other types, other zones, a higher limit",
        )
        .see("The cloud has no more instances");
    Some(if facts.group.provider == "aws" { finding.cured_by(commands.activities(facts.group)) } else { finding })
}

/// Fewer instances than the load takes, as the last decision found them.
fn lacking(last: &Decision, facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Option<Finding> {
    let (group, before) = (facts.group, last.before);
    let load = last.load.filter(|_| !last.is_blind())?;
    let takes = instances_at(load, group.max_utilization);
    if before.in_service >= takes {
        return None;
    }
    let asked_for = if last.outcome == Outcome::Applied { last.desired } else { 0 };
    let come = before.in_service.saturating_add(before.pending).max(asked_for);
    let what = format!("{} in service, and the load takes {takes}: {}", before.in_service, last.sentence);
    let finding = if come >= takes {
        Finding::warning(CAPACITY, what).because("the others are on their way; users may wait meanwhile")
    } else {
        Finding::error_if(facts.mode().writes(), CAPACITY, what)
            .because("users may wait: raise what holds it back, or size the group by hand")
    };
    Some(finding.cured_by(commands.plan(&group.id)).see("Fewer instances than the load takes"))
}

/// A coming hour that may take more than there can be.
fn peak(forecast: &Forecast, last: &Decision, facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Option<Finding> {
    let group = facts.group;
    if forecast.end() <= facts.now {
        return None;
    }
    let level = group.risk_quantile();
    let takes = instances_at(forecast.peaks[HORIZON - 1].at(level), group.max_utilization);
    let most = last.before.bounds(group).1;
    if takes <= most {
        return None;
    }
    let what = format!("the next hour may take {takes} instances, and the most is {most}");
    Some(
        Finding::warning(PEAK, what)
            .because("raise `max_instances` and the group's own maximum before that hour: both count")
            .cured_by(commands.plan(&group.id))
            .see("The next hour may take more than there can be"),
    )
}
