//! `GET /api/groups/{id}/history`: what a group did, thinned out where the span is long.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Column, Group, Observation};
use headroom_store::history;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    AppState,
    buckets::{self, largest, smallest},
    group_of::GroupOf,
    numbers::rounded,
    params::{HOURS, Params},
    problem::Problem,
};

/// One row of the answer. Of a bucket of several steps it tells the worst: the largest of everything, and the
/// fewest instances. Absent is absent, never zero.
#[derive(Debug, Serialize)]
struct Row {
    /// Start of the step or bucket.
    timestamp: Timestamp,
    /// Load in instance-equivalents.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    /// Load of one step / instances in service in the same step; so a bucket does not show a shortage that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_utilization: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_in: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_service_instances: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_sale_active: Option<f64>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    group: String,
    from: Timestamp,
    to: Timestamp,
    step_seconds: i64,
    /// Length of what one row stands for; equal to `step_seconds` where nothing was thinned out.
    bucket_seconds: i64,
    /// How long instances were above the objective, by the steps themselves and not by the thinned-out rows.
    over_objective_seconds: i64,
    rows: Vec<Row>,
}

/// Answers with the rows of the last `hours`.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<History>, Problem> {
    params.only(&[HOURS])?;
    let span = params.span(state.now())?;
    let bucket_seconds = buckets::length_seconds(span.seconds(), group.step_seconds);
    // The first bucket is read whole, so that it does not change while the span moves on.
    let from = span.from - SignedDuration::from_secs(span.from.as_second().rem_euclid(bucket_seconds));
    let observations = history::read(state.store.as_ref(), &group.id, from, span.to).await?;
    let count_known = counts_instances(&observations);
    let over_objective_seconds = group.step_seconds * steps_over_objective(&observations, &group, count_known);
    let rows = buckets::fill(observations, bucket_seconds, |row| row.timestamp)
        .into_iter()
        .map(|(start, rows)| row(start, &rows, &group, count_known))
        .collect();
    let step_seconds = group.step_seconds;
    Ok(Json(History { group: group.id, from, to: span.to, step_seconds, bucket_seconds, over_objective_seconds, rows }))
}

fn steps_over_objective(observations: &[Observation], group: &Group, count_known: bool) -> i64 {
    let over = |row: &&Observation| utilization(row, group, count_known).is_some_and(|share| share > group.max_utilization);
    i64::try_from(observations.iter().filter(over).count()).expect("a count of rows")
}

/// Whether the source tells how many instances are in service at all.
pub(crate) fn counts_instances(observations: &[Observation]) -> bool {
    observations.iter().any(|row| row.in_service_instances.is_some())
}

/// Load / instances in service of one step; none where either is missing or nothing is in service.
pub(crate) fn utilization(row: &Observation, group: &Group, count_known: bool) -> Option<f64> {
    let instances = if count_known { row.in_service_instances? } else { 1.0 };
    let load = row.load(group.requests_per_instance, count_known)?;
    (instances > 0.0).then_some(load / instances)
}

fn row(start: Timestamp, rows: &[Observation], group: &Group, count_known: bool) -> Row {
    let most = |column: Column| largest(rows.iter().map(|row| row.get(column))).map(rounded);
    Row {
        timestamp: start,
        load: largest(rows.iter().map(|row| row.load(group.requests_per_instance, count_known))).map(rounded),
        utilization: largest(rows.iter().map(|row| utilization(row, group, count_known))).map(rounded),
        cpu_utilization: most(Column::CpuUtilization),
        network_in: most(Column::NetworkIn),
        request_count: most(Column::RequestCount),
        in_service_instances: smallest(rows.iter().map(|row| row.in_service_instances)).map(rounded),
        is_sale_active: most(Column::IsSaleActive),
    }
}
