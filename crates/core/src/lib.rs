//! The domain of Headroom: observe -> forecast -> decide.
//!
//! Everything here is a pure function of its arguments. Time, randomness, files, the environment and every cloud are
//! the caller's business; [`ports`] only names what a cloud has to offer.

// Reading order: what is measured, what is announced, what is expected, what is done.
pub mod observation;
pub mod observation_csv;
pub mod series;
pub mod calendar;
pub mod occurrences;
mod recurrence;

mod events;
mod ordinary;
pub mod frame;
pub mod uplift;
pub mod features;
pub mod quantiles;
pub mod forecast;
pub mod score;
pub mod online;
pub mod anomaly;
pub mod feedback;
#[cfg(feature = "forecast")]
pub mod forecasters;
#[cfg(feature = "forecast")]
pub mod lstm;
#[cfg(feature = "forecast")]
pub mod champion;
#[cfg(feature = "forecast")]
pub mod model_card;

pub mod fleet;
pub mod panics;
pub mod ports;
pub mod reason;
pub mod decision;
pub mod lead_time;
pub mod savings;
pub mod policy;

pub use calendar::Calendar;
pub use decision::{Action, Decision};
pub use fleet::{Fleet, Group};
pub use forecast::Forecast;
pub use observation::{Column, Observation};
pub use reason::Reason;
pub use series::Series;
