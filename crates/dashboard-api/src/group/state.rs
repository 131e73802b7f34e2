//! The parts of a group's running state that are shown.

use headroom_core::{Action, Decision, Forecast, feedback::Feedback};
use headroom_store::{Store, StoreError, keys};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The running state, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct State {
    #[serde(default)]
    pub(crate) last: Option<Decision>,
    #[serde(default)]
    pub(crate) forecast: Option<Forecast>,
    #[serde(default = "nothing_scored")]
    pub(crate) feedback: Option<Feedback>,
    #[serde(default)]
    pub(crate) approvals: Approvals,
}

/// A state that is there and does not tell: nothing has been scored yet.
fn nothing_scored() -> Option<Feedback> {
    Some(Feedback::default())
}

/// What waits for an operator, and what was refused.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Approvals {
    #[serde(default)]
    pub(crate) standing: Option<Proposal>,
    #[serde(default)]
    pub(crate) refused: Vec<Refusal>,
}

/// A change that waits for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Proposal {
    /// The tick that made it.
    pub(crate) tick: Timestamp,
    /// From then on it is not carried out any more.
    pub(crate) until: Timestamp,
    /// Which way it goes.
    pub(crate) action: Action,
    /// Instances found when it was made.
    pub(crate) before: u32,
    /// Instances that it asks for.
    pub(crate) desired: u32,
}

/// A change that an operator refused, and what goes as far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Refusal {
    /// Which way it went.
    pub(crate) action: Action,
    /// Instances that it asked for.
    pub(crate) desired: u32,
    /// For how long.
    pub(crate) until: Timestamp,
    /// Who refused it.
    pub(crate) by: String,
}

/// The state of `group`; an empty one where no tick has left any, or one that cannot be read: the next tick writes it afresh.
///
/// # Errors
/// Where the store does not answer.
pub(crate) async fn read(store: &dyn Store, group: &str) -> Result<State, StoreError> {
    let object = store.get(&keys::state(group)).await?;
    Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()).unwrap_or_default())
}
