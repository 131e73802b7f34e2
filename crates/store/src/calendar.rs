//! The business calendar as stored.

use headroom_core::Calendar;

use crate::{Store, StoreError, keys};

/// The business calendar; one without events where there is none.
///
/// # Errors
/// [`StoreError::Corrupt`] names the key, the line and the cure; else what the store returns.
pub async fn load_calendar(store: &dyn Store) -> Result<Calendar, StoreError> {
    let Some(object) = store.get(keys::CALENDAR).await? else { return Ok(Calendar::default()) };
    let corrupt = |message: String| StoreError::Corrupt { key: keys::CALENDAR.to_owned(), message };
    let text = std::str::from_utf8(&object.bytes).map_err(|error| {
        let line = 1 + object.bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        corrupt(format!("line {line}: the text is not UTF-8: save the file as UTF-8"))
    })?;
    Calendar::from_json(text).map_err(|error| corrupt(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    #[tokio::test]
    async fn absent_is_empty_and_broken_names_key_line_and_cure() {
        let store = MemoryStore::default();
        assert!(load_calendar(&store).await.unwrap().is_empty());
        store.put(keys::CALENDAR, br#"{"is_sale_active": 1}"#, Expect::Anything).await.unwrap();
        assert!(!load_calendar(&store).await.unwrap().is_empty());
        for (bad, cure) in
            [(&b"{\n\n  \"events\": 3}"[..], "a calendar looks like"), (b"{\n\n\"\xff\"}", "save the file as UTF-8")]
        {
            store.put(keys::CALENDAR, bad, Expect::Anything).await.unwrap();
            let error = load_calendar(&store).await.unwrap_err().to_string();
            assert!(error.contains(keys::CALENDAR) && error.contains("line 3: ") && error.contains(cure), "{error}");
        }
    }
}
