//! What the alarms of the stack tell: they see what no object in the store shows, such as a run that was never made.

use headroom_aws::{Aws, alarms::Alarm};
use headroom_core::ports::PortError;

use crate::{
    doctor::{ALARMS, commands::quoted, finding::Finding},
    moments::clock,
};

/// The alarms of a stack, after its name and a hyphen. Each has its entry in the runbook.
const NAMES: [&str; 11] = [
    "collector-missed",
    "scaler-missed",
    "collector-errors",
    "scaler-errors",
    "trainer-errors",
    "throttled",
    "group-failed",
    "held",
    "unwritten",
    "group",
    "failures",
];

/// What the alarms of `stack` tell, in the region of whoever runs this.
pub(crate) async fn look(stack: &str) -> Vec<Finding> {
    let alarms = Aws::connect().await.alarms();
    let names: Vec<String> = NAMES.iter().map(|name| of_stack(stack, name)).collect();
    let found = alarms.named(&names).await;
    told(stack, alarms.region().unwrap_or("no region"), found)
}

fn of_stack(stack: &str, alarm: &str) -> String {
    format!("{stack}-{alarm}")
}

fn told(stack: &str, region: &str, found: Result<Vec<Alarm>, PortError>) -> Vec<Finding> {
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let why = "whether an alarm of the stack is raised is not known: look at them in the console";
            return vec![Finding::unknown(ALARMS, error.to_string()).because(why)];
        }
    };
    if found.is_empty() {
        let why = "name it by `--stack`, and its region by AWS_REGION; without a stack, as with `headroom serve`, there are none";
        return vec![Finding::unknown(ALARMS, format!("no stack `{stack}` has alarms in {region}")).because(why)];
    }
    let named = |name: &str| found.iter().find(|alarm| alarm.name == of_stack(stack, name));
    let mut findings: Vec<Finding> = NAMES
        .iter()
        .filter_map(|name| named(name).filter(|alarm| alarm.is_raised).map(|alarm| raised(stack, name, alarm)))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(ALARMS, format!("none of stack `{stack}` is raised")));
    }
    let absent: Vec<String> = NAMES.iter().filter(|name| named(name).is_none()).map(|name| format!("`{name}`")).collect();
    if !absent.is_empty() {
        let what = format!("stack `{stack}` has no alarm {}", absent.join(", "));
        findings.push(Finding::warning(ALARMS, what).because("nobody is told of what it watches for: deploy the stack again"));
    }
    let silent: Vec<String> = found.iter().filter(|alarm| !alarm.tells).map(|alarm| format!("`{}`", alarm.name)).collect();
    if !silent.is_empty() {
        let what = format!("nobody is told when {} is raised", silent.join(" or "));
        let why =
            "its actions are switched off, or it has none: name a topic by `AlarmTopicArn`, or `alarm_topic_arn` in Terraform";
        findings.push(Finding::warning(ALARMS, what).because(why));
    }
    findings
}

/// An alarm that is raised, with where to look first.
fn raised(stack: &str, name: &'static str, alarm: &Alarm) -> Finding {
    let since = alarm.since.map_or_else(String::new, |since| format!(" since {}", clock(since)));
    let says = if alarm.description.is_empty() { String::new() } else { format!(": {}", alarm.description) };
    let finding = Finding::error(ALARMS, format!("`{}` is raised{since}{says}", alarm.name)).see(name);
    match command(stack, name) {
        Some(command) => finding.cured_by(command),
        None => finding,
    }
}

/// Where to look first.
fn command(stack: &str, name: &str) -> Option<String> {
    let log = |function: &str| {
        let group = quoted(&format!("/aws/lambda/{stack}-{function}"));
        Some(format!(r#"aws logs tail {group} --since 1h --filter-pattern '{{ $.level = "ERROR" || $.level = "WARN" }}'"#))
    };
    match name {
        "collector-missed" | "scaler-missed" => Some(format!(
            "aws scheduler list-schedules --group-name {} --query 'Schedules[].[Name,State]' --output text",
            quoted(stack)
        )),
        "collector-errors" => log("collector"),
        "trainer-errors" => log("trainer"),
        "scaler-errors" | "group-failed" | "held" | "unwritten" | "group" => log("scaler"),
        "throttled" => Some("aws lambda get-account-settings --query AccountLimit".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::doctor::finding::Severity;

    fn alarm(name: &str) -> Alarm {
        Alarm { name: of_stack("headroom", name), description: String::new(), is_raised: false, since: None, tells: true }
    }

    fn all() -> Vec<Alarm> {
        NAMES.map(alarm).to_vec()
    }

    fn found(alarms: Vec<Alarm>) -> Vec<Finding> {
        told("headroom", "eu-west-1", Ok(alarms))
    }

    #[track_caller]
    fn only(findings: Vec<Finding>, severity: Severity, what: &str) -> Finding {
        let [finding] = &findings[..] else { panic!("one finding, not {findings:#?}") };
        assert_eq!((finding.severity, finding.thing), (severity, "alarms"));
        assert!(finding.what.contains(what), "no `{what}`: {}", finding.what);
        finding.clone()
    }

    #[test]
    fn the_alarms_are_those_of_the_template() {
        let template = include_str!("../../../../../infra/template.yaml");
        let made = template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${AWS::StackName}-"));
        let made: std::collections::BTreeSet<&str> = made.collect();
        assert_eq!(made, NAMES.into_iter().collect());
    }

    #[test]
    fn an_alarm_that_is_raised_is_told_with_its_beginning_and_where_to_look() {
        only(found(all()), Severity::Ok, "none of stack `headroom` is raised");
        for name in NAMES {
            let mut alarms = all();
            let rings = alarms.iter_mut().find(|alarm| alarm.name == of_stack("headroom", name)).unwrap();
            rings.is_raised = true;
            rings.since = Some("2026-11-26T12:00:00Z".parse::<Timestamp>().unwrap());
            rings.description = "Someone has to look.".to_owned();
            let what = format!("`headroom-{name}` is raised since 26 Nov 12:00 UTC: Someone has to look.");
            let finding = only(found(alarms), Severity::Error, &what);
            assert_eq!(finding.runbook, Some(name));
        }
        let missed = command("prod", "scaler-missed").unwrap();
        assert!(missed.starts_with("aws scheduler list-schedules --group-name prod "), "{missed}");
        let errors = command("prod", "group-failed").unwrap();
        let pattern = r#"--filter-pattern '{ $.level = "ERROR" || $.level = "WARN" }'"#;
        assert_eq!(errors, format!("aws logs tail /aws/lambda/prod-scaler --since 1h {pattern}"));
    }

    #[test]
    fn several_alarms_are_several_findings() {
        let mut alarms = all();
        for alarm in &mut alarms[2..5] {
            alarm.is_raised = true;
        }
        let entries: Vec<_> = found(alarms).iter().map(|finding| finding.runbook).collect();
        assert_eq!(entries, [Some("collector-errors"), Some("scaler-errors"), Some("trainer-errors")]);
    }

    #[test]
    fn what_cannot_be_asked_is_no_error() {
        let denied = told("headroom", "eu-west-1", Err(PortError::Denied("allow `cloudwatch:DescribeAlarms`".to_owned())));
        only(denied, Severity::Unknown, "allow `cloudwatch:DescribeAlarms`");
        let none = only(found(Vec::new()), Severity::Unknown, "no stack `headroom` has alarms in eu-west-1");
        assert!(none.why.unwrap().contains("`--stack`"), "{none:?}");
    }

    #[test]
    fn an_alarm_that_is_not_there_or_tells_nobody_is_told() {
        let mut alarms = all();
        alarms.retain(|alarm| alarm.name != "headroom-held");
        alarms[0].tells = false;
        let findings = found(alarms);
        let warnings: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Warning)
            .map(|finding| finding.what.as_str())
            .collect();
        let expected = ["stack `headroom` has no alarm `held`", "nobody is told when `headroom-collector-missed` is raised"];
        assert_eq!(warnings, expected);
    }
}
