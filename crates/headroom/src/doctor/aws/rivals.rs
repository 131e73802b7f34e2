//! Who else changes the group's size.

use headroom_aws::setup::GroupSetup;
use headroom_core::{Group, fleet::Apply};

use super::setup::name;
use crate::{
    doctor::{
        commands::{quoted, region},
        finding::Finding,
    },
    moments::clock,
};

const POLICIES: &str = "scaling policies";
const SCHEDULED: &str = "scheduled actions";

/// Policies and scheduled actions.
pub(super) fn all(group: &Group, found: &GroupSetup) -> Vec<Finding> {
    let mut findings = policies(group, found);
    findings.extend(scheduled(group, found));
    findings
}

fn policies(group: &Group, found: &GroupSetup) -> Vec<Finding> {
    let policies = match &found.policies.0 {
        Ok(policies) => policies,
        Err(error) => {
            let why = "whether a policy of the group's own stands in the way is not known";
            return vec![Finding::warning(POLICIES, error.to_string()).because(why)];
        }
    };
    // Alarms wake all but predictive policies.
    let alarms_rest = found.suspended.iter().any(|process| process == "AlarmNotification");
    let acting: Vec<_> =
        policies.iter().filter(|policy| policy.acts && !(alarms_rest && policy.kind != "PredictiveScaling")).collect();
    if acting.is_empty() {
        return vec![Finding::ok(POLICIES, "none of the group's own acts")];
    }
    let finding = |policy: &&headroom_aws::setup::ScalingPolicy| {
        let what = format!("`{}` ({})", policy.name, policy.kind);
        if group.apply == Apply::Floor {
            return Finding::ok(POLICIES, format!("{what} works above the minimum that Headroom sets"));
        }
        let cure = format!(
            "aws autoscaling delete-policy --auto-scaling-group-name {} --policy-name {}{}",
            name(group),
            quoted(&policy.name),
            region(group)
        );
        let why = "both set the desired capacity, and each undoes what the other did: write `apply = \"floor\"` to run beside it, or \
                   take it away";
        Finding::error_if(group.mode.writes(), POLICIES, format!("{what} acts beside `apply = \"desired\"`"))
            .because(why)
            .cured_by(cure)
    };
    acting.iter().map(finding).collect()
}

fn scheduled(group: &Group, found: &GroupSetup) -> Vec<Finding> {
    let actions = match &found.scheduled.0 {
        Ok(actions) => actions,
        Err(error) => {
            let why = "whether a scheduled action stands in the way is not known";
            return vec![Finding::warning(SCHEDULED, error.to_string()).because(why)];
        }
    };
    if found.suspended.iter().any(|process| process == "ScheduledActions") {
        return Vec::new();
    }
    let finding = |action: &headroom_aws::setup::ScheduledAction| {
        let when = match (&action.recurrence, action.start) {
            (Some(cron), _) => format!("at `{cron}`"),
            (None, Some(start)) => format!("on {}", clock(start)),
            (None, None) => "some time".to_owned(),
        };
        let cure = format!(
            "aws autoscaling delete-scheduled-action --auto-scaling-group-name {} --scheduled-action-name {}{}",
            name(group),
            quoted(&action.name),
            region(group)
        );
        Finding::warning(SCHEDULED, format!("`{}` sets {} {when}", action.name, action.sets))
            .because("it counts as someone else's change, which is left alone for a while: put it into the calendar or a schedule instead")
            .cured_by(cure)
    };
    actions.iter().map(finding).collect()
}
