//! What a run over a fleet comes to in a few numbers, for whoever watches the function.

use jiff::Timestamp;
use serde::Serialize;

use crate::{CollectError, Collected};

/// A run over a fleet in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pulse {
    /// Groups that were collected.
    pub groups: usize,
    /// Groups that were not.
    pub failed: usize,
    /// Age of the newest step in the history, in seconds since its start, of the group where it is oldest. A group of which nothing was
    /// measured in the last day has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_seconds: Option<i64>,
}

impl Pulse {
    /// Of what [`crate::collect_fleet`] gave at `now`.
    #[must_use]
    pub fn of(results: &[(String, Result<Collected, CollectError>)], now: Timestamp) -> Self {
        let collected = || results.iter().filter_map(|(_, result)| result.as_ref().ok());
        let groups = collected().count();
        let ages = collected().filter_map(|collected| collected.newest).map(|newest| now.duration_since(newest).as_secs());
        Self { groups, failed: results.len() - groups, oldest_seconds: ages.max() }
    }
}
