//! How fast simulated time passes, and what ends it early.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior},
};

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

/// Ctrl-C or a termination signal.
#[derive(Clone)]
pub(crate) struct Interrupt {
    came: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self> {
        let (tell, came) = watch::channel(false);
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("listening for signals")?;
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            // A second one ends the program at once, wherever it is.
            let _ = tell.send(true);
            let _ = tokio::signal::ctrl_c().await;
            std::process::exit(130);
        });
        Ok(Self { came })
    }

    /// Returns once it came.
    pub(crate) async fn wait(&self) {
        // The sender lives as long as the program.
        let _ = self.came.clone().wait_for(|came| *came).await;
    }

    /// Whether it came.
    pub(crate) fn came(&self) -> bool {
        *self.came.borrow()
    }
}
