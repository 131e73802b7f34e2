//! Arguments of routes that say which role is wanted.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{
    refusal::Refusal,
    role::{Caller, Role},
};

/// A caller who may read.
#[derive(Debug, Clone)]
pub struct Viewer(
    /// Who it is.
    pub Caller,
);

/// A caller who may steer.
#[derive(Debug, Clone)]
pub struct Operator(
    /// Who it is.
    pub Caller,
);

/// A caller who may do everything.
#[derive(Debug, Clone)]
pub struct Admin(
    /// Who it is.
    pub Caller,
);

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        at_least(Role::Viewer, parts).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        at_least(Role::Operator, parts).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        at_least(Role::Admin, parts).map(Self)
    }
}

fn at_least(needed: Role, parts: &Parts) -> Result<Caller, Refusal> {
    let caller = parts.extensions.get::<Caller>().ok_or_else(Refusal::unguarded)?;
    if caller.role < needed {
        return Err(Refusal::role_too_low(needed, caller.role));
    }
    Ok(caller.clone())
}
