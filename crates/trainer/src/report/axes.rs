//! Axes: what they span, and where they are labelled.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use plotters::coord::{
    ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter},
    types::RangedCoordf64,
};

use super::numbers::axis_label;

/// One axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// From where to where it goes.
    pub range: Range<f64>,
    /// Where it is labelled, and how.
    pub ticks: Vec<(f64, String)>,
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range.clone()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // What lies between the labelled points gets no lines.
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.iter().map(|(at, _)| *at).collect() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(at, _)| at == value).map_or_else(String::new, |(_, label)| label.clone())
    }
}

impl Axis {
    /// An axis of values with at most `ticks_max` round labels.
    #[must_use]
    pub fn values(range: Range<f64>, ticks_max: usize) -> Self {
        let points = RangedCoordf64::from(range.clone()).key_points(ticks_max);
        let largest = points.iter().fold(0.0_f64, |largest, point| largest.max(point.abs()));
        Self { range, ticks: points.into_iter().map(|point| (point, axis_label(point, largest))).collect() }
    }

    /// An axis of time from `start` to `end`, `width` pixels wide, labelled at round hours or at days of `zone`.
    #[must_use]
    pub fn time(start: Timestamp, end: Timestamp, zone: &TimeZone, width: f64) -> Self {
        let range = seconds(start)..seconds(end);
        let pixels_per_hour = width * 3600.0 / (range.end - range.start);
        // The widest label, a date, takes about 62 pixels.
        let hours = [1_i64, 2, 3, 6, 12, 24, 48, 96, 168, 336]
            .into_iter()
            .find(|&hours| hours as f64 * pixels_per_hour >= 70.0)
            .unwrap_or(672);
        let first = start.to_zoned(zone.clone()).date().to_datetime(jiff::civil::Time::midnight());
        let mut ticks: Vec<(f64, String)> = Vec::new();
        for local in first.series(hours.hours()) {
            // On a day when the clock is put forward an hour may be missing: the next one there is stands for it.
            let Ok(at) = local.to_zoned(zone.clone()) else { break };
            if at.timestamp() > end {
                break;
            }
            let label = if local.time() == jiff::civil::Time::midnight() {
                at.strftime("%a %-d %b").to_string()
            } else {
                at.strftime("%H:%M").to_string()
            };
            if at.timestamp() >= start && ticks.last().is_none_or(|(last, _)| *last < seconds(at.timestamp())) {
                ticks.push((seconds(at.timestamp()), label));
            }
        }
        Self { range, ticks }
    }

    /// An axis of the steps ahead, labelled in minutes or hours; with `every` at 3, only each third of them and the first.
    pub(super) fn steps_ahead(horizon: usize, step_seconds: i64, every: usize) -> Self {
        let unit = UnitAhead::of(horizon, step_seconds);
        let labelled = (1..=horizon).filter(|&h| every == 1 || h == 1 || h % every == 0);
        let ticks = labelled.map(|h| (h as f64, axis_label(h as f64 * step_seconds as f64 / unit.seconds(), 1.0))).collect();
        Self { range: 1.0..horizon as f64, ticks }
    }
}

/// The unit of an axis of the steps ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitAhead {
    Minutes,
    Hours,
}

impl UnitAhead {
    /// Minutes up to two hours.
    pub(super) fn of(horizon: usize, step_seconds: i64) -> Self {
        if horizon as f64 * step_seconds as f64 <= 7200.0 { Self::Minutes } else { Self::Hours }
    }

    fn seconds(self) -> f64 {
        match self {
            Self::Minutes => 60.0,
            Self::Hours => 3600.0,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        }
    }
}

/// The range of an axis for values between `low` and `high`: from 0, unless that would leave most of it empty while the values
/// do differ; then from a round number below them.
#[must_use]
pub fn value_range(low: f64, high: f64) -> Range<f64> {
    if !(low.is_finite() && high.is_finite() && high > 0.0) {
        return 0.0..1.0;
    }
    let spread = high - low;
    let start = if low > 0.6 * high && spread > 0.01 * high {
        let round = 10_f64.powf(spread.log10().floor()) / 2.0;
        (((low - 0.1 * spread) / round).floor() * round).max(0.0)
    } else {
        low.min(0.0)
    };
    start..high + 0.04 * (high - start)
}

/// The instant as a coordinate: seconds since 1970.
#[must_use]
pub fn seconds(timestamp: Timestamp) -> f64 {
    timestamp.as_second() as f64
}

/// The beginnings of the days of `zone` between `start` and `end`, as coordinates.
#[must_use]
pub fn day_starts(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Vec<f64> {
    let mut starts = Vec::new();
    let mut day = start.to_zoned(zone.clone()).date();
    while let Ok(next) = day.tomorrow() {
        match next.to_zoned(zone.clone()) {
            Ok(begun) if begun.timestamp() <= end => starts.push(seconds(begun.timestamp())),
            _ => break,
        }
        day = next;
    }
    starts
}

/// `days` before `end`.
pub(super) fn days_before(end: Timestamp, days: i32) -> Timestamp {
    end.checked_sub(SignedDuration::from_hours(24) * days).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn values_have_round_ticks() {
        assert_eq!(labels(&Axis::values(0.0..104.0, 6)), ["0", "20", "40", "60", "80", "100"]);
    }

    #[test]
    fn time_is_labelled_in_its_zone() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let start: Timestamp = "2026-03-28T20:00:00Z".parse().unwrap();
        let end: Timestamp = "2026-03-29T20:00:00Z".parse().unwrap();
        let axis = Axis::time(start, end, &zone, 300.0);
        assert_eq!(labels(&axis), ["Sun 29 Mar", "06:00", "12:00", "18:00"]);
        // The clock was put forward at 2: from midnight to six it is five hours.
        assert_eq!(axis.ticks[1].0 - axis.ticks[0].0, 5.0 * 3600.0);
        assert_eq!(day_starts(start, end, &zone), [axis.ticks[0].0]);
    }

    #[test]
    fn steps_ahead_take_a_unit_that_fits() {
        assert_eq!(labels(&Axis::steps_ahead(12, 300, 3)), ["5", "15", "30", "45", "60"]);
        assert_eq!(labels(&Axis::steps_ahead(12, 1800, 3)), ["0.5", "1.5", "3", "4.5", "6"]);
    }

    #[test]
    fn axes_start_at_zero_unless_most_would_be_empty() {
        assert_eq!(value_range(20.0, 100.0), 0.0..104.0);
        assert_eq!(value_range(83.0, 100.0).start, 80.0);
        assert_eq!(value_range(50.0, 50.0), 0.0..52.0);
        assert_eq!(value_range(0.0, 0.0), 0.0..1.0);
        assert_eq!(value_range(f64::INFINITY, f64::NEG_INFINITY), 0.0..1.0);
    }
}
