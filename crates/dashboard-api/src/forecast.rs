//! `GET /api/groups/{id}/forecast`, the newest forecast; and `/forecasts`, how the past ones look one step ahead.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Forecast, forecast::HORIZON, quantiles::Quantiles};
use headroom_store::{journal, keys};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AppState, buckets,
    group_of::GroupOf,
    latest,
    numbers::rounded,
    params::{HOURS, Params},
    problem::Problem,
};

/// Answers with the newest forecast as it was stored.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Forecast>, Problem> {
    params.only(&[])?;
    let forecast =
        latest::newest::<Forecast>(state.store.as_ref(), keys::forecasts, &group.id, state.now(), |forecast| forecast.origin);
    forecast.await?.map(Json).ok_or_else(|| {
        Problem::not_found(
            None,
            format!("group `{}` has no forecast yet", group.id),
            "train a model with `trainer train`, and let the scaler run once".to_owned(),
        )
    })
}

/// The end of what `forecast` says.
pub(crate) fn end(forecast: &Forecast) -> Timestamp {
    let steps = i32::try_from(HORIZON).expect("a horizon of a few steps");
    forecast.origin + SignedDuration::from_secs(forecast.step_seconds) * steps
}

/// What a past forecast said about the step that came next. Reading only this much of each keeps weeks of them quick.
#[derive(Deserialize)]
struct Past {
    origin: Timestamp,
    steps: Vec<Quantiles>,
}

/// One step as it was forecast when it was next. Of a bucket of several steps, the largest of each.
#[derive(Serialize)]
struct NextStep {
    /// Start of the step or bucket.
    timestamp: Timestamp,
    p10: f64,
    p50: f64,
    p90: f64,
    p95: f64,
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct PastForecasts {
    group: String,
    bucket_seconds: i64,
    rows: Vec<NextStep>,
}

/// Answers with the one-step-ahead forecasts of the last `hours`.
pub(crate) async fn past(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<PastForecasts>, Problem> {
    params.only(&[HOURS])?;
    let span = params.span(state.now())?;
    let bucket_seconds = buckets::length_seconds(span.seconds(), group.step_seconds);
    let mut past = journal::read_days::<Past>(state.store.as_ref(), keys::forecasts, &group.id, span.from, span.end()).await?;
    past.retain(|past| span.holds(past.origin));
    let rows = buckets::fill(past, bucket_seconds, |past| past.origin)
        .into_iter()
        .filter_map(|(start, past)| next_step(start, &past))
        .collect();
    Ok(Json(PastForecasts { group: group.id, bucket_seconds, rows }))
}

fn next_step(start: Timestamp, past: &[Past]) -> Option<NextStep> {
    let at = |level: f64| buckets::largest(past.iter().map(|past| past.steps.first().map(|step| step.at(level)))).map(rounded);
    Some(NextStep { timestamp: start, p10: at(0.1)?, p50: at(0.5)?, p90: at(0.9)?, p95: at(0.95)? })
}
