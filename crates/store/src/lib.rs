//! The port for stored things, the names of all keys, and where to store: a local folder, memory, and memory over
//! another store.
//!
//! A write to a shared object is compare-and-swap: it says which version it replaces, and is refused where another
//! writer came first. [`update()`] retries such a write with jitter.

// What is stored, where, and how it is written.
pub mod keys;

pub mod local;
pub mod memory;
pub mod overlay;
pub mod url;

pub mod update;

// The kinds of objects.
pub mod audit;
pub mod backtests;
pub mod calendar;
pub mod controls;
pub mod fleet;
pub mod history;
pub mod hourly;
pub mod journal;
pub mod models;
pub mod training;

mod days;

#[cfg(any(test, feature = "contract"))]
pub mod contract;
#[cfg(feature = "contract")]
pub mod refusing;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

pub use calendar::load_calendar;
pub use fleet::load_fleet;
pub use local::LocalStore;
pub use memory::MemoryStore;
pub use overlay::Overlay;
pub use update::update;

/// Why something could not be stored or read, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer was first: read again and try again.
    #[error("`{key}` was changed by another writer: read it again and try again")]
    Conflict {
        /// The object's key.
        key: String,
    },
    /// The store does not allow it: someone has to grant the right.
    #[error("`{key}`: access denied: {message}")]
    Denied {
        /// The object's key.
        key: String,
        /// What the store said.
        message: String,
    },
    /// What is stored is not what it should be; it was left as it is.
    #[error("`{key}` cannot be read: {message}")]
    Corrupt {
        /// The object's key.
        key: String,
        /// What is wrong, with the cure.
        message: String,
    },
    /// Anything else: try again at the next tick.
    #[error("`{key}`: {message}")]
    Other {
        /// The object's key.
        key: String,
        /// What went wrong.
        message: String,
    },
}

/// Identifies the content of an object at one time; two equal versions hold equal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

impl Version {
    /// The version that the local folder gives to these bytes: their SHA-256, in hexadecimal.
    fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// An object and the version that it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub bytes: Vec<u8>,
    /// Its version.
    pub version: Version,
}

/// What must hold for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Nothing: replace whatever is there.
    Anything,
    /// There is no object yet.
    Absent,
    /// The object still is of this version.
    Version(Version),
}

impl Expect {
    /// Whether it holds for an object that now is of version `now`, or not there.
    #[must_use]
    pub fn holds(&self, now: Option<&Version>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => now.is_none(),
            Self::Version(expected) => now == Some(expected),
        }
    }
}

/// The largest object that is read into memory, or written. The largest of ours, a day's journal at steps of one minute or the
/// weights of a model, have a few megabytes; what is larger is not ours, and a function of Lambda would end with it.
pub const OBJECT_BYTES_MAX: usize = 64 << 20;

/// Checks that an object of so many bytes may be read or written.
///
/// # Errors
/// [`StoreError::Other`] for more than [`OBJECT_BYTES_MAX`].
pub fn check_size(key: &str, bytes: usize) -> Result<(), StoreError> {
    if bytes <= OBJECT_BYTES_MAX { Ok(()) } else { Err(too_large(key)) }
}

fn too_large(key: &str) -> StoreError {
    let most = OBJECT_BYTES_MAX >> 20;
    let message = format!("the object has more than {most} MB, which none of Headroom's has: move it elsewhere");
    StoreError::Other { key: key.to_owned(), message }
}

/// Objects by key. Keys are those of [`keys`]: relative paths with `/`.
#[async_trait]
pub trait Store: Send + Sync {
    /// The object, or `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer, or the object has more than [`OBJECT_BYTES_MAX`].
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError>;

    /// Writes the whole object or nothing; what `expect` says must hold at that moment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it does not hold; [`StoreError::Other`] for more than [`OBJECT_BYTES_MAX`].
    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError>;

    /// Finds out whether an object may be written under `key`, and writes nothing: by default it asks to replace a version
    /// that no object has, which a store refuses whoever may write, and denies whoever may not. What a store finds only while
    /// it writes, such as a disk that is full, does not show.
    ///
    /// # Errors
    /// [`StoreError::Denied`] where it may not; else what kept the store from saying so.
    async fn may_write(&self, key: &str) -> Result<(), StoreError> {
        // An ETag in form, which some stores insist on.
        let impossible = Version(format!("\"{}\"", "0".repeat(32)));
        match self.put(key, &[], Expect::Version(impossible)).await {
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All keys that start with `prefix`, in order.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}
