//! Going back to an earlier model while another one is published.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use headroom_store::{Expect, MemoryStore, Object, Store, StoreError, Version, keys, models};

/// A store in which `v3` is published right after someone has looked which version serves.
struct Overtaken {
    store: MemoryStore,
    is_published: AtomicBool,
}

#[async_trait]
impl Store for Overtaken {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let found = self.store.get(key).await;
        if key == keys::current_model("web") && !self.is_published.swap(true, Ordering::Relaxed) {
            models::publish(&self.store, "web", "v3", b"v3", b"{}").await?;
        }
        found
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.store.put(key, bytes, expect).await
    }

    async fn may_write(&self, key: &str) -> Result<(), StoreError> {
        self.store.may_write(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.store.list(prefix).await
    }
}

#[tokio::test]
async fn a_rollback_that_was_overtaken_is_refused_and_the_new_version_serves() {
    let store = Overtaken { store: MemoryStore::default(), is_published: AtomicBool::new(false) };
    for version in ["v1", "v2"] {
        models::publish(&store.store, "web", version, version.as_bytes(), b"{}").await.unwrap();
    }
    let error = models::rollback(&store, "web").await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    let serving = models::current(&store, "web").await.unwrap().unwrap();
    assert_eq!((serving.version.as_str(), serving.previous), ("v3", vec!["v2".to_owned(), "v1".to_owned()]));
    // Whoever looks again goes back from there.
    assert_eq!(models::rollback(&store, "web").await.unwrap().version, "v2");
}
