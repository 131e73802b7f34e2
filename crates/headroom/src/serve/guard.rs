//! A bug or a hang in one part is told, and does not take the others along.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use headroom_core::panics::said;

/// Longest turn of a part: what its function has on Lambda. Whatever a turn is cut off from, the next one finds whole.
const TURN_MAX: Duration = Duration::from_secs(240);

/// What `turn` of the part `name` comes to; none where it panicked or did not end, which is logged here.
pub(super) async fn turn<T>(name: &str, turn: impl Future<Output = T>) -> Option<T> {
    match tokio::time::timeout(TURN_MAX, AssertUnwindSafe(turn).catch_unwind()).await {
        Ok(Ok(value)) => Some(value),
        Ok(Err(panic)) => {
            tracing::error!(part = name, "{name} panicked: {}; its next turn comes", said(&*panic));
            None
        }
        Err(_) => {
            tracing::error!(
                part = name,
                "{name} did not end within {} s and was cut off; its next turn comes",
                TURN_MAX.as_secs()
            );
            None
        }
    }
}
