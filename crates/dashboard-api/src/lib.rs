//! The dashboard: a router that serves the stored record of a fleet as JSON, and the page that draws it.
//!
//! It only reads. Whatever it shows was put into the store by the collector, the scaler or the trainer; the only
//! thing it adds is the time that its [`AppState::clock`] tells, which in the demo is simulated.

mod anomalies;
mod buckets;
mod decisions;
mod events;
mod feedback;
mod forecast;
mod group_of;
mod headers;
mod health;
mod history;
mod latest;
mod model;
mod numbers;
mod page;
mod params;
mod problem;
mod summary;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use headroom_core::Fleet;
use headroom_store::Store;
use jiff::Timestamp;
use tower_http::compression::CompressionLayer;

/// Everything that the answers come from.
#[derive(Clone)]
pub struct AppState {
    /// Where the record is kept.
    pub store: Arc<dyn Store>,
    /// The groups to show, in this order.
    pub fleet: Fleet,
    /// What time it is. Nothing else here reads a clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How often the page asks again, in seconds of the reader's time: 1 in the demo, 30 in earnest. At least 1.
    pub refresh_seconds: u32,
}

impl AppState {
    /// The time now, by the clock that was given.
    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The routes of the API and the page.
///
/// Every route is a `GET`. Every error under `/api` is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457))
/// with the two further members `field`, where one is to blame, and `cure`.
pub fn router(state: AppState) -> Router {
    let group = Router::new()
        .route("/history", get(history::show))
        .route("/forecast", get(forecast::show))
        .route("/forecasts", get(forecast::past))
        .route("/decisions", get(decisions::show))
        .route("/events", get(events::show))
        .route("/anomalies", get(anomalies::show))
        .route("/model", get(model::show));
    let api = Router::new()
        .route("/health", get(health::show))
        .route("/groups", get(summary::show))
        .nest("/groups/{id}", group)
        .fallback(problem::unknown_route)
        .method_not_allowed_fallback(problem::only_get);
    Router::new()
        .nest("/api", api)
        .fallback(page::serve)
        .with_state(Arc::new(state))
        .layer(middleware::map_response(headers::secure))
        .layer(CompressionLayer::new())
}
