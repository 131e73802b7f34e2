//! Who gave which order, when, and what came of it: a line each in `audit/date=YYYY-MM-DD.jsonl`.

use headroom_core::fleet::is_group_id;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{OBJECT_BYTES_MAX, Store, StoreError, journal, keys};

/// A day on which so much is on record takes no more orders: some eighty thousand of them. The other half of what an object may have is
/// for stops, which are recorded once they are carried out, and for what came of orders that were taken.
pub const DAY_BYTES_MAX: usize = OBJECT_BYTES_MAX / 2;

/// Why an order is not on record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The day has no room for another order.
    #[error(
        "`{key}` has the {} MB of orders that a day may have: give further ones after midnight UTC, or move the object elsewhere",
        DAY_BYTES_MAX >> 20
    )]
    Full {
        /// The key of the day.
        key: String,
    },
    /// The store does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// It was given, and nobody has said since what came of it.
    Asked,
    /// It was carried out.
    Done,
    /// It was not.
    Failed {
        /// Why.
        error: String,
    },
}

/// One order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this record's form.
    pub format: u32,
    /// Tells the order from all others: letters, digits, `-` and `_`, at most 128 of them. Whoever gives the order makes one up
    /// that nobody else has.
    pub id: String,
    /// When it was given. It stays the same when what came of it is recorded.
    pub at: Timestamp,
    /// Who gave it.
    pub by: String,
    /// What they may do, where someone checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The kind of order: `stop`, `resume`, `mode`, `approve`, `reject`, `calendar`, `allocate`, `release`, `metrics`, `train`.
    pub action: String,
    /// The group; none where it is the whole fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The order itself.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub what: serde_json::Value,
    /// What came of it.
    pub outcome: Outcome,
}

impl Record {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;
}

/// Records an order: at the end of its day, or over the record of the same id, so that what came of an order takes the place of
/// the order that was only given.
///
/// # Errors
/// [`RecordError::Full`] for an order that was only given, on a day of [`DAY_BYTES_MAX`]; [`StoreError::Other`] for an id of another
/// form; else those of [`journal::record`].
pub async fn record(store: &dyn Store, record: &Record) -> Result<(), RecordError> {
    let key = keys::audit(keys::day(record.at));
    // An id has the form of a group's.
    if !is_group_id(&record.id) {
        let message = format!("the order's id is `{}`: use letters, digits, `-` and `_`, at most 128 of them", record.id);
        return Err(StoreError::Other { key, message }.into());
    }
    if record.outcome == Outcome::Asked && store.get(&key).await?.is_some_and(|day| day.bytes.len() >= DAY_BYTES_MAX) {
        return Err(RecordError::Full { key });
    }
    journal::record(store, &key, record, |record| record.id.clone()).await?;
    Ok(())
}

/// The orders that were given in `from..to`, oldest first.
///
/// # Errors
/// Those of [`journal::read_days`].
pub async fn read(store: &dyn Store, from: Timestamp, to: Timestamp) -> Result<Vec<Record>, StoreError> {
    let mut records: Vec<Record> = journal::read_days(store, |_, date| keys::audit(date), "", from, to).await?;
    records.retain(|record| (from..to).contains(&record.at));
    records.sort_by_key(|record| record.at);
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    fn order(id: &str, at: &str) -> Record {
        Record {
            format: Record::FORMAT,
            id: id.to_owned(),
            at: at.parse().unwrap(),
            by: "anna".to_owned(),
            role: Some("operator".to_owned()),
            action: "allocate".to_owned(),
            group: Some("web".to_owned()),
            what: serde_json::json!({ "instances": 6, "why": "a \"load\" test" }),
            outcome: Outcome::Asked,
        }
    }

    #[tokio::test]
    async fn what_came_of_an_order_takes_the_place_of_the_order() {
        let store = MemoryStore::default();
        // An id that is part of another one's.
        let (first, second) = (order("a-1", "2026-11-27T12:00:00Z"), order("a", "2026-11-27T12:00:00Z"));
        record(&store, &first).await.unwrap();
        record(&store, &second).await.unwrap();
        let failed = Record { outcome: Outcome::Failed { error: "no such group".to_owned() }, ..second };
        record(&store, &failed).await.unwrap();
        let done = Record { outcome: Outcome::Done, ..first };
        record(&store, &done).await.unwrap();
        assert_eq!(read(&store, Timestamp::MIN, Timestamp::MAX).await.unwrap(), [done, failed]);
        assert_eq!(store.list("").await.unwrap(), ["audit/date=2026-11-27.jsonl"]);
    }

    #[tokio::test]
    async fn orders_are_read_by_their_time() {
        let store = MemoryStore::default();
        let moments = ["2026-11-26T23:59:59Z", "2026-11-27T09:00:00Z", "2026-11-27T12:00:00Z", "2026-11-28T00:00:00Z"];
        for (index, at) in moments.iter().enumerate().rev() {
            record(&store, &order(&format!("o{index}"), at)).await.unwrap();
        }
        let read = async |from: &str, to: &str| {
            let records = read(&store, from.parse().unwrap(), to.parse().unwrap()).await.unwrap();
            records.into_iter().map(|record| record.id).collect::<Vec<_>>()
        };
        assert_eq!(read(moments[0], moments[3]).await, ["o0", "o1", "o2"]);
        assert_eq!(read("2026-11-27T09:00:01Z", "2026-11-29T00:00:00Z").await, ["o2", "o3"]);
        assert_eq!(read("2026-11-29T00:00:00Z", "2026-11-30T00:00:00Z").await, [""; 0]);
    }

    #[tokio::test]
    async fn an_id_that_names_nothing_and_a_broken_line_are_told() {
        let store = MemoryStore::default();
        for id in ["", "a\"b", "a b"] {
            let error = record(&store, &order(id, "2026-11-27T12:00:00Z")).await.unwrap_err().to_string();
            assert!(error.contains("use letters, digits"), "{error}");
        }
        store.put("audit/date=2026-11-27.jsonl", b"{\"at\"", Expect::Absent).await.unwrap();
        for error in [
            record(&store, &order("a", "2026-11-27T12:00:00Z")).await.unwrap_err(),
            read(&store, Timestamp::MIN, Timestamp::MAX).await.unwrap_err().into(),
        ] {
            assert!(matches!(error, RecordError::Store(StoreError::Corrupt { .. })), "{error}");
        }
    }

    #[tokio::test]
    async fn a_full_day_takes_no_order_and_still_takes_stops_and_what_came_of_orders() {
        let (store, key) = (MemoryStore::default(), "audit/date=2026-11-27.jsonl");
        let asked = order("before", "2026-11-27T12:00:00Z");
        record(&store, &asked).await.unwrap();
        let mut day = store.get(key).await.unwrap().unwrap().bytes;
        day.resize(DAY_BYTES_MAX, b' ');
        store.put(key, &day, Expect::Anything).await.unwrap();

        let error = record(&store, &order("after", "2026-11-27T12:01:00Z")).await.unwrap_err();
        assert!(matches!(&error, RecordError::Full { key: full } if full == key), "{error}");
        assert!(
            error.to_string().contains("has the 32 MB of orders that a day may have: give further ones after midnight"),
            "{error}"
        );
        let done = Record { outcome: Outcome::Done, ..asked };
        let stop = Record { action: "stop".to_owned(), outcome: Outcome::Done, ..order("stop", "2026-11-27T12:02:00Z") };
        record(&store, &done).await.unwrap();
        record(&store, &stop).await.unwrap();
        assert_eq!(read(&store, Timestamp::MIN, Timestamp::MAX).await.unwrap(), [done, stop]);
        record(&store, &order("tomorrow", "2026-11-28T00:00:00Z")).await.unwrap();
    }
}
