//! The name of every stored object, in one place.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::StoreError;

/// The fleet's configuration.
pub const FLEET: &str = "config/fleet.toml";

/// The business calendar.
pub const CALENDAR: &str = "config/business_calendar.json";

/// What operators want of the whole fleet.
pub const FLEET_CONTROL: &str = "control/fleet.json";

/// What operators want of a group.
#[must_use]
pub fn group_control(group: &str) -> String {
    format!("control/group={group}.json")
}

/// Every order that was given on one UTC day, by whom and what came of it, a JSON object a line.
#[must_use]
pub fn audit(date: Date) -> String {
    format!("audit/date={date}.jsonl")
}

/// What the trainings start with that were asked for.
pub const TRAINING_REQUESTS: &str = "requests/train/group=";

/// That a training of a group was asked for, and what came of it.
#[must_use]
pub fn training_request(group: &str) -> String {
    format!("{TRAINING_REQUESTS}{group}.json")
}

/// The group whose training `key` asks for.
#[must_use]
pub fn group_of_training_request(key: &str) -> Option<&str> {
    key.strip_prefix(TRAINING_REQUESTS)?.strip_suffix(".json")
}

/// The newest backtest of a group on its own history.
#[must_use]
pub fn latest_backtest(group: &str) -> String {
    format!("backtests/group={group}/latest.json")
}

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

/// What the hourly histories of a group start with.
#[must_use]
pub fn hourly_prefix(group: &str) -> String {
    format!("history-hourly/group={group}/")
}

/// Observations of one UTC year by the hour, as CSV, imported once for the shape of the year. Apart from [`history`], whose rows
/// are of the group's own step: a file of either has rows of one step only.
#[must_use]
pub fn hourly(group: &str, year: i16) -> String {
    format!("{}year={year:04}.csv", hourly_prefix(group))
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

/// What the running states of all groups start with.
pub const STATES: &str = "state/group=";

/// The running state of a group.
#[must_use]
pub fn state(group: &str) -> String {
    format!("{STATES}{group}.json")
}

/// The group whose running state `key` is.
#[must_use]
pub fn group_of_state(key: &str) -> Option<&str> {
    key.strip_prefix(STATES)?.strip_suffix(".json")
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

/// Longest key, in bytes: what S3 takes.
const KEY_BYTES_MAX: usize = 1024;

/// Longest part between two `/`, in bytes: file systems take 255.
const PART_BYTES_MAX: usize = 255;

/// Checks that `key` names an object in every store: a relative path of parts that are not empty and do not start
/// with `.` (so that it cannot leave the store, and hidden files stay free for the store itself).
///
/// # Errors
/// [`StoreError::Other`] that says what is wrong with the key.
pub fn check(key: &str) -> Result<(), StoreError> {
    let problem = if key.is_empty() {
        "the key is empty"
    } else if key.starts_with('/') {
        "the key starts with `/`, but keys are relative"
    } else if key.split('/').any(str::is_empty) {
        "the key has an empty part"
    } else if key.split('/').any(|part| part.starts_with('.')) {
        "a part of the key starts with `.`"
    } else if key.contains('\\') || key.contains(char::is_control) {
        "the key has a backslash or a control character"
    } else if key.len() > KEY_BYTES_MAX || key.split('/').any(|part| part.len() > PART_BYTES_MAX) {
        "the key is longer than 1024 bytes, or a part of it longer than 255"
    } else {
        return Ok(());
    };
    let message = format!("{problem}: use a key like `history/group=web/date=2026-11-27.csv`");
    Err(StoreError::Other { key: key.to_owned(), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_the_store_are_keys() {
        let date = "2026-11-27".parse().unwrap();
        for key in [
            FLEET,
            CALENDAR,
            FLEET_CONTROL,
            &group_control("web"),
            &history("web", date),
            &hourly("web", 2026),
            &weights("web", "v1"),
            &audit(date),
            &training_request("web"),
            &latest_backtest("web"),
            "a",
            "a b/ü=1,2;c",
        ] {
            check(key).expect(key);
        }
        assert_eq!((group_of_state(&state("web")), group_of_state(&group_control("web"))), (Some("web"), None));
        assert_eq!(group_of_training_request(&training_request("web")), Some("web"));
        let long = "x".repeat(256);
        for key in ["", "/etc/passwd", "a//b", "a/", "../a", "a/../b", "a/./b", ".lock", "a/.tmp-1", "a\\b", "a\0b", &long] {
            let error = check(key).expect_err(key).to_string();
            assert!(error.starts_with(&format!("`{key}`: ")) && error.contains("use a key like"), "{error}");
        }
    }

    #[test]
    fn keys_are_those_that_stores_have() {
        let date = "2026-11-27".parse().unwrap();
        for (key, stored) in [
            (history("web", date), "history/group=web/date=2026-11-27.csv"),
            (hourly("web", 2026), "history-hourly/group=web/year=2026.csv"),
            (forecasts("web", date), "forecasts/group=web/date=2026-11-27.jsonl"),
            (decisions("web", date), "decisions/group=web/date=2026-11-27.jsonl"),
            (anomalies("web", date), "anomalies/group=web/date=2026-11-27.jsonl"),
            (state("web"), "state/group=web.json"),
            (current_model("web"), "models/group=web/current.json"),
            (weights("web", "v1"), "models/group=web/v1/weights.safetensors"),
            (card("web", "v1"), "models/group=web/v1/card.json"),
            (group_control("web"), "control/group=web.json"),
            (audit(date), "audit/date=2026-11-27.jsonl"),
            (training_request("web"), "requests/train/group=web.json"),
            (latest_backtest("web"), "backtests/group=web/latest.json"),
        ] {
            assert_eq!(key, stored);
        }
        assert_eq!(
            (FLEET, CALENDAR, FLEET_CONTROL),
            ("config/fleet.toml", "config/business_calendar.json", "control/fleet.json")
        );
    }

    #[test]
    fn a_key_has_as_many_bytes_as_every_store_takes() {
        let of = |bytes: usize| format!("{}/{}", vec!["x".repeat(200); 5].join("/"), "y".repeat(bytes - 1005));
        assert_eq!((of(1024).len(), check(&of(1024)).is_ok(), check(&of(1025)).is_err()), (1024, true, true));
        assert_eq!((check(&"x".repeat(255)).is_ok(), check(&"x".repeat(256)).is_err()), (true, true));
    }
}
