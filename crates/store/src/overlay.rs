//! A store over another one: it reads through, and keeps what is written to itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;

use crate::{Expect, Object, Store, StoreError, Version, check_size, keys};

/// What would be in another store if everything were carried out that is done here. That store is only ever read, and what was
/// written here is gone with this.
pub struct Overlay<'a> {
    below: &'a dyn Store,
    written: Mutex<BTreeMap<String, Object>>,
}

impl std::fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").field("written", &self.written).finish_non_exhaustive()
    }
}

impl<'a> Overlay<'a> {
    /// An overlay over `below` in which nothing has been written.
    #[must_use]
    pub fn over(below: &'a dyn Store) -> Self {
        Self { below, written: Mutex::default() }
    }

    /// Every object that was written here, as it is now, by key.
    #[must_use]
    pub fn written(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().iter().map(|(key, object)| (key.clone(), object.bytes.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.written.lock().expect("nothing panics while it holds this lock")
    }
}

#[async_trait]
impl Store for Overlay<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        keys::check(key)?;
        let written = self.lock().get(key).cloned();
        match written {
            Some(object) => Ok(Some(object)),
            None => self.below.get(key).await,
        }
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        keys::check(key)?;
        check_size(key, bytes.len())?;
        // Without an expectation it does not matter what is there.
        let below = match expect {
            Expect::Anything => None,
            Expect::Absent | Expect::Version(_) => self.below.get(key).await?.map(|object| object.version),
        };
        let mut written = self.lock();
        let now = written.get(key).map(|object| &object.version);
        if !expect.holds(now.or(below.as_ref())) {
            return Err(StoreError::Conflict { key: key.to_owned() });
        }
        // Each write is a version of its own, and of a form that no other store gives.
        let count = now.and_then(|version| version.0.strip_prefix(VERSION)?.parse().ok()).unwrap_or(0_u64) + 1;
        let version = Version(format!("{VERSION}{count}"));
        written.insert(key.to_owned(), Object { bytes: bytes.to_vec(), version: version.clone() });
        Ok(version)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut listed: BTreeSet<String> = self.below.list(prefix).await?.into_iter().collect();
        listed.extend(self.lock().keys().filter(|key| key.starts_with(prefix)).cloned());
        Ok(listed.into_iter().collect())
    }

    /// Everyone may write here; whoever asks wants to know it of the store below.
    async fn may_write(&self, key: &str) -> Result<(), StoreError> {
        self.below.may_write(key).await
    }
}

/// What versions of objects begin with that were written to an overlay.
const VERSION: &str = "overlay ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[tokio::test]
    async fn an_overlay_keeps_the_contract() {
        let below = MemoryStore::default();
        crate::contract::check(&Overlay::over(&below)).await;
        assert_eq!(below.list("").await.unwrap(), [""; 0], "nothing reaches the store below");
    }

    #[tokio::test]
    async fn what_is_below_shows_until_it_is_written_over() {
        let below = MemoryStore::default();
        let first = below.put("a", b"1", Expect::Absent).await.unwrap();
        below.put("b", b"1", Expect::Absent).await.unwrap();
        let overlay = Overlay::over(&below);
        assert_eq!(overlay.get("a").await.unwrap().unwrap().version, first);
        assert!(matches!(overlay.put("a", b"2", Expect::Absent).await, Err(StoreError::Conflict { .. })));
        let second = overlay.put("a", b"2", Expect::Version(first.clone())).await.unwrap();
        assert!(matches!(overlay.put("a", b"3", Expect::Version(first.clone())).await, Err(StoreError::Conflict { .. })));
        overlay.put("c", b"3", Expect::Absent).await.unwrap();
        assert_eq!(overlay.get("a").await.unwrap(), Some(Object { bytes: b"2".to_vec(), version: second }));
        assert_eq!(overlay.list("").await.unwrap(), ["a", "b", "c"]);
        let written = [("a", b"2"), ("c", b"3")].map(|(key, bytes)| (key.to_owned(), bytes.to_vec()));
        assert_eq!(overlay.written(), written.into());
        assert_eq!(below.get("a").await.unwrap(), Some(Object { bytes: b"1".to_vec(), version: first }));
    }
}
