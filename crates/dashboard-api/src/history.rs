//! `GET /api/groups/{id}/history`: what a group did, thinned out where the span is long.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Column, Group, Observation};
use headroom_store::history;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::Viewer,
    buckets::{self, largest, smallest},
    group::glance::required,
    group_of::GroupOf,
    numbers::rounded,
    params::{Params, SPAN, SpanQuery},
    problem::Problem,
};

/// One row of the answer. Of a bucket of several steps it tells the worst: the largest of everything, and the
/// fewest instances. Absent is absent, never zero.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistoryRow)]
struct Row {
    /// Start of the step or bucket.
    timestamp: Timestamp,
    /// Load in instance-equivalents.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    /// Fewest instances that carry that load within the objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<u32>,
    /// Load of one step / instances in service in the same step; so a bucket does not show a shortage that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    utilization: Option<f64>,
    /// Mean CPU in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_utilization: Option<f64>,
    /// Bytes per step.
    #[serde(skip_serializing_if = "Option::is_none")]
    network_in: Option<f64>,
    /// Requests per step.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_count: Option<f64>,
    /// Instances in service.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_service_instances: Option<f64>,
    /// Whether an event of the calendar went on, or how strong it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_sale_active: Option<f64>,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// The group.
    group: String,
    /// Where the first row begins at the earliest.
    from: Timestamp,
    /// Before this the last row begins.
    to: Timestamp,
    /// Length of a step of the group.
    step_seconds: i64,
    /// Length of what one row stands for; equal to `step_seconds` where nothing was thinned out.
    bucket_seconds: i64,
    /// How long instances were above the objective, by the steps themselves and not by the thinned-out rows.
    over_objective_seconds: i64,
    /// In the order of time.
    rows: Vec<Row>,
}

/// What a group did, thinned out where the span is long
#[utoipa::path(
    get, path = "/groups/{id}/history", tag = "history", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group"), SpanQuery), responses((status = 200, body = History))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<History>, Problem> {
    params.only(&SPAN)?;
    let span = params.span(app.state.now())?;
    let bucket_seconds = buckets::length_seconds(span.seconds(), group.step_seconds);
    // The first bucket is read whole, so that it does not change while the span moves on.
    let from = span.from - SignedDuration::from_secs(span.from.as_second().rem_euclid(bucket_seconds));
    let observations = history::read(&*app.state.store, &group.id, from, span.to).await?;
    let count_known = counts_instances(&observations);
    let over_objective_seconds = group.step_seconds * steps_over_objective(&observations, &group, count_known);
    let (from, to) = (Timestamp::max(from, Timestamp::UNIX_EPOCH), whole_steps(span.to, group.step_seconds));
    let rows = buckets::fill(observations, bucket_seconds, |row| row.timestamp)
        .into_iter()
        .map(|(start, rows)| row(start, &rows, &group, count_known))
        .collect();
    let step_seconds = group.step_seconds;
    Ok(Json(History { group: group.id, from, to, step_seconds, bucket_seconds, over_objective_seconds, rows }))
}

/// The end of a span as it is told: of the step that it lies in, so that an answer changes with a step and not with a second.
fn whole_steps(moment: Timestamp, step_seconds: i64) -> Timestamp {
    let second = moment.as_second();
    Timestamp::from_second(second + (-second).rem_euclid(step_seconds)).unwrap_or(moment)
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
    let load = largest(rows.iter().map(|row| row.load(group.requests_per_instance, count_known)));
    Row {
        timestamp: start,
        load: load.map(rounded),
        required: load.map(|load| required(load, group)),
        utilization: largest(rows.iter().map(|row| utilization(row, group, count_known))).map(rounded),
        cpu_utilization: most(Column::CpuUtilization),
        network_in: most(Column::NetworkIn),
        request_count: most(Column::RequestCount),
        in_service_instances: smallest(rows.iter().map(|row| row.in_service_instances)).map(rounded),
        is_sale_active: most(Column::IsSaleActive),
    }
}
