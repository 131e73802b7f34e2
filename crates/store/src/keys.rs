//! The name of every stored object, in one place.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The fleet's configuration.
pub const FLEET: &str = "config/fleet.toml";

/// The business calendar.
pub const CALENDAR: &str = "config/business_calendar.json";

/// The UTC day of a moment.
#[must_use]
pub fn day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// Observations of one UTC day, as CSV.
#[must_use]
pub fn history(group: &str, date: Date) -> String {
    format!("history/group={group}/date={date}.csv")
}

/// Every forecast made on one UTC day, a JSON object a line.
#[must_use]
pub fn forecasts(group: &str, date: Date) -> String {
    format!("forecasts/group={group}/date={date}.jsonl")
}

/// Every decision and non-decision of one UTC day, a JSON object a line.
#[must_use]
pub fn decisions(group: &str, date: Date) -> String {
    format!("decisions/group={group}/date={date}.jsonl")
}

/// Every anomaly flagged on one UTC day, a JSON object a line.
#[must_use]
pub fn anomalies(group: &str, date: Date) -> String {
    format!("anomalies/group={group}/date={date}.jsonl")
}

/// The running state of a group.
#[must_use]
pub fn state(group: &str) -> String {
    format!("state/group={group}.json")
}

/// Which model version serves a group.
#[must_use]
pub fn current_model(group: &str) -> String {
    format!("models/group={group}/current.json")
}

/// The weights of one model version.
#[must_use]
pub fn weights(group: &str, version: &str) -> String {
    format!("models/group={group}/{version}/weights.safetensors")
}

/// The card of one model version.
#[must_use]
pub fn card(group: &str, version: &str) -> String {
    format!("models/group={group}/{version}/card.json")
}

/// What all model versions of a group start with.
#[must_use]
pub fn models_prefix(group: &str) -> String {
    format!("models/group={group}/")
}
