//! Which metrics of CloudWatch make the columns of a group.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use headroom_core::{Column, Group, fleet::MetricSource, ports::PortError};

/// What to read for each column: the usual metrics of the Auto Scaling group, with those of the configuration over them.
pub(super) fn of(group: &Group) -> Result<BTreeMap<Column, MetricSource>, PortError> {
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

/// The query for one metric, by steps of `step_seconds`.
pub(super) fn query(id: String, source: &MetricSource, step_seconds: i64) -> MetricDataQuery {
    let dimensions = source.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric =
        Metric::builder().namespace(&source.namespace).metric_name(&source.metric).set_dimensions(Some(dimensions.collect()));
    let period = i32::try_from(step_seconds).expect("a step is at most a day");
    let stat = MetricStat::builder().metric(metric.build()).period(period).stat(&source.statistic);
    MetricDataQuery::builder().id(id).metric_stat(stat.build()).return_data(true).build()
}
