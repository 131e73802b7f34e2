//! What the doctor knows of a fleet before it judges: gathered first, so that the checks are pure.

use headroom_core::{
    Calendar, Decision, Fleet, Forecast, Group, Observation, anomaly::Anomaly, fleet::Mode, model_card::ModelCard,
};
use headroom_store::{
    Store, StoreError, audit, backtests,
    controls::{self, Control},
    history, hourly, journal, keys, load_calendar, load_fleet, models, training,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use scaler::GroupState;
use serde::de::DeserializeOwned;

/// What a store says of a fleet.
pub(crate) struct Facts {
    /// When it was asked.
    pub(crate) now: Timestamp,
    /// The fleet that the store has, which is the one that functions read; none where it has none.
    pub(crate) stored_fleet: Result<Option<Fleet>, StoreError>,
    /// Whether an object may be written under each of these.
    pub(crate) writable: Vec<(String, Result<(), StoreError>)>,
    /// The business calendar.
    pub(crate) calendar: Result<Calendar, StoreError>,
    /// What operators want of the whole fleet.
    pub(crate) control: Result<Control, StoreError>,
    /// How many orders were recorded since yesterday.
    pub(crate) orders: Result<usize, StoreError>,
}

/// What a store says of one group.
pub(crate) struct GroupFacts<'a> {
    /// The group as configured.
    pub(crate) group: &'a Group,
    /// When it was asked.
    pub(crate) now: Timestamp,
    /// Its rows of the last nine weeks.
    pub(crate) history: Result<Vec<Observation>, StoreError>,
    /// The card of the model that serves; none where none was published.
    pub(crate) model: Result<Option<ModelCard>, String>,
    /// What operators want of it.
    pub(crate) control: Result<Control, StoreError>,
    /// What its last tick left.
    pub(crate) state: Result<GroupState, StoreError>,
    /// What of its record cannot be read.
    pub(crate) unreadable: Vec<(Record, StoreError)>,
}

/// What is recorded of a group beside its history, its model and its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// What each tick of a day decided, forecast or flagged.
    Journal,
    /// The training that was asked for last.
    Request,
    /// The newest backtest.
    Backtest,
    /// The hours of the years before.
    Hourly,
}

impl GroupFacts<'_> {
    /// The mode in force: the configured one, or an operator's.
    pub(crate) fn mode(&self) -> Mode {
        match &self.control {
            Ok(control) => controls::effective(self.group, control, self.now).mode,
            Err(_) => self.group.mode,
        }
    }
}

/// So much history is looked at: what CloudWatch keeps of steps of five minutes.
const HISTORY: SignedDuration = SignedDuration::from_hours(63 * 24);

/// Journals are read of today and of yesterday: what the page shows of a group reaches back a day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A name that no object has; asking for the right to write it writes nothing.
const PROBE: &str = "doctor-asks-whether-it-may-write";

/// What `store` says of `fleet` at `now`.
pub(crate) async fn of_fleet(fleet: &Fleet, store: &dyn Store, now: Timestamp) -> Facts {
    let mut writable = Vec::new();
    for prefix in ["history", "forecasts", "decisions", "state"] {
        let group = fleet.groups.first().map_or_else(String::new, |group| format!("group={}/", group.id));
        let key = format!("{prefix}/{group}{PROBE}");
        writable.push((prefix.to_owned(), store.may_write(&key).await));
    }
    Facts {
        now,
        stored_fleet: stored_fleet(store).await,
        writable,
        calendar: load_calendar(store).await,
        control: controls::read(store, None).await,
        orders: audit::read(store, now - DAY, now + DAY).await.map(|orders| orders.len()),
    }
}

async fn stored_fleet(store: &dyn Store) -> Result<Option<Fleet>, StoreError> {
    match store.get(keys::FLEET).await? {
        Some(_) => load_fleet(store).await.map(Some),
        None => Ok(None),
    }
}

/// What `store` says of `group` at `now`.
pub(crate) async fn of_group<'a>(group: &'a Group, store: &dyn Store, now: Timestamp) -> GroupFacts<'a> {
    let id = group.id.as_str();
    GroupFacts {
        group,
        now,
        // A day more: a clock that is ahead leaves rows of the future.
        history: history::read(store, id, now - HISTORY, now + SignedDuration::from_hours(24)).await,
        model: model(store, id).await,
        control: controls::read(store, Some(id)).await,
        state: state(store, id).await,
        unreadable: unreadable(store, id, now).await,
    }
}

/// The running state. A tick starts afresh where it cannot be read; here that is told.
async fn state(store: &dyn Store, group: &str) -> Result<GroupState, StoreError> {
    let key = keys::state(group);
    let read = GroupState::read(store, group).await?;
    let Some(object) = store.get(&key).await? else { return Ok(read) };
    match serde_json::from_slice::<GroupState>(&object.bytes) {
        Ok(_) => Ok(read),
        Err(error) => Err(StoreError::Corrupt { key, message: format!("{error}: the next tick starts afresh") }),
    }
}

/// What of the record of `group` cannot be read.
async fn unreadable(store: &dyn Store, group: &str, now: Timestamp) -> Vec<(Record, StoreError)> {
    let mut read = Vec::new();
    for day in [now - DAY, now] {
        let journals = [
            journal_of_day::<Decision>(store, keys::decisions, group, day).await,
            journal_of_day::<Forecast>(store, keys::forecasts, group, day).await,
            journal_of_day::<Anomaly>(store, keys::anomalies, group, day).await,
        ];
        read.extend(journals.map(|journal| (Record::Journal, journal)));
    }
    read.push((Record::Request, training::requested(store, group).await.map(drop)));
    read.push((Record::Backtest, backtests::latest(store, group).await.map(drop)));
    read.push((Record::Hourly, hourly::read_all(store, group).await.map(drop)));
    read.into_iter().filter_map(|(record, result)| Some((record, result.err()?))).collect()
}

async fn journal_of_day<T: DeserializeOwned>(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    day: Timestamp,
) -> Result<(), StoreError> {
    let within = day + SignedDuration::from_nanos(1);
    journal::read_days::<T>(store, key_of, group, day, within).await.map(drop)
}

/// The card of the model that serves, once it is sure that the model can be loaded.
async fn model(store: &dyn Store, group: &str) -> Result<Option<ModelCard>, String> {
    let Some(current) = models::current(store, group).await.map_err(|error| error.to_string())? else { return Ok(None) };
    let stored = models::load(store, group, &current.version).await.map_err(|error| error.to_string())?;
    let at = |problem: String| format!("`{}`: {problem}", keys::card(group, &current.version));
    let card = ModelCard::from_json(&stored.card).map_err(|error| at(error.to_string()))?;
    card.champion(&stored.weights).map_err(|error| at(error.to_string()))?;
    Ok(Some(card))
}
