//! What AWS tells of a group, and what of that stands in the scaler's way.

pub(crate) mod alarms;
mod metrics;
mod rights;
mod rivals;
mod setup;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures_util::{StreamExt, future::join, stream};
use headroom_aws::{
    CloudWatch,
    setup::{GroupSetup, IN_SERVICE_METRIC},
};
use headroom_core::{
    Column, Group, Observation,
    fleet::MetricSource,
    ports::{Metrics, PortError, Window},
};
use headroom_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use scaler::GroupState;

use super::{AT_ONCE, finding::Finding};
use crate::clouds::AwsPorts;

/// Metrics that are older are as good as none.
const METRICS_WITHIN: SignedDuration = SignedDuration::from_hours(3);

/// What AWS tells of one group.
pub(crate) struct CloudFacts<'a> {
    /// The group, in the mode in force.
    group: &'a Group,
    /// When it was asked.
    now: Timestamp,
    /// The metrics that fill its columns.
    sources: BTreeMap<Column, MetricSource>,
    /// The rows of the last three hours.
    rows: Result<Vec<Observation>, PortError>,
    /// How it is set up.
    setup: Result<GroupSetup, PortError>,
    /// The lead time that was learned, in seconds.
    learned_lead_seconds: Option<i64>,
}

/// What AWS tells of `groups` at `now`. Their metrics share calls.
pub(crate) async fn facts<'a>(
    groups: &[(&'a Group, &Result<GroupState, StoreError>)],
    aws: &AwsPorts,
    now: Timestamp,
) -> Vec<CloudFacts<'a>> {
    let windows: Vec<Window<'_>> = groups.iter().map(|(group, _)| Window::of(group, now - METRICS_WITHIN, now)).collect();
    let setups: Vec<_> = groups.iter().map(|(group, _)| aws.setups.read(group)).collect();
    let setups = stream::iter(setups).buffered(AT_ONCE).collect::<Vec<_>>();
    let (rows, setups) = join(aws.metrics.observations(&windows), setups).await;
    let mut facts = Vec::new();
    for (((group, state), rows), setup) in groups.iter().zip(rows).zip(setups) {
        facts.push(CloudFacts {
            group,
            now,
            sources: CloudWatch::sources(group).unwrap_or_default(),
            rows,
            setup,
            learned_lead_seconds: state.as_ref().ok().and_then(|state| state.past.lead_time.seconds()),
        });
    }
    facts
}

/// Everything that AWS tells of one group.
pub(crate) fn checks(facts: &CloudFacts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &facts.setup {
        Ok(found) => {
            findings.extend(setup::all(facts, found));
            findings.extend(rivals::all(facts.group, found));
        }
        Err(error) => findings.push(Finding::error(setup::GROUP, error.to_string()).because("without it nothing can be decided")),
    }
    findings.extend(metrics::all(facts));
    findings.push(rights::to_write(facts.group, facts.setup.as_ref().ok()));
    findings.into_iter().map(|finding| finding.of_group(&facts.group.id)).collect()
}

/// Cures the one thing that is free of charge and takes nothing from anybody: switches on the group metrics of those of `groups`
/// that lack them. A line for each.
pub(crate) async fn cure(groups: &[&Group], aws: &AwsPorts) -> Vec<String> {
    let mut told = Vec::new();
    for group in groups {
        let Ok(found) = aws.setups.read(group).await else { continue };
        if lacks_group_metrics(group, &found) {
            told.push(match aws.setups.enable_group_metrics(group).await {
                Ok(()) => format!("cured: group `{}` publishes `{IN_SERVICE_METRIC}` from now on", group.id),
                Err(error) => format!("not cured: group `{}`: {error}", group.id),
            });
        }
    }
    told
}

/// Whether the number of instances is to come from group metrics, and does not.
fn lacks_group_metrics(group: &Group, found: &GroupSetup) -> bool {
    let needed = group
        .metrics
        .get(&Column::InServiceInstances)
        .map_or(Some(IN_SERVICE_METRIC), |source| (source.namespace == "AWS/AutoScaling").then_some(source.metric.as_str()));
    needed.is_some_and(|needed| !found.group_metrics.iter().any(|metric| metric == needed))
}
