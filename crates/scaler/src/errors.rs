//! Comparing what was expected with what came, and flagging what no usual error explains.

use headroom_core::{
    Forecast, Group,
    anomaly::{Anomaly, SCORE_MIN, robust_score},
};
use jiff::{SignedDuration, Timestamp};

use crate::state::{Expected, GroupState};

/// An anomaly stands in the window of the forecasts after it and disturbs them: what looks odd this soon is its echo.
const ECHO: SignedDuration = SignedDuration::from_hours(1);

/// Takes in the load that was measured for the step that starts at `timestamp`; an anomaly where it lies further from
/// its forecast than the usual errors explain. Each step is compared once, however long it stays the newest.
pub(crate) fn compare(state: &mut GroupState, group: &Group, timestamp: Timestamp, load: f64) -> Option<Anomaly> {
    let expected = state.expected.iter().find(|expected| expected.timestamp == timestamp)?.load;
    state.expected.retain(|expected| expected.timestamp > timestamp);
    let error = load - expected;
    let score = robust_score(error, &state.errors);
    state.remember_error(error);
    let is_echo_of = |flagged: Timestamp| flagged <= timestamp && timestamp.duration_since(flagged) < ECHO;
    let echo = state.flagged.is_some_and(is_echo_of);
    let score = score.filter(|score| score.abs() >= SCORE_MIN && !echo)?;
    state.flagged = Some(timestamp);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).expect("a moment")
    }

    #[test]
    fn the_echo_of_an_anomaly_is_not_another_one() {
        let mut state = GroupState::fresh();
        state.errors = (0..100).map(|i| f64::from(i % 5) - 2.0).collect();
        let group = Group::simulated("web");
        let mut flagged = |minute: i64, load: f64| {
            state.expected = vec![Expected { timestamp: minutes(minute), load: 10.0 }];
            compare(&mut state, &group, minutes(minute), load).is_some()
        };
        assert!(flagged(0, 90.0), "a spike");
        assert!(!flagged(5, 10.5), "an ordinary step");
        assert!(!flagged(30, 90.0), "the spike still stands in the forecast's window");
        assert!(flagged(60, 90.0), "an hour later it is news again");
    }
}
