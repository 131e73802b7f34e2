//! Who may ask: callers are told apart, given a role, and slowed where they ask too often.
//!
//! There are three ways to tell callers apart, and a server uses exactly one, an [`Access`]: tokens that this machine made
//! with a secret of its own ([`Access::secret`], [`mint`]), tokens of an OpenID Connect provider ([`Access::provider`]), or
//! the word of Amazon API Gateway that has checked a signature already ([`Access::gateway`]).
//!
//! [`identify`] stands before every route that is not public and lays the [`Caller`] into the request; the extractors
//! [`Viewer`], [`Operator`] and [`Admin`] of a route say which role it wants. [`cors`] and [`only_hosts`] guard a server
//! that browsers reach. Nothing here stores a token, or logs one.

mod claims;
mod elapsed;
mod error;
mod extract;
mod fetch;
mod gateway;
mod hosts;
#[cfg(feature = "provider")]
mod https;
mod identify;
mod jwks;
mod keys;
mod origins;
mod peer;
mod provider;
mod rate;
mod refusal;
mod role;
mod secret;
mod token;

use std::{fmt, sync::Arc};

use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use claims::Proof;
use provider::ProviderTokens;
use rate::RateLimit;
use secret::SecretTokens;

pub use error::AccessError;
pub use extract::{Admin, Operator, Viewer};
pub use fetch::{FetchError, FetchKeys};
pub use gateway::GatewayCaller;
pub use hosts::{Hosts, only_hosts};
#[cfg(feature = "provider")]
pub use https::HttpsKeys;
pub use identify::identify;
pub use origins::cors;
pub use peer::PeerAddress;
pub use provider::Provider;
pub use rate::{Limits, Rate};
pub use refusal::Refusal;
pub use role::{Caller, Role};
pub use secret::mint;

/// Tells the time. Tokens end in real time, even where the dashboard's clock is simulated.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How callers are told apart, and how much they may ask.
pub struct Access {
    kind: Kind,
    clock: Clock,
    rate: RateLimit,
}

enum Kind {
    Secret(SecretTokens),
    Provider(Box<ProviderTokens>),
    Gateway,
}

/// How the page, or any other client, comes by a token: the answer of `GET /api/auth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct How {
    /// What kind of access it is.
    pub kind: HowKind,
    /// Where to log in: the issuer of an OpenID Connect provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issuer: Option<String>,
    /// The name by which the provider knows the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    /// The scope to ask the provider for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub scope: Option<String>,
}

/// Kinds of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowKind {
    /// A token that `headroom token` made.
    Token,
    /// A token of an OpenID Connect provider.
    Oidc,
    /// No token: Amazon API Gateway lets in who may.
    Gateway,
}

impl Access {
    /// Callers carry tokens that [`mint`] made with the same secret: HS256, issuer `headroom`.
    ///
    /// `audience` is what the tokens must be for, so that a token for one server is none for another that shares its secret.
    ///
    /// # Errors
    ///
    /// Where the secret has fewer than 32 bytes or the audience is empty.
    pub fn secret(secret: &[u8], audience: &str, clock: Clock) -> Result<Self, AccessError> {
        Ok(Self::of(Kind::Secret(SecretTokens::new(secret, audience)?), clock))
    }

    /// Callers carry tokens of an OpenID Connect provider, signed with RS256 or ES256 by a key that it publishes. `keys`
    /// fetches those.
    ///
    /// # Errors
    ///
    /// Where a field of `provider` is empty or an address in it is not `https` (or `http` to this very machine).
    pub fn provider(provider: Provider, keys: Arc<dyn FetchKeys>, clock: Clock) -> Result<Self, AccessError> {
        let tokens = ProviderTokens::new(provider, keys, Arc::clone(&clock))?;
        Ok(Self::of(Kind::Provider(Box::new(tokens)), clock))
    }

    /// Amazon API Gateway tells who calls, having checked with IAM that they may: the request carries a [`GatewayCaller`]
    /// among its extensions. Every caller is an admin here, because IAM decides by method and path.
    pub fn gateway(clock: Clock) -> Self {
        Self::of(Kind::Gateway, clock)
    }

    fn of(kind: Kind, clock: Clock) -> Self {
        Self { kind, rate: RateLimit::new(Limits::default(), Arc::clone(&clock)), clock }
    }

    /// The same with other limits than [`Limits::default`].
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { rate: RateLimit::new(limits, Arc::clone(&self.clock)), ..self }
    }

    /// How a client comes by a token.
    pub fn how(&self) -> How {
        let bare = |kind| How { kind, issuer: None, client_id: None, scope: None };
        match &self.kind {
            Kind::Secret(_) => bare(HowKind::Token),
            Kind::Provider(tokens) => tokens.how(),
            Kind::Gateway => bare(HowKind::Gateway),
        }
    }

    /// Who sent this request, if they may ask now.
    async fn admit(&self, parts: &Parts) -> Result<Caller, Refusal> {
        let peer = peer::of(&parts.extensions);
        let bearer = token::bearer(&parts.headers);
        // API Gateway leaves nothing to guess.
        if !matches!(self.kind, Kind::Gateway) {
            self.rate.before(peer, bearer.as_ref().ok().copied())?;
        }
        match self.prove(parts, bearer).await {
            Ok(proof) => {
                self.rate.proven(&proof.subject, token::bearer(&parts.headers).ok())?;
                proof.caller()
            }
            Err(refusal) if refusal.is_failed_authentication() => {
                self.rate.failed(peer)?;
                tracing::info!(reason = refusal.detail(), "a request was refused: {}", refusal.detail());
                Err(refusal)
            }
            Err(refusal) => Err(refusal),
        }
    }

    async fn prove(&self, parts: &Parts, bearer: Result<&str, Refusal>) -> Result<Proof, Refusal> {
        let now = (self.clock)();
        match &self.kind {
            Kind::Secret(tokens) => tokens.prove(bearer?, now),
            Kind::Provider(tokens) => tokens.prove(bearer?, now).await,
            Kind::Gateway => gateway::prove(&parts.extensions),
        }
    }
}

/// Without secrets.
impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").field("how", &self.how()).finish_non_exhaustive()
    }
}
