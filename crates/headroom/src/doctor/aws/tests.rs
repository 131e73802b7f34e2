//! Each check on a set-up that it must tell apart.

use headroom_aws::setup::{InstanceSetup, Read, ScalingPolicy, ScheduledAction};
use headroom_core::fleet::{Apply, Mode};

use super::*;
use crate::doctor::finding::Severity;

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn web() -> Group {
    Group {
        provider: "aws".to_owned(),
        mode: Mode::Active,
        region: Some("eu-west-1".to_owned()),
        auto_scaling_group: Some("web-asg".to_owned()),
        ..Group::simulated("web")
    }
}

/// A group as it should be.
fn healthy() -> GroupSetup {
    GroupSetup {
        arn: Some("arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:x:autoScalingGroupName/web-asg".to_owned()),
        min: Some(2),
        max: Some(20),
        group_metrics: vec![IN_SERVICE_METRIC.to_owned()],
        ..GroupSetup::default()
    }
}

fn facts(group: &Group, setup: GroupSetup) -> CloudFacts<'_> {
    CloudFacts {
        group,
        now: now(),
        sources: CloudWatch::sources(group).unwrap(),
        rows: Ok(rows(36, 5, 6)),
        setup: Ok(setup),
        learned_lead_seconds: None,
    }
}

/// So many rows, `minutes` apart, the newest of which started `ago` minutes ago.
fn rows(count: i64, minutes: i64, ago: i64) -> Vec<Observation> {
    let row = |index: i64| Observation {
        cpu_utilization: Some(50.0),
        network_in: Some(1e6),
        in_service_instances: Some(4.0),
        ..Observation::at(now() - SignedDuration::from_mins(ago + minutes * (count - 1 - index)))
    };
    (0..count).map(row).collect()
}

/// What is wrong with this set-up: severity, thing, what and cure of all that is not as it should be.
fn wrong(group: &Group, setup: GroupSetup) -> Vec<(Severity, &'static str, String, String)> {
    wrong_of(&facts(group, setup))
}

fn wrong_of(facts: &CloudFacts<'_>) -> Vec<(Severity, &'static str, String, String)> {
    let findings = checks(facts).into_iter().filter(|finding| finding.severity >= Severity::Warning);
    findings.map(|finding| (finding.severity, finding.thing, finding.what, finding.cure.unwrap_or_default())).collect()
}

#[track_caller]
fn told(wrong: Vec<(Severity, &'static str, String, String)>, severity: Severity, thing: &str, what: &str, cure: &str) {
    let [(found, of, said, command)] = &wrong[..] else { panic!("one finding, not {wrong:#?}") };
    assert_eq!((*found, *of), (severity, thing), "{said}");
    assert!(said.contains(what), "no `{what}`: {said}");
    assert!(command.contains(cure) && command.is_empty() == cure.is_empty(), "no `{cure}`: {command}");
    let in_region = command.is_empty() || command.ends_with(" --region eu-west-1");
    assert!(in_region, "the command names the region: {command}");
}

#[test]
fn a_healthy_group_has_nothing_but_what_nobody_can_try() {
    let group = web();
    let findings = checks(&facts(&group, healthy()));
    assert_eq!(wrong(&group, healthy()), []);
    assert!(findings.iter().all(|finding| finding.group.as_deref() == Some("web")));
    let unknown: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Unknown).collect();
    assert_eq!(unknown.len(), 1);
    let command = unknown[0].cure.as_deref().unwrap();
    assert!(command.starts_with("aws iam simulate-principal-policy --policy-source-arn SCALER_ROLE_ARN "), "{command}");
    assert!(command.contains("autoscaling:SetDesiredCapacity --resource-arns arn:aws:autoscaling:eu-west-1:1:"), "{command}");
    let floor = Group { apply: Apply::Floor, ..web() };
    let command = rights::to_write(&floor, None).cure.unwrap();
    assert!(command.contains("--action-names autoscaling:UpdateAutoScalingGroup --query"), "{command}");
}

#[test]
fn a_group_that_is_not_there_or_goes_is_an_error() {
    let group = web();
    let missing = CloudFacts { setup: Err(PortError::NotFound("it is not there".to_owned())), ..facts(&group, healthy()) };
    told(wrong_of(&missing), Severity::Error, "group", "it is not there", "");
    let going = GroupSetup { status: Some("Delete in progress".to_owned()), ..healthy() };
    told(wrong(&group, going), Severity::Error, "group", "`web-asg`: Delete in progress", "");
}

#[test]
fn group_metrics_that_are_off_are_told_with_the_cure() {
    let off = || GroupSetup { group_metrics: vec!["GroupMaxSize".to_owned()], ..healthy() };
    let cure =
        "aws autoscaling enable-metrics-collection --auto-scaling-group-name web-asg --granularity 1Minute --metrics Group";
    told(wrong(&web(), off()), Severity::Error, "group metrics", "`GroupInServiceInstances` is not published", cure);
    let source = |metric: &str, namespace: &str| MetricSource {
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::new(),
        statistic: "Average".to_owned(),
    };
    let with = |metric: &str, namespace: &str| Group {
        metrics: BTreeMap::from([(Column::InServiceInstances, source(metric, namespace))]),
        ..web()
    };
    assert!(!lacks_group_metrics(&with("Workers", "Own"), &off()), "the count comes from elsewhere");
    assert!(lacks_group_metrics(&with("GroupInServiceCapacity", "AWS/AutoScaling"), &off()));
    assert!(!lacks_group_metrics(&with("GroupMaxSize", "AWS/AutoScaling"), &off()), "that one is published");
}

#[test]
fn processes_that_rest_are_told_by_what_they_keep_from_happening() {
    let suspended = |process: &str| GroupSetup { suspended: vec![process.to_owned()], ..healthy() };
    let cure = |process: &str| format!("resume-processes --auto-scaling-group-name web-asg --scaling-processes {process}");
    told(wrong(&web(), suspended("Launch")), Severity::Error, "processes", "`Launch` is suspended", &cure("Launch"));
    let observe = Group { mode: Mode::Observe, ..web() };
    told(wrong(&observe, suspended("Launch")), Severity::Warning, "processes", "`Launch`", &cure("Launch"));
    told(wrong(&web(), suspended("Terminate")), Severity::Warning, "processes", "`Terminate`", &cure("Terminate"));
    told(wrong(&web(), suspended("AddToLoadBalancer")), Severity::Warning, "processes", "AddTo", &cure("AddToLoadBalancer"));
    assert_eq!(wrong(&web(), suspended("AlarmNotification")), [], "the group's own policies are not wanted here");
    let floor = Group { apply: Apply::Floor, ..web() };
    told(wrong(&floor, suspended("AlarmNotification")), Severity::Warning, "processes", "AlarmN", &cure("AlarmNotification"));
    assert_eq!(wrong(&web(), suspended("AZRebalance")), []);
}

#[test]
fn protected_instances_are_named() {
    let instance = |id: &str, protected| InstanceSetup { id: id.to_owned(), protected };
    let instances = || vec![instance("i-1", true), instance("i-2", false), instance("i-3", true)];
    let some = GroupSetup { instances: instances(), ..healthy() };
    let cure = "set-instance-protection --auto-scaling-group-name web-asg --no-protected-from-scale-in --instance-ids i-1 i-3";
    told(wrong(&web(), some), Severity::Warning, "protection", "2 of 3 instances are protected", cure);
    let new = GroupSetup { instances: instances(), protects_new_instances: true, ..healthy() };
    told(wrong(&web(), new), Severity::Warning, "protection", "new instances are", "--no-new-instances-protected-from-scale-in");
}

#[test]
fn bounds_that_do_not_fit_are_told() {
    let bounded = |min: Option<u32>, max: Option<u32>| Group { min_instances: min, max_instances: max, ..web() };
    assert_eq!(wrong(&bounded(Some(2), Some(20)), healthy()), []);
    told(wrong(&bounded(Some(1), None), healthy()), Severity::Warning, "bounds", "`min_instances` = 1 is below", "--min-size 1");
    told(
        wrong(&bounded(None, Some(40)), healthy()),
        Severity::Warning,
        "bounds",
        "`max_instances` = 40 is above",
        "--max-size 40",
    );
    let fixed = GroupSetup { min: Some(4), max: Some(4), ..healthy() };
    told(wrong(&web(), fixed), Severity::Error, "bounds", "from at least 4 to at most 4", "--max-size 8");
    let observe = Group { mode: Mode::Observe, max_instances: Some(2), ..web() };
    told(wrong(&observe, healthy()), Severity::Warning, "bounds", "capacity can only be 2", "--max-size 4");
    let floor = Group { apply: Apply::Floor, min_instances: Some(1), ..web() };
    assert_eq!(wrong(&floor, healthy()), [], "a minimum that was raised is meant to be above");
}

#[test]
fn weights_want_capacity_for_a_count() {
    let weighted = || GroupSetup { weights: vec![1, 4], ..healthy() };
    told(wrong(&web(), weighted()), Severity::Warning, "weights", "instances weigh 1 to 4", "");
    assert_eq!(wrong(&web(), GroupSetup { weights: vec![1, 1], ..healthy() }), []);
    let by_requests = Group { requests_per_instance: Some(10.0), ..web() };
    let found = setup::all(&facts(&by_requests, weighted()), &weighted());
    assert!(found.iter().any(|finding| finding.thing == "weights" && finding.severity == Severity::Ok));
}

#[test]
fn lead_times_are_held_against_the_groups_own() {
    let warmup = |seconds| GroupSetup { default_warmup_seconds: Some(seconds), ..healthy() };
    assert_eq!(wrong(&web(), warmup(180)), []);
    told(wrong(&web(), warmup(300)), Severity::Warning, "lead time", "180 s, configured, until it is learned", "");
    let group = web();
    let learned = |setup, seconds| CloudFacts { learned_lead_seconds: Some(seconds), ..facts(&group, setup) };
    assert_eq!(wrong_of(&learned(warmup(300), 200)), [], "what is learned counts");
    let floor = Group { apply: Apply::Floor, ..web() };
    let short = CloudFacts { learned_lead_seconds: Some(240), ..facts(&floor, warmup(60)) };
    told(wrong_of(&short), Severity::Warning, "lead time", "240 s, learned", "--default-instance-warmup 240");

    let grace = |kind: &str, seconds| GroupSetup {
        health_check: Some(kind.to_owned()),
        health_check_grace_seconds: Some(seconds),
        ..healthy()
    };
    told(wrong_of(&learned(grace("ELB", 60), 200)), Severity::Warning, "lead time", "take 200 s, and 60 s", "grace-period 200");
    assert_eq!(wrong_of(&learned(grace("ELB", 200), 200)), []);
    assert_eq!(wrong_of(&learned(grace("EC2", 60), 200)), []);
}

#[test]
fn policies_of_the_groups_own_conflict_unless_they_work_above_a_floor() {
    let policy = |name: &str, kind: &str, acts| ScalingPolicy { name: name.to_owned(), kind: kind.to_owned(), acts };
    let with = |policy| GroupSetup { policies: Read(Ok(vec![policy])), ..healthy() };
    let tracking = || with(policy("cpu 50", "TargetTrackingScaling", true));
    let cure = "aws autoscaling delete-policy --auto-scaling-group-name web-asg --policy-name 'cpu 50'";
    told(wrong(&web(), tracking()), Severity::Error, "scaling policies", "`cpu 50` (TargetTrackingScaling)", cure);
    let observe = Group { mode: Mode::Observe, ..web() };
    told(wrong(&observe, tracking()), Severity::Warning, "scaling policies", "acts beside `apply = \"desired\"`", cure);
    assert_eq!(wrong(&Group { apply: Apply::Floor, ..web() }, tracking()), []);
    assert_eq!(wrong(&web(), with(policy("off", "StepScaling", false))), []);
    let rests = |kind: &str| GroupSetup { suspended: vec!["AlarmNotification".to_owned()], ..with(policy("p", kind, true)) };
    assert_eq!(wrong(&web(), rests("StepScaling")), [], "no alarm wakes it");
    assert_eq!(wrong(&web(), rests("PredictiveScaling")).len(), 1, "that one needs no alarm");
    let denied = GroupSetup { policies: Read(Err(PortError::Denied("not for you".to_owned()))), ..healthy() };
    told(wrong(&web(), denied), Severity::Warning, "scaling policies", "not for you", "");
}

#[test]
fn scheduled_actions_are_told_unless_they_rest() {
    let action = |recurrence: Option<&str>| ScheduledAction {
        name: "morning".to_owned(),
        start: Some(now()),
        recurrence: recurrence.map(str::to_owned),
        sets: "desired 6".to_owned(),
    };
    let with = |action| GroupSetup { scheduled: Read(Ok(vec![action])), ..healthy() };
    let cure = "delete-scheduled-action --auto-scaling-group-name web-asg --scheduled-action-name morning";
    let what = "`morning` sets desired 6 at `0 8 * * *`";
    told(wrong(&web(), with(action(Some("0 8 * * *")))), Severity::Warning, "scheduled actions", what, cure);
    told(wrong(&web(), with(action(None))), Severity::Warning, "scheduled actions", "on 26 Nov 12:00 UTC", cure);
    let rests = GroupSetup { suspended: vec!["ScheduledActions".to_owned()], ..with(action(None)) };
    assert_eq!(wrong(&web(), rests), []);
}

#[test]
fn each_metric_is_told_by_what_came_of_it() {
    let group = web();
    let with = |rows| CloudFacts { rows, ..facts(&group, healthy()) };
    let empty = |change: fn(&mut Observation)| {
        let mut rows = rows(36, 5, 6);
        rows.iter_mut().for_each(change);
        wrong_of(&with(Ok(rows)))
    };
    let look = "aws cloudwatch list-metrics --namespace AWS/EC2 --metric-name CPUUtilization --dimensions \
                Name=AutoScalingGroupName,Value=web-asg";
    let what = "`cpu_utilization` (AWS/EC2 CPUUtilization) has no point in the last 3 h";
    told(empty(|row| row.cpu_utilization = None), Severity::Error, "metrics", what, look);
    told(empty(|row| row.network_in = None), Severity::Warning, "metrics", "`network_in`", "NetworkIn");
    let uncounted = empty(|row| row.in_service_instances = None);
    told(uncounted, Severity::Error, "metrics", "`in_service_instances`", "enable-metrics-collection");
    let late = wrong_of(&with(Ok(rows(10, 5, 60))));
    assert_eq!(late.len(), 3, "{late:#?}");
    assert!(late.iter().all(|(_, _, what, _)| what.ends_with("reaches until 55 min ago")), "{late:#?}");
    let forbidden = with(Err(PortError::Denied("`cpu_utilization` is forbidden".to_owned())));
    told(wrong_of(&forbidden), Severity::Error, "metrics", "is forbidden", "");
    told(wrong_of(&with(Err(PortError::Throttled("slow down".to_owned())))), Severity::Error, "metrics", "slow down", "");
}

#[test]
fn steps_of_a_minute_want_detailed_monitoring() {
    let group = Group { step_seconds: 60, ..web() };
    let with = |minutes: i64| CloudFacts { rows: Ok(rows(30, minutes, 2)), ..facts(&group, healthy()) };
    assert_eq!(wrong_of(&with(1)), []);
    let cure = "aws ec2 monitor-instances --instance-ids $(aws autoscaling describe-auto-scaling-groups";
    told(wrong_of(&with(5)), Severity::Error, "monitoring", "CPU comes every five minutes", cure);
    assert_eq!(wrong_of(&facts(&web(), healthy())), [], "for steps of five minutes that is enough");
}
