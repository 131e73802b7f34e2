//! A sudden drop: the load fell below half of what was thought possible. More often than not something is broken in front of the
//! group, and the load is back when it has been mended.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Measured, Past, Situation};
use crate::{
    fleet::Group,
    forecast::{Forecast, HORIZON},
    reason::Reason,
};

/// A drop is sudden below this share of the lowest load expected.
const SUDDEN_SHARE: f64 = 0.5;

/// Without a forecast, a load is compared with one at most so many steps older.
const STEPS_BEFORE_MAX: i64 = 3;

/// What a forecast expected of its steps, in instance-equivalents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// Start of the first step.
    pub origin: Timestamp,
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// The lowest quantile of each step.
    pub low: [f64; HORIZON],
    /// The median of each step.
    pub median: [f64; HORIZON],
}

impl Expectation {
    /// That of `forecast`; none where it holds anything that is no number.
    pub(super) fn of(forecast: &Forecast) -> Option<Self> {
        let low = forecast.steps.map(|step| step.0[0]);
        let median = forecast.steps.map(|step| step.median());
        let numbers = low.iter().chain(&median).all(|load| load.is_finite());
        let Forecast { origin, step_seconds, .. } = *forecast;
        (numbers && step_seconds > 0).then_some(Self { origin, step_seconds, low, median })
    }

    /// The lowest quantile and the median of the step in which `moment` lies.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> Option<(f64, f64)> {
        let step = moment.duration_since(self.origin).as_secs().checked_div_euclid(self.step_seconds)?;
        let step = usize::try_from(step).ok().filter(|step| *step < HORIZON)?;
        Some((self.low[step], self.median[step]))
    }
}

/// That the load fell suddenly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SuddenDrop {
    /// The tick that saw it first.
    pub since: Timestamp,
    /// The load that was measured then.
    pub load: f64,
    /// The lowest that was expected of it; without a forecast, the load before.
    pub expected: f64,
    /// End of the newest step that was below half of what was expected of it.
    pub until: Timestamp,
}

/// Compares what has been measured since the last tick with what was expected of it.
pub(super) fn notice(past: &mut Past, group: &Group, measured: Measured, now: Timestamp) {
    let before = past.measured;
    if before.is_some_and(|before| measured.until <= before.until) {
        return;
    }
    let step = SignedDuration::from_secs(group.step_seconds);
    let expected = match &past.expected {
        Some(expected) => expected.at(measured.until - step).map(|(low, _)| low),
        None => before
            .filter(|before| measured.until.duration_since(before.until).as_secs() <= STEPS_BEFORE_MAX * group.step_seconds)
            .map(|before| before.load),
    };
    let Some(expected) = expected.filter(|expected| measured.load < SUDDEN_SHARE * expected) else { return };
    let same = past.drop.filter(|drop| before.is_some_and(|before| before.until == drop.until));
    past.drop = Some(match same {
        // It goes on: its hold is not longer for that.
        Some(drop) => SuddenDrop { until: measured.until, ..drop },
        None => SuddenDrop { since: now, load: measured.load, expected, until: measured.until },
    });
}

/// No instance goes for a while after a sudden drop.
pub(super) fn hold(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let hold_minutes = situation.group.sudden_drop_hold_minutes;
    let hold = SignedDuration::from_mins(i64::from(hold_minutes));
    let recent = |drop: &SuddenDrop| situation.now < drop.since + hold;
    let Some(drop) = situation.past.drop.filter(recent) else { return wanted };
    let before = situation.capacity.desired;
    if wanted >= before {
        return wanted;
    }
    let SuddenDrop { since, load, expected, .. } = drop;
    reasons.push(Reason::SuddenDrop { since, load, expected, hold_minutes });
    before
}
