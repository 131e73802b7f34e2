//! The dashboard as a Lambda function behind an HTTP API.

use std::{convert::Infallible, sync::Arc};

use axum::response::{IntoResponse, Response};
use dashboard_api::{AppState, router};
use headroom_aws::lambda::Function;
use headroom_store::{Store, load_fleet};
use jiff::Timestamp;
use lambda_http::{Request, http::StatusCode, service_fn};
use tower::ServiceExt;

/// Metrics come every minute or every five: asking twice a minute misses nothing.
const REFRESH_SECONDS: u32 = 30;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let store = &function.store;
    let handler = service_fn(|request: Request| handle(request, store.clone()));
    lambda_http::run(handler).await.map_err(anyhow::Error::from_boxed)
}

/// The fleet is read for every request, so that a change of it shows at once.
async fn handle(request: Request, store: Arc<dyn Store>) -> Result<Response, Infallible> {
    let fleet = match load_fleet(&*store).await {
        Ok(fleet) => fleet,
        Err(error) => {
            tracing::error!("{error}");
            // Whoever asks may be anyone: what exactly is wrong stands in the log only.
            let text = "the fleet cannot be read: see the log of this function";
            return Ok((StatusCode::SERVICE_UNAVAILABLE, text).into_response());
        }
    };
    let state = AppState { store, fleet, clock: Arc::new(Timestamp::now), refresh_seconds: REFRESH_SECONDS };
    router(state).oneshot(request).await
}
