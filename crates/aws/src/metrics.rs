//! CloudWatch as the metrics: one `GetMetricData` a group, all its columns at once.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode},
};
use headroom_core::{
    Column, Group, Observation,
    fleet::MetricSource,
    ports::{Metrics, PortError},
};
use jiff::Timestamp;

use crate::{fault::Fault, regional::Regional};

const RIGHT: &str = "cloudwatch:GetMetricData";

/// The metrics of groups in CloudWatch.
///
/// Without a word in the configuration it reads `CPUUtilization` (mean) and `NetworkIn` (sum) of the instances of the
/// Auto Scaling group, and `GroupInServiceInstances` (mean), which is there once group metrics were enabled; a group's
/// `metrics` replace these or add columns. The collector's window of a day is far below the 100,800 points of a page,
/// but whatever has more pages is read to its end.
#[derive(Debug)]
pub struct CloudWatch {
    clients: Regional<Client>,
}

impl CloudWatch {
    /// CloudWatch by the account of `config`, in the region of each group.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { clients: Regional::new(config, |config| Client::new(config)) }
    }
}

#[async_trait]
impl Metrics for CloudWatch {
    async fn observations(&self, group: &Group, from: Timestamp, to: Timestamp) -> Result<Vec<Observation>, PortError> {
        let sources = sources(group)?;
        // Whole steps only: CloudWatch would answer a step cut by the window with a part of its data.
        let (first, end) = (step_from(from, group.step_seconds), step_from(to, group.step_seconds));
        if first >= end {
            return Ok(Vec::new());
        }
        let request = self
            .clients
            .client(group.region.as_deref())
            .get_metric_data()
            .set_metric_data_queries(Some(sources.iter().map(|(column, source)| query(*column, source, group)).collect()))
            .start_time(DateTime::from_secs(first))
            .end_time(DateTime::from_secs(end))
            .scan_by(ScanBy::TimestampAscending);
        let mut pages = request.into_paginator().send();
        let mut rows = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Fault::of(&error).into_port_error(&thing(group), RIGHT))?;
            for message in page.messages() {
                tracing::warn!(
                    group = %group.id,
                    "CloudWatch says of `{}`: {}: {}", group.id, message.code().unwrap_or("message"), message.value().unwrap_or_default()
                );
            }
            for result in page.metric_data_results() {
                take(result, group, first..end, &mut rows)?;
            }
        }
        Ok(rows.into_values().collect())
    }
}

/// Start of the first step at or after `moment`, in seconds of the Unix epoch.
fn step_from(moment: Timestamp, step_seconds: i64) -> i64 {
    let (second, rest) = (moment.as_second(), moment.subsec_nanosecond());
    // Before 1970 the fraction is negative, and the whole second already lies after the moment.
    let second = second + i64::from(rest > 0);
    second + (-second).rem_euclid(step_seconds)
}

fn thing(group: &Group) -> String {
    format!("metrics of group `{}`", group.id)
}

/// What to read for each column: the usual metrics of the Auto Scaling group, with those of the configuration over them.
fn sources(group: &Group) -> Result<BTreeMap<Column, MetricSource>, PortError> {
    let mut sources = BTreeMap::new();
    if let Some(name) = &group.auto_scaling_group {
        for (column, namespace, metric, statistic) in [
            (Column::CpuUtilization, "AWS/EC2", "CPUUtilization", "Average"),
            (Column::NetworkIn, "AWS/EC2", "NetworkIn", "Sum"),
            (Column::InServiceInstances, "AWS/AutoScaling", "GroupInServiceInstances", "Average"),
        ] {
            let source = MetricSource {
                namespace: namespace.to_owned(),
                metric: metric.to_owned(),
                dimensions: BTreeMap::from([("AutoScalingGroupName".to_owned(), name.clone())]),
                statistic: statistic.to_owned(),
            };
            sources.insert(column, source);
        }
    }
    sources.extend(group.metrics.iter().map(|(column, source)| (*column, source.clone())));
    if sources.is_empty() {
        let problem =
            format!("group `{}` names no metric: give it `auto_scaling_group`, or `metrics`, in `fleet.toml`", group.id);
        return Err(PortError::NotFound(problem));
    }
    Ok(sources)
}

/// The query for one column; its id is the column's name.
fn query(column: Column, source: &MetricSource, group: &Group) -> MetricDataQuery {
    let dimensions = source.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric =
        Metric::builder().namespace(&source.namespace).metric_name(&source.metric).set_dimensions(Some(dimensions.collect()));
    let period = i32::try_from(group.step_seconds).expect("a step is 60 or 300 seconds");
    let stat = MetricStat::builder().metric(metric.build()).period(period).stat(&source.statistic);
    MetricDataQuery::builder().id(column.name()).metric_stat(stat.build()).return_data(true).build()
}

/// Puts the points of one answer into the rows. A point that is not there leaves the column absent.
fn take(
    result: &MetricDataResult,
    group: &Group,
    window: std::ops::Range<i64>,
    rows: &mut BTreeMap<i64, Observation>,
) -> Result<(), PortError> {
    let Some(column) = result.id().and_then(Column::from_name) else { return Ok(()) };
    match result.status_code() {
        Some(StatusCode::Forbidden) => {
            let line = format!("{}: `{column}` is forbidden: allow `{RIGHT}` to the role or user that runs this", thing(group));
            return Err(PortError::Denied(line));
        }
        // What came is true all the same, and what did not is read again by later ticks.
        Some(StatusCode::InternalError) => {
            tracing::warn!(group = %group.id, %column, "CloudWatch could not give all of `{column}` of `{}`: later ticks read it again", group.id);
        }
        _ => {}
    }
    for (moment, value) in result.timestamps().iter().zip(result.values()) {
        let second = moment.secs();
        if !window.contains(&second) || !value.is_finite() {
            continue;
        }
        let Ok(start) = Timestamp::from_second(second - second.rem_euclid(group.step_seconds)) else { continue };
        rows.entry(start.as_second()).or_insert_with(|| Observation::at(start)).set(column, Some(*value));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
