//! Trainings that someone asked for: `requests/train/group=<id>.json`. Whoever trains takes them in and says what came of it.

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, days::AT_ONCE, keys, update};

/// That a training of a group was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Version of this object's form.
    pub format: u32,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Who asked.
    pub by: String,
    /// What came of it; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
}

/// What came of a training that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// When it was over.
    pub at: Timestamp,
    /// Whether a new model serves; none where the training failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<bool>,
    /// The same for people, or the error.
    pub sentence: String,
}

impl Request {
    /// The present form of the object.
    pub const FORMAT: u32 = 1;

    /// Whether nobody has said yet what came of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.done.is_none()
    }
}

/// A request that has been open for so long was not taken in: whoever trains may have missed it, and asking again tells them again.
const MISSED_AFTER: SignedDuration = SignedDuration::from_mins(20);

/// Asks for a training of `group`. The request that is open then: where one was before, it stays, and that is what comes back. One
/// that was missed, or cannot be read, is replaced.
///
/// # Errors
/// What the store returns.
pub async fn ask(store: &dyn Store, group: &str, by: &str, at: Timestamp) -> Result<Request, StoreError> {
    let key = keys::training_request(group);
    let mut open = Request { format: Request::FORMAT, asked_at: at, by: by.to_owned(), done: None };
    let asked = open.clone();
    update(store, &key, |bytes| {
        let earlier = bytes.and_then(|bytes| parse(&key, bytes).ok()).filter(Request::is_open);
        let earlier = earlier.filter(|earlier| at.duration_since(earlier.asked_at) < MISSED_AFTER);
        open = earlier.clone().unwrap_or_else(|| asked.clone());
        if earlier.is_some() { Ok(None) } else { written(&key, &asked) }
    })
    .await?;
    Ok(open)
}

/// The training of `group` that was asked for last, open or done.
///
/// # Errors
/// [`StoreError::Corrupt`] where it cannot be read, with the cure; else what the store returns.
pub async fn requested(store: &dyn Store, group: &str) -> Result<Option<Request>, StoreError> {
    let key = keys::training_request(group);
    store.get(&key).await?.map(|object| parse(&key, &object.bytes)).transpose()
}

/// Every group whose training is asked for and not done, with its request, the oldest first. A request that cannot be read asks for
/// nothing: [`requested`] tells what is wrong with it.
///
/// # Errors
/// What the store returns.
pub async fn open_requests(store: &dyn Store) -> Result<Vec<(String, Request)>, StoreError> {
    let keys = store.list(keys::TRAINING_REQUESTS).await?;
    let groups: Vec<String> = keys.iter().filter_map(|key| keys::group_of_training_request(key)).map(str::to_owned).collect();
    let read = |group: String| async move {
        match requested(store, &group).await {
            Err(StoreError::Corrupt { .. }) => Ok(None),
            read => Ok::<_, StoreError>(read?.map(|request| (group, request))),
        }
    };
    let read: Vec<_> = groups.into_iter().map(read).collect();
    let mut open: Vec<(String, Request)> =
        stream::iter(read).buffered(AT_ONCE).try_filter_map(|found| async move { Ok(found) }).try_collect().await?;
    open.retain(|(_, request)| request.is_open());
    open.sort_by_key(|(_, request)| request.asked_at);
    Ok(open)
}

/// Says what came of the training of `group` that was asked for at `asked_at`, where that request is still the open one. Returns
/// whether it was.
///
/// # Errors
/// Those of [`requested`].
pub async fn finish(store: &dyn Store, group: &str, asked_at: Timestamp, done: &Done) -> Result<bool, StoreError> {
    let key = keys::training_request(group);
    let mut finished = false;
    update(store, &key, |bytes| {
        let request = bytes.map(|bytes| parse(&key, bytes)).transpose()?;
        let taken = request.filter(|request| request.is_open() && request.asked_at == asked_at);
        finished = taken.is_some();
        match taken {
            Some(request) => written(&key, &Request { done: Some(done.clone()), ..request }),
            None => Ok(None),
        }
    })
    .await?;
    Ok(finished)
}

fn parse(key: &str, bytes: &[u8]) -> Result<Request, StoreError> {
    let corrupt = |problem: String| StoreError::Corrupt { key: key.to_owned(), message: format!("{problem}: ask for it anew") };
    let request: Request = serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
    if request.format != Request::FORMAT {
        return Err(corrupt(format!("it has format {}, and this version reads format {}", request.format, Request::FORMAT)));
    }
    Ok(request)
}

fn written(key: &str, request: &Request) -> Result<Option<Vec<u8>>, StoreError> {
    let bytes = serde_json::to_vec_pretty(request)
        .map_err(|error| StoreError::Other { key: key.to_owned(), message: format!("writing JSON: {error}") })?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    fn at(minute: u32) -> Timestamp {
        format!("2026-11-27T12:{minute:02}:00Z").parse().unwrap()
    }

    fn done(minute: u32) -> Done {
        Done { at: at(minute), serves: Some(true), sentence: "it serves".to_owned() }
    }

    #[tokio::test]
    async fn a_request_is_open_until_it_is_done_and_can_be_made_anew() {
        let store = MemoryStore::default();
        assert_eq!(requested(&store, "web").await.unwrap(), None);
        let first = ask(&store, "web", "anna", at(0)).await.unwrap();
        assert_eq!(ask(&store, "web", "bob", at(1)).await.unwrap(), first, "who asked first waits already");
        assert_eq!(requested(&store, "web").await.unwrap(), Some(first.clone()));
        assert!(finish(&store, "web", at(0), &done(5)).await.unwrap());
        assert_eq!(requested(&store, "web").await.unwrap(), Some(Request { done: Some(done(5)), ..first }));
        let again = ask(&store, "web", "bob", at(6)).await.unwrap();
        assert_eq!((again.asked_at, &*again.by, again.is_open()), (at(6), "bob", true));
    }

    #[tokio::test]
    async fn a_request_that_was_missed_is_made_anew() {
        let store = MemoryStore::default();
        let first = ask(&store, "web", "anna", at(0)).await.unwrap();
        assert_eq!(ask(&store, "web", "bob", at(19)).await.unwrap(), first);
        let again = ask(&store, "web", "bob", at(20)).await.unwrap();
        assert_eq!((again.asked_at, &*again.by), (at(20), "bob"), "a write is what wakes the trainer");
        assert!(!finish(&store, "web", at(0), &done(25)).await.unwrap(), "a run that took the older one in leaves this one open");
    }

    #[tokio::test]
    async fn only_the_request_that_was_taken_is_finished() {
        let store = MemoryStore::default();
        assert!(!finish(&store, "web", at(0), &done(5)).await.unwrap(), "nobody asked");
        let request = ask(&store, "web", "anna", at(1)).await.unwrap();
        assert!(!finish(&store, "web", at(0), &done(5)).await.unwrap(), "an older one was taken");
        assert_eq!(requested(&store, "web").await.unwrap(), Some(request));
        assert!(finish(&store, "web", at(1), &done(5)).await.unwrap());
        assert!(!finish(&store, "web", at(1), &done(9)).await.unwrap(), "it is done already");
        assert_eq!(requested(&store, "web").await.unwrap().unwrap().done, Some(done(5)));
    }

    #[tokio::test]
    async fn open_requests_come_oldest_first_and_a_broken_one_hides_none() {
        let store = MemoryStore::default();
        for (group, minute) in [("web", 3), ("api", 9), ("jobs", 1)] {
            ask(&store, group, "anna", at(minute)).await.unwrap();
        }
        finish(&store, "web", at(3), &done(5)).await.unwrap();
        store.put("requests/train/group=bad.json", b"{\"format\":9}", Expect::Absent).await.unwrap();
        let open = open_requests(&store).await.unwrap();
        assert_eq!(open.iter().map(|(group, _)| group.as_str()).collect::<Vec<_>>(), ["jobs", "api"]);
        let error = requested(&store, "bad").await.unwrap_err().to_string();
        assert!(error.contains("`requests/train/group=bad.json`") && error.contains("ask for it anew"), "{error}");
        ask(&store, "bad", "anna", at(10)).await.unwrap();
        assert_eq!(open_requests(&store).await.unwrap().len(), 3, "asking anew mends it");
    }
}
