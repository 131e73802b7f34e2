//! How the Auto Scaling group is set up.

use headroom_aws::setup::{GroupSetup, IN_SERVICE_METRIC, enable_group_metrics_command};
use headroom_core::{Group, fleet::Apply};

use super::{CloudFacts, lacks_group_metrics};
use crate::doctor::{
    commands::{quoted, region},
    finding::Finding,
};

pub(super) const GROUP: &str = "group";
const GROUP_METRICS: &str = "group metrics";
const PROCESSES: &str = "processes";
const PROTECTION: &str = "protection";
const BOUNDS: &str = "bounds";
const WEIGHTS: &str = "weights";
const WARM_POOL: &str = "warm pool";
const LEAD_TIME: &str = "lead time";

/// Every check of the group itself.
pub(super) fn all(facts: &CloudFacts<'_>, found: &GroupSetup) -> Vec<Finding> {
    let group = facts.group;
    let mut findings = vec![there(group, found), group_metrics(group, found)];
    findings.extend(processes(group, found));
    findings.extend(protection(group, found));
    findings.extend(bounds(group, found));
    findings.extend(weights(group, found));
    findings.extend(warm_pool(found));
    findings.extend(lead_time(group, found, facts.learned_lead_seconds));
    findings.extend(grace(group, found, facts.learned_lead_seconds));
    findings
}

/// The group's name, as a word of a command line.
pub(super) fn name(group: &Group) -> String {
    quoted(group.auto_scaling_group.as_deref().unwrap_or_default())
}

fn command(group: &Group, verb: &str, rest: &str) -> String {
    format!("aws autoscaling {verb} --auto-scaling-group-name {}{rest}{}", name(group), region(group))
}

fn there(group: &Group, found: &GroupSetup) -> Finding {
    let name = group.auto_scaling_group.as_deref().unwrap_or_default();
    match &found.status {
        Some(status) => Finding::error(GROUP, format!("Auto Scaling group `{name}`: {status}"))
            .because("take it out of the fleet, or set its mode to `off`"),
        None => Finding::ok(GROUP, format!("Auto Scaling group `{name}` is there")),
    }
}

fn group_metrics(group: &Group, found: &GroupSetup) -> Finding {
    if !lacks_group_metrics(group, found) {
        return Finding::ok(GROUP_METRICS, "are published");
    }
    // Where load is counted in requests, only lead times are learned from them.
    let needed = group.requests_per_instance.is_none();
    let why = "without the number of instances load cannot be told from CPU, nor lead times be learned; they are free of charge";
    let cure = format!("{}{}", enable_group_metrics_command(&name(group)), region(group));
    Finding::error_if(needed, GROUP_METRICS, format!("`{IN_SERVICE_METRIC}` is not published (or run `headroom doctor --cure`)"))
        .because(why)
        .cured_by(cure)
}

fn processes(group: &Group, found: &GroupSetup) -> Vec<Finding> {
    let dynamic = group.apply == Apply::Floor;
    let finding = |process: &String| {
        let what = format!("`{process}` is suspended");
        let finding = match process.as_str() {
            "Launch" => {
                Finding::error_if(group.mode.writes(), PROCESSES, what).because("no instance is added, whatever is asked for")
            }
            "Terminate" => Finding::warning(PROCESSES, what).because("no instance is removed: scale-in saves nothing"),
            "AddToLoadBalancer" => Finding::warning(PROCESSES, what).because("new instances get no load: scale-out helps nobody"),
            "AlarmNotification" if dynamic => Finding::warning(PROCESSES, what)
                .because("with `apply = \"floor\"` the group's own policies are to work above the minimum, and they rest"),
            "HealthCheck" | "ReplaceUnhealthy" => {
                Finding::warning(PROCESSES, what).because("an instance that is broken stays, and counts as one that works")
            }
            _ => return None,
        };
        Some(finding.cured_by(command(group, "resume-processes", &format!(" --scaling-processes {process}"))))
    };
    found.suspended.iter().filter_map(finding).collect()
}

fn protection(group: &Group, found: &GroupSetup) -> Option<Finding> {
    let protected: Vec<&str> =
        found.instances.iter().filter(|instance| instance.protected).map(|instance| instance.id.as_str()).collect();
    if protected.is_empty() && !found.protects_new_instances {
        return None;
    }
    let (what, cure) = if found.protects_new_instances {
        let cure = command(group, "update-auto-scaling-group", " --no-new-instances-protected-from-scale-in");
        (format!("new instances are protected from scale-in, and {} of {} are", protected.len(), found.instances.len()), cure)
    } else {
        let ids = format!(" --no-protected-from-scale-in --instance-ids {}", protected.join(" "));
        let what = format!("{} of {} instances are protected from scale-in", protected.len(), found.instances.len());
        (what, command(group, "set-instance-protection", &ids))
    };
    let why = "such an instance stays when the desired capacity falls, until something else takes its protection";
    Some(Finding::warning(PROTECTION, what).because(why).cured_by(cure))
}

fn bounds(group: &Group, found: &GroupSetup) -> Vec<Finding> {
    let (Some(min), Some(max)) = (found.min, found.max) else { return Vec::new() };
    let update = |option: &str, value: u32| command(group, "update-auto-scaling-group", &format!(" --{option} {value}"));
    let mut findings = Vec::new();
    // A minimum that Headroom raises by itself is meant to differ.
    let own_min = if group.apply == Apply::Floor { None } else { group.min_instances.filter(|wanted| *wanted < min) };
    if let Some(wanted) = own_min {
        let what = format!("`min_instances` = {wanted} is below the group's own minimum of {min}");
        findings.push(
            Finding::warning(BOUNDS, what)
                .because("AWS goes no lower: the group's own counts")
                .cured_by(update("min-size", wanted)),
        );
    }
    if let Some(wanted) = group.max_instances.filter(|wanted| *wanted > max) {
        let what = format!("`max_instances` = {wanted} is above the group's own maximum of {max}");
        findings.push(
            Finding::warning(BOUNDS, what)
                .because("AWS goes no higher: the group's own counts")
                .cured_by(update("max-size", wanted)),
        );
    }
    let (low, high) = (group.min_instances.unwrap_or(min).max(min), group.max_instances.unwrap_or(max).min(max));
    if low >= high {
        let what = format!("capacity can only be {high}: from at least {low} to at most {high} instances");
        let why = "there is nothing to scale: raise the maximum, or lower the minimum";
        findings.push(
            Finding::error_if(group.mode.writes(), BOUNDS, what).because(why).cured_by(update("max-size", high.max(low) * 2)),
        );
    }
    if findings.is_empty() {
        findings.push(Finding::ok(BOUNDS, format!("{low} to {high} instances")));
    }
    findings
}

fn weights(group: &Group, found: &GroupSetup) -> Option<Finding> {
    let (Some(least), Some(most)) = (found.weights.first(), found.weights.last()) else { return None };
    if *most == 1 {
        return None;
    }
    let what = format!("instances weigh {least} to {most}: all sizes are in units of capacity, not in instances");
    let counts_capacity = group
        .metrics
        .get(&headroom_core::Column::InServiceInstances)
        .is_some_and(|source| source.metric == "GroupInServiceCapacity");
    Some(if counts_capacity || group.requests_per_instance.is_some() {
        Finding::ok(WEIGHTS, what)
    } else {
        Finding::warning(WEIGHTS, what).because(
            "load is counted in instances and capacity in units: give the group `[group.metrics.in_service_instances]` with \
             `GroupInServiceCapacity` of `AWS/AutoScaling`, and a price of one unit",
        )
    })
}

fn warm_pool(found: &GroupSetup) -> Option<Finding> {
    let waits = found
        .warm_pool?
        .instances
        .map_or_else(|| "it has one, of untold size".to_owned(), |count| format!("{count} instances wait in it"));
    Some(Finding::ok(WARM_POOL, format!("{waits}; they take no load and are not counted as capacity")))
}

/// What AWS takes for the time that an instance needs, against what is learned or configured.
fn lead_time(group: &Group, found: &GroupSetup, learned: Option<i64>) -> Option<Finding> {
    let lead = learned.unwrap_or(group.lead_time_seconds);
    let source = if learned.is_some() { "learned" } else { "configured, until it is learned" };
    let what = format!("{lead} s, {source}");
    let warmup = found.default_warmup_seconds.map(i64::from).filter(|warmup| *warmup > 0);
    let Some(warmup) = warmup else { return Some(Finding::ok(LEAD_TIME, what)) };
    if learned.is_none() && warmup > lead {
        let what = format!("{what}; the group's own `DefaultInstanceWarmup` is {warmup} s");
        let why = "if instances take that long, they come too late until it is learned: set `lead_time_seconds` to what is true";
        return Some(Finding::warning(LEAD_TIME, what).because(why));
    }
    // The group's own policies go by it: with `floor` they work beside.
    if group.apply == Apply::Floor && learned.is_some_and(|learned| warmup < learned / 2) {
        let what = format!("{what}; the group's own `DefaultInstanceWarmup` is {warmup} s");
        let why = "target tracking takes instances that still boot for ones that work, and asks for too many";
        let cure = command(group, "update-auto-scaling-group", &format!(" --default-instance-warmup {lead}"));
        return Some(Finding::warning(LEAD_TIME, what).because(why).cured_by(cure));
    }
    Some(Finding::ok(LEAD_TIME, what))
}

/// Whether AWS gives a new instance the time that it takes.
fn grace(group: &Group, found: &GroupSetup, learned: Option<i64>) -> Option<Finding> {
    let checks_load = found.health_check.as_deref().is_some_and(|kinds| kinds.split(',').any(|kind| kind != "EC2"));
    let (grace, learned) = (i64::from(found.health_check_grace_seconds?), learned?);
    if !checks_load || grace >= learned {
        return None;
    }
    let what = format!("instances take {learned} s, and {grace} s after their launch health checks count");
    let cure = command(group, "update-auto-scaling-group", &format!(" --health-check-grace-period {learned}"));
    Some(
        Finding::warning(LEAD_TIME, what)
            .because("an instance that is not ready by then is replaced, and never comes")
            .cured_by(cure),
    )
}
