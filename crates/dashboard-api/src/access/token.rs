//! Bearer tokens: taken from the request, and their signature checked.

use axum::http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, errors::ErrorKind};
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Longer tokens are not even decoded. Those of providers that list many groups reach some kilobytes.
const BYTES_MAX: usize = 16 * 1_024;

const LOG_IN: &str = "log in again for a new token";

/// The token of the header `Authorization`.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let cure = "send the header `Authorization: Bearer TOKEN`; `/api/auth` tells where the token comes from";
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(Refusal::no_token("the request carries no token", cure)),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Refusal::invalid("the request carries more than one header `Authorization`", cure)),
    };
    if value.len() > BYTES_MAX {
        return Err(Refusal::invalid("the token is longer than 16 KB", "have the provider put fewer claims into it"));
    }
    let token =
        value.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token.map(|(_, token)| token.trim()) {
        Some(token) if !token.is_empty() => Ok(token),
        _ => Err(Refusal::invalid("the header `Authorization` is not of the form `Bearer TOKEN`", cure)),
    }
}

/// The token's header, with nothing proved yet.
///
/// A header that names an algorithm unknown to the library, such as `none`, cannot be read.
pub(super) fn header(token: &str, accepted: &[Algorithm]) -> Result<Header, Refusal> {
    let names = || accepted.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>().join(" or ");
    let header = jsonwebtoken::decode_header(token).map_err(|error| match error.kind() {
        ErrorKind::Json(_) => Refusal::invalid(
            "the header of the token cannot be read, or names an algorithm that proves nothing",
            format!("use a token that is signed with {}", names()),
        ),
        _ => Refusal::invalid("what was sent as a token is none: it must have three parts in Base64, with dots between", LOG_IN),
    })?;
    if header.crit.is_some() || header.extras.inner().contains_key("b64") {
        return Err(Refusal::invalid("the token wants extensions (`crit`) that are not known here", "use a token without them"));
    }
    if !accepted.contains(&header.alg) {
        let detail = format!("the token is signed with {:?}, which is not accepted here", header.alg);
        return Err(Refusal::invalid(detail, format!("use a token that is signed with {}", names())));
    }
    Ok(header)
}

/// The claims of a token that `key` has signed with `algorithm`. What they say is not checked yet.
pub(super) fn claims(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Map<String, Value>, Refusal> {
    let mut only_signature = Validation::new(algorithm);
    // The library would ask the system for the time; `claims::read` has the clock that was given.
    only_signature.validate_exp = false;
    only_signature.validate_nbf = false;
    only_signature.validate_aud = false;
    only_signature.required_spec_claims.clear();
    let data = jsonwebtoken::decode(token, key, &only_signature).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => Refusal::invalid("the signature of the token is not right", LOG_IN),
        _ => Refusal::invalid("the token cannot be read", LOG_IN),
    })?;
    Ok(data.claims)
}
