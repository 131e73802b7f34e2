//! The newest backtest of a group on its own history: `backtests/group=<id>/latest.json`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, keys, update};

/// A backtest of one group, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredBacktest {
    /// Version of this object's form.
    pub format: u32,
    /// The group.
    pub group: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// What made it.
    pub command: String,
    /// How much of the history was replayed, in days.
    pub days: f64,
    /// What `headroom backtest --json` writes.
    pub result: serde_json::Value,
}

impl StoredBacktest {
    /// The present form of the object.
    pub const FORMAT: u32 = 1;
}

/// Stores a backtest in place of an older one. Returns whether it did: a newer one stays.
///
/// # Errors
/// What the store returns.
pub async fn put(store: &dyn Store, backtest: &StoredBacktest) -> Result<bool, StoreError> {
    let key = keys::latest_backtest(&backtest.group);
    let new = serde_json::to_vec(backtest)
        .map_err(|error| StoreError::Other { key: key.clone(), message: format!("writing JSON: {error}") })?;
    let mut stands = true;
    update(store, &key, |bytes| {
        // One that cannot be read is replaced.
        let before = bytes.and_then(|bytes| parse(&key, bytes).ok());
        stands = before.is_none_or(|before| before.made_at <= backtest.made_at);
        Ok(stands.then(|| new.clone()))
    })
    .await?;
    Ok(stands)
}

/// The newest backtest of `group`.
///
/// # Errors
/// [`StoreError::Corrupt`] where it cannot be read, with the cure; else what the store returns.
pub async fn latest(store: &dyn Store, group: &str) -> Result<Option<StoredBacktest>, StoreError> {
    let key = keys::latest_backtest(group);
    store.get(&key).await?.map(|object| parse(&key, &object.bytes)).transpose()
}

fn parse(key: &str, bytes: &[u8]) -> Result<StoredBacktest, StoreError> {
    let corrupt = |problem: String| StoreError::Corrupt {
        key: key.to_owned(),
        message: format!("{problem}: make it anew with `headroom backtest --store URL --group ID`"),
    };
    let backtest: StoredBacktest = serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
    if backtest.format != StoredBacktest::FORMAT {
        let known = StoredBacktest::FORMAT;
        return Err(corrupt(format!("it has format {}, and this version reads format {known}", backtest.format)));
    }
    Ok(backtest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    fn backtest(made_at: &str) -> StoredBacktest {
        StoredBacktest {
            format: StoredBacktest::FORMAT,
            group: "web".to_owned(),
            made_at: made_at.parse().unwrap(),
            command: "headroom backtest".to_owned(),
            days: 2.5,
            result: serde_json::json!({ "trace": "web", "policies": [] }),
        }
    }

    #[tokio::test]
    async fn the_newest_stays() {
        let store = MemoryStore::default();
        assert_eq!(latest(&store, "web").await.unwrap(), None);
        let (old, new) = (backtest("2026-11-26T00:00:00Z"), backtest("2026-11-27T00:00:00Z"));
        assert!(put(&store, &old).await.unwrap());
        assert!(put(&store, &new).await.unwrap());
        assert!(!put(&store, &old).await.unwrap());
        assert_eq!(latest(&store, "web").await.unwrap(), Some(new));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told_and_replaced() {
        for bytes in
            [&b"{"[..], br#"{"format":2,"group":"web","made_at":"2026-11-27T00:00:00Z","command":"x","days":1,"result":{}}"#]
        {
            let store = MemoryStore::default();
            store.put("backtests/group=web/latest.json", bytes, Expect::Absent).await.unwrap();
            let error = latest(&store, "web").await.unwrap_err().to_string();
            assert!(error.contains("make it anew with `headroom backtest"), "{error}");
            assert!(put(&store, &backtest("2026-11-20T00:00:00Z")).await.unwrap());
        }
    }
}
