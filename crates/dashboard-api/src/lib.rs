//! The dashboard: a router that serves the record of a fleet as JSON, takes orders of operators, and serves the page that does
//! both for people.
//!
//! What it shows was put into the store by the collector, the scaler or the trainer. Orders go into the store too, where the next
//! tick finds them: nothing here talks to a cloud.

// Who may ask, what is asked, and what is refused.
pub mod access;
mod body;
mod etag;
mod headers;
mod pages;
mod params;
mod problem;

// What is shown of one group, and of all.
mod group;
mod group_of;

mod anomalies;
mod backtest;
mod calendar;
mod decisions;
mod events;
mod fleet_figures;
mod fleet_source;
mod fleet_view;
mod forecast;
mod health;
mod history;
mod metrics;
mod model;
mod predictions;
mod resources;
mod session;

mod buckets;
mod latest;
mod numbers;

// What is ordered.
mod audit;
mod orders;

// How it is put together.
mod openapi;
mod page;
mod routes;

use std::{sync::Arc, time::Duration};

use axum::Router;
use headroom_store::Store;
use jiff::Timestamp;

pub use access::Access;
pub use fleet_source::{FleetSource, StoredFleet};
pub use openapi::openapi;
pub use page::Sites;

use fleet_figures::Histories;
use fleet_view::Views;

/// Everything that the answers come from.
#[derive(Clone)]
pub struct AppState {
    /// Where the record is kept.
    pub store: Arc<dyn Store>,
    /// The groups to show, in this order.
    pub fleet: Arc<dyn FleetSource>,
    /// What time it is, to the fleet: simulated in the demo. Nothing else here reads a clock but [`Access`].
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Names for records of orders, no two alike.
    pub ids: Arc<dyn Fn() -> String + Send + Sync>,
    /// How often the page asks again, in seconds of the reader's time: 1 in the demo, 30 in earnest. At least 1.
    pub refresh_seconds: u32,
    /// How long a view of the whole fleet is kept for other readers; zero makes every one anew.
    pub keep_view_for: Duration,
    /// Other sites that the page may connect to, such as the issuer of tokens.
    pub sites: Sites,
}

impl AppState {
    /// The time now, by the clock that was given.
    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// A name that no other has, for [`AppState::ids`]: 128 bits of the system's randomness.
#[must_use]
pub fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// What all requests share.
struct App {
    state: AppState,
    access: Arc<Access>,
    views: Views,
    histories: Histories,
}

/// The routes of the API and the page.
///
/// Every error under `/api` is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with the two further
/// members `field`, where one is to blame, and `cure`. Every route but those that hold nothing of the fleet wants a caller that
/// `access` knows, in the role that [`openapi`] tells.
pub fn router(state: AppState, access: Arc<Access>) -> Router {
    let views = Views::kept_for(state.keep_view_for);
    routes::router(Arc::new(App { state, access, views, histories: Histories::default() }))
}
