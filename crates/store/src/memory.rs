//! Objects in memory: for tests, and for a demo that leaves nothing behind.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;

use crate::{Expect, Object, Store, StoreError, Version, check_size, keys};

/// A store that lives as long as the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    stored: Mutex<Stored>,
}

#[derive(Debug, Default)]
struct Stored {
    objects: BTreeMap<String, Object>,
    /// Each write is a version of its own.
    writes: u64,
}

impl MemoryStore {
    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().expect("nothing panics while it holds this lock")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        keys::check(key)?;
        Ok(self.stored().objects.get(key).cloned())
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        keys::check(key)?;
        check_size(key, bytes.len())?;
        let mut stored = self.stored();
        if !expect.holds(stored.objects.get(key).map(|object| &object.version)) {
            return Err(StoreError::Conflict { key: key.to_owned() });
        }
        stored.writes += 1;
        let version = Version(stored.writes.to_string());
        stored.objects.insert(key.to_owned(), Object { bytes: bytes.to_vec(), version: version.clone() });
        Ok(version)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let stored = self.stored();
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let keys = stored.objects.range::<str, _>(from).map(|(key, _)| key);
        Ok(keys.take_while(|key| key.starts_with(prefix)).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        crate::contract::check(&MemoryStore::default()).await;
    }
}
