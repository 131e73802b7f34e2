//! Comparing what was expected with what came, and flagging what no usual error explains.

use headroom_core::{
    Forecast, Group,
    anomaly::{Anomaly, SCORE_MIN, robust_score},
};
use jiff::Timestamp;

use crate::state::{Expected, GroupState};

/// Takes in the load that was measured for the step that starts at `timestamp`; an anomaly where it lies further from
/// its forecast than the usual errors explain. Each step is compared once, however long it stays the newest.
pub(crate) fn compare(state: &mut GroupState, group: &Group, timestamp: Timestamp, load: f64) -> Option<Anomaly> {
    let expected = state.expected.iter().find(|expected| expected.timestamp == timestamp)?.load;
    state.expected.retain(|expected| expected.timestamp > timestamp);
    let error = load - expected;
    let score = robust_score(error, &state.errors);
    state.remember_error(error);
    let score = score.filter(|score| score.abs() >= SCORE_MIN)?;
    Some(Anomaly { format: Anomaly::FORMAT, group: group.id.clone(), timestamp, load, expected, score })
}

/// What `forecast` expects of its steps.
pub(crate) fn expectations(forecast: &Forecast) -> Vec<Expected> {
    let expected = |(h, step): (usize, &headroom_core::quantiles::Quantiles)| Expected {
        timestamp: forecast.step_start(h),
        load: step.median(),
    };
    forecast.steps.iter().enumerate().map(expected).collect()
}
