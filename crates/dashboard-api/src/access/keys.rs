//! A provider's keys, kept so that the provider is seldom asked.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::{
    elapsed::Elapsed,
    fetch::{FetchError, FetchKeys, trusted},
    jwks::{Found, KeySet},
    refusal::Refusal,
};

/// Keys are fetched anew after this time.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// While the provider is away, keys serve for this time: a key that it withdrew meanwhile is believed no longer than this.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two fetches, whatever tokens come: made-up key names must not become a storm upon the provider.
const PAUSE: Duration = Duration::from_secs(60);
/// The same where no key is at hand and nobody can be let in.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_secs(10);

const UNBROKEN: &str = "nothing panics while it is held";

/// The keys of one provider.
pub(super) struct Keys(Arc<Inner>);

struct Inner {
    issuer: String,
    jwks_uri: Option<Url>,
    discovery: Url,
    fetch: Arc<dyn FetchKeys>,
    elapsed: Elapsed,
    cache: RwLock<Cache>,
    turn: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Cache {
    keys: Option<Kept>,
    tried_at: Option<Duration>,
    failed: bool,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<KeySet>,
    fetched_at: Duration,
}

/// What is read of the provider's description of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    pub(super) fn new(
        issuer: String,
        jwks_uri: Option<Url>,
        discovery: Url,
        fetch: Arc<dyn FetchKeys>,
        elapsed: Elapsed,
    ) -> Self {
        Self(Arc::new(Inner { issuer, jwks_uri, discovery, fetch, elapsed, cache: RwLock::default(), turn: Arc::default() }))
    }

    /// The key of that name for that algorithm, fetched if it must be.
    pub(super) async fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Refusal> {
        let inner = &self.0;
        if inner.is_due(kid, algorithm) {
            // Where the key is at hand and only old, one request fetches and the others go on; else they all wait for it.
            let at_hand = inner.usable().is_some_and(|kept| matches!(kept.keys.find(kid, algorithm), Found::Key(_)));
            let turn = Arc::clone(&inner.turn);
            let turn = if at_hand { turn.try_lock_owned().ok() } else { Some(turn.lock_owned().await) };
            if let Some(turn) = turn
                && inner.is_due(kid, algorithm)
            {
                // A task of its own, so that a client that leaves early does not cut it short.
                let fetcher = Arc::clone(inner);
                let fetching = tokio::spawn(async move {
                    let _turn = turn;
                    fetcher.fetch_anew().await;
                });
                if fetching.await.is_err() {
                    tracing::error!("fetching the provider's keys was broken off");
                    inner.cache.write().expect(UNBROKEN).tried_at = Some(inner.elapsed.now());
                }
            }
        }
        inner.look_up(kid, algorithm)
    }
}

impl Inner {
    /// The keys at hand, unless they are too old to be believed.
    fn usable(&self) -> Option<Kept> {
        let now = self.elapsed.now();
        self.cache.read().expect(UNBROKEN).keys.clone().filter(|kept| now.saturating_sub(kept.fetched_at) < USABLE)
    }

    /// Whether the keys should be fetched for this token, and may.
    fn is_due(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        let usable = self.usable();
        let now = self.elapsed.now();
        let pause = if usable.is_some() { PAUSE } else { PAUSE_WITHOUT_KEYS };
        if self.cache.read().expect(UNBROKEN).tried_at.is_some_and(|at| now.saturating_sub(at) < pause) {
            return false;
        }
        usable.is_none_or(|kept| {
            now.saturating_sub(kept.fetched_at) >= FRESH || matches!(kept.keys.find(kid, algorithm), Found::Unknown)
        })
    }

    fn look_up(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Refusal> {
        let cure = "log in again at the provider that `/api/auth` names";
        let Some(kept) = self.usable() else { return Err(Refusal::provider_away(&self.issuer, PAUSE_WITHOUT_KEYS)) };
        match kept.keys.find(kid, algorithm) {
            Found::Key(key) => Ok(key.clone()),
            Found::Unfit(why) => Err(Refusal::invalid(why, "let the provider sign with RS256 (2,048 bits or more) or ES256")),
            // It may be a new key that the provider, could it be reached, would list.
            Found::Unknown if self.cache.read().expect(UNBROKEN).failed => Err(Refusal::provider_away(&self.issuer, PAUSE)),
            Found::Unknown => Err(Refusal::invalid("the token is signed by a key that the provider does not list", cure)),
        }
    }

    /// Fetches the keys and keeps them; where that fails, those at hand stay.
    async fn fetch_anew(&self) {
        let fetched_at = self.elapsed.now();
        let fetched = self.fetched().await;
        let mut cache = self.cache.write().expect(UNBROKEN);
        // Only now: until then a fetch stays due, so that requests which come meanwhile wait for this one.
        cache.tried_at = Some(self.elapsed.now());
        cache.failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                let (usable, unfit) = keys.tally();
                if usable == 0 {
                    tracing::error!(issuer = %self.issuer, ?unfit, "`{}` lists no key that can be used: nobody can log in", self.issuer);
                } else {
                    tracing::info!(issuer = %self.issuer, usable, ?unfit, "fetched the keys of `{}`", self.issuer);
                }
                cache.keys = Some(Kept { keys: Arc::new(keys), fetched_at });
            }
            Err(FetchError(reason)) => {
                tracing::warn!(issuer = %self.issuer, %reason, "the keys of `{}` could not be fetched: {reason}", self.issuer);
            }
        }
    }

    async fn fetched(&self) -> Result<KeySet, FetchError> {
        let url = match &self.jwks_uri {
            Some(url) => url.clone(),
            None => self.discovered().await?,
        };
        let bytes = self.fetch.fetch(&url).await?;
        KeySet::read(&bytes)
            .map_err(|error| FetchError(format!("`{url}` answers with something else than a set of keys: {error}")))
    }

    /// Where the provider says that its keys are.
    async fn discovered(&self) -> Result<Url, FetchError> {
        let url = &self.discovery;
        let bytes = self.fetch.fetch(url).await?;
        let document: Discovery = serde_json::from_slice(&bytes)
            .map_err(|error| FetchError(format!("`{url}` answers with something else than a provider's description: {error}")))?;
        if document.issuer != self.issuer {
            return Err(FetchError(format!(
                "`{url}` describes the issuer `{}`, and `{}` is configured: make them equal to the letter",
                document.issuer, self.issuer
            )));
        }
        trusted(&document.jwks_uri)
            .map_err(|error| FetchError(format!("the `jwks_uri` `{}` of `{url}` {error}", document.jwks_uri)))
    }
}
