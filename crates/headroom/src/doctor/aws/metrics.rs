//! What CloudWatch has of the group.

use headroom_aws::setup::enable_group_metrics_command;
use headroom_core::{Column, Observation, fleet::MetricSource, ports::PortError};
use jiff::SignedDuration;

use super::CloudFacts;
use crate::{
    doctor::{
        commands::{quoted, region},
        finding::Finding,
    },
    moments::span,
};

const METRICS: &str = "metrics";
const MONITORING: &str = "monitoring";

/// Basic monitoring has a point every five minutes.
const BASIC_SECONDS: i64 = 300;

/// Each metric, and how often it comes.
pub(super) fn all(facts: &CloudFacts<'_>) -> Vec<Finding> {
    let rows = match &facts.rows {
        Ok(rows) => rows,
        Err(error @ PortError::Denied(_)) => {
            return vec![Finding::error(METRICS, error.to_string()).because("without metrics nothing is decided")];
        }
        Err(error) => return vec![Finding::error(METRICS, error.to_string())],
    };
    let mut findings: Vec<Finding> = facts.sources.iter().map(|(column, source)| metric(facts, rows, *column, source)).collect();
    findings.extend(monitoring(facts, rows));
    findings
}

/// Whether load is told from `column`.
fn is_needed(facts: &CloudFacts<'_>, column: Column) -> bool {
    match facts.group.requests_per_instance {
        Some(_) => column == Column::RequestCount,
        None => matches!(column, Column::CpuUtilization | Column::InServiceInstances),
    }
}

fn metric(facts: &CloudFacts<'_>, rows: &[Observation], column: Column, source: &MetricSource) -> Finding {
    let group = facts.group;
    let name = format!("`{column}` ({} {})", source.namespace, source.metric);
    let newest = rows.iter().rfind(|row| row.get(column).is_some());
    let Some(newest) = newest else {
        let dimensions: Vec<String> =
            source.dimensions.iter().map(|(name, value)| quoted(&format!("Name={name},Value={value}"))).collect();
        let dimensions = if dimensions.is_empty() { String::new() } else { format!(" --dimensions {}", dimensions.join(" ")) };
        let look = format!(
            "aws cloudwatch list-metrics --namespace {} --metric-name {}{dimensions}{}",
            quoted(&source.namespace),
            quoted(&source.metric),
            region(group)
        );
        let finding = Finding::error_if(is_needed(facts, column), METRICS, format!("{name} has no point in the last 3 h"));
        if source.namespace == "AWS/AutoScaling" {
            let cure = format!("{}{}", enable_group_metrics_command(&super::setup::name(group)), region(group));
            return finding.because("group metrics come some minutes after they are switched on").cured_by(cure);
        }
        let why = "a metric that nobody publishes under that name and these dimensions stays empty: correct `[group.metrics]`";
        return finding.because(why).cured_by(look);
    };
    let age = facts.now.duration_since(newest.timestamp + SignedDuration::from_secs(group.step_seconds));
    let what = format!("{name} reaches until {} ago", span(age));
    if age.as_secs() <= group.stale_after_seconds {
        return Finding::ok(METRICS, what);
    }
    Finding::error_if(is_needed(facts, column), METRICS, what)
        .because("it is older than `stale_after_seconds`: capacity is held on stale metrics")
        .see("Metrics are stale")
}

/// Steps of a minute on metrics of five.
fn monitoring(facts: &CloudFacts<'_>, rows: &[Observation]) -> Option<Finding> {
    if facts.group.step_seconds >= BASIC_SECONDS {
        return None;
    }
    let instances = facts.sources.get(&Column::CpuUtilization)?;
    let moments: Vec<i64> =
        rows.iter().filter(|row| row.cpu_utilization.is_some()).map(|row| row.timestamp.as_second()).collect();
    let is_basic = moments.len() > 1 && moments.windows(2).all(|pair| pair[1] - pair[0] >= BASIC_SECONDS);
    if instances.namespace != "AWS/EC2" || !is_basic {
        return None;
    }
    let (name, region) = (super::setup::name(facts.group), region(facts.group));
    let ids = format!(
        "aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {name}{region} \
         --query 'AutoScalingGroups[].Instances[].InstanceId' --output text"
    );
    let cure = format!("aws ec2 monitor-instances --instance-ids $({ids}){region}");
    Some(
        Finding::error(MONITORING, "CPU comes every five minutes, and `step_seconds` is 60")
            .because("four of five steps are gaps: switch on detailed monitoring here and in the launch template, or write `step_seconds = 300`")
            .cured_by(cure),
    )
}
