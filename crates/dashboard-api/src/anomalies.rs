//! `GET /api/groups/{id}/anomalies`: steps that were far from what had been forecast.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::{journal, keys};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    AppState,
    group_of::GroupOf,
    params::{HOURS, Params},
    problem::Problem,
};

/// A flagged step. What else the record tells is passed on as it is.
#[derive(Serialize, Deserialize)]
struct Flagged {
    /// Start of the step.
    timestamp: Timestamp,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The answer.
#[derive(Serialize)]
pub(crate) struct Anomalies {
    group: String,
    anomalies: Vec<Flagged>,
}

/// Answers with the anomalies of the last `hours`, in order of time.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Anomalies>, Problem> {
    params.only(&[HOURS])?;
    let span = params.span(state.now())?;
    let mut anomalies =
        journal::read_days::<Flagged>(state.store.as_ref(), keys::anomalies, &group.id, span.from, span.end()).await?;
    anomalies.retain(|flagged| span.holds(flagged.timestamp));
    anomalies.sort_by_key(|flagged| flagged.timestamp);
    Ok(Json(Anomalies { group: group.id, anomalies }))
}
