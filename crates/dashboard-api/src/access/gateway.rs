//! Callers that Amazon API Gateway has checked.

use axum::http::Extensions;

use super::{claims::Proof, refusal::Refusal, role::Role};

/// Who called, as Amazon API Gateway tells in the request's context, with IAM having let them in.
///
/// Whoever serves lays it among the request's extensions, from that context and from nothing that a client can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayCaller {
    /// The ARN of the user or the assumed role.
    pub arn: String,
}

pub(super) fn prove(extensions: &Extensions) -> Result<Proof, Refusal> {
    match extensions.get::<GatewayCaller>() {
        Some(caller) if !caller.arn.is_empty() => Ok(Proof::without_token(caller.arn.clone(), Role::Admin)),
        _ => Err(Refusal::no_token(
            "the request did not come through API Gateway with IAM",
            "call the address of the API, and sign the request with AWS Signature Version 4",
        )),
    }
}
