//! Observations of a group by the hour, one CSV object per UTC year: how load went through the seasons, long before Headroom came.
//!
//! Clouds keep hours far longer than minutes, so `trainer import` fetches them once. Rows are those of [`history`], with sums over
//! the hour and means of it, under keys of their own, so that nothing that works on a group's own step meets them.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_core::observation::Observation;
use jiff::Timestamp;

use crate::{
    Store, StoreError, days,
    history::{self, Merged, merge_by, parse, take_in},
    keys,
};

/// Every hour of `group`, in order, one row per hour.
///
/// # Errors
/// [`StoreError::Corrupt`] names a year object that cannot be read, the line and the cure; else what the store returns.
pub async fn read_all(store: &dyn Store, group: &str) -> Result<Vec<Observation>, StoreError> {
    let keys = store.list(&keys::hourly_prefix(group)).await?;
    let years: Vec<(String, Option<crate::Object>)> = stream::iter(keys)
        .map(|key| async move { store.get(&key).await.map(|object| (key, object)) })
        .buffered(days::AT_ONCE)
        .try_collect()
        .await?;
    let mut rows: history::Rows = BTreeMap::new();
    for (key, object) in years {
        // A year that was deleted between list and get is not there.
        if let Some(object) = object {
            take_in(&mut rows, &parse(&key, &object.bytes)?);
        }
    }
    Ok(rows.into_values().collect())
}

/// Takes `observations`, each of a whole hour, into the hourly history of `group`, as [`history::merge`] does with steps.
///
/// # Errors
/// Those of [`history::merge`].
pub async fn merge(store: &dyn Store, group: &str, observations: &[Observation]) -> Result<Merged, StoreError> {
    merge_by(store, observations, |hour: Timestamp| keys::hourly(group, keys::day(hour).year())).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    fn hour(text: &str, requests: f64) -> Observation {
        Observation { request_count: Some(requests), ..Observation::at(text.parse().unwrap()) }
    }

    #[tokio::test]
    async fn hours_land_in_their_year_and_apart_from_steps() {
        let store = MemoryStore::default();
        let rows = [hour("2026-01-01T00:00:00Z", 2.0), hour("2025-12-31T23:00:00Z", 1.0)];
        let merged = merge(&store, "web", &rows).await.unwrap();
        assert_eq!((merged.rows_added, merged.objects_written), (2, 2));
        let keys = ["history-hourly/group=web/year=2025.csv", "history-hourly/group=web/year=2026.csv"];
        assert_eq!(store.list("").await.unwrap(), keys);
        assert_eq!(read_all(&store, "web").await.unwrap(), [rows[1], rows[0]]);
        assert_eq!(history::read_all(&store, "web").await.unwrap(), []);
        assert_eq!(read_all(&store, "we").await.unwrap(), []);

        assert_eq!(merge(&store, "web", &rows).await.unwrap(), Merged::default(), "the same again writes nothing");
        let merged = merge(&store, "web", &[hour("2026-01-01T00:00:00Z", 3.0)]).await.unwrap();
        assert_eq!((merged.rows_changed, merged.objects_written), (1, 1));
    }

    #[tokio::test]
    async fn a_broken_year_is_named_and_left_as_it_is() {
        let store = MemoryStore::default();
        let key = keys::hourly("web", 2026);
        store.put(&key, b"no table", Expect::Anything).await.unwrap();
        let rows = [hour("2025-06-01T00:00:00Z", 1.0), hour("2026-06-01T00:00:00Z", 1.0)];
        for error in [merge(&store, "web", &rows).await.unwrap_err(), read_all(&store, "web").await.unwrap_err()] {
            assert!(matches!(&error, StoreError::Corrupt { key: found, .. } if *found == key), "{error}");
        }
        assert_eq!(store.get(&key).await.unwrap().unwrap().bytes, b"no table");
        assert!(store.get(&keys::hourly("web", 2025)).await.unwrap().is_some(), "the other year is stored");
    }
}
