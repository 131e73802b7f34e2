//! Models: trained once a day, and when someone asks for it, beside the ticks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use headroom_core::Fleet;
use headroom_store::{Store, load_calendar, training::open_requests};
use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use tokio::runtime::Handle;
use trainer::{
    Networks, Settings,
    asked::{answer_open, train_asked},
    daily::train_fleet,
    group::Plan,
};

use super::{configuration::Configuration, pace::Pace};
use crate::background;

/// A run that has not come to its end after half a day leaves the rest to the next one.
const RUN_MAX: Duration = Duration::from_secs(12 * 3600);

/// What the models' cards say.
const COMMAND: &str = "headroom serve";

/// What training needs.
pub(super) struct Training {
    /// The store.
    pub(super) store: Arc<dyn Store>,
    /// The groups.
    pub(super) configuration: Arc<Configuration>,
    /// The time.
    pub(super) pace: Pace,
    /// When all groups are trained, every day, in UTC.
    pub(super) at: Time,
}

impl Training {
    /// Trains until it is interrupted. What is being trained then is left: a model is published whole or not at all, and what was
    /// asked for stays asked for.
    pub(super) async fn run(&self) {
        let mut daily = next_daily(self.at, self.pace.now());
        loop {
            let now = self.pace.now();
            let turn = async {
                if now >= daily {
                    self.told(train(Which::All, &self.configuration.fleet(), &self.store, COMMAND, now).await);
                }
                self.told(train(Which::Asked, &self.configuration.fleet(), &self.store, COMMAND, self.pace.now()).await);
            };
            tokio::select! {
                () = turn => {}
                () = self.pace.interrupt.wait() => return,
            }
            // A clock that was set back by days must not keep the next day waiting.
            daily = if now >= daily { next_daily(self.at, now) } else { daily.min(next_daily(self.at, now)) };
            if !self.pace.next_minute().await {
                return;
            }
        }
    }

    /// Logs why nothing could be trained; what came of each group is logged by whoever trained it.
    fn told(&self, done: Result<Vec<String>>) {
        if let Err(error) = done {
            tracing::error!("nothing was trained: {error:#}; the models that serve go on serving");
        }
    }
}

/// Which groups are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of the fleet.
    All,
    /// Those whose training someone asked for.
    Asked,
}

/// Trains groups of `fleet` in turn, on a thread of its own at low priority: what came of each, for people. What failed is logged.
///
/// # Errors
/// Where the store does not answer, the calendar cannot be read, or training panicked.
pub(crate) async fn train(
    which: Which,
    fleet: &Arc<Fleet>,
    store: &Arc<dyn Store>,
    command: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    if which == Which::Asked
        && open_requests(store.as_ref()).await.context("looking for trainings that were asked for")?.is_empty()
    {
        return Ok(Vec::new());
    }
    // A model that knows no events is worse than yesterday's: without the calendar nothing is trained.
    let calendar = load_calendar(store.as_ref()).await.context("reading the calendar")?;
    let plan = Plan {
        settings: Settings::default(),
        networks: Networks::WherePaying,
        command: command.to_owned(),
        even_if_worse: false,
        now,
    };
    let (fleet, store, runtime, begun) = (Arc::clone(fleet), Arc::clone(store), Handle::current(), Instant::now());
    let time_left = move || SignedDuration::try_from(RUN_MAX.saturating_sub(begun.elapsed())).expect("half a day");
    let trained = async move {
        match which {
            Which::All => {
                let turns = train_fleet(&fleet, &calendar, store.as_ref(), &plan, &time_left).await;
                answer_open(store.as_ref(), &turns, now).await;
                Ok(turns)
            }
            Which::Asked => train_asked(&fleet, &calendar, store.as_ref(), &plan, &time_left).await,
        }
    };
    let turns = background::run("training", move || runtime.block_on(trained)).await??;
    Ok(turns.into_iter().filter_map(|(_, turn)| Some(turn.ok()?.sentence)).collect())
}

/// The first moment after `now` at which the clock in UTC shows `at`.
fn next_daily(at: Time, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(TimeZone::UTC).date().to_zoned(TimeZone::UTC).expect("UTC has every midnight").timestamp();
    let moment = today + at.duration_since(Time::midnight());
    if moment > now { moment } else { moment + SignedDuration::from_hours(24) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_day_comes_after_every_moment() {
        let at = Time::constant(3, 20, 0, 0);
        for (now, expected) in [
            ("2026-11-26T00:00:00Z", "2026-11-26T03:20:00Z"),
            ("2026-11-26T03:19:59Z", "2026-11-26T03:20:00Z"),
            ("2026-11-26T03:20:00Z", "2026-11-27T03:20:00Z"),
            ("2026-12-31T23:00:00Z", "2027-01-01T03:20:00Z"),
        ] {
            assert_eq!(next_daily(at, now.parse().unwrap()).to_string(), expected, "{now}");
        }
    }
}
