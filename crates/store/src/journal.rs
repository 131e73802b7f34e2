//! What happened, as JSON lines: one object per group and UTC day, one record a line.

use jiff::{Timestamp, civil::Date};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Store, StoreError, days, update};

/// Writes `record` into the object `key`: over the line whose record has the same identity, or at the end. All other
/// lines stay byte for byte as they are, so that doing the same tick twice writes the same bytes. Returns whether
/// something was written.
///
/// # Errors
/// [`StoreError::Corrupt`] names a line that is not such a record, and the cure; the object is left as it is.
/// [`StoreError::Other`] where the record would not read back, as one with a NaN in it; else what the store returns.
pub async fn record<T: Serialize + DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    record: &T,
    identity: impl Fn(&T) -> String,
) -> Result<bool, StoreError> {
    record_all(store, key, std::slice::from_ref(record), identity).await
}

/// Writes several records, in their order, by one write; see [`record`].
///
/// # Errors
/// Those of [`record`].
pub async fn record_all<T: Serialize + DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    records: &[T],
    identity: impl Fn(&T) -> String,
) -> Result<bool, StoreError> {
    let new: Vec<(String, String)> = records
        .iter()
        .map(|record| Ok((identity(record), line_of(record).map_err(|message| unwritable(key, &message))?)))
        .collect::<Result<_, StoreError>>()?;
    if new.is_empty() {
        return Ok(false);
    }
    update(store, key, |bytes| {
        let mut lines: Vec<(String, String)> = parse::<T>(key, bytes.unwrap_or_default())?
            .into_iter()
            .map(|(line, record)| (identity(&record), line.to_owned()))
            .collect();
        for (identity, line) in &new {
            match lines.iter_mut().find(|(present, _)| present == identity) {
                Some(present) => present.1.clone_from(line),
                None => lines.push((identity.clone(), line.clone())),
            }
        }
        let text: String = lines.into_iter().flat_map(|(_, line)| [line, "\n".to_owned()]).collect();
        Ok(Some(text.into_bytes()))
    })
    .await
}

/// All records of the UTC days that `from..to` touches, in the order of the days and, within a day, of the lines.
/// Whole days: the caller knows which of a record's moments counts. `key_of` is one of [`crate::keys`], for example
/// [`crate::keys::decisions`].
///
/// # Errors
/// [`StoreError::Corrupt`] names the object, the line and the cure; else what the store returns.
pub async fn read_days<T: DeserializeOwned>(
    store: &dyn Store,
    key_of: fn(&str, Date) -> String,
    group: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<T>, StoreError> {
    let mut records = Vec::new();
    for (key, object) in days::objects(store, key_of, group, from, to).await? {
        records.extend(parse(&key, &object.bytes)?.into_iter().map(|(_, record)| record));
    }
    Ok(records)
}

/// The line of a record, once it is sure that it reads back: JSON has no NaN, and writes `null` in its place.
fn line_of<T: Serialize + DeserializeOwned>(record: &T) -> Result<String, String> {
    let line = serde_json::to_string(record).map_err(|error| error.to_string())?;
    serde_json::from_str::<T>(&line).map_err(|error| error.to_string())?;
    Ok(line)
}

fn unwritable(key: &str, message: &str) -> StoreError {
    let message = format!("a record does not read back as written ({message}): leave out what is not a number");
    StoreError::Other { key: key.to_owned(), message }
}

/// The lines and their records; empty lines are passed over.
fn parse<'a, T: DeserializeOwned>(key: &str, bytes: &'a [u8]) -> Result<Vec<(&'a str, T)>, StoreError> {
    let broken = |line: usize, problem: String| StoreError::Corrupt {
        key: key.to_owned(),
        message: format!("line {line}: {problem}: correct or delete that line (the object was left as it is)"),
    };
    let mut records = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let text = std::str::from_utf8(line).map_err(|_| broken(index + 1, "not UTF-8".to_owned()))?.trim();
        if !text.is_empty() {
            records.push((text, serde_json::from_str(text).map_err(|error| broken(index + 1, error.to_string()))?));
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Expect, MemoryStore, keys};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Note {
        tick: Timestamp,
        load: f64,
    }

    fn note(tick: &str, load: f64) -> Note {
        Note { tick: tick.parse().unwrap(), load }
    }

    fn tick(note: &Note) -> String {
        note.tick.to_string()
    }

    async fn text(store: &MemoryStore, key: &str) -> String {
        String::from_utf8(store.get(key).await.unwrap().unwrap().bytes).unwrap()
    }

    #[tokio::test]
    async fn a_record_is_appended_once_and_replaced_in_its_place() {
        let store = MemoryStore::default();
        let (first, second) = (note("2026-11-27T00:00:00Z", 1.0), note("2026-11-27T00:05:00Z", 2.0));
        for record in [&first, &second] {
            assert!(super::record(&store, "j", record, tick).await.unwrap());
            assert!(!super::record(&store, "j", record, tick).await.unwrap(), "the same bytes are not written again");
        }
        assert!(super::record(&store, "j", &note("2026-11-27T00:00:00Z", 3.0), tick).await.unwrap());
        let lines = "{\"tick\":\"2026-11-27T00:00:00Z\",\"load\":3.0}\n{\"tick\":\"2026-11-27T00:05:00Z\",\"load\":2.0}\n";
        assert_eq!(text(&store, "j").await, lines);
    }

    #[tokio::test]
    async fn other_lines_stay_as_they_are_and_a_missing_line_end_is_mended() {
        let store = MemoryStore::default();
        let spaced = "{\"tick\": \"2026-11-27T00:00:00Z\", \"load\": 1, \"more\": true}";
        store.put("j", spaced.as_bytes(), Expect::Absent).await.unwrap();
        record(&store, "j", &note("2026-11-27T00:05:00Z", 2.0), tick).await.unwrap();
        assert_eq!(text(&store, "j").await, format!("{spaced}\n{{\"tick\":\"2026-11-27T00:05:00Z\",\"load\":2.0}}\n"));
    }

    #[tokio::test]
    async fn several_records_are_one_write_and_none_is_no_write() {
        let store = MemoryStore::default();
        assert!(!record_all(&store, "j", &[], tick).await.unwrap());
        assert_eq!(store.list("").await.unwrap(), [""; 0]);
        let notes = [note("2026-11-27T00:00:00Z", 1.0), note("2026-11-27T00:05:00Z", 2.0), note("2026-11-27T00:00:00Z", 9.0)];
        record_all(&store, "j", &notes, tick).await.unwrap();
        let text = text(&store, "j").await;
        assert_eq!(text.lines().count(), 2, "one line for each identity: {text}");
        assert!(text.contains("9.0") && !text.contains("1.0"));
    }

    #[tokio::test]
    async fn days_are_read_in_order() {
        let store = MemoryStore::default();
        let notes = ["2026-11-26T23:55:00Z", "2026-11-27T00:00:00Z", "2026-11-27T23:55:00Z", "2026-11-28T00:00:00Z"]
            .map(|tick| note(tick, 1.0));
        for note in notes.iter().rev() {
            record(&store, &keys::decisions("web", keys::day(note.tick)), note, tick).await.unwrap();
        }
        let read =
            async |from: &Note, to: &Note| read_days::<Note>(&store, keys::decisions, "web", from.tick, to.tick).await.unwrap();
        let whole_day = [notes[2].clone(), notes[1].clone()];
        assert_eq!(read(&notes[1], &notes[3]).await, whole_day, "in the order of the lines, and not the day that starts at `to`");
        let everything = read_days::<Note>(&store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
        assert_eq!(everything.len(), 4);
        assert_eq!((&everything[0], &everything[3]), (&notes[0], &notes[3]));
    }

    #[tokio::test]
    async fn a_broken_line_is_named_and_the_object_left() {
        let store = MemoryStore::default();
        let key = keys::decisions("web", "2026-11-27".parse().unwrap());
        let good = note("2026-11-27T00:00:00Z", 1.0);
        for (bad, problem) in [(&b"{\"tick\":\"2026-"[..], "EOF"), (b"\xff", "UTF-8"), (b"{\"tick\":1}", "invalid type")] {
            let content = [b"\n", serde_json::to_vec(&good).unwrap().as_slice(), b"\n", bad].concat();
            store.put(&key, &content, Expect::Anything).await.unwrap();
            let recorded = record(&store, &key, &good, tick).await.unwrap_err();
            let read = read_days::<Note>(&store, keys::decisions, "web", good.tick, Timestamp::MAX).await.unwrap_err();
            for error in [recorded, read] {
                assert!(matches!(error, StoreError::Corrupt { .. }));
                let error = error.to_string();
                assert!(error.contains(&key) && error.contains("line 3: ") && error.contains("delete that line"), "{error}");
                assert!(error.contains(problem), "{error}");
            }
            assert_eq!(store.get(&key).await.unwrap().unwrap().bytes, content);
        }
    }

    #[tokio::test]
    async fn a_record_that_would_not_read_back_is_refused() {
        let store = MemoryStore::default();
        let error = record(&store, "j", &note("2026-11-27T00:00:00Z", f64::NAN), tick).await.unwrap_err();
        assert!(matches!(error, StoreError::Other { .. }), "{error}");
        assert_eq!(store.get("j").await.unwrap(), None);
    }

    #[test]
    fn the_futures_may_move_between_threads() {
        fn movable<T: Send>(_: T) {}
        let store = MemoryStore::default();
        movable(record(&store, "j", &note("2026-11-27T00:00:00Z", 1.0), tick));
        movable(read_days::<Note>(&store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX));
    }
}
