//! One group: read its metrics anew, lay them on its steps, merge them into its history.

use headroom_core::{Calendar, Column, Group, Observation, ports::Metrics, ports::PortError};
use headroom_store::{Store, StoreError, history};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How far back every run reads again: metrics come late and are corrected after they came. Three hours are 36 runs, and
/// 36 points of a metric are still one page of an answer.
pub const REREAD: SignedDuration = SignedDuration::from_hours(3);

/// How far back a run reads at most, after an outage or for a new group. What is older takes `trainer import`.
pub const CATCH_UP: SignedDuration = SignedDuration::from_hours(24);

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
}

/// Reads the metrics of the steps of `group` that ended by `now` and merges them into its history.
///
/// It reads the last [`REREAD`] again; from the newest stored step on where that is older, and at most [`CATCH_UP`]
/// back. A value that is absent stays absent, and erases nothing. Where the metrics carry no `is_sale_active` and the
/// calendar says anything at all, each measured step gets the intensity that the calendar announces for its start.
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
    let store_failed = |source| CollectError::Store { group: group.id.clone(), source };
    let stored = match history::read(store, &group.id, now - CATCH_UP, now).await {
        Err(error) if !matches!(error, StoreError::Corrupt { .. }) => return Err(store_failed(error)),
        stored => stored,
    };
    // Of a history that cannot be read the newest step is not known: read as for a new group.
    let newest_before = stored.as_ref().ok().and_then(|rows| rows.last()).map(|row| row.timestamp);
    let (from, to) = window(newest_before, group.step_seconds, now);

    let measured = metrics
        .observations(group, from, to)
        .await
        .map_err(|source| CollectError::Metrics { group: group.id.clone(), source })?;
    let rows = on_steps(&measured, group.step_seconds, from, to);
    let rows = with_events(rows, calendar, group, from, to);

    let merged = history::merge(store, &group.id, &rows).await.map_err(store_failed)?;
    stored.map_err(store_failed)?;
    let newest = rows.iter().map(|row| row.timestamp).chain(newest_before).max();
    let collected = Collected { newest, rows_added: merged.rows_added, rows_changed: merged.rows_changed };
    heartbeat(group, &collected, now);
    Ok(collected)
}

/// The steps to read, both ends on the grid: `to` is the start of the step that has not ended.
fn window(newest: Option<Timestamp>, step_seconds: i64, now: Timestamp) -> (Timestamp, Timestamp) {
    let earliest = now - CATCH_UP;
    let from = newest.unwrap_or(earliest).min(now - REREAD).max(earliest);
    (step_start(from, step_seconds), step_start(now, step_seconds))
}

fn step_start(moment: Timestamp, step_seconds: i64) -> Timestamp {
    let second = moment.as_second().div_euclid(step_seconds) * step_seconds;
    Timestamp::from_second(second).expect("within a step of a moment that exists")
}

/// The rows in which something was measured, each at the start of its step, those outside `from..to` dropped.
fn on_steps(measured: &[Observation], step_seconds: i64, from: Timestamp, to: Timestamp) -> Vec<Observation> {
    let something = |row: &&Observation| {
        Column::ALL.into_iter().any(|column| row.get(column).is_some_and(|value| value.is_finite() && value >= 0.0))
    };
    measured
        .iter()
        .filter(something)
        .map(|row| Observation { timestamp: step_start(row.timestamp, step_seconds), ..*row })
        .filter(|row| (from..to).contains(&row.timestamp))
        .collect()
}

fn with_events(
    mut rows: Vec<Observation>,
    calendar: &Calendar,
    group: &Group,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Observation> {
    // Without a calendar nothing is known about sales, which is not the same as no sale.
    if !calendar.is_empty() {
        let timeline = calendar.timeline(Some(&group.id), from, to);
        for row in &mut rows {
            row.is_sale_active = row.is_sale_active.or_else(|| Some(timeline.intensity_at(row.timestamp)));
        }
    }
    rows
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
