//! Compare-and-swap until it succeeds: how every shared object is changed.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::{Expect, Store, StoreError};

/// How often a write is tried again after another writer came first. With the delays below that takes six to twelve
/// seconds, well within a tick; overlapping invocations are two or three, not dozens.
const RETRIES_MAX: usize = 12;

/// First delay: about one round trip to S3. Jitter adds up to as much again, so that writers who met once part.
const DELAY_MIN: Duration = Duration::from_millis(10);

/// Longest delay before jitter.
const DELAY_MAX: Duration = Duration::from_secs(1);

/// Reads the object, changes it, and writes it back if nobody else did meanwhile; else does it all again.
///
/// `change` gets the bytes that are there, or `None`, and returns the new bytes, or `None` where there is nothing to
/// write; equal bytes are not written either. It may be called several times, and on S3 once more after a write whose
/// answer was lost and that another writer has gone on from, so it has to be the same to do it twice. Returns whether
/// something was written.
///
/// # Errors
/// What `change` or the store returns; [`StoreError::Conflict`] where other writers were first every time.
///
/// # Panics
/// Where the tokio runtime has no timer (`enable_time`).
pub async fn update<F>(store: &dyn Store, key: &str, mut change: F) -> Result<bool, StoreError>
where
    F: FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError>,
{
    let mut delays = ExponentialBuilder::new()
        .with_min_delay(DELAY_MIN)
        .with_max_delay(DELAY_MAX)
        .with_max_times(RETRIES_MAX)
        .with_jitter()
        .build();
    loop {
        let old = store.get(key).await?;
        let old_bytes = old.as_ref().map(|object| object.bytes.as_slice());
        let Some(new) = change(old_bytes)? else { return Ok(false) };
        if old_bytes == Some(new.as_slice()) {
            return Ok(false);
        }
        let expect = old.map_or(Expect::Absent, |object| Expect::Version(object.version));
        match store.put(key, &new, expect).await {
            Ok(_) => return Ok(true),
            Err(StoreError::Conflict { key }) => match delays.next() {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(StoreError::Conflict { key }),
            },
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::{MemoryStore, Object, Version};

    /// Another writer comes first, the given number of times.
    #[derive(Default)]
    struct Contended {
        memory: MemoryStore,
        conflicts_left: AtomicUsize,
        puts: AtomicUsize,
    }

    #[async_trait]
    impl Store for Contended {
        async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
            self.memory.get(key).await
        }

        async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
            self.puts.fetch_add(1, Ordering::Relaxed);
            let left = self.conflicts_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if let Ok(left) = left {
                self.memory.put(key, format!("other {left} ").as_bytes(), Expect::Anything).await?;
            }
            self.memory.put(key, bytes, expect).await
        }

        async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
            self.memory.list(prefix).await
        }
    }

    fn append(bytes: Option<&[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(Some([bytes.unwrap_or_default(), b"mine"].concat()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_is_read_again_and_tried_again() {
        let store = Contended { conflicts_left: 3.into(), ..Contended::default() };
        assert!(update(&store, "k", append).await.unwrap());
        assert_eq!(store.get("k").await.unwrap().unwrap().bytes, b"other 1 mine");
        assert_eq!(store.puts.into_inner(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn endless_conflicts_end_as_a_conflict() {
        let store = Contended { conflicts_left: usize::MAX.into(), ..Contended::default() };
        let error = update(&store, "k", append).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict { key } if key == "k"), "{error}");
        assert_eq!(store.puts.into_inner(), RETRIES_MAX + 1);
    }

    #[tokio::test]
    async fn nothing_to_write_writes_nothing() {
        let store = Contended::default();
        assert!(!update(&store, "k", |_| Ok(None)).await.unwrap());
        store.put("k", b"same", Expect::Absent).await.unwrap();
        assert!(!update(&store, "k", |_| Ok(Some(b"same".to_vec()))).await.unwrap());
        let refused = || StoreError::Corrupt { key: "k".to_owned(), message: "no".to_owned() };
        assert!(matches!(update(&store, "k", |_| Err(refused())).await, Err(StoreError::Corrupt { .. })));
        assert_eq!(store.puts.into_inner(), 1, "only the one above");
    }

    #[tokio::test]
    async fn an_empty_object_is_not_an_absent_one() {
        let store = Contended::default();
        assert!(update(&store, "k", |_| Ok(Some(Vec::new()))).await.unwrap());
        assert_eq!(store.get("k").await.unwrap().unwrap().bytes, b"");
    }
}
