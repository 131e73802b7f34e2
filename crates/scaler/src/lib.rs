//! The scaler: observe -> forecast -> decide -> apply -> record, once per group and tick.
//!
//! A tick is idempotent: the tick that was recorded is not decided again. What goes wrong on the way to a forecast is
//! a reason in the decision; capacity then follows the load that was measured, or stays.

mod apply;
mod default_model;
mod errors;
mod feedback;
mod forecasting;
mod state;
mod tick;

pub use apply::{Cloud, apply};
pub use default_model::default_model;
pub use forecasting::{Calibration, Models};
pub use state::GroupState;
pub use tick::{Scaler, TickError, tick, tick_fleet};
