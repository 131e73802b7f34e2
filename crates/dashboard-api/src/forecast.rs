//! `GET /api/groups/{id}/forecast`, the newest forecast; and `/forecasts`, how the past ones look one step ahead.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_core::{Forecast, quantiles::Quantiles};
use headroom_store::{journal, keys};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App, AppState,
    access::Viewer,
    buckets,
    group_of::GroupOf,
    latest,
    numbers::rounded,
    params::{Params, SPAN, SpanQuery},
    problem::Problem,
};

/// The newest forecast
#[utoipa::path(
    get, path = "/groups/{id}/forecast", tag = "forecasts", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = Forecast))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Forecast>, Problem> {
    params.only(&[])?;
    newest(&app.state, &group.id).await?.map(Json).ok_or_else(|| {
        let cure = "let the scaler run once; it forecasts from six hours of history on";
        Problem::not_found(format!("group `{}` has no forecast yet", group.id), cure)
    })
}

/// The newest forecast of `group`: the one in its running state, else the last of the journal.
pub(crate) async fn newest(state: &AppState, group: &str) -> Result<Option<Forecast>, Problem> {
    let store = &*state.store;
    match crate::group::state::read(store, group).await?.forecast {
        Some(forecast) => Ok(Some(forecast)),
        None => latest::newest::<Forecast>(store, keys::forecasts, group, state.now(), |forecast| forecast.origin).await,
    }
}

/// What a past forecast said about the step that came next. Reading only this much of each keeps weeks of them quick.
#[derive(Deserialize)]
struct Past {
    origin: Timestamp,
    steps: Vec<Quantiles>,
}

/// One step as it was forecast when it was next. Of a bucket of several steps, the largest of each.
#[derive(Debug, Serialize, ToSchema)]
struct NextStep {
    /// Start of the step or bucket.
    timestamp: Timestamp,
    /// The 0.1 quantile, in instance-equivalents.
    p10: f64,
    /// The median.
    p50: f64,
    /// The 0.9 quantile.
    p90: f64,
    /// The 0.95 quantile.
    p95: f64,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastForecasts {
    /// The group.
    group: String,
    /// Length of what one row stands for.
    bucket_seconds: i64,
    /// In the order of time.
    rows: Vec<NextStep>,
}

/// What past forecasts said of the step that came next
#[utoipa::path(
    get, path = "/groups/{id}/forecasts", tag = "forecasts", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group"), SpanQuery), responses((status = 200, body = PastForecasts))
)]
pub(crate) async fn past(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<PastForecasts>, Problem> {
    params.only(&SPAN)?;
    let span = params.span(app.state.now())?;
    let bucket_seconds = buckets::length_seconds(span.seconds(), group.step_seconds);
    let mut past = journal::read_days::<Past>(&*app.state.store, keys::forecasts, &group.id, span.from, span.end()).await?;
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
