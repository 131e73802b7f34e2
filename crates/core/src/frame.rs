//! What a forecaster sees: one target on its grid, the events and clock beside it, and the split in time.
//!
//! Where events happened, the past is there twice: as it was measured, and as it would have been on an ordinary day.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::Calendar,
    events::EventRows,
    forecast::HORIZON,
    observation::Column,
    ordinary::{LEVEL_SECONDS, ordinary_of_events},
    series::{FORECAST_STEP_SECONDS, Series, SeriesError, filled_forward},
    uplift::Uplift,
};

/// Rows up to and including the origin that must be present for a forecast: three hours of 5-minute steps.
pub const WINDOW: usize = 36;

/// An event that is thought to keep nearly all load away still leaves this share of the ordinary one.
pub(crate) const ORDINARY_SHARE_MIN: f64 = 0.05;

/// Position of a row in its day and week, in local time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// Share of the day that has passed, 0 to 1.
    pub day: f64,
    /// Share of the week that has passed since Monday 0:00, 0 to 1.
    pub week: f64,
}

/// What a model forecasts, and in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A column, in its own unit.
    Column {
        /// The column.
        column: Column,
    },
    /// The load, in instance-equivalents.
    Load {
        /// Requests per step that one instance serves; without it load is counted in CPU.
        requests_per_instance: Option<f64>,
    },
}

impl Target {
    /// The load of a group whose instances serve `requests_per_instance` in a step of `step_seconds`; forecasts are made on
    /// steps of five minutes where the group's are shorter.
    #[must_use]
    pub fn load(requests_per_instance: Option<f64>, step_seconds: i64) -> Self {
        let steps = if step_seconds < FORECAST_STEP_SECONDS { FORECAST_STEP_SECONDS as f64 / step_seconds as f64 } else { 1.0 };
        Self::Load { requests_per_instance: requests_per_instance.map(|requests| requests * steps) }
    }

    /// The frame of `series` for this target. `group` picks the events that concern it.
    ///
    /// # Errors
    /// Where `series` lacks the column.
    pub fn frame(self, series: &Series, calendar: &Calendar, group: Option<&str>) -> Result<Frame, SeriesError> {
        match self {
            Self::Column { column } => Ok(Frame::of_column(series, series.target(Some(column))?, calendar, group)),
            Self::Load { requests_per_instance } => Ok(Frame::of_load(series, requests_per_instance, calendar, group)),
        }
    }

    /// What the values are called in tables and charts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Column { column } => column.name(),
            Self::Load { .. } => "load",
        }
    }
}

/// One series to forecast, with what is known beside it. Row numbers count from 0; a row outside reads as NaN.
#[derive(Debug, Clone)]
pub struct Frame {
    series: Series,
    values: Vec<f64>,
    filled: Vec<f64>,
    events: EventRows,
    /// What is expected of event rows without their event, NaN of all others; may be shorter than `values`.
    ordinary: Vec<f64>,
    clocks: Vec<Clock>,
}

impl Frame {
    /// Forecasts `target` of `series`, in that column's unit.
    ///
    /// Events come from the calendar and from the column `is_sale_active`, the stronger of the two; the calendar also
    /// tells their kind, and those of the [`HORIZON`] rows after the end. What only the column knows is of the kind
    /// [`FLAG_KIND`](crate::calendar::FLAG_KIND).
    ///
    /// # Panics
    /// Where `series` has no such column; [`Series::target`] finds one that it has.
    #[must_use]
    pub fn of_column(series: &Series, target: Column, calendar: &Calendar, group: Option<&str>) -> Self {
        let values = series.column(target).expect("a column that the series has").to_vec();
        Self::new(series.clone(), values, calendar, group)
    }

    /// Forecasts the load of `series`, in instance-equivalents.
    #[must_use]
    pub fn of_load(series: &Series, requests_per_instance: Option<f64>, calendar: &Calendar, group: Option<&str>) -> Self {
        Self::new(series.clone(), series.load(requests_per_instance), calendar, group)
    }

    fn new(series: Series, values: Vec<f64>, calendar: &Calendar, group: Option<&str>) -> Self {
        let known_rows = series.rows() + HORIZON;
        let timeline = calendar.timeline(group, series.timestamp(0), series.timestamp(known_rows));
        let events = EventRows::new(&series, &timeline, known_rows);
        let clocks = (0..known_rows).map(|row| clock(series.timestamp(row), calendar.time_zone())).collect();
        let filled = filled_forward(&values);
        let mut frame = Self { series, values, filled, events, ordinary: Vec::new(), clocks };
        let level_rows = frame.rows_of(LEVEL_SECONDS);
        frame.ordinary = ordinary_of_events(&frame.filled, &frame.events, frame.day_rows(), level_rows);
        frame
    }

    /// The same frame, whose [`Frame::event`] tells what `uplift` has learned of each kind.
    #[must_use]
    pub fn with_uplift(mut self, uplift: &Uplift) -> Self {
        self.events.set_effects(|kind| uplift.effect_of(kind));
        self
    }

    /// The series behind it.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len()
    }

    /// Rows of a day.
    #[must_use]
    pub fn day_rows(&self) -> usize {
        usize::try_from(86_400 / self.series.step_seconds()).expect("positive")
    }

    /// Rows of a week.
    #[must_use]
    pub fn week_rows(&self) -> usize {
        7 * self.day_rows()
    }

    /// Rows of `seconds`, at least one.
    #[must_use]
    pub fn rows_of(&self, seconds: i64) -> usize {
        usize::try_from(seconds / self.series.step_seconds()).unwrap_or(0).max(1)
    }

    /// The measured values, NaN where missing.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values with short gaps filled forward: what models see.
    #[must_use]
    pub fn filled(&self) -> &[f64] {
        &self.filled
    }

    /// The filled value `back` rows before `row`, NaN where there is none.
    #[must_use]
    pub fn filled_before(&self, row: usize, back: usize) -> f64 {
        row.checked_sub(back).and_then(|row| self.filled.get(row)).copied().unwrap_or(f64::NAN)
    }

    /// The value `back` rows before `row` as it would have been on an ordinary day: that of [`Frame::filled_before`], but
    /// for the rows of an event and its ramps, where it is what earlier days without an event lead to expect. Where none of
    /// the two weeks before had the same time without an event, the event is part of what is ordinary, and the
    /// measured value stands. Nothing after that row is looked at.
    #[must_use]
    pub fn ordinary_before(&self, row: usize, back: usize) -> f64 {
        let expected = row.checked_sub(back).and_then(|row| self.ordinary_of_event(row));
        expected.unwrap_or_else(|| self.filled_before(row, back))
    }

    /// The value `back` rows before `row` as it would have been under the events of `row`: as measured where the same was
    /// announced for both, else the ordinary one with the uplift that is expected at `row`.
    #[must_use]
    pub fn expected_before(&self, row: usize, back: usize) -> f64 {
        if row.checked_sub(back).is_none_or(|past| self.events.same(row, past)) {
            return self.filled_before(row, back);
        }
        self.ordinary_before(row, back) * (1.0 + self.event(row))
    }

    /// How much the value at `origin` would change up to `target` if nothing but the events did; 0 where they stay the same.
    #[must_use]
    pub fn change_by_events(&self, origin: usize, target: usize) -> f64 {
        let ordinary = self.filled_before(origin, 0) / (1.0 + self.event(origin)).max(ORDINARY_SHARE_MIN);
        ordinary * (self.event(target) - self.event(origin))
    }

    /// What the row of an event is expected to have been without it; `None` of other rows, and where it is not known.
    pub(crate) fn ordinary_of_event(&self, row: usize) -> Option<f64> {
        self.ordinary.get(row).copied().filter(|value| value.is_finite())
    }

    /// How much of the ordinary load the events of `row`, which may lie up to [`HORIZON`] rows after the end, are expected to
    /// bring on top: what was learned of their kind (see [`Frame::with_uplift`]), until then the announced
    /// intensity. 0 where none is known, down to -1 where they keep load away.
    #[must_use]
    pub fn event(&self, row: usize) -> f64 {
        self.events.uplift(row)
    }

    /// The announced intensity of `row`, which may lie up to [`HORIZON`] rows after the end; 0 where none is known.
    #[must_use]
    pub fn announced(&self, row: usize) -> f64 {
        self.events.announced(row)
    }

    /// The kind of event that counts at `row`, which may lie up to [`HORIZON`] rows after the end.
    #[must_use]
    pub fn kind(&self, row: usize) -> Option<&str> {
        self.events.kind(row)
    }

    /// The kinds of event in this frame, in the order in which they first happen.
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        self.events.kinds()
    }

    /// The runs of rows with events before row `end` of those measured.
    pub(crate) fn event_runs(&self, end: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.events.runs(end.min(self.rows()))
    }

    /// Clock of `row`, which may lie up to [`HORIZON`] rows after the end.
    ///
    /// # Panics
    /// Further out.
    #[must_use]
    pub fn clock(&self, row: usize) -> Clock {
        self.clocks[row]
    }

    /// The measured values of the [`HORIZON`] rows after `origin`, NaN where missing.
    #[must_use]
    pub fn actual(&self, origin: usize) -> [f64; HORIZON] {
        std::array::from_fn(|h| self.values.get(origin + 1 + h).copied().unwrap_or(f64::NAN))
    }

    /// Whether a model can forecast from `origin`: the whole window before it is there after filling.
    #[must_use]
    pub fn can_forecast(&self, origin: usize) -> bool {
        origin + 1 >= WINDOW
            && origin < self.rows()
            && self.filled[origin + 1 - WINDOW..=origin].iter().all(|value| value.is_finite())
    }

    /// The origins of `range` to fit or score on: a window before them, and every value after them measured, none of
    /// them outside `range`.
    #[must_use]
    pub fn origins(&self, range: std::ops::Range<usize>, stride: usize) -> Vec<usize> {
        let end = range.end.min(self.rows()).saturating_sub(HORIZON);
        (range.start..end)
            .step_by(stride.max(1))
            .filter(|&origin| self.can_forecast(origin) && self.actual(origin).iter().all(|value| value.is_finite()))
            .collect()
    }
}

fn clock(moment: Timestamp, zone: &TimeZone) -> Clock {
    let offset = SignedDuration::from_secs(i64::from(zone.to_offset(moment).seconds()));
    let local = moment.as_second() + offset.as_secs();
    // 1970-01-01 was a Thursday: three days after a Monday.
    let week = (local + 3 * 86_400).rem_euclid(604_800);
    Clock { day: local.rem_euclid(86_400) as f64 / 86_400.0, week: week as f64 / 604_800.0 }
}

/// Where training ends and where validation ends; what lies after is test, and nothing fitted ever sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// First row of the validation part.
    pub train_end: usize,
    /// First row of the test part.
    pub validation_end: usize,
}

impl Split {
    /// 70 % training, 10 % validation, 20 % test.
    #[must_use]
    pub fn with_test(rows: usize) -> Self {
        Self { train_end: rows * 7 / 10, validation_end: rows * 8 / 10 }
    }

    /// 7/8 training, 1/8 validation, no test: for history whose future is still to come.
    #[must_use]
    pub fn without_test(rows: usize) -> Self {
        Self { train_end: rows * 7 / 8, validation_end: rows }
    }
}

/// The most origins that are scored in a test part.
const TEST_ORIGINS_MAX: usize = 1000;

impl Frame {
    /// The origins to score in the test part: evenly spread, at most about 1,000.
    #[must_use]
    pub fn test_origins(&self, split: Split) -> Vec<usize> {
        let rows = self.rows() - split.validation_end;
        self.origins(split.validation_end..self.rows(), rows.div_ceil(TEST_ORIGINS_MAX))
    }

    /// The origins to choose by in the validation part: evenly spread, at most about 1,000.
    #[must_use]
    pub fn validation_origins(&self, split: Split) -> Vec<usize> {
        let rows = split.validation_end - split.train_end;
        self.origins(split.train_end..split.validation_end, rows.div_ceil(TEST_ORIGINS_MAX))
    }

    /// Every origin of the training part.
    #[must_use]
    pub fn train_origins(&self, split: Split) -> Vec<usize> {
        self.fit_origins(split.train_end)
    }

    /// Every origin whose targets lie before `end`.
    #[must_use]
    pub fn fit_origins(&self, end: usize) -> Vec<usize> {
        self.origins(WINDOW..end, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;

    fn frame(values: &[f64], calendar: &str) -> Frame {
        let rows: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(i, &value)| Observation {
                cpu_utilization: Some(value),
                ..Observation::at(Timestamp::from_second(i as i64 * 300).unwrap())
            })
            .collect();
        let series = Series::from_observations(&rows).unwrap();
        Frame::of_column(&series, Column::CpuUtilization, &Calendar::from_json(calendar).unwrap(), None)
    }

    #[test]
    fn origins_need_a_window_behind_and_measurements_ahead() {
        let mut values = vec![1.0; 100];
        values[70] = f64::NAN;
        let frame = frame(&values, "{}");
        let origins = frame.origins(0..100, 1);
        assert_eq!(origins.first(), Some(&35));
        assert_eq!(origins.last(), Some(&87));
        assert!(!origins.contains(&60) && !origins.contains(&69), "row 70 is among their targets");
        assert!(origins.contains(&70), "a short gap is filled for the window");
    }

    #[test]
    fn the_clock_is_local_and_the_calendar_reaches_past_the_end() {
        let calendar = r#"{"time_zone": "Europe/Berlin", "events": [
            {"name": "x", "start": "1970-01-01T01:50:00", "duration_minutes": 5, "intensity": 2}]}"#;
        let frame = frame(&[1.0; 8], calendar);
        assert_eq!(frame.clock(0).day, 1.0 / 24.0);
        assert_eq!((frame.clock(0).week * 7.0).floor(), 3.0, "a Thursday");
        assert_eq!((frame.event(9), frame.event(10), frame.event(11)), (0.0, 2.0, 0.0));
    }

    #[test]
    fn requests_of_a_minute_are_counted_on_steps_of_five() {
        assert_eq!(Target::load(Some(100.0), 60), Target::Load { requests_per_instance: Some(500.0) });
        assert_eq!(Target::load(Some(100.0), 300), Target::Load { requests_per_instance: Some(100.0) });
        let rows: Vec<_> = (0..600)
            .map(|i| Observation { request_count: Some(200.0), ..Observation::at(Timestamp::from_second(i * 60).unwrap()) })
            .collect();
        let minutes = Series::from_observations(&rows).unwrap();
        let coarse = Target::load(Some(100.0), 60).frame(&minutes.at_forecast_step(), &Calendar::default(), None).unwrap();
        assert_eq!((minutes.load(Some(100.0))[0], coarse.values()[0]), (2.0, 2.0), "load does not depend on the step");
    }

    #[test]
    fn splits_leave_test_rows_alone() {
        let frame = frame(&[1.0; 1000], "{}");
        let split = Split::with_test(1000);
        assert_eq!((split.train_end, split.validation_end), (700, 800));
        assert_eq!(frame.train_origins(split).last(), Some(&(700 - 1 - HORIZON)));
        assert_eq!(frame.test_origins(split).first(), Some(&800));
    }
}
