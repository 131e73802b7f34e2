//! Tokens of an OpenID Connect provider.

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::Algorithm;

use super::{
    Clock, How, HowKind,
    claims::{self, Expected, Proof},
    elapsed::Elapsed,
    error::AccessError,
    fetch::{FetchKeys, trusted},
    keys::Keys,
    refusal::Refusal,
    token,
};

const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];

/// An OpenID Connect provider, and what its tokens must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its issuer, to the letter as its tokens have it in `iss`, such as `https://login.example.org/realms/ops`.
    pub issuer: String,
    /// What the tokens must be for: one value of `aud`.
    pub audience: String,
    /// The claim that names the roles: a member's name, or a path with dots between such as `realm_access.roles`.
    pub roles_claim: String,
    /// Where the keys are. `None`: where the provider's own description says.
    pub jwks_uri: Option<String>,
    /// The name by which the provider knows the page. `None`: the page cannot log in by itself.
    pub client_id: Option<String>,
    /// The scope that the page asks for.
    pub scope: Option<String>,
}

impl Provider {
    /// A provider that describes itself, with the roles in the claim `roles`.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let (issuer, audience) = (issuer.into(), audience.into());
        Self { issuer, audience, roles_claim: "roles".to_owned(), jwks_uri: None, client_id: None, scope: None }
    }
}

/// The address as it may be shown.
fn without_password(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => url.to_owned(),
    }
}

/// Checks a provider's tokens.
pub(super) struct ProviderTokens {
    keys: Keys,
    expected: Expected,
    how: How,
}

impl ProviderTokens {
    pub(super) fn new(provider: Provider, fetch: Arc<dyn FetchKeys>, clock: Clock) -> Result<Self, AccessError> {
        let Provider { issuer, audience, roles_claim, jwks_uri, client_id, scope } = provider;
        if audience.is_empty() {
            let problem = "is empty: name what the provider's tokens for Headroom are for, often the client's identifier";
            return Err(AccessError::Field { field: "audience", problem });
        }
        if roles_claim.is_empty() {
            return Err(AccessError::Field { field: "roles_claim", problem: "is empty: name the claim that holds roles" });
        }
        let address = |field, url: &str| {
            trusted(url).map_err(|error| AccessError::Address { field, url: without_password(url), problem: error.to_string() })
        };
        let issuer_url = address("issuer", &issuer)?;
        if issuer_url.query().is_some() || issuer_url.fragment().is_some() {
            let problem = "has a query or a fragment: write the issuer as it is in the tokens' `iss`".to_owned();
            return Err(AccessError::Address { field: "issuer", url: issuer, problem });
        }
        // Below the issuer, whether that ends in a slash or not: OpenID Connect Discovery 1.0, section 4.1.
        let discovery = address("issuer", &format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))?;
        let jwks_uri = jwks_uri.map(|url| address("jwks_uri", &url)).transpose()?;
        let how = How { kind: HowKind::Oidc, issuer: Some(issuer.clone()), client_id, scope };
        let keys = Keys::new(issuer.clone(), jwks_uri, discovery, fetch, Elapsed::new(clock));
        Ok(Self { keys, expected: Expected { issuer, audience, roles_claim }, how })
    }

    pub(super) fn how(&self) -> How {
        self.how.clone()
    }

    pub(super) async fn prove(&self, token: &str, now: Timestamp) -> Result<Proof, Refusal> {
        let header = token::header(token, &ALGORITHMS)?;
        let key = self.keys.find(header.kid.as_deref(), header.alg).await?;
        let claims = token::claims(token, &key, header.alg)?;
        claims::read(&claims, &self.expected, now)
    }
}
