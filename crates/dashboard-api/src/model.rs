//! `GET /api/groups/{id}/model`: the card of the model that serves.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::{keys, models};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{App, access::Viewer, forecast, group_of::GroupOf, params::Params, problem::Problem};

/// The card of the default model, which serves where none of the group's own does.
const DEFAULT_CARD: &str = include_str!("../../../models/default/card.json");

/// What a model card tells differs from model to model: an object of facts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelCard, value_type = Object)]
#[serde(transparent)]
pub(crate) struct Card(Box<RawValue>);

/// What of a card tells it from others.
#[derive(Deserialize)]
struct Versioned {
    version: String,
}

/// The card of the model that serves
#[utoipa::path(
    get, path = "/groups/{id}/model", tag = "models", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = Card))
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Card>, Problem> {
    params.only(&[])?;
    let store = &*app.state.store;
    let Some(current) = models::current(store, &group.id).await? else { return default_card(&app, &group.id).await };
    let key = keys::card(&group.id, &current.version);
    // As it was stored, byte for byte: its own order of facts is the one that reads best.
    let card = store.get(&key).await?.and_then(|object| serde_json::from_slice(&object.bytes).ok());
    card.map(|card| Json(Card(card))).ok_or_else(|| {
        Problem::corrupt(
            format!("`{key}`, the card of the model that serves, is missing or no JSON"),
            "train again, or serve the previous version with `trainer rollback`".to_owned(),
        )
    })
}

/// The card of the default model, if that is what made the newest forecast.
async fn default_card(app: &App, group: &str) -> Result<Json<Card>, Problem> {
    let serves = forecast::newest(&app.state, group).await?.and_then(|forecast| forecast.model.version);
    let Versioned { version } = serde_json::from_str(DEFAULT_CARD).expect("the card that is compiled in has a version");
    if serves.is_some_and(|serves| serves == version) {
        return Ok(Json(Card(serde_json::from_str(DEFAULT_CARD).expect("the card that is compiled in is JSON"))));
    }
    let cure = "train one with `trainer train`; until then capacity follows the load measured";
    Err(Problem::not_found(format!("group `{group}` has no model yet"), cure))
}
