//! The naive forecasts: the past repeats itself.

use crate::{forecast::HORIZON, forecasters::PointForecaster, frame::Frame};

/// Every step is like the last one.
#[derive(Debug, Clone, Copy)]
pub struct LastValue;

impl PointForecaster for LastValue {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        [frame.filled_before(origin, 0); HORIZON]
    }
}

/// Every step is like the same time yesterday.
#[derive(Debug, Clone, Copy)]
pub struct SameTimeYesterday;

impl PointForecaster for SameTimeYesterday {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        std::array::from_fn(|h| frame.filled_before(origin + 1 + h, frame.day_rows()))
    }
}

/// Every step is like the same time last week.
#[derive(Debug, Clone, Copy)]
pub struct SameTimeLastWeek;

impl PointForecaster for SameTimeLastWeek {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        std::array::from_fn(|h| frame.filled_before(origin + 1 + h, frame.week_rows()))
    }
}

/// Every step is like the mean of the last hour.
#[derive(Debug, Clone, Copy)]
pub struct LastHourMean;

impl PointForecaster for LastHourMean {
    fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        let known: Vec<f64> =
            (0..frame.rows_of(3600)).map(|back| frame.filled_before(origin, back)).filter(|value| value.is_finite()).collect();
        [known.iter().sum::<f64>() / known.len() as f64; HORIZON]
    }
}
