//! Objects in memory: for tests, and for a demo that leaves nothing behind.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;

use crate::{Expect, Object, Store, StoreError, Version, keys};

/// A store that lives as long as the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    objects: Mutex<BTreeMap<String, Object>>,
}

impl MemoryStore {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.objects.lock().expect("nothing panics while it holds this lock")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        keys::check(key)?;
        Ok(self.objects().get(key).cloned())
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        keys::check(key)?;
        let version = Version::of(bytes);
        let object = Object { bytes: bytes.to_vec(), version: version.clone() };
        let mut objects = self.objects();
        if !expect.holds(objects.get(key).map(|object| &object.version)) {
            return Err(StoreError::Conflict { key: key.to_owned() });
        }
        objects.insert(key.to_owned(), object);
        Ok(version)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
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
