//! Which day objects a span of time touches, and reading them.

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::{Object, Store, StoreError, keys};

/// Up to so many days, which are those of a forecast, are asked for one by one. A longer span is listed first, so that asking for all
/// of history costs what is there, not what could be.
const ASKED_DAYS_MAX: i32 = 10;

/// So many objects are read or written at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// The objects of the UTC days that `from..to` touches, in the order of the days; days without one are left out.
pub(crate) async fn objects(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(String, Object)>, StoreError> {
    if to <= from {
        return Ok(Vec::new());
    }
    let (first, last) = (keys::day(from), keys::day(to - SignedDuration::from_nanos(1)));
    let keys: Vec<String> = if (last - first).get_days() < ASKED_DAYS_MAX {
        first.series(1.day()).take_while(|date| *date <= last).map(|date| key_of(group, date)).collect()
    } else {
        stored_keys(store, key_of, group, first, last).await?
    };
    stream::iter(keys)
        .map(|key| async move { store.get(&key).await.map(|object| object.map(|object| (key, object))) })
        .buffered(AT_ONCE)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}

async fn stored_keys(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    first: Date,
    last: Date,
) -> Result<Vec<String>, StoreError> {
    let sample = key_of(group, first);
    let (prefix, suffix) = sample.rsplit_once(&first.to_string()).expect("the key of a day holds its date");
    let date_of = |key: &str| key.strip_prefix(prefix)?.strip_suffix(suffix)?.parse::<Date>().ok();
    let mut dated: Vec<(Date, String)> =
        store.list(prefix).await?.into_iter().filter_map(|key| Some((date_of(&key)?, key))).collect();
    dated.retain(|(date, _)| (first..=last).contains(date));
    dated.sort_unstable();
    Ok(dated.into_iter().map(|(_, key)| key).collect())
}
