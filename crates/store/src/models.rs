//! Trained models of a group: immutable versions, and one small object that says which of them serves.

use serde::{Deserialize, Serialize};

use crate::{Expect, Store, StoreError, keys, update};

/// The form of `current.json`.
const FORMAT: u32 = 1;

/// So many earlier versions are remembered to go back to: almost a year of a model a week.
const PREVIOUS_MAX: usize = 50;

/// Which version serves, and which did before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Version of this object's form.
    pub format: u32,
    /// The version that serves.
    pub version: String,
    /// Versions that served before, the latest first.
    pub previous: Vec<String>,
}

impl Current {
    /// This with `version` in front. A version is there once: publishing an earlier one moves it.
    fn followed_by(self, version: &str) -> Self {
        if self.version == version {
            return self;
        }
        let mut previous = vec![self.version];
        previous.extend(self.previous.into_iter().filter(|earlier| earlier != version));
        previous.truncate(PREVIOUS_MAX);
        Self { format: FORMAT, version: version.to_owned(), previous }
    }
}

/// The bytes of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The weights, as safetensors.
    pub weights: Vec<u8>,
    /// The model card, as JSON.
    pub card: Vec<u8>,
}

/// Stores a model as `version` of `group` and lets it serve: weights, then card, then `current.json`, so that a version
/// that serves is always whole. Publishing the same again changes nothing.
///
/// # Errors
/// [`StoreError::Other`] where the version is not one part of a key, or exists with other content: versions never
/// change. Else what the store returns.
pub async fn publish(store: &dyn Store, group: &str, version: &str, weights: &[u8], card: &[u8]) -> Result<(), StoreError> {
    check_version(group, version)?;
    put_once(store, &keys::weights(group, version), weights).await?;
    put_once(store, &keys::card(group, version), card).await?;
    let key = keys::current_model(group);
    update(store, &key, |bytes| {
        let next = match bytes {
            Some(bytes) => parse(&key, bytes)?.followed_by(version),
            None => Current { format: FORMAT, version: version.to_owned(), previous: Vec::new() },
        };
        Ok(Some(bytes_of(&next)))
    })
    .await?;
    Ok(())
}

/// Which version of `group` serves; `None` where no model was published.
///
/// # Errors
/// [`StoreError::Corrupt`] where `current.json` cannot be read; else what the store returns.
pub async fn current(store: &dyn Store, group: &str) -> Result<Option<Current>, StoreError> {
    let key = keys::current_model(group);
    store.get(&key).await?.map(|object| parse(&key, &object.bytes)).transpose()
}

/// The model `version` of `group`.
///
/// # Errors
/// [`StoreError::Corrupt`] where weights or card are missing; else what the store returns.
pub async fn load(store: &dyn Store, group: &str, version: &str) -> Result<Stored, StoreError> {
    check_version(group, version)?;
    let (weights, card) = (keys::weights(group, version), keys::card(group, version));
    let (weights, card) = tokio::try_join!(get_part(store, &weights), get_part(store, &card))?;
    Ok(Stored { weights, card })
}

/// Lets the version serve that served before the present one, which is then forgotten (its objects stay).
///
/// # Errors
/// [`StoreError::Other`] where there is no earlier version; [`StoreError::Conflict`] where another version was
/// published meanwhile; else what the store returns.
pub async fn rollback(store: &dyn Store, group: &str) -> Result<Current, StoreError> {
    let key = keys::current_model(group);
    let nothing = |message: &str| StoreError::Other { key: key.clone(), message: message.to_owned() };
    let before =
        current(store, group).await?.ok_or_else(|| nothing("no model was published yet: train one with `trainer train`"))?;
    let Some((version, previous)) = before.previous.split_first() else {
        return Err(nothing(&format!("`{}` is the only version, there is none to go back to", before.version)));
    };
    let after = Current { format: FORMAT, version: version.clone(), previous: previous.to_vec() };
    update(store, &key, |bytes| {
        let now = bytes.map(|bytes| parse(&key, bytes)).transpose()?;
        // A write whose answer was lost is tried again: it must not go back twice.
        if now.as_ref() == Some(&after) {
            return Ok(None);
        }
        if now.as_ref() != Some(&before) {
            return Err(StoreError::Conflict { key: key.clone() });
        }
        Ok(Some(bytes_of(&after)))
    })
    .await?;
    Ok(after)
}

async fn put_once(store: &dyn Store, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
    match store.put(key, bytes, Expect::Absent).await {
        Err(StoreError::Conflict { .. }) => {}
        other => return other.map(|_| ()),
    }
    if store.get(key).await?.is_some_and(|object| object.bytes == bytes) {
        return Ok(());
    }
    let message = "there already is another model of this version, and versions never change: publish under a new version";
    Err(StoreError::Other { key: key.to_owned(), message: message.to_owned() })
}

async fn get_part(store: &dyn Store, key: &str) -> Result<Vec<u8>, StoreError> {
    store.get(key).await?.map(|object| object.bytes).ok_or_else(|| StoreError::Corrupt {
        key: key.to_owned(),
        message: "it is missing: train again with `trainer train`, or go back with `trainer rollback`".to_owned(),
    })
}

fn check_version(group: &str, version: &str) -> Result<(), StoreError> {
    let key = keys::card(group, version);
    if version.contains('/') {
        let message = format!("the version `{version}` has a `/`: use letters, digits, `-`, `_` and `.`");
        return Err(StoreError::Other { key, message });
    }
    keys::check(&key)
}

fn parse(key: &str, bytes: &[u8]) -> Result<Current, StoreError> {
    let corrupt = |message: String| StoreError::Corrupt { key: key.to_owned(), message };
    let current: Current = serde_json::from_slice(bytes)
        .map_err(|error| corrupt(format!("{error}: delete it and train again with `trainer train` (it was left as it is)")))?;
    if current.format != FORMAT {
        return Err(corrupt(format!("its format is {}, this build reads {FORMAT}: use a newer build", current.format)));
    }
    Ok(current)
}

fn bytes_of(current: &Current) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(current).expect("strings and numbers are JSON");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    async fn published(versions: &[&str]) -> MemoryStore {
        let store = MemoryStore::default();
        for version in versions {
            publish(&store, "web", version, version.as_bytes(), b"{}").await.unwrap();
        }
        store
    }

    async fn serving(store: &MemoryStore) -> (String, Vec<String>) {
        let current = current(store, "web").await.unwrap().unwrap();
        (current.version, current.previous)
    }

    fn order(version: &str, previous: &[&str]) -> (String, Vec<String>) {
        (version.to_owned(), previous.iter().map(|&version| version.to_owned()).collect())
    }

    #[tokio::test]
    async fn the_latest_serves_and_the_earlier_ones_are_remembered() {
        let store = published(&["v1", "v2", "v3"]).await;
        let text = store.get("models/group=web/current.json").await.unwrap().unwrap().bytes;
        assert_eq!(text, b"{\"format\":1,\"version\":\"v3\",\"previous\":[\"v2\",\"v1\"]}\n");
        let stored = load(&store, "web", "v2").await.unwrap();
        assert_eq!(stored, Stored { weights: b"v2".to_vec(), card: b"{}".to_vec() });
        publish(&store, "web", "v3", b"v3", b"{}").await.unwrap();
        assert_eq!(
            store.get("models/group=web/current.json").await.unwrap().unwrap().bytes,
            text,
            "the same again changes nothing"
        );
        publish(&store, "web", "v1", b"v1", b"{}").await.unwrap();
        assert_eq!(serving(&store).await, order("v1", &["v3", "v2"]));
    }

    #[tokio::test]
    async fn a_version_never_changes() {
        let store = published(&["v1", "v2"]).await;
        for (weights, card) in [(&b"other"[..], &b"{}"[..]), (b"v1", b"other")] {
            let error = publish(&store, "web", "v1", weights, card).await.unwrap_err().to_string();
            assert!(error.contains("publish under a new version"), "{error}");
        }
        assert_eq!(serving(&store).await, order("v2", &["v1"]));
        assert_eq!(load(&store, "web", "v1").await.unwrap().weights, b"v1");
    }

    #[tokio::test]
    async fn rolling_back_goes_back_step_by_step() {
        let store = published(&["v1", "v2", "v3"]).await;
        assert_eq!(rollback(&store, "web").await.unwrap().version, "v2");
        assert_eq!(serving(&store).await, order("v2", &["v1"]));
        publish(&store, "web", "v4", b"v4", b"{}").await.unwrap();
        assert_eq!(serving(&store).await, order("v4", &["v2", "v1"]), "a version that was rolled back is not returned to");
        rollback(&store, "web").await.unwrap();
        rollback(&store, "web").await.unwrap();
        let error = rollback(&store, "web").await.unwrap_err().to_string();
        assert!(error.contains("`v1` is the only version"), "{error}");
        assert_eq!(serving(&store).await, order("v1", &[]));
        let error = rollback(&MemoryStore::default(), "web").await.unwrap_err().to_string();
        assert!(error.contains("trainer train"), "{error}");
    }

    #[tokio::test]
    async fn the_memory_of_versions_is_bounded() {
        let versions: Vec<String> = (0..PREVIOUS_MAX + 5).map(|number| format!("v{number}")).collect();
        let store = published(&versions.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (version, previous) = serving(&store).await;
        assert_eq!((version.as_str(), previous.len(), previous[0].as_str()), ("v54", PREVIOUS_MAX, "v53"));
    }

    #[tokio::test]
    async fn what_is_missing_or_broken_says_so_with_the_cure() {
        let store = published(&["v1"]).await;
        assert_eq!(current(&store, "api").await.unwrap(), None);
        let error = load(&store, "web", "v0").await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }));
        let error = error.to_string();
        assert!(error.contains("v0") && error.contains("trainer train") && error.contains("trainer rollback"), "{error}");
        for (bad, cure) in
            [("{\"format\":1", "trainer train"), ("{\"format\":2,\"version\":\"v1\",\"previous\":[]}", "newer build")]
        {
            store.put(&keys::current_model("web"), bad.as_bytes(), Expect::Anything).await.unwrap();
            let error = publish(&store, "web", "v2", b"v2", b"{}").await.unwrap_err().to_string();
            assert!(error.contains("current.json") && error.contains(cure), "{error}");
            assert_eq!(store.get(&keys::current_model("web")).await.unwrap().unwrap().bytes, bad.as_bytes());
        }
        for version in ["", "a/b", "..", "../../x"] {
            assert!(publish(&store, "web", version, b"", b"").await.is_err(), "{version}");
        }
    }
}
