//! Configurations that are read, and every problem that is told.

use super::*;
use crate::observation::Column;

#[test]
fn groups_take_the_defaults_of_the_file_and_then_ours() {
    let fleet = Fleet::from_toml(
        r#"
        [defaults]
        max_utilization = 0.6
        [[group]]
        id = "web"
        region = "eu-central-1"
        auto_scaling_group = "web-asg"
        min_instances = 2
        max_instances = 40
        [group.metrics.request_count]
        namespace = "AWS/ApplicationELB"
        metric = "RequestCount"
        dimensions = { TargetGroup = "targetgroup/web/0123456789abcdef" }
        statistic = "Sum"
        "#,
    )
    .unwrap();
    let web = fleet.group("web").unwrap();
    assert_eq!((web.mode, web.max_utilization, web.step_seconds), (Mode::Observe, 0.6, 300));
    assert_eq!(web.metrics[&Column::RequestCount].statistic, "Sum");
}

#[test]
fn all_problems_are_told_at_once() {
    let error = Fleet::from_toml(
        "[[group]]\nid = \"a b\"\n[[group]]\nid = \"web\"\nmin_instances = 7\nmax_instances = 5\nstep_seconds = 7\nmax_utilization = 85\n[[group]]\nid = \"web\"\n",
    )
    .unwrap_err();
    insta::assert_snapshot!(error);
    insta::assert_snapshot!(Fleet::from_toml("[[group]]\nid = \"web\"\nmin = 3\n").unwrap_err());
}

#[test]
fn a_fleet_has_a_thousand_groups_at_most() {
    let of = |count: usize| (0..count).map(|group| format!("[[group]]\nid = \"g{group}\"\n")).collect::<String>();
    assert_eq!(Fleet::from_toml(&of(GROUPS_MAX)).unwrap().groups.len(), GROUPS_MAX);
    let cure = "there are 1001 `[[group]]`: at most 1000 are allowed, divide them among several stores";
    assert_eq!(problems(&of(GROUPS_MAX + 1)), cure);
}

fn problems(text: &str) -> String {
    Fleet::from_toml(text).unwrap_err().to_string()
}

#[test]
fn every_setting_is_checked() {
    insta::assert_snapshot!(problems(
        r#"
        [[group]]
        id = "sizes"
        max_instances = 5
        blind_instances = 6
        scale_out_limit = 0
        scale_in_limit = 0
        [[group]]
        id = "times"
        lead_time_seconds = 3601
        stale_after_seconds = 90000
        stabilization_minutes = 181
        cooldown_minutes = 181
        sudden_drop_hold_minutes = 181
        hold_minutes = 1441
        foreign_hold_minutes = 1441
        approval_minutes = 1441
        [[group]]
        id = "no-time"
        lead_time_seconds = -1
        stale_after_seconds = 1
        approval_minutes = 0
        [[group]]
        id = "shares"
        max_utilization = 0.5
        reactive_target = 0.6
        risk_quantile = 0
        threshold_low_percent = 70
        [[group]]
        id = "money"
        price_per_hour = 0
        violation_cost_per_minute = -1.5
        [[group]]
        id = "unscheduled"
        policy = "schedule"
        [[group]]
        id = "unread"
        [[group.schedule]]
        name = "office"
        start = "08:00"
        end = "18:00"
        instances = 9
        [[group]]
        id = "schedule"
        policy = "schedule"
        max_instances = 5
        [[group.schedule]]
        name = " "
        days = []
        start = "08:00"
        end = "18:00"
        instances = 9
        "#
    ));
}

#[test]
fn what_is_no_number_is_refused() {
    for value in ["nan", "inf", "-inf"] {
        let settings = [
            "max_utilization",
            "reactive_target",
            "risk_quantile",
            "threshold_high_percent",
            "threshold_low_percent",
            "price_per_hour",
            "violation_cost_per_minute",
            "requests_per_instance",
        ];
        let lines: String = settings.iter().map(|name| format!("{name} = {value}\n")).collect();
        let told = problems(&format!("[[group]]\nid = \"web\"\n{lines}"));
        for name in settings {
            assert!(told.contains(&format!("`{name}`")), "{name} = {value}: {told}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    for wrong in ["time_zone = \"Mars/Olympus\"", "approval = \"maybe\"", "[[group.schedule]]\nname = \"x\"\nstart = \"25:00\""] {
        insta::assert_snapshot!(problems(&format!("[[group]]\nid = \"web\"\n{wrong}")));
    }
}

#[test]
fn a_group_can_be_configured_to_the_last_setting() {
    let fleet = Fleet::from_toml(
        r#"
        [defaults]
        time_zone = "Europe/Berlin"
        max_utilization = 0.5
        [[group]]
        id = "web"
        policy = "schedule"
        approval = "scale-in"
        [[group.schedule]]
        name = "office"
        days = ["mon", "fri"]
        start = "08:00"
        end = "18:30"
        instances = 9
        "#,
    )
    .unwrap();
    let web = &fleet.groups[0];
    assert_eq!((web.policy, web.approval, web.reactive_target), (PolicyName::Schedule, Approval::ScaleIn, 0.5));
    assert_eq!(web.time_zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(web.schedule[0].days, [Day::Mon, Day::Fri]);
    let json = serde_json::to_string(&fleet).unwrap();
    assert_eq!(serde_json::from_str::<Fleet>(&json).unwrap(), fleet);
}

/// The fleet that the documentation shows.
const SAMPLE: &str = include_str!("../../../../data/fleet.toml");

#[test]
fn the_sample_has_every_setting_and_shows_the_true_defaults() {
    let sample = Fleet::from_toml(SAMPLE).unwrap();
    let mut table: toml::Table = toml::from_str(SAMPLE).unwrap();
    let mut named: Vec<String> = table.remove("defaults").unwrap().as_table().unwrap().keys().cloned().collect();
    assert_eq!(Fleet::from_toml(&table.to_string()).unwrap(), sample, "without its [defaults] it is the same fleet");
    for group in table["group"].as_array().unwrap() {
        named.extend(group.as_table().unwrap().keys().cloned());
    }
    let settings = serde_json::to_value(&sample.groups[0]).unwrap();
    for setting in settings.as_object().unwrap().keys() {
        assert!(named.contains(setting), "`{setting}` is missing in data/fleet.toml");
    }
}
