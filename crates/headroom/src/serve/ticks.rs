//! Collector and scaler on their schedule, the collector first.

use std::{sync::Arc, time::Duration};

use headroom_core::{Calendar, Fleet};
use headroom_store::{Store, load_calendar};
use scaler::Scaler;

use super::{agenda::Agenda, cloud::Cloud, configuration::Configuration, guard, pace::Pace};
use crate::terminal::tick_line;

/// A tick that runs when the program is told to end has so long to come to its own end.
const GRACE: Duration = Duration::from_secs(20);

/// What ticks need.
pub(super) struct Ticks {
    /// The store.
    pub(super) store: Arc<dyn Store>,
    /// The cloud.
    pub(super) cloud: Arc<dyn Cloud>,
    /// The groups.
    pub(super) configuration: Arc<Configuration>,
    /// The scaler, with the models that it has loaded.
    pub(super) scaler: Scaler,
    /// The time.
    pub(super) pace: Pace,
    /// Tells a line a tick and group.
    pub(super) tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Ticks {
    /// Ticks until it is interrupted: at once, and then each group a minute after its steps. One tick follows the other; what comes
    /// due meanwhile is made right after.
    pub(super) async fn run(&self) {
        let mut agenda = Agenda::default();
        while !self.pace.interrupt.came() {
            let read = guard::turn("reading the fleet", self.configuration.refresh()).await;
            let fleet = read.unwrap_or_else(|| self.configuration.fleet());
            let now = self.pace.now();
            let due = agenda.take(&fleet, now);
            if due.groups.is_empty() {
                self.pace.next_minute_of_ticks(now).await;
                continue;
            }
            tokio::select! {
                () = self.tick(&due) => {}
                () = self.grace() => tracing::warn!("a tick did not end within {} s and was cut off", GRACE.as_secs()),
            }
        }
    }

    /// Returns when whoever was told to end has had its time.
    async fn grace(&self) {
        self.pace.interrupt.wait().await;
        tokio::time::sleep(GRACE).await;
    }

    /// One tick. Whatever becomes of the collector, the scaler decides: on what is known.
    async fn tick(&self, fleet: &Fleet) {
        guard::turn("the collector", self.collect(fleet)).await;
        guard::turn("the scaler", self.scale(fleet)).await;
    }

    async fn collect(&self, fleet: &Fleet) {
        let store = self.store.as_ref();
        // Load that was not recorded is gone; what the calendar says of it can be filled in once the calendar is back.
        let calendar = load_calendar(store).await.unwrap_or_else(|error| {
            tracing::error!("{error}; collecting without the calendar");
            Calendar::default()
        });
        collector::collect_fleet(fleet, &calendar, self.cloud.as_ref(), store, self.pace.now()).await;
    }

    /// A group without a decision is in the log, by whoever knows why.
    async fn scale(&self, fleet: &Fleet) {
        let now = self.pace.now();
        let decisions = scaler::tick_fleet(&self.scaler, fleet, self.cloud.as_ref(), self.store.as_ref(), now).await;
        for (group, decision) in decisions {
            if let Ok(decision) = decision {
                (self.tell)(&tick_line(&decision, Some(&group)));
            }
        }
    }
}
