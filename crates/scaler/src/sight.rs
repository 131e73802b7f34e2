//! What a tick sees before it decides.

use async_trait::async_trait;
use headroom_core::{
    Forecast, Group, Observation, Reason, anomaly::Anomaly, occurrences::Timeline, policy::Measured, reason::NoForecast,
};
use jiff::Timestamp;

use crate::GroupState;

/// What was measured, what is expected, and what is announced.
#[derive(Debug)]
pub struct Seen {
    /// The newest measured load.
    pub measured: Option<Measured>,
    /// The forecast, or why there is none that is trusted.
    pub forecast: Result<Forecast, NoForecast>,
    /// The events around now.
    pub events: Timeline,
    /// What went wrong and does not stop the decision.
    pub troubles: Vec<Reason>,
    /// Observations of the last hours, in order of time: they tell when instances came into service.
    pub observations: Vec<Observation>,
    /// The largest load known, in instance-equivalents: what a fixed size would have to carry.
    pub peak_load: Option<f64>,
    /// The forecast to keep on record, trusted or not, so that it can be scored later.
    pub forecast_made: Option<Forecast>,
    /// The anomaly to keep on record, where what was measured is one.
    pub anomaly: Option<Anomaly>,
}

/// Where ticks look. The scaler's own is [`crate::StoredSight`]; a simulation has its own, so that it can run many days in a
/// second.
#[async_trait]
pub trait Sight: Send + Sync {
    /// What is to be seen of `group` at `now`. `state` holds what earlier looks learned, and takes in what this one does.
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen;
}
