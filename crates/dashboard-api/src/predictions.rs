//! `/api/predictions`: the newest forecasts, and the wish for a new model.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use futures_util::{StreamExt, stream};
use headroom_core::Forecast;
use headroom_store::training;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    access::{Admin, Viewer},
    body::Body,
    forecast,
    group_of::of_id,
    orders::{Order, carried_out},
    params::Params,
    problem::Problem,
};

const GROUP: &str = "group";

/// So many groups are read at the same time.
const AT_ONCE: usize = 32;

/// The newest forecasts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Predictions {
    /// One for each group that has any, in the order of the configuration. Loads are instance-equivalents.
    predictions: Vec<Forecast>,
}

/// The newest forecast of a group, or of every group
#[utoipa::path(
    get, path = "/predictions", tag = "forecasts", security(("bearer" = ["viewer"])),
    params(("group" = Option<String>, Query, description = "The group; every group by default")),
    responses((status = 200, body = Predictions))
)]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Json<Predictions>, Problem> {
    params.only(&[GROUP])?;
    let ids = match params.text(GROUP) {
        Some(id) => vec![of_id(&app, id, GROUP).await?.id],
        None => app.state.fleet.fleet().await?.groups.iter().map(|group| group.id.clone()).collect(),
    };
    let reads: Vec<_> = ids.iter().map(|id| forecast::newest(&app.state, id)).collect();
    let found: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
    let found: Vec<Option<Forecast>> = found.into_iter().collect::<Result<_, _>>()?;
    Ok(Json(Predictions { predictions: found.into_iter().flatten().collect() }))
}

/// The group to train.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToTrain {
    /// The group.
    group: String,
}

/// A training that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asked {
    /// The group.
    group: String,
    /// When: one that is open already stays as it is. `training` of the group tells once it is done.
    asked_at: Timestamp,
    /// Who asked first.
    by: String,
}

/// Ask for a new model of a group
///
/// Whoever trains takes it in: the trainer's function, `headroom serve` or the demo. The new model serves where it is no worse.
#[utoipa::path(
    post, path = "/predictions/train", tag = "forecasts", security(("bearer" = ["admin"])), request_body = ToTrain,
    responses((status = 202, body = Asked))
)]
pub(crate) async fn train(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    params: Params,
    Body(ToTrain { group }): Body<ToTrain>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    params.only(&[])?;
    let group = of_id(&app, &group, GROUP).await?.id;
    let now = app.state.now();
    let order = Order { action: "train", group: Some(&group), what: serde_json::json!({}), caller: &caller };
    let asked = async { Ok(training::ask(&*app.state.store, &group, &caller.subject, now).await?) };
    let training::Request { asked_at, by, .. } = carried_out(&app, order, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked { group, asked_at, by })))
}
