//! Observations of a group: one CSV object per UTC day, sorted by time, one row per step.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use headroom_core::{
    observation::{Column, Observation},
    observation_csv::{read_observations, write_observations},
};
use jiff::Timestamp;

use crate::{Store, StoreError, days, keys, update};

pub(crate) type Rows = BTreeMap<Timestamp, Observation>;

/// What a [`merge`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Rows that were not there before.
    pub rows_added: usize,
    /// Rows that were there and got a new value.
    pub rows_changed: usize,
    /// Objects that were written.
    pub objects_written: usize,
}

/// The observations of `group` with a timestamp in `from..to`, sorted, one per timestamp.
///
/// # Errors
/// [`StoreError::Corrupt`] names the day object, the line and the cure; else what the store returns.
pub async fn read(store: &dyn Store, group: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Observation>, StoreError> {
    let mut rows = Rows::new();
    for (key, object) in days::objects(store, keys::history, group, from, to).await? {
        take_in(&mut rows, &parse(&key, &object.bytes)?);
    }
    rows.retain(|timestamp, _| (from..to).contains(timestamp));
    Ok(rows.into_values().collect())
}

/// Every row of `group`, in order.
///
/// # Errors
/// [`StoreError::Corrupt`] names a day object that cannot be read; else what the store returns.
pub async fn read_all(store: &dyn Store, group: &str) -> Result<Vec<Observation>, StoreError> {
    read(store, group, Timestamp::MIN, Timestamp::MAX).await
}

/// Takes `observations` (in any order, of any days) into the history of `group`. A value replaces an older one,
/// the absence of a value never does; of two rows for one moment the later in the slice wins. What no step can have
/// (NaN, infinite, negative, beyond [`Column::largest`]) counts as absent, and a row without any value is passed over. Merging the same rows again
/// writes nothing.
///
/// # Errors
/// [`StoreError::Corrupt`] names a day object that cannot be read, the line and the cure; that object is left as it
/// is, and all other days are written. Else what the store returns.
pub async fn merge(store: &dyn Store, group: &str, observations: &[Observation]) -> Result<Merged, StoreError> {
    merge_by(store, observations, |moment| keys::history(group, keys::day(moment))).await
}

/// [`merge`] into the objects that `key_of` names for a moment.
pub(crate) async fn merge_by(
    store: &dyn Store,
    observations: &[Observation],
    key_of: impl Fn(Timestamp) -> String,
) -> Result<Merged, StoreError> {
    let mut new_objects: BTreeMap<String, Rows> = BTreeMap::new();
    for observation in observations.iter().filter_map(measured) {
        take_in(new_objects.entry(key_of(observation.timestamp)).or_default(), &[observation]);
    }
    // Made at once and run a few at a time; a closure inside the stream would tie the future to this thread.
    let writes: Vec<_> = new_objects.into_iter().map(|(key, new)| merge_object(store, key, new)).collect();
    let results: Vec<Result<Merged, StoreError>> = stream::iter(writes).buffered(days::AT_ONCE).collect().await;
    results.into_iter().try_fold(Merged::default(), |sum, object| {
        let object = object?;
        Ok(Merged {
            rows_added: sum.rows_added + object.rows_added,
            rows_changed: sum.rows_changed + object.rows_changed,
            objects_written: sum.objects_written + object.objects_written,
        })
    })
}

async fn merge_object(store: &dyn Store, key: String, new: Rows) -> Result<Merged, StoreError> {
    let mut merged = Merged::default();
    let written = update(store, &key, |bytes| {
        let mut rows = Rows::new();
        take_in(&mut rows, &bytes.map_or(Ok(Vec::new()), |bytes| parse(&key, bytes))?);
        merged = count(&rows, &new);
        if merged == Merged::default() {
            return Ok(None);
        }
        take_in(&mut rows, new.values());
        Ok(Some(write_observations(&rows.into_values().collect::<Vec<_>>())))
    })
    .await?;
    Ok(Merged { objects_written: usize::from(written), ..merged })
}

/// What taking `new` into `old` will add and change.
fn count(old: &Rows, new: &Rows) -> Merged {
    let mut merged = Merged::default();
    for (timestamp, newer) in new {
        match old.get(timestamp) {
            None => merged.rows_added += 1,
            Some(before) => {
                let mut after = *before;
                after.merge(newer);
                merged.rows_changed += usize::from(after != *before);
            }
        }
    }
    merged
}

pub(crate) fn take_in<'a>(rows: &mut Rows, newer: impl IntoIterator<Item = &'a Observation>) {
    for observation in newer {
        rows.entry(observation.timestamp).or_insert_with(|| Observation::at(observation.timestamp)).merge(observation);
    }
}

/// The observation with only what a step can have, so that what is written can always be read.
fn measured(observation: &Observation) -> Option<Observation> {
    let mut clean = Observation::at(observation.timestamp);
    for column in Column::ALL {
        // Adding zero turns -0 into 0, which is the same value in other bytes.
        clean.set(column, observation.get(column).filter(|value| column.can_be(*value)).map(|value| value + 0.0));
    }
    Column::ALL.iter().any(|&column| clean.get(column).is_some()).then_some(clean)
}

pub(crate) fn parse(key: &str, bytes: &[u8]) -> Result<Vec<Observation>, StoreError> {
    match read_observations(bytes) {
        Ok(reading) => Ok(reading.observations),
        Err(error) => Err(StoreError::Corrupt {
            key: key.to_owned(),
            message: format!("{error}; or delete the object (it was left as it is)"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::{collection::vec, option, prelude::*};

    use super::*;
    use crate::{Expect, MemoryStore};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn row(text: &str, cpu: Option<f64>, requests: Option<f64>) -> Observation {
        Observation { cpu_utilization: cpu, request_count: requests, ..Observation::at(at(text)) }
    }

    async fn text(store: &MemoryStore, date: &str) -> String {
        let object = store.get(&keys::history("web", date.parse().unwrap())).await.unwrap().expect(date);
        String::from_utf8(object.bytes).unwrap()
    }

    const HEADER: &str = "timestamp,cpu_utilization,network_in,request_count,in_service_instances,is_sale_active\n";

    #[tokio::test]
    async fn rows_land_sorted_in_the_object_of_their_utc_day() {
        let store = MemoryStore::default();
        let rows = [
            row("2026-11-28T01:00:00+02:00", Some(2.0), None),
            row("2026-11-28T00:00:00Z", Some(3.0), None),
            row("2026-11-27T22:55:00Z", Some(1.0), None),
        ];
        let merged = merge(&store, "web", &rows).await.unwrap();
        assert_eq!(merged, Merged { rows_added: 3, rows_changed: 0, objects_written: 2 });
        let day = format!("{HEADER}2026-11-27T22:55:00Z,1,,,,\n2026-11-27T23:00:00Z,2,,,,\n");
        assert_eq!(text(&store, "2026-11-27").await, day);
        assert_eq!(text(&store, "2026-11-28").await, format!("{HEADER}2026-11-28T00:00:00Z,3,,,,\n"));
        let read = read(&store, "web", at("2026-11-27T23:00:00Z"), at("2026-11-28T00:00:00Z")).await.unwrap();
        assert_eq!(read, [rows[0]], "from is in, to is out");
    }

    #[tokio::test]
    async fn newer_values_win_and_absent_never_erases() {
        let store = MemoryStore::default();
        let moment = "2026-11-27T00:00:00Z";
        merge(&store, "web", &[row(moment, Some(1.0), Some(10.0))]).await.unwrap();
        let merged = merge(&store, "web", &[row(moment, Some(2.0), None)]).await.unwrap();
        assert_eq!(merged, Merged { rows_added: 0, rows_changed: 1, objects_written: 1 });
        assert_eq!(text(&store, "2026-11-27").await, format!("{HEADER}{moment},2,,10,,\n"));
    }

    #[tokio::test]
    async fn the_same_rows_again_write_nothing_even_over_a_hand_made_object() {
        let store = MemoryStore::default();
        let hand_made = "timestamp,cpu_utilization\r\n2026-11-27T00:05:00Z,2.50\r\n2026-11-27T00:00:00Z,1\r\n";
        store.put(&keys::history("web", "2026-11-27".parse().unwrap()), hand_made.as_bytes(), Expect::Absent).await.unwrap();
        let rows = [row("2026-11-27T00:00:00Z", Some(1.0), None), row("2026-11-27T00:05:00Z", Some(2.5), None)];
        assert_eq!(merge(&store, "web", &rows).await.unwrap(), Merged::default());
        assert_eq!(text(&store, "2026-11-27").await, hand_made);
        assert_eq!(read(&store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap(), rows);
    }

    #[tokio::test]
    async fn what_no_step_can_have_is_absent() {
        let store = MemoryStore::default();
        let bad = [f64::NAN, f64::INFINITY, -1.0, 10_000.1, 1e300].map(|value| row("2026-11-27T00:00:00Z", Some(value), None));
        assert_eq!(merge(&store, "web", &bad).await.unwrap(), Merged::default());
        assert_eq!(store.list("").await.unwrap(), [""; 0]);
        merge(&store, "web", &[row("2026-11-27T00:00:00Z", Some(-0.0), Some(f64::NAN))]).await.unwrap();
        assert_eq!(text(&store, "2026-11-27").await, format!("{HEADER}2026-11-27T00:00:00Z,0,,,,\n"));
        merge(&store, "web", &[row("2026-11-27T00:00:00Z", Some(10_000.0), None)]).await.unwrap();
        assert_eq!(text(&store, "2026-11-27").await, format!("{HEADER}2026-11-27T00:00:00Z,10000,,,,\n"));
    }

    #[tokio::test]
    async fn a_corrupt_day_is_named_and_left_and_stops_no_other_day() {
        let store = MemoryStore::default();
        let key = keys::history("web", "2026-11-27".parse().unwrap());
        store.put(&key, b"timestamp,cpu_utilization\n2026-11-27T00:00:00Z,high\n", Expect::Absent).await.unwrap();
        let rows = [row("2026-11-27T00:05:00Z", Some(1.0), None), row("2026-11-28T00:00:00Z", Some(2.0), None)];
        for error in [
            merge(&store, "web", &rows).await.unwrap_err(),
            read(&store, "web", rows[0].timestamp, rows[1].timestamp).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Corrupt { .. }));
            let error = error.to_string();
            assert!(error.contains(&key) && error.contains("line 2") && error.contains("write a number"), "{error}");
        }
        assert!(text(&store, "2026-11-27").await.ends_with("high\n"));
        assert_eq!(read(&store, "web", rows[1].timestamp, Timestamp::MAX).await.unwrap(), rows[1..]);
    }

    #[tokio::test]
    async fn a_long_span_reads_what_is_there_and_only_of_this_group() {
        let store = MemoryStore::default();
        let rows =
            ["2025-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2026-11-27T23:55:00Z"].map(|text| row(text, Some(1.0), None));
        merge(&store, "web", &rows).await.unwrap();
        merge(&store, "web-2", &rows).await.unwrap();
        store.put("history/group=web/date=notes.csv", b"not a day", Expect::Absent).await.unwrap();
        assert_eq!(read(&store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap(), rows);
        assert_eq!(read(&store, "web", rows[0].timestamp, rows[2].timestamp).await.unwrap(), rows[..2]);
        assert_eq!(read(&store, "web", rows[2].timestamp, rows[0].timestamp).await.unwrap(), []);
    }

    async fn objects(store: &MemoryStore) -> Vec<(String, Vec<u8>)> {
        let mut objects = Vec::new();
        for key in store.list("").await.unwrap() {
            let bytes = store.get(&key).await.unwrap().unwrap().bytes;
            objects.push((key, bytes));
        }
        objects
    }

    proptest! {
        #[test]
        fn merging_in_parts_is_merging_at_once(
            // Over two days, some values absent, some negative.
            values in vec((0..600_i64, option::of(0.0..100.0), option::of(-1.0..1.0)), 0..60),
            cut in 0..60_usize,
        ) {
            let start = at("2026-11-27T00:00:00Z");
            let rows: Vec<_> = values
                .iter()
                .map(|&(step, cpu_utilization, request_count)| {
                    let timestamp = start + (step * 5).minutes();
                    Observation { cpu_utilization, request_count, ..Observation::at(timestamp) }
                })
                .collect();
            let (first, second) = rows.split_at(cut.min(rows.len()));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (parts, whole, again) = runtime.block_on(async {
                let (parts, whole) = (MemoryStore::default(), MemoryStore::default());
                merge(&parts, "web", first).await.unwrap();
                merge(&parts, "web", second).await.unwrap();
                merge(&whole, "web", &rows).await.unwrap();
                let stored = read(&whole, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
                let again = merge(&whole, "web", &stored).await.unwrap();
                (objects(&parts).await, objects(&whole).await, again)
            });
            prop_assert_eq!(parts, whole);
            prop_assert_eq!(again, Merged::default());
        }
    }

    #[test]
    fn the_futures_may_move_between_threads() {
        fn movable<T: Send>(_: T) {}
        let store = MemoryStore::default();
        movable(read(&store, "web", Timestamp::MIN, Timestamp::MAX));
        movable(merge(&store, "web", &[]));
    }
}
