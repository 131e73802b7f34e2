//! What a run leaves behind, and what of it must be the same whether it was killed or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use headroom_core::{Decision, Forecast, Observation, champion::Champion, model_card::ModelCard};
use headroom_store::{LocalStore, Store as _, history, journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use scaler::GroupState;

use crate::pipeline::{Diary, SIZED, TURNS, WATCHED, moment};

/// From a tick to its run.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What a decision that was not recorded needed is not remembered for so long: no window of the group's looks back further.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(15);

/// Store and diary at the end of a run.
pub(crate) struct Traces {
    /// Every object, by its key.
    objects: BTreeMap<String, Vec<u8>>,
    watched: Records,
    sized: Records,
    /// What was set of the one group that is.
    sizes: Vec<(Timestamp, u32)>,
}

/// What was recorded of a group.
struct Records {
    rows: Vec<Observation>,
    decisions: Vec<Decision>,
    forecasts: Vec<Forecast>,
}

impl Records {
    async fn read(store: &LocalStore, group: &str) -> Self {
        let rows = history::read_all(store, group).await.unwrap();
        let decisions = journal::read_days(store, keys::decisions, group, moment(0), Timestamp::MAX).await.unwrap();
        let forecasts = journal::read_days(store, keys::forecasts, group, moment(0), Timestamp::MAX).await.unwrap();
        let state: GroupState = serde_json::from_slice(&store.get(&keys::state(group)).await.unwrap().unwrap().bytes).unwrap();
        assert!(state.last.is_some(), "the state of `{group}` is whole");
        if let Some(current) = models::current(store, group).await.unwrap() {
            for version in std::iter::once(&current.version).chain(&current.previous) {
                let stored = models::load(store, group, version).await.unwrap();
                let card = ModelCard::from_json(&stored.card).unwrap();
                Champion::load(&card.members, &stored.weights).unwrap();
            }
        }
        Self { rows, decisions, forecasts }
    }

    fn ticks(&self) -> BTreeMap<Timestamp, &Decision> {
        self.decisions.iter().map(|decision| (decision.tick, decision)).collect()
    }

    fn origins(&self) -> BTreeMap<Timestamp, &Forecast> {
        self.forecasts.iter().map(|forecast| (forecast.origin, forecast)).collect()
    }

    /// The moments and requests of all rows: whoever is measured, they come from outside.
    fn asked(&self) -> Vec<(Timestamp, Option<f64>)> {
        self.rows.iter().map(|row| (row.timestamp, row.request_count)).collect()
    }

    /// What is missing here of what is in `whole`.
    fn lacks<T>(found: &BTreeMap<Timestamp, T>, whole: &BTreeMap<Timestamp, T>) -> BTreeSet<Timestamp> {
        whole.keys().filter(|moment| !found.contains_key(*moment)).copied().collect()
    }
}

impl Traces {
    /// Reads all of it as its readers do: what cannot be read fails here.
    pub(crate) fn read(folder: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Self::found(folder))
    }

    async fn found(folder: &Path) -> Self {
        let store = LocalStore::open(folder.join("store")).unwrap();
        let mut objects = BTreeMap::new();
        for key in store.list("").await.unwrap() {
            let bytes = store.get(&key).await.unwrap().unwrap().bytes;
            objects.insert(key, bytes);
        }
        let Diary { turn, sizes } = Diary::read(folder);
        assert_eq!(turn, TURNS, "it came to its end");
        let (watched, sized) = (Records::read(&store, WATCHED).await, Records::read(&store, SIZED).await);
        Self { objects, watched, sized, sizes }
    }

    /// The objects below `prefix`.
    fn below(&self, prefix: &str) -> BTreeMap<&String, &Vec<u8>> {
        self.objects.iter().filter(|(key, _)| key.starts_with(prefix)).collect()
    }

    /// Decisions beyond the first of their tick, and sizes that a tick set again.
    pub(crate) fn made_twice(&self) -> usize {
        let decided = [&self.watched, &self.sized].map(|records| records.decisions.len() - records.ticks().len());
        let moments: BTreeSet<Timestamp> = self.sizes.iter().map(|(at, _)| *at).collect();
        decided.iter().sum::<usize>() + self.sizes.len() - moments.len()
    }

    /// Rows of `whole` that are not here.
    pub(crate) fn rows_lost(&self, whole: &Self) -> usize {
        let pairs = [(&self.watched, &whole.watched), (&self.sized, &whole.sized)];
        let lost = pairs.map(|(found, whole)| {
            let found = found.asked();
            whole.asked().iter().filter(|row| !found.contains(row)).count()
        });
        lost.iter().sum()
    }

    /// What holds for every run: no tick has two decisions, or sets the cloud twice.
    pub(crate) fn check_alone(&self) {
        for records in [&self.watched, &self.sized] {
            assert_eq!(records.origins().len(), records.forecasts.len(), "an origin has two forecasts");
        }
        assert_eq!(self.made_twice(), 0, "a tick has two decisions, or sets the cloud twice: {:?}", self.sizes);
        assert!(!self.sizes.is_empty(), "something was set");
        assert!(self.below(&keys::models_prefix(WATCHED)).len() >= 5, "two models were trained");
    }

    /// What a run that was killed in `turns` has in common with `whole`, which was not. How many ticks were cut off between their
    /// claim and their record, and so have no decision.
    pub(crate) fn check_against(&self, whole: &Self, turns: &[usize]) -> usize {
        let same = |prefix: &str| {
            let (found, expected) = (self.below(prefix), whole.below(prefix));
            for (key, bytes) in &expected {
                assert!(found.get(*key) == Some(bytes), "`{key}` is not the same, byte by byte");
            }
            assert_eq!(found.len(), expected.len(), "below {prefix} there is nothing else");
        };
        same(&format!("history/group={WATCHED}/"));
        same(&keys::models_prefix(WATCHED));
        assert_eq!(self.rows_lost(whole), 0, "rows are lost");
        assert!(self.sized.asked() == whole.sized.asked(), "there are no other rows");

        let cut_off = |records: &Records, expected: &Records| {
            let killed: BTreeSet<Timestamp> = turns.iter().map(|turn| moment(*turn) - MINUTE).collect();
            let lacks = Records::lacks(&records.ticks(), &expected.ticks());
            assert!(lacks.is_subset(&killed), "decisions are lost at {lacks:?}, of which only {killed:?} were killed");
            // A forecast is recorded last.
            let unseen = Records::lacks(&records.origins(), &expected.origins());
            assert!(unseen.is_subset(&killed), "forecasts are lost at {unseen:?}, of which only {killed:?} were killed");
            assert!(records.ticks().keys().all(|tick| expected.ticks().contains_key(tick)), "there is no other decision");
            lacks
        };
        let lost = cut_off(&self.watched, &whole.watched);
        for (tick, decision) in self.watched.ticks() {
            let expected = whole.watched.ticks()[&tick];
            assert_eq!((decision.load, decision.required), (expected.load, expected.required), "at {tick}");
            let after = |lost: &Timestamp| (MINUTE..=AFTERMATH).contains(&tick.duration_since(*lost));
            if !lost.iter().any(after) {
                assert_eq!(unscored(decision), unscored(expected), "at {tick}");
            }
        }
        for (origin, forecast) in self.watched.origins() {
            assert_eq!(forecast, whole.watched.origins()[&origin], "of {origin}");
        }
        lost.len() + cut_off(&self.sized, &whole.sized).len()
    }
}

/// `decision` without what past forecasts were worth: one that was never recorded is never scored.
fn unscored(decision: &Decision) -> Decision {
    Decision { accuracy: None, ..decision.clone() }
}
