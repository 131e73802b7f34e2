//! The port for stored things, the names of all keys, and two places to store: a local folder and memory.
//!
//! A write to a shared object is compare-and-swap: it says which version it replaces, and is refused where another
//! writer came first. [`update`] retries such a write with jitter.

pub mod keys;
pub mod local;
pub mod memory;
pub mod update;
pub mod history;
pub mod journal;
pub mod models;
pub mod url;
pub mod contract;

use async_trait::async_trait;

pub use local::LocalStore;
pub use memory::MemoryStore;
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

/// Objects by key. Keys are those of [`keys`]: relative paths with `/`.
#[async_trait]
pub trait Store: Send + Sync {
    /// The object, or `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer.
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError>;

    /// Writes the whole object or nothing; what `expect` says must hold at that moment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it does not hold.
    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError>;

    /// All keys that start with `prefix`, in order.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}
