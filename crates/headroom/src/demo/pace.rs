//! How fast simulated time passes.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// Waits between ticks.
pub(crate) struct Pace {
    interval: Option<Interval>,
}

impl Pace {
    /// One tick every `between`; without it, as fast as it goes.
    pub(crate) fn new(between: Option<Duration>) -> Self {
        let interval = between.map(|between| {
            let mut interval = tokio::time::interval(between);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        Self { interval }
    }

    /// Waits for the next tick's time.
    pub(crate) async fn next(&mut self) {
        match &mut self.interval {
            Some(interval) => {
                interval.tick().await;
            }
            // Lets the server and the interrupt have their turn.
            None => tokio::task::yield_now().await,
        }
    }
}
