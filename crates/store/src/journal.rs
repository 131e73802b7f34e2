//! What happened, as JSON lines: one object per group and UTC day, one record a line.

use std::ops::Range;

use jiff::{Timestamp, civil::Date};
use memchr::{memchr, memchr_iter, memmem, memrchr};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Store, StoreError, days, update};

/// Writes `record` into the object `key`: over the line whose record has the same identity, or at the end. All other
/// lines stay byte for byte as they are, so that doing the same tick twice writes the same bytes. Returns whether
/// something was written.
///
/// `identity` names a record by words that stand in its line as they are, such as a timestamp: only lines that hold them are
/// read, since a day has many lines and a tick adds one.
///
/// # Errors
/// [`StoreError::Corrupt`] names a line that is cut short or, where the record may have to replace it, no such record, and the
/// cure; the object is left as it is. [`StoreError::Other`] where the record would not read back, as one with a NaN in it; else
/// what the store returns.
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
        let bytes = bytes.unwrap_or_default();
        check_lines(key, bytes)?;
        let mut text = bytes.to_vec();
        for (name, line) in &new {
            match place_of::<T>(key, &text, name, &identity)? {
                Some(place) => {
                    text.splice(place, line.bytes());
                }
                None => append(&mut text, line),
            }
        }
        Ok(Some(text))
    })
    .await
}

/// Where the line of the record named `name` is.
fn place_of<T: DeserializeOwned>(
    key: &str,
    text: &[u8],
    name: &str,
    identity: impl Fn(&T) -> String,
) -> Result<Option<Range<usize>>, StoreError> {
    let mut from = 0;
    for found in memmem::find_iter(text, name) {
        if found < from {
            continue;
        }
        let start = memrchr(b'\n', &text[..found]).map_or(0, |end| end + 1);
        let end = memchr(b'\n', &text[found..]).map_or(text.len(), |length| found + length);
        let record = serde_json::from_slice::<T>(&text[start..end]).map_err(|error| {
            let line = memchr_iter(b'\n', &text[..start]).count() + 1;
            broken(key, line, &error.to_string())
        })?;
        if identity(&record) == name {
            return Ok(Some(start..end));
        }
        from = end;
    }
    Ok(None)
}

/// Adds a line at the end, and the end of the line before it where that is missing.
fn append(text: &mut Vec<u8>, line: &str) {
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
}

/// Checks that no line is cut short, as far as its two ends tell.
fn check_lines(key: &str, bytes: &[u8]) -> Result<(), StoreError> {
    for (index, line) in std::iter::zip(1.., lines(bytes)) {
        let text = line.trim_ascii();
        let whole = text.starts_with(b"{") && text.ends_with(b"}");
        if !whole && !text.is_empty() {
            let problem = match std::str::from_utf8(text) {
                Ok(_) => "no JSON object, or one that is cut short (EOF)",
                Err(_) => "not UTF-8",
            };
            return Err(broken(key, index, problem));
        }
    }
    Ok(())
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    ends.map(move |end| {
        let line = &bytes[start..end];
        start = end + 1;
        line
    })
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
        records.extend(parse::<T>(&key, &object.bytes)?);
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

/// The records; empty lines are passed over.
fn parse<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<Vec<T>, StoreError> {
    let mut records = Vec::new();
    for (index, line) in std::iter::zip(1.., lines(bytes)) {
        let text = std::str::from_utf8(line).map_err(|_| broken(key, index, "not UTF-8"))?.trim();
        if !text.is_empty() {
            records.push(serde_json::from_str(text).map_err(|error| broken(key, index, &error.to_string()))?);
        }
    }
    Ok(records)
}

fn broken(key: &str, line: usize, problem: &str) -> StoreError {
    let message = format!("line {line}: {problem}: correct or delete that line (the object was left as it is)");
    StoreError::Corrupt { key: key.to_owned(), message }
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
            let read = read_days::<Note>(&store, keys::decisions, "web", good.tick, Timestamp::MAX).await.unwrap_err();
            // A whole line of another kind is in nobody's way: it is told to whoever reads it.
            let recorded = record(&store, &key, &good, tick).await;
            assert_eq!(recorded.is_ok(), problem == "invalid type", "{recorded:?}");
            for error in [Some(read), recorded.err()].into_iter().flatten() {
                assert!(matches!(error, StoreError::Corrupt { .. }));
                let error = error.to_string();
                assert!(error.contains(&key) && error.contains("line 3: ") && error.contains("delete that line"), "{error}");
                assert!(error.contains(problem), "{error}");
            }
            assert_eq!(store.get(&key).await.unwrap().unwrap().bytes, content);
        }
    }

    #[tokio::test]
    async fn a_line_that_may_be_the_record_and_is_none_is_told() {
        let store = MemoryStore::default();
        let odd = b"{\"tick\":1}\n{\"note\":\"2026-11-27T00:00:00Z\"}\n";
        store.put("j", odd, Expect::Anything).await.unwrap();
        let error = record(&store, "j", &note("2026-11-27T00:00:00Z", 1.0), tick).await.unwrap_err().to_string();
        assert!(error.contains("line 2: ") && error.contains("missing field"), "{error}");
        assert_eq!(text(&store, "j").await.as_bytes(), odd);
    }

    #[tokio::test]
    async fn a_tick_reads_only_the_line_that_it_may_replace() {
        let read = std::cell::Cell::new(0);
        let counted = |note: &Note| {
            read.set(read.get() + 1);
            tick(note)
        };
        let store = MemoryStore::default();
        let start: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();
        let day: Vec<Note> =
            (0..288).map(|step| Note { tick: start + jiff::SignedDuration::from_mins(5 * step), load: 1.0 }).collect();
        record_all(&store, "j", &day, tick).await.unwrap();
        let reads = async |note: Note| {
            let before = read.replace(0);
            record(&store, "j", &note, counted).await.unwrap();
            read.replace(before)
        };
        assert_eq!(reads(note("2026-11-28T00:00:00Z", 1.0)).await, 1, "the new one's own name");
        assert_eq!(reads(note("2026-11-27T12:00:00Z", 2.0)).await, 2, "and that of the line it replaces");
        let text = text(&store, "j").await;
        assert_eq!(text.lines().count(), 289);
        assert_eq!(text.lines().nth(144), Some("{\"tick\":\"2026-11-27T12:00:00Z\",\"load\":2.0}"));
    }

    #[tokio::test]
    async fn the_same_words_elsewhere_in_a_record_are_not_its_name() {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        struct Step {
            tick: Timestamp,
            since: Timestamp,
        }
        let step = |tick: &str, since: &str| Step { tick: tick.parse().unwrap(), since: since.parse().unwrap() };
        let store = MemoryStore::default();
        let (early, late) = ("2026-11-27T00:00:00Z", "2026-11-27T00:05:00Z");
        for one in [step(late, early), step(early, early), step(late, late), step(early, late)] {
            record(&store, "j", &one, |step| step.tick.to_string()).await.unwrap();
        }
        let lines = format!("{{\"tick\":\"{late}\",\"since\":\"{late}\"}}\n{{\"tick\":\"{early}\",\"since\":\"{late}\"}}\n");
        assert_eq!(text(&store, "j").await, lines);
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
