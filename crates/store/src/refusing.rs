//! A store that refuses some calls, for tests of what a broken or forbidden store does.

use std::ops::Deref;

use async_trait::async_trait;

use crate::{Expect, Object, Store, StoreError, Version};

/// What is asked of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// An object.
    Get,
    /// To write an object.
    Put,
    /// The keys that start so.
    List,
}

/// The store behind `S`, but where `F` has an error for a call and its key, the error is the answer and the store is not asked.
#[derive(Debug)]
pub struct Refusing<S, F> {
    store: S,
    refuses: F,
}

impl<S, F> Refusing<S, F>
where
    S: Deref<Target: Store> + Send + Sync,
    F: Fn(Call, &str) -> Option<StoreError> + Send + Sync,
{
    /// Asks `refuses` before each call of `store`.
    pub fn new(store: S, refuses: F) -> Self {
        Self { store, refuses }
    }

    fn check(&self, call: Call, key: &str) -> Result<(), StoreError> {
        (self.refuses)(call, key).map_or(Ok(()), Err)
    }
}

#[async_trait]
impl<S, F> Store for Refusing<S, F>
where
    S: Deref<Target: Store> + Send + Sync,
    F: Fn(Call, &str) -> Option<StoreError> + Send + Sync,
{
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.check(Call::Get, key)?;
        self.store.get(key).await
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.check(Call::Put, key)?;
        self.store.put(key, bytes, expect).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.check(Call::List, prefix)?;
        self.store.list(prefix).await
    }
}

/// The error of a store that forbids `key`.
#[must_use]
pub fn denied(key: &str) -> StoreError {
    StoreError::Denied { key: key.to_owned(), message: "allow `s3:GetObject`, `s3:PutObject` and `s3:ListBucket`".to_owned() }
}

/// The error of a store that does not answer.
#[must_use]
pub fn silent(key: &str) -> StoreError {
    StoreError::Other { key: key.to_owned(), message: "the store does not answer".to_owned() }
}
