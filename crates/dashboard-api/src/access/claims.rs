//! What a token says, once its signature is proved.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    refusal::Refusal,
    role::{Caller, Role},
};

/// How far the clocks of provider and server may be apart.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Longest subject, in bytes: OpenID Connect Core 1.0, section 2, allows no more.
pub(super) const SUBJECT_BYTES_MAX: usize = 255;

const LOG_IN: &str = "log in again for a new token";

/// What a token must say.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) roles_claim: String,
}

/// Who someone has proved to be. They may still have no role.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) subject: String,
    name: Option<String>,
    role: Result<Role, Refusal>,
    expires_at: Option<Timestamp>,
}

impl Proof {
    /// Someone whose role is certain and who needs no token.
    pub(super) fn without_token(subject: String, role: Role) -> Self {
        Self { subject, name: None, role: Ok(role), expires_at: None }
    }

    /// The caller, if they have a role.
    pub(super) fn caller(self) -> Result<Caller, Refusal> {
        Ok(Caller { subject: self.subject, name: self.name, role: self.role?, expires_at: self.expires_at })
    }
}

/// Checks `iss`, `aud`, `exp`, `nbf` and `sub` at `now`, and reads the rest.
pub(super) fn read(claims: &Map<String, Value>, expected: &Expected, now: Timestamp) -> Result<Proof, Refusal> {
    if claims.get("iss").and_then(Value::as_str) != Some(&expected.issuer) {
        let detail = format!("the token is not from the issuer `{}`", expected.issuer);
        return Err(Refusal::invalid(detail, "log in where `/api/auth` says; the issuer must be the same to the letter"));
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => *audience == expected.audience,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some(&expected.audience)),
        Some(_) => false,
        // Access tokens of Amazon Cognito have no audience, and name the client that they were made for.
        None => claims.get("client_id").and_then(Value::as_str) == Some(&expected.audience),
    };
    if !for_us {
        let detail = format!("the token is not for the audience `{}`", expected.audience);
        return Err(Refusal::invalid(detail, "use a token that was made for Headroom: its claim `aud` must hold that audience"));
    }
    let Some(expires_at) = time(claims, "exp")? else {
        return Err(Refusal::invalid("the token never ends: it has no claim `exp`", "use a token that ends"));
    };
    if now.duration_since(expires_at) >= LEEWAY {
        return Err(Refusal::invalid("the token has expired", LOG_IN));
    }
    if time(claims, "nbf")?.is_some_and(|start| start.duration_since(now) > LEEWAY) {
        let cure = "wait until it is, or check the clocks of this server and of who made the token";
        return Err(Refusal::invalid("the token is not valid yet", cure));
    }
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX || subject.contains(char::is_control) {
        let detail = "the token does not tell whose it is: `sub` is missing, or longer than 255 bytes, or not plain text";
        return Err(Refusal::invalid(detail, "have the provider put the user's identifier into the claim `sub`"));
    }
    let name = ["name", "preferred_username", "email"].iter().find_map(|claim| claims.get(*claim)?.as_str());
    let role = role(claims, &expected.roles_claim).ok_or_else(|| Refusal::no_role(&expected.roles_claim));
    Ok(Proof { subject: subject.to_owned(), name: name.map(str::to_owned), role, expires_at: Some(expires_at) })
}

/// A moment in seconds since 1970, which may have a fraction (RFC 7519, `NumericDate`).
fn time(claims: &Map<String, Value>, claim: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    match seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        Some(time) => Ok(Some(time)),
        None => Err(Refusal::invalid(format!("the claim `{claim}` of the token is not a time"), LOG_IN)),
    }
}

/// The highest role that the claim names.
///
/// The claim is a member of that very name, which may hold colons and dots, or the path to one with dots between.
fn role(claims: &Map<String, Value>, claim: &str) -> Option<Role> {
    let value = claims.get(claim).or_else(|| {
        let mut steps = claim.split('.');
        let first = claims.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    })?;
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    values.iter().filter_map(Value::as_str).filter_map(Role::of_claim).max()
}
