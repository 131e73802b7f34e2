//! Tokens of a secret, for a single machine without a provider.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::json;

use super::{
    claims::{self, Expected, Proof, SUBJECT_BYTES_MAX},
    error::AccessError,
    refusal::Refusal,
    role::Role,
    token,
};

const ISSUER: &str = "headroom";
const ROLES_CLAIM: &str = "roles";
/// As many bytes as the hash of HS256 has: RFC 7518, section 3.2, wants no fewer.
const SECRET_BYTES_MIN: usize = 32;
const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Checks tokens that [`mint`] made.
pub(super) struct SecretTokens {
    key: DecodingKey,
    expected: Expected,
}

impl SecretTokens {
    pub(super) fn new(secret: &[u8], audience: &str) -> Result<Self, AccessError> {
        check(secret, audience)?;
        let expected = Expected { issuer: ISSUER.to_owned(), audience: audience.to_owned(), roles_claim: ROLES_CLAIM.to_owned() };
        Ok(Self { key: DecodingKey::from_secret(secret), expected })
    }

    pub(super) fn prove(&self, token: &str, now: Timestamp) -> Result<Proof, Refusal> {
        token::header(token, &[Algorithm::HS256])?;
        let claims = token::claims(token, &self.key, Algorithm::HS256)?;
        claims::read(&claims, &self.expected, now)
    }
}

/// A token that says: `subject` has `role` from `now` on for `lifetime`. [`Access::secret`](super::Access::secret) takes it
/// where secret and audience are the same.
///
/// `subject` has 1 to 255 bytes; `lifetime` is from one second to 366 days.
///
/// # Errors
///
/// Where the secret has fewer than 32 bytes, the audience is empty, or subject or lifetime are out of range.
pub fn mint(
    secret: &[u8],
    audience: &str,
    subject: &str,
    role: Role,
    lifetime: SignedDuration,
    now: Timestamp,
) -> Result<String, AccessError> {
    check(secret, audience)?;
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX || subject.contains(char::is_control) {
        return Err(AccessError::Field { field: "subject", problem: "must be a name of 1 to 255 bytes of plain text" });
    }
    let seconds = lifetime.as_secs();
    if seconds < 1 || lifetime > LIFETIME_MAX {
        return Err(AccessError::Lifetime { seconds });
    }
    let claims = json!({
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        ROLES_CLAIM: [role],
        "iat": now.as_second(),
        "exp": now.as_second() + seconds,
    });
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret))
        .map_err(|error| AccessError::Failed { what: "signing the token", reason: error.to_string() })
}

fn check(secret: &[u8], audience: &str) -> Result<(), AccessError> {
    if secret.len() < SECRET_BYTES_MIN {
        return Err(AccessError::ShortSecret { bytes: secret.len() });
    }
    if audience.is_empty() {
        return Err(AccessError::Field { field: "audience", problem: "is empty: name what tokens are for, such as `headroom`" });
    }
    Ok(())
}
