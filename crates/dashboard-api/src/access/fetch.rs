//! The port to a provider's published keys.

use async_trait::async_trait;
use url::{Host, Url};

/// Fetches what a provider publishes.
#[async_trait]
pub trait FetchKeys: Send + Sync {
    /// The bytes at `url`, an address with the scheme `https`, or `http` to this very machine.
    ///
    /// # Errors
    ///
    /// Where they cannot be had.
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, FetchError>;
}

/// Why a provider's keys could not be had, in words for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(
    /// The words.
    pub String,
);

/// The address, if keys may be fetched from there: an attacker on the way must not be able to put in keys of their own.
pub(super) fn trusted(url: &str) -> Result<Url, FetchError> {
    let url = Url::parse(url).map_err(|error| FetchError(format!("is not an address ({error}): write `https://…`")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError("holds a user or password: leave them out".to_owned()));
    }
    if is_trusted(&url) { Ok(url) } else { Err(FetchError("is not safe against who listens: use `https`".to_owned())) }
}

/// Whether the way there is encrypted, or does not leave this machine.
pub(super) fn is_trusted(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}
