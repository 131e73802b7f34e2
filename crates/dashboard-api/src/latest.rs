//! The newest entry of a journal, however long ago it was made.

use headroom_store::{Store, journal};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::de::DeserializeOwned;

use crate::{params::just_after, problem::Problem};

/// The newest entry by `at`. Looks at the last two days first, and only where they are empty at the list of all days.
pub(crate) async fn newest<T: DeserializeOwned>(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    now: Timestamp,
    at: impl Fn(&T) -> Timestamp,
) -> Result<Option<T>, Problem> {
    let day = SignedDuration::from_hours(24);
    let from = now.saturating_sub(day).unwrap_or(Timestamp::MIN);
    let recent = journal::read_days::<T>(store, key_of, group, from, just_after(now)).await?;
    let entries = if recent.is_empty() {
        match newest_day(store, key_of, group, now).await? {
            Some(start) => {
                journal::read_days::<T>(store, key_of, group, start, start + SignedDuration::from_secs(86_399)).await?
            }
            None => Vec::new(),
        }
    } else {
        recent
    };
    Ok(entries.into_iter().max_by_key(|entry| at(entry)))
}

/// Start of the newest day that `key_of` has an object for.
pub(crate) async fn newest_day(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    const MARK: &str = "date=";
    let key = key_of(group, headroom_store::keys::day(now));
    let Some(mark) = key.rfind(MARK) else { return Ok(None) };
    let prefix = &key[..mark + MARK.len()];
    let keys = store.list(prefix).await?;
    let date = keys.iter().rev().find_map(|key| key.get(prefix.len()..prefix.len() + 10)?.parse::<Date>().ok());
    Ok(date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|start| start.timestamp()))
}
