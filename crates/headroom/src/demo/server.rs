//! The dashboard on the loopback address.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, PoisonError},
};

use anyhow::{Context, Result};
use dashboard_api::AppState;
use headroom_core::Fleet;
use headroom_store::Store;

use super::Clock;

/// A running dashboard.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// The page asks for news so often, in seconds: a tick of the demo takes one.
const REFRESH_SECONDS: u32 = 1;

/// Serves the dashboard until the program ends.
pub(crate) async fn start(port: u16, fleet: &Fleet, store: &Arc<dyn Store>, clock: &Clock) -> Result<Server> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
        format!("listening on 127.0.0.1:{port}: choose another port with `--port`, or none with `--headless`")
    })?;
    let address = listener.local_addr().context("the dashboard's address")?;
    let clock = Arc::clone(clock);
    let state = AppState {
        store: Arc::clone(store),
        fleet: fleet.clone(),
        clock: Arc::new(move || *clock.lock().unwrap_or_else(PoisonError::into_inner)),
        refresh_seconds: REFRESH_SECONDS,
    };
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, dashboard_api::router(state)).await {
            tracing::error!(%error, "the dashboard stopped");
        }
    });
    Ok(Server { address })
}
