//! `GET /api/groups/{id}/model`: the card of the model that serves.

use std::sync::Arc;

use axum::{Json, extract::State};
use headroom_store::{keys, models};
use serde_json::value::RawValue;

use crate::{AppState, group_of::GroupOf, params::Params, problem::Problem};

/// Answers with the card as it was stored, byte for byte: its own order of facts is the one that reads best.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Box<RawValue>>, Problem> {
    params.only(&[])?;
    let store = state.store.as_ref();
    let Some(current) = models::current(store, &group.id).await? else {
        return Err(Problem::not_found(
            None,
            format!("group `{}` has no model yet", group.id),
            "train one with `trainer train`; until then capacity follows the load measured".to_owned(),
        ));
    };
    let key = keys::card(&group.id, &current.version);
    let card = store.get(&key).await?.and_then(|object| serde_json::from_slice(&object.bytes).ok());
    card.map(Json).ok_or_else(|| {
        Problem::corrupt(
            format!("`{key}`, the card of the model that serves, is missing or no JSON"),
            "train again, or serve the previous version with `trainer rollback`".to_owned(),
        )
    })
}
