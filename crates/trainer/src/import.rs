//! The past of a group, as far as its cloud still has it, into the store: what makes it predictable on its first day.

use collector::{history_rows, step_start};
use futures_util::{StreamExt, stream};
use headroom_core::{
    Calendar, Column, Fleet, Group, Observation,
    fleet::Mode,
    ports::{Metrics, PortError, Window},
};
use headroom_store::{Store, StoreError, history, hourly};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// So many days of 5-minute steps CloudWatch keeps.
pub const DAYS_MAX: u32 = 63;

/// So many days of 1-minute steps CloudWatch keeps.
pub const MINUTE_DAYS_MAX: u32 = 15;

/// So many days of hours CloudWatch keeps.
pub const HOURLY_DAYS_MAX: u32 = 455;

/// CloudWatch gives nothing for steps older than it keeps them when it answers, and an import takes its time: the oldest of them
/// are left out.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// An hour is taken when it ended so long ago: later metrics would leave its sums too low, and nothing reads it again.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);

const HOUR_SECONDS: i64 = 3600;

/// So many groups are imported at the same time. Four times 63 days of four columns stay below what CloudWatch gives a second.
const AT_ONCE: usize = 4;

/// How far back an import goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Days of the group's own step: at most [`DAYS_MAX`], or [`MINUTE_DAYS_MAX`] where the step is a minute; more are cut to that.
    pub days: u32,
    /// Days of hours, at most [`HOURLY_DAYS_MAX`]; 0 leaves them out.
    pub hourly_days: u32,
}

impl Default for Reach {
    fn default() -> Self {
        Self { days: DAYS_MAX, hourly_days: HOURLY_DAYS_MAX }
    }
}

/// What came of the steps of one length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// Steps in which something was measured.
    pub rows: usize,
    /// Those that the store did not have.
    pub rows_added: usize,
    /// Those that it had, and that got a new value.
    pub rows_changed: usize,
    /// Start of the first; none where there are none.
    pub first: Option<Timestamp>,
    /// Start of the last.
    pub last: Option<Timestamp>,
    /// Columns that have a value in some row.
    pub found: Vec<Column>,
    /// Columns that have none.
    pub absent: Vec<Column>,
}

/// What came of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Imported {
    /// Steps of the group's own length.
    pub history: Part,
    /// Hours; none where they were not asked for.
    pub hourly: Option<Part>,
}

/// Why a group was not imported, or not whole. What came was stored; importing again loses nothing and doubles nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The cloud did not give the metrics.
    #[error("reading the metrics of group `{group}` in steps of {step_seconds} s")]
    Metrics {
        /// The group.
        group: String,
        /// The steps that were asked for.
        step_seconds: i64,
        /// What the cloud said.
        source: PortError,
    },
    /// The cloud has nothing of it.
    #[error(
        "there are no metrics of group `{group}` in the last {days} days: check its `region`, `auto_scaling_group` and `metrics` in the fleet"
    )]
    Nothing {
        /// The group.
        group: String,
        /// How far back was looked.
        days: u32,
    },
    /// The store did not take it.
    #[error("storing the history of group `{group}`")]
    Store {
        /// The group.
        group: String,
        /// What the store said.
        source: StoreError,
    },
}

/// Imports every group of the fleet whose mode is not `off`, a few at a time. `done` hears of each as it ends; the result is in the
/// fleet's order. A group that fails stops no other.
pub async fn import_fleet(
    fleet: &Fleet,
    reach: Reach,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
    mut done: impl FnMut(&str, &Result<Imported, ImportError>),
) -> Vec<(String, Result<Imported, ImportError>)> {
    let groups: Vec<&Group> = fleet.groups.iter().filter(|group| group.mode != Mode::Off).collect();
    let one =
        async |place: usize, group: &Group| (place, group.id.clone(), import(group, reach, calendar, metrics, store, now).await);
    let runs: Vec<_> = groups.into_iter().enumerate().map(|(place, group)| one(place, group)).collect();
    let mut ended = stream::iter(runs).buffer_unordered(AT_ONCE);
    let mut results = Vec::new();
    while let Some((place, id, result)) = ended.next().await {
        done(&id, &result);
        results.push((place, id, result));
    }
    results.sort_by_key(|(place, ..)| *place);
    results.into_iter().map(|(_, id, result)| (id, result)).collect()
}

/// Reads what `metrics` has of `group` before `now` and merges it into its history: its own steps, and hours apart from them. A
/// value that is absent stays absent, and nothing that is stored already is lost. Rows get the calendar's `is_sale_active` as the
/// collector's do.
///
/// # Errors
/// [`ImportError`], after everything that came was stored.
pub async fn import(
    group: &Group,
    reach: Reach,
    calendar: &Calendar,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Imported, ImportError> {
    let days_max = if group.step_seconds < 300 { MINUTE_DAYS_MAX } else { DAYS_MAX };
    let days = reach.days.min(days_max);
    let own = window(group, group.step_seconds, (days, days_max), now, now);
    let hours = (reach.hourly_days > 0).then(|| {
        let days = reach.hourly_days.min(HOURLY_DAYS_MAX);
        window(group, HOUR_SECONDS, (days, HOURLY_DAYS_MAX), now, now - SETTLED)
    });
    let windows: Vec<Window<'_>> = std::iter::once(own).chain(hours).collect();
    let mut answers = metrics.observations(&windows).await.into_iter();
    let mut take = async |window: Window<'_>| {
        let answer = answers.next().expect("one result for each window");
        store_part(window, answer, calendar, store).await
    };
    // Both are stored before either fails the group.
    let history = take(own).await;
    let hourly = match hours {
        Some(hours) => Some(take(hours).await),
        None => None,
    };
    let (history, hourly) = (history?, hourly.transpose()?);
    if history.rows == 0 && hourly.as_ref().is_none_or(|hours| hours.rows == 0) {
        return Err(ImportError::Nothing { group: group.id.clone(), days: days.max(reach.hourly_days) });
    }
    Ok(Imported { history, hourly })
}

/// The steps that started in the last `days` and ended by `until`. Of the oldest that are kept at all, `days_max` back, some are left out.
fn window(group: &Group, step_seconds: i64, (days, days_max): (u32, u32), now: Timestamp, until: Timestamp) -> Window<'_> {
    let back = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
    let from = (now - back(days)).max(now - back(days_max) + MARGIN);
    // The start of the first whole step from there on.
    let from = step_start(from - SignedDuration::from_nanos(1), step_seconds) + SignedDuration::from_secs(step_seconds);
    Window { group, step_seconds, from, to: step_start(until, step_seconds) }
}

async fn store_part(
    window: Window<'_>,
    answer: Result<Vec<Observation>, PortError>,
    calendar: &Calendar,
    store: &dyn Store,
) -> Result<Part, ImportError> {
    let Window { group, step_seconds, .. } = window;
    let measured = answer.map_err(|source| ImportError::Metrics { group: group.id.clone(), step_seconds, source })?;
    let rows = history_rows(&measured, window, calendar);
    let own = step_seconds == group.step_seconds;
    let merged = if own { history::merge(store, &group.id, &rows).await } else { hourly::merge(store, &group.id, &rows).await };
    let merged = merged.map_err(|source| ImportError::Store { group: group.id.clone(), source })?;
    let has = |column: &Column| rows.iter().any(|row| row.get(*column).is_some());
    let (found, absent) = Column::ALL.into_iter().partition(has);
    Ok(Part {
        step_seconds,
        rows: rows.len(),
        rows_added: merged.rows_added,
        rows_changed: merged.rows_changed,
        first: rows.iter().map(|row| row.timestamp).min(),
        last: rows.iter().map(|row| row.timestamp).max(),
        found,
        absent,
    })
}
