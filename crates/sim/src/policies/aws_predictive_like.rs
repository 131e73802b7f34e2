//! `aws-predictive-like`: an hourly forecast that only ever adds, with target tracking beneath it.

use super::TargetTracking;
use crate::replay::{Policy, Seen};

/// An hour, in minutes.
const HOUR: usize = 60;

/// A day, in minutes.
const DAY: usize = 24 * HOUR;

/// Days that the forecast looks back on.
const DAYS: usize = 14;

/// At the start of each hour, the mean load of the same hour over the last fourteen days, at the target utilization, is the
/// least that the group has until the next; target tracking works above it.
#[derive(Debug, Clone, Copy)]
pub struct AwsPredictiveLike {
    target: f64,
    tracking: TargetTracking,
    /// The hour, counted from 1970, that `least` is for.
    hour: Option<i64>,
    least: u32,
}

impl AwsPredictiveLike {
    /// Forecast and tracking both aim at `target`, a share of 1.
    #[must_use]
    pub fn at(target: f64) -> Self {
        Self { target, tracking: TargetTracking::at(target), hour: None, least: 0 }
    }

    /// The instances that the hour takes which minute `start` begins; none where no such hour was ever measured.
    fn forecast(&self, loads: &[f64], start: i64) -> u32 {
        let (mut sum, mut minutes) = (0.0, 0_u32);
        for day in 1..=DAYS {
            for minute in 0..HOUR {
                let then = start + minute as i64 - (day * DAY) as i64;
                let Some(load) = usize::try_from(then).ok().and_then(|then| loads.get(then)) else { continue };
                sum += load;
                minutes += 1;
            }
        }
        if minutes == 0 { 0 } else { (sum / f64::from(minutes) / self.target).ceil() as u32 }
    }
}

impl Policy for AwsPredictiveLike {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let minute = seen.now.as_second().div_euclid(60);
        let hour = minute.div_euclid(HOUR as i64);
        if self.hour != Some(hour) {
            self.hour = Some(hour);
            self.least = self.forecast(seen.loads, seen.minute as i64 - minute.rem_euclid(HOUR as i64));
        }
        let tracked = self.tracking.decide(seen);
        Some(tracked.unwrap_or(seen.desired).max(self.least))
    }
}
