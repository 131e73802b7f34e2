//! What callers may do.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a caller may do. A later role may all that an earlier one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May read.
    Viewer,
    /// May also steer: modes, kill switches, approvals, calendars, allocations.
    Operator,
    /// May also store metrics, ask for a training and read the audit record.
    Admin,
}

impl Role {
    /// All of them, the lowest first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Its name in tokens, JSON and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role that a value of a token's claim names: `viewer`, `headroom-viewer` or `headroom:viewer`, and so on.
    pub(super) fn of_claim(value: &str) -> Option<Self> {
        let value = value.strip_prefix("headroom").and_then(|rest| rest.strip_prefix(['-', ':'])).unwrap_or(value);
        Self::ALL.into_iter().find(|role| role.name() == value)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name that stays the same: the `sub` of the token or the ARN. It is what the audit record keeps.
    pub subject: String,
    /// A name to show, where the token has one.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// When the token ends. Without where no token was needed.
    pub expires_at: Option<Timestamp>,
}
