//! The scaler: observe -> forecast -> decide -> apply -> record, once per group and tick.
//!
//! A tick is idempotent: the tick that was recorded is not decided again, and the run that claims it is the only one that
//! carries it out. What goes wrong on the way to a forecast is a reason in the decision; capacity then follows the load that
//! was measured, or stays.

// The tick, and where it looks.
mod tick;

mod sight;

// What it sees.
mod errors;
mod feedback;
mod forecasting;

mod default_model;
mod stored_sight;

// What stands between a decision and the cloud.
mod apply;
mod approval;
mod claim;
mod floor;
mod future;

// What is kept, and told.
mod pulse;
mod record;
mod state;

pub use apply::Cloud;
pub use approval::{Approvals, Proposal, Refusal};
pub use claim::{Claim, Stray};
pub use default_model::default_model;
pub use forecasting::{Calibration, Models};
pub use pulse::Pulse;
pub use sight::{Seen, Sight};
pub use state::GroupState;
pub use stored_sight::{Scaler, StoredSight};
pub use tick::{TickError, tick, tick_fleet, tick_with};
