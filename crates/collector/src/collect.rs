//! One group: read its metrics anew, lay them on its steps, merge them into its history.

use headroom_core::{
    Calendar, Column, Group, Observation,
    ports::{Metrics, PortError, Window},
};
use headroom_store::{Store, StoreError, history};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{history_rows, step_start};

/// How far back every run reads again: metrics come late and are corrected after they came. Three hours are 36 runs, and
/// 36 points of a metric are still one page of an answer.
pub const REREAD: SignedDuration = SignedDuration::from_hours(3);

/// How far back a run reads at most, after an outage or for a new group. What is older takes `trainer import`.
pub const CATCH_UP: SignedDuration = SignedDuration::from_hours(24);

const HOUR_SECONDS: i64 = 3600;

/// What one run did for one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Start of the newest step in the history, of the last [`CATCH_UP`]; none where nothing was measured in it.
    pub newest: Option<Timestamp>,
    /// Steps that were not in the history before.
    pub rows_added: usize,
    /// Steps that were, and got a new value.
    pub rows_changed: usize,
}

/// Why a group could not be collected. The next run tries again, from where the history ends.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The cloud did not give the metrics.
    #[error("reading the metrics of group `{group}`")]
    Metrics {
        /// The group's id.
        group: String,
        /// What the cloud said.
        source: PortError,
    },
    /// The history could not be read or written.
    #[error("storing the history of group `{group}`")]
    Store {
        /// The group's id.
        group: String,
        /// What the store said.
        source: StoreError,
    },
    /// Our own bug.
    #[error("collecting group `{group}` panicked: {message}")]
    Panicked {
        /// The group's id.
        group: String,
        /// What the panic said.
        message: String,
    },
}

/// Reads the metrics of the steps of `group` that ended by `now` and merges them into its history.
///
/// It reads the last [`REREAD`] again; where a column ends before that, from the hour of its newest stored value on, and at most
/// [`CATCH_UP`] back. A value that is absent stays absent, and erases nothing. Where the metrics carry no `is_sale_active` and
/// the calendar says anything at all, each measured step gets the intensity that the calendar announces for its start.
///
/// # Errors
/// [`CollectError`]. A corrupt day object is told, with the cure, after all other days were stored.
pub async fn collect(
    group: &Group,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Collected, CollectError> {
    let known = Known::read(group, store, now).await?;
    let measured = metrics.observations_of(known.window).await;
    known.merge(measured, calendar, store).await
}

/// What the history of a group has by now, and what is to be read.
pub(crate) struct Known<'a> {
    /// The steps to read, both ends on the grid, up to the step that has not ended.
    pub(crate) window: Window<'a>,
    /// Start of the newest step that is stored.
    newest: Option<Timestamp>,
    /// Why a day could not be read, where one could not.
    trouble: Option<StoreError>,
    now: Timestamp,
}

impl<'a> Known<'a> {
    /// Looks up the last [`CATCH_UP`].
    pub(crate) async fn read(group: &'a Group, store: &dyn Store, now: Timestamp) -> Result<Self, CollectError> {
        let (rows, trouble) = match history::read(store, &group.id, now - CATCH_UP, now).await {
            Ok(rows) => (rows, None),
            // Of a history that cannot be read the newest step is not known: read as for a new group.
            Err(error @ StoreError::Corrupt { .. }) => (Vec::new(), Some(error)),
            Err(source) => return Err(CollectError::Store { group: group.id.clone(), source }),
        };
        let from = read_from(known_until(&rows), group.step_seconds, now);
        let window = Window::of(group, from, step_start(now, group.step_seconds));
        Ok(Self { window, newest: rows.last().map(|row| row.timestamp), trouble, now })
    }

    /// Takes what the cloud said into the history.
    pub(crate) async fn merge(
        self,
        measured: Result<Vec<Observation>, PortError>,
        calendar: &Calendar,
        store: &dyn Store,
    ) -> Result<Collected, CollectError> {
        let Self { window, newest, trouble, now } = self;
        let id = &window.group.id;
        let measured = measured.map_err(|source| CollectError::Metrics { group: id.clone(), source })?;
        let rows = history_rows(&measured, window, calendar);
        let store_failed = |source| CollectError::Store { group: id.clone(), source };
        let merged = history::merge(store, id, &rows).await.map_err(store_failed)?;
        trouble.map_or(Ok(()), |error| Err(store_failed(error)))?;
        let newest = rows.iter().map(|row| row.timestamp).chain(newest).max();
        let collected = Collected { newest, rows_added: merged.rows_added, rows_changed: merged.rows_changed };
        heartbeat(window.group, &collected, now);
        Ok(collected)
    }
}

/// Up to when all columns that are measured at all have been stored; none where none was.
fn known_until(rows: &[Observation]) -> Option<Timestamp> {
    let newest_of = |column: Column| rows.iter().rfind(|row| row.get(column).is_some()).map(|row| row.timestamp);
    Column::ALL.into_iter().filter_map(newest_of).min()
}

/// Where reading begins. What is further back than [`REREAD`] begins with an hour, so that groups that catch up ask for the same
/// steps and share calls.
fn read_from(known_until: Option<Timestamp>, step_seconds: i64, now: Timestamp) -> Timestamp {
    let (earliest, reread) = (now - CATCH_UP, step_start(now - REREAD, step_seconds));
    let from = known_until.map_or(earliest, |until| until.max(earliest));
    if from < reread { step_start(from, HOUR_SECONDS) } else { reread }
}

/// A line a run, also when nothing came: its absence is what an alarm watches.
fn heartbeat(group: &Group, collected: &Collected, now: Timestamp) {
    let Collected { newest, rows_added, rows_changed } = *collected;
    let id = &group.id;
    match newest {
        Some(newest) => {
            let age_seconds = now.duration_since(newest).as_secs();
            tracing::info!(
                group = %id, %newest, age_seconds, rows_added, rows_changed,
                "collected `{id}`: {rows_added} new, {rows_changed} changed, newest {newest}"
            );
        }
        None => tracing::info!(group = %id, rows_added, rows_changed, "collected `{id}`: nothing was measured in the last day"),
    }
}
