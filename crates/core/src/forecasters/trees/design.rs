//! What the trees see of an origin and of one step after it.
//!
//! Levels are distances from the last value in units of the window's scale, so that a model carries over when a group
//! grows; those of other days are brought under the events of the row that they stand for. What is not known is NaN, which a tree sends its own way.

use crate::{
    forecast::HORIZON,
    forecasters::{Baseline, Linear, PointForecaster},
    frame::{Frame, WINDOW},
};

/// How many rows back a lag is taken.
const LAGS: [usize; 10] = [1, 2, 3, 4, 6, 9, 12, 18, 24, 36];

/// Widths of the rolling statistics, in rows; a day comes on top.
const WIDTHS: [usize; 3] = [6, 12, 36];

/// Columns of a design row.
pub(super) const COLUMNS: usize = 9 + LAGS.len() + 4 * (WIDTHS.len() + 1) + 8 + 1;

/// Days whose same time of day makes up the usual one.
const PROFILE_DAYS: usize = 7;

/// The view from one origin.
pub(super) struct View<'a> {
    frame: &'a Frame,
    origin: usize,
    last: f64,
    /// Unit of all levels, in the target's unit.
    pub(super) scale: f64,
    /// What no step changes.
    shared: Vec<f32>,
    /// What the trees correct: the last value and what events do to it, in the target's unit.
    pub(super) points: [f64; HORIZON],
    /// What linear regression says, where there was one to fit.
    linear: Option<[f64; HORIZON]>,
}

impl<'a> View<'a> {
    /// The view from `origin`, which [`Frame::can_forecast`] from. `floor` is added to the window's mean.
    pub(super) fn new(frame: &'a Frame, origin: usize, floor: f64, linear: Option<&Linear>) -> Self {
        let last = frame.filled_before(origin, 0);
        let scale = frame.filled()[origin + 1 - WINDOW..=origin].iter().sum::<f64>() / WINDOW as f64 + floor;
        let points = Baseline::LastValue.points(frame, origin);
        let linear = linear.map(|linear| linear.points(frame, origin));
        let mut view = Self { frame, origin, last, scale, shared: Vec::new(), points, linear };
        let mut shared = vec![last as f32];
        shared.extend(LAGS.map(|lag| view.level(frame.filled_before(origin, lag))));
        for width in WIDTHS.into_iter().chain([frame.day_rows()]) {
            shared.extend(view.rolling(width));
        }
        view.shared = shared;
        view
    }

    /// Appends the row of step `h` (0 is the next one).
    pub(super) fn write(&self, h: usize, row: &mut Vec<f32>) {
        let (frame, target) = (self.frame, self.origin + 1 + h);
        let (day, week) = (frame.day_rows(), frame.week_rows());
        let clock = frame.clock(target);
        let event = |row: Option<usize>| row.map_or(0.0, |row| frame.event(row)) as f32;
        row.push((h + 1) as f32);
        row.extend([clock.day, (clock.week * 7.0).floor(), (clock.day * 24.0).fract()].map(|value| value as f32));
        let usual = mean((1..=PROFILE_DAYS).map(|days| frame.ordinary_before(target, days * day))) * (1.0 + frame.event(target));
        row.push(self.level(usual));
        row.extend([event(Some(target)), event(Some(self.origin)), event(target.checked_sub(3))]);
        row.extend(&self.shared);
        for season in [day, week] {
            let (there, then) = (frame.expected_before(target, season), frame.expected_before(self.origin, season));
            let around = mean((0..5).map(|k| frame.filled_before(target + 2, season + k)));
            row.extend([self.level(there), self.level(around), self.level(then), self.size(there - then)]);
        }
        row.push(self.linear.map_or(f32::NAN, |points| self.size(points[h] - self.points[h])));
    }

    fn level(&self, value: f64) -> f32 {
        self.size(value - self.last)
    }

    fn size(&self, difference: f64) -> f32 {
        if difference.is_finite() { (difference / self.scale) as f32 } else { f32::NAN }
    }

    /// Mean, deviation, lowest and highest of the last `width` rows.
    fn rolling(&self, width: usize) -> [f32; 4] {
        let first = (self.origin + 1).saturating_sub(width);
        let known: Vec<f64> =
            self.frame.filled()[first..=self.origin].iter().copied().filter(|value| value.is_finite()).collect();
        let average = mean(known.iter().copied());
        let variance = mean(known.iter().map(|value| (value - average).powi(2)));
        let low = known.iter().copied().fold(f64::INFINITY, f64::min);
        let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        [self.level(average), self.size(variance.sqrt()), self.level(low), self.level(high)]
    }
}

/// The mean of what is known; NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.filter(|value| value.is_finite()).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}
