//! Fetches a provider's keys over HTTPS.

use std::{error::Error as _, time::Duration};

use async_trait::async_trait;
use reqwest::{Client, Response, header, redirect};
use url::Url;

use super::{
    error::AccessError,
    fetch::{FetchError, FetchKeys, is_trusted},
};

/// For one answer, from the first word to the last.
const TIME_MAX: Duration = Duration::from_secs(5);
/// Providers publish some kilobytes.
const BYTES_MAX: usize = 1_024 * 1_024;
const REDIRECTS_MAX: usize = 3;

/// Fetches a provider's keys: `https` only, but for this very machine; within 5 seconds; at most 1 MB; and never from
/// another host than was asked.
#[derive(Debug, Clone)]
pub struct HttpsKeys {
    client: Client,
}

impl HttpsKeys {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    ///
    /// Where the system's certificate authorities cannot be used.
    pub fn new() -> Result<Self, AccessError> {
        let same_place = redirect::Policy::custom(|attempt| {
            let next = attempt.url();
            let allowed = attempt.previous().len() <= REDIRECTS_MAX
                && is_trusted(next)
                && attempt.previous().first().is_some_and(|first| first.origin() == next.origin());
            if allowed { attempt.follow() } else { attempt.error("it redirects to another place, or too often") }
        });
        let client = Client::builder()
            .timeout(TIME_MAX)
            .redirect(same_place)
            .referer(false)
            .user_agent(concat!("headroom/", env!("CARGO_PKG_VERSION")))
            .build();
        match client {
            Ok(client) => Ok(Self { client }),
            Err(error) => Err(AccessError::Failed { what: "setting up the HTTPS client", reason: chain(&error) }),
        }
    }
}

#[async_trait]
impl FetchKeys for HttpsKeys {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        if !is_trusted(url) {
            return Err(FetchError(format!("`{url}` is not safe against who listens: use `https`")));
        }
        let request = self.client.get(url.clone()).header(header::ACCEPT, "application/json");
        let answer = request.send().await.and_then(Response::error_for_status);
        let mut answer = answer.map_err(|error| failed(url, error))?;
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failed(url, error))? {
            if bytes.len() + part.len() > BYTES_MAX {
                return Err(FetchError(format!("`{url}` answers with more than 1 MB")));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }
}

fn failed(url: &Url, error: reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError(format!("`{url}` did not answer within {} seconds", TIME_MAX.as_secs()));
    }
    FetchError(format!("`{url}`: {}", chain(&error.without_url())))
}

/// The error with its causes: on its own it says only that sending failed.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
