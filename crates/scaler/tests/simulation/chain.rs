//! The real sight: the collector, what it stored, and the default model or one that is corrupt.

use async_trait::async_trait;
use collector::collect;
use headroom_core::{Calendar, Group};
use headroom_store::{Expect, MemoryStore, Store as _, history, keys};
use jiff::Timestamp;
use scaler::{GroupState, Scaler, Seen, Sight, StoredSight};

use crate::{
    run::{Event, Ways},
    setting::{Eyes, Setting},
};

/// Instances that the history was measured with.
const MEASURED_INSTANCES: u32 = 60;

/// Collects, then looks at what is stored.
pub(crate) struct RealSight<'a> {
    pub(crate) ways: &'a Ways<'a>,
    pub(crate) scaler: &'a Scaler,
    pub(crate) calendar: &'a Result<Calendar, String>,
}

#[async_trait]
impl Sight for RealSight<'_> {
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen {
        // What cannot be collected now is collected by the next run.
        let calendar = self.calendar.clone().unwrap_or_default();
        drop(collect(group, &calendar, self.ways, self.ways, now).await);
        let sight = StoredSight { scaler: self.scaler, calendar: self.calendar, store: self.ways };
        let seen = sight.look(group, state, now).await;
        self.ways.note(Event::Looked(seen.measured));
        seen
    }
}

/// Stores the history of a group that has one, and for some seeds a model that is corrupt.
pub(crate) async fn furnish(setting: &Setting, store: &MemoryStore) {
    let Eyes::Real { young } = setting.eyes else { return };
    if !young {
        let rows = setting.workload.history_observations(setting.group(0).step_seconds, MEASURED_INSTANCES);
        history::merge(store, "web", &rows).await.unwrap();
    }
    if setting.seed % 4 == 3 {
        store.put(&keys::current_model("web"), b"{\"version\": \"v", Expect::Absent).await.unwrap();
    }
}
