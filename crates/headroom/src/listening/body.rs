//! Bodies of requests that have to come in time.

use std::time::Duration;

use axum::{
    Error,
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// Gives the whole body of a request so long, counted from the end of its head; then whoever reads it gets an error.
pub(super) async fn in_time(State(within): State<Duration>, request: Request, next: Next) -> Response {
    next.run(request.map(|body| ending(body, within))).await
}

fn ending(body: Body, within: Duration) -> Body {
    let end = Instant::now() + within;
    Body::from_stream(stream::unfold(Some(body.into_data_stream()), move |rest| async move {
        let mut rest = rest?;
        match timeout_at(end, rest.next()).await {
            Ok(part) => Some((part?, Some(rest))),
            Err(_) => Some((Err(Error::new(format!("it did not come within {} seconds", within.as_secs()))), None)),
        }
    }))
}
