//! The time of a simulation: that of a runtime whose clock is paused and jumps to whatever comes next.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Timestamp,
    started: Instant,
}

impl Clock {
    pub(crate) fn starting_at(origin: Timestamp) -> Self {
        Self { origin, started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.origin + SignedDuration::try_from(self.started.elapsed()).unwrap()
    }

    pub(crate) async fn sleep_until(&self, moment: Timestamp) {
        let after = Duration::try_from(moment.duration_since(self.origin)).unwrap_or_default();
        tokio::time::sleep_until(self.started + after).await;
    }
}
