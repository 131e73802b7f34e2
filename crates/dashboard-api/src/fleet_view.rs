//! `GET /api/groups`: every group at a glance. What it is made from is read for many readers at once, and kept for a moment.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use headroom_store::controls;
use jiff::Timestamp;
use moka::future::Cache;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App, AppState,
    access::Viewer,
    etag,
    group::{Glance, control::FleetControl, glance, glance_or_trouble},
    group_of::GroupOf,
    params::Params,
    problem::Problem,
};

/// So many groups are looked at at the same time: on S3 each takes a few requests that mostly wait.
const AT_ONCE: usize = 32;

/// The whole fleet at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Groups {
    /// The moment that this tells of.
    pub(crate) now: Timestamp,
    /// How often a page asks again, in seconds of the reader's time.
    pub(crate) refresh_seconds: u32,
    /// Version of Headroom.
    #[schema(value_type = String)]
    version: &'static str,
    /// What operators want of every group.
    pub(crate) fleet: FleetControl,
    /// The groups, in the order of the configuration.
    pub(crate) groups: Vec<Glance>,
}

/// The view as it was made, and as it goes over the wire.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) answer: Groups,
    json: Bytes,
    tag: HeaderValue,
}

/// The newest view, for as long as it may be kept.
pub(crate) struct Views(Option<Cache<(), Arc<View>>>);

impl Views {
    /// Views that are kept for so long; never where that is zero.
    pub(crate) fn kept_for(time: Duration) -> Self {
        Self((!time.is_zero()).then(|| Cache::builder().max_capacity(1).time_to_live(time).build()))
    }

    /// The newest view. Whoever asks while one is being made waits for that one.
    pub(crate) async fn newest(&self, state: &AppState) -> Result<Arc<View>, Problem> {
        match &self.0 {
            None => view(state).await.map(Arc::new),
            Some(cache) => {
                cache.try_get_with((), async { view(state).await.map(Arc::new) }).await.map_err(|problem| (*problem).clone())
            }
        }
    }

    /// Forgets what was kept: something was changed through this process.
    pub(crate) async fn forget(&self) {
        if let Some(cache) = &self.0 {
            cache.invalidate(&()).await;
        }
    }
}

async fn view(state: &AppState) -> Result<View, Problem> {
    let now = state.now();
    let configured = state.fleet.fleet().await?;
    let fleet = FleetControl::of(controls::read(&*state.store, None).await)?;
    let looks: Vec<_> = configured.groups.iter().map(|group| glance_or_trouble(&*state.store, group, &fleet, now)).collect();
    let groups = stream::iter(looks).buffered(AT_ONCE).collect().await;
    let answer = Groups { now, refresh_seconds: state.refresh_seconds.max(1), version: env!("CARGO_PKG_VERSION"), fleet, groups };
    let json = Bytes::from(serde_json::to_vec(&answer).expect("a view is JSON"));
    let tag = etag::of_bytes(&json);
    Ok(View { answer, json, tag })
}

/// Every group at a glance
#[utoipa::path(get, path = "/groups", tag = "groups", security(("bearer" = ["viewer"])), responses((status = 200, body = Groups)))]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Response, Problem> {
    params.only(&[])?;
    let view = app.views.newest(&app.state).await?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json), (header::ETAG, view.tag.clone())], view.json.clone()).into_response())
}

/// One group at a glance
#[utoipa::path(
    get, path = "/groups/{id}", tag = "groups", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = Glance))
)]
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Json<Glance>, Problem> {
    params.only(&[])?;
    let store = &*app.state.store;
    let fleet = FleetControl::of(controls::read(store, None).await)?;
    glance(store, &group, &fleet, app.state.now()).await.map(Json)
}
