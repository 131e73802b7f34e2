//! What the network sees of a window and of each step ahead.
//!
//! Levels of the target are anchored at the window's last value and divided by its scale, so that a model carries over
//! when a group grows. The sixteen features stand beside them, scaled by the training rows. What the network gives is
//! the distance from a frozen baseline, which it sees too: it learns only what the baseline misses.

use std::f64::consts::TAU;

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    features::{FEATURE_SET_VERSION, FeatureTable, Scaler},
    forecast::HORIZON,
    forecasters::{Baseline, tells_weekdays},
    frame::{Clock, Frame, Split, WINDOW},
};

/// Inputs per row of the window beside the sixteen features.
const WINDOW_ANCHORED: usize = 16;

/// Inputs per step ahead: 8 levels and events, 6 of the clock, one per horizon.
pub(super) const FUTURE_INPUTS: usize = 14 + HORIZON;

/// No input is further from zero than this, so that one wild value cannot drown the others.
const INPUT_MAX: f64 = 20.0;

/// A scaled feature is cut here: what lies further from the training rows tells no more.
const FEATURE_MAX: f64 = 4.0;

/// The share of the training part's mean that is added to every window's scale, so that an idle window has one.
const FLOOR_SHARE: f64 = 0.1;

/// Width of the rolling mean and deviation, in rows.
const ROLLING_ROWS: usize = 12;

/// What is fitted to the training rows before a network can see anything; part of the model card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// The version of the feature set, [`FEATURE_SET_VERSION`] when it was fitted.
    pub feature_set_version: u32,
    /// The features in the order of the inputs, with their scalers.
    pub scalers: Vec<Scaler>,
    /// Added to every window's scale, in the target's unit.
    pub floor: f64,
    /// Mean distance of what came from what the baseline said, as a share of a window's scale.
    pub change: f64,
    /// What the network corrects.
    pub baseline: Baseline,
    /// Whether the training part was long enough to tell weekdays apart.
    pub weekly: bool,
}

impl InputSpec {
    /// Fits scalers, floor and change to the training part and nothing else. `None` where the training part has no
    /// origin to learn from, or the target never differs from zero in it.
    #[must_use]
    pub fn fit(frame: &Frame, split: Split) -> Option<Self> {
        let known: Vec<f64> = frame.values()[..split.train_end].iter().copied().filter(|value| value.is_finite()).collect();
        let floor = FLOOR_SHARE * known.iter().sum::<f64>() / known.len() as f64;
        if floor.is_nan() || floor <= 0.0 {
            return None;
        }
        let scalers = FeatureTable::of(frame).fit_scalers(split.train_end);
        let baseline = Baseline::fit(frame, split);
        let weekly = tells_weekdays(frame, split.train_end);
        let origins = frame.train_origins(split);
        let change = mean_change(&baseline, floor, [(frame, origins.as_slice())])?;
        Some(Self { feature_set_version: FEATURE_SET_VERSION, scalers, floor, change, baseline, weekly })
    }

    /// Inputs for groups of any size that nothing is known of yet: without the sixteen features, whose scalers are one group's
    /// own, without weekdays, and on the last value. Only the change is fitted, to some origins of each of many frames. `floor`
    /// is in the target's unit: loads far below it count as none. `None` where there are no origins.
    #[must_use]
    pub fn of_any_group<'a>(floor: f64, origins: impl IntoIterator<Item = (&'a Frame, &'a [usize])>) -> Option<Self> {
        let baseline = Baseline::LastValue;
        let change = mean_change(&baseline, floor, origins)?;
        let feature_set_version = FEATURE_SET_VERSION;
        Some(Self { feature_set_version, scalers: Vec::new(), floor, change, baseline, weekly: false })
    }

    /// Inputs per row of the window.
    #[must_use]
    pub fn window_inputs(&self) -> usize {
        WINDOW_ANCHORED + self.scalers.len()
    }

    /// Inputs per step ahead.
    #[must_use]
    pub fn future_inputs(&self) -> usize {
        FUTURE_INPUTS
    }
}

/// Mean distance of what came from what `baseline` said, as a share of a window's scale. `None` where there are no origins.
fn mean_change<'a>(baseline: &Baseline, floor: f64, origins: impl IntoIterator<Item = (&'a Frame, &'a [usize])>) -> Option<f64> {
    let mut changes = Vec::new();
    for (frame, origins) in origins {
        for &origin in origins {
            let scale = window_scale(frame, origin, floor);
            let steps = frame.actual(origin).into_iter().zip(baseline.points(frame, origin));
            changes.extend(steps.map(|(actual, point)| (actual - point).abs() / scale));
        }
    }
    let change = changes.iter().sum::<f64>() / changes.len() as f64;
    // Where the baseline never errs, any unit will do.
    let change = if change > 0.0 { change } else { 1.0 };
    (!changes.is_empty()).then_some(change)
}

/// The window's mean plus the floor, in the target's unit.
fn window_scale(frame: &Frame, origin: usize, floor: f64) -> f64 {
    frame.filled()[origin + 1 - WINDOW..=origin].iter().sum::<f64>() / WINDOW as f64 + floor
}

/// Tensors for some origins, and what brings the network's outputs back to the target's unit.
#[derive(Debug)]
pub struct Batch {
    /// Shape (window rows, origins, window inputs).
    pub window: Tensor,
    /// Shape (origins, horizon, future inputs).
    pub future: Tensor,
    /// What the baseline says of each step, in the target's unit.
    pub points: Vec<[f64; HORIZON]>,
    /// The scale of each window, in the target's unit.
    pub scales: Vec<f64>,
}

/// What is computed once per frame, so that a batch is only a matter of copying.
#[derive(Debug)]
pub struct InputTable<'a> {
    frame: &'a Frame,
    spec: &'a InputSpec,
    /// The scaled features, row by row.
    features: Vec<f32>,
    rolling_mean: Vec<f64>,
    rolling_deviation: Vec<f64>,
    /// The clock of every row and the [`HORIZON`] after the end as points on circles, so that midnight is close to itself.
    waves: Vec<[f64; 6]>,
    /// Mean of the ordinary load of the seven days before at the same time of day, under the row's own events, for every row and the [`HORIZON`] after the end.
    profile: Vec<f64>,
}

impl<'a> InputTable<'a> {
    /// Prepares `frame`. A feature whose column the frame lacks, or whose value is missing, stands at its training mean;
    /// so do features of the weekday where training was too short to tell weekdays apart.
    #[must_use]
    pub fn new(frame: &'a Frame, spec: &'a InputSpec) -> Self {
        let table = FeatureTable::of(frame);
        let count = spec.scalers.len();
        let mut features = vec![0.0; frame.rows() * count];
        for (column, scaler) in spec.scalers.iter().enumerate() {
            let Some(values) = table.values(scaler.feature) else { continue };
            if scaler.feature.is_weekly() && !spec.weekly {
                continue;
            }
            for (row, &value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                features[row * count + column] = scaler.scale(value).clamp(-FEATURE_MAX, FEATURE_MAX) as f32;
            }
        }
        let rolling = |row: usize| {
            let known: Vec<f64> =
                (0..ROLLING_ROWS).map(|back| frame.filled_before(row, back)).filter(|value| value.is_finite()).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            (mean, (known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / known.len() as f64).sqrt())
        };
        let (rolling_mean, rolling_deviation) = (0..frame.rows()).map(rolling).unzip();
        let profile = |row: usize| {
            let known: Vec<f64> = (1..=7)
                .map(|days| frame.ordinary_before(row, days * frame.day_rows()))
                .filter(|value| value.is_finite())
                .collect();
            known.iter().sum::<f64>() / known.len() as f64 * (1.0 + frame.event(row))
        };
        let profile = (0..frame.rows() + HORIZON).map(profile).collect();
        let waves = (0..frame.rows() + HORIZON).map(|row| waves(frame.clock(row), spec.weekly)).collect();
        Self { frame, spec, features, rolling_mean, rolling_deviation, waves, profile }
    }

    /// The inputs of `origins`, each of which [`Frame::can_forecast`] from.
    ///
    /// # Errors
    /// Where a tensor cannot be made.
    pub fn batch(&self, origins: &[usize]) -> Result<Batch> {
        let (count, inputs) = (origins.len(), self.spec.window_inputs());
        let points: Vec<_> = origins.iter().map(|&origin| self.spec.baseline.points(self.frame, origin)).collect();
        let scales: Vec<f64> = origins.iter().map(|&origin| window_scale(self.frame, origin, self.spec.floor)).collect();
        let mut window = vec![0.0_f32; WINDOW * count * inputs];
        let mut future = Vec::with_capacity(count * HORIZON * FUTURE_INPUTS);
        for (index, &origin) in origins.iter().enumerate() {
            let view = Anchored::new(self, origin, scales[index]);
            for step in 0..WINDOW {
                let slot = &mut window[(step * count + index) * inputs..][..inputs];
                view.write_row(origin + 1 + step - WINDOW, slot);
            }
            for (horizon, &point) in points[index].iter().enumerate() {
                view.write_future(horizon, point, &mut future);
            }
        }
        Ok(Batch {
            window: Tensor::from_vec(window, (WINDOW, count, inputs), &Device::Cpu)?,
            future: Tensor::from_vec(future, (count, HORIZON, FUTURE_INPUTS), &Device::Cpu)?,
            points,
            scales,
        })
    }
}

/// The view from one origin.
struct Anchored<'a> {
    table: &'a InputTable<'a>,
    origin: usize,
    anchor: f64,
    scale: f64,
    /// Logarithm of the window's scale over that of an average training window.
    size_class: f64,
}

impl<'a> Anchored<'a> {
    fn new(table: &'a InputTable<'a>, origin: usize, scale: f64) -> Self {
        let usual = table.spec.floor / FLOOR_SHARE * (1.0 + FLOOR_SHARE);
        Self { table, origin, anchor: table.frame.filled()[origin], scale, size_class: (scale / usual).ln() }
    }
}

impl Anchored<'_> {
    /// A level as distance from the anchor, in scales; 0 where it is not known.
    fn level(&self, value: f64) -> f64 {
        self.size(value - self.anchor)
    }

    fn size(&self, difference: f64) -> f64 {
        if difference.is_finite() { (difference / self.scale).clamp(-INPUT_MAX, INPUT_MAX) } else { 0.0 }
    }

    fn write_row(&self, row: usize, slot: &mut [f32]) {
        let frame = self.table.frame;
        let (day, week) = (frame.day_rows(), frame.week_rows());
        let (yesterday, last_week) = (frame.expected_before(row, day), frame.expected_before(row, week));
        let anchored = [
            self.level(frame.filled_before(row, 0)),
            self.level(yesterday),
            self.level(last_week),
            self.level(self.table.rolling_mean[row]),
            self.size(self.table.rolling_deviation[row]),
            self.size(frame.filled_before(row, 0) - frame.filled_before(row, 1)),
            f64::from(yesterday.is_finite()),
            f64::from(last_week.is_finite()),
            frame.event(row),
            self.size_class,
        ];
        let (values, features) = slot.split_at_mut(WINDOW_ANCHORED);
        for (value, input) in values.iter_mut().zip(anchored.into_iter().chain(self.table.waves[row])) {
            *value = input as f32;
        }
        let count = features.len();
        features.copy_from_slice(&self.table.features[row * count..][..count]);
    }

    fn write_future(&self, horizon: usize, point: f64, future: &mut Vec<f32>) {
        let frame = self.table.frame;
        let (day, week) = (frame.day_rows(), frame.week_rows());
        let target = self.origin + 1 + horizon;
        let there = |season: usize| frame.expected_before(target, season);
        let moved = |season: usize| self.size(there(season) - frame.expected_before(self.origin, season));
        let levels = [
            self.level(point),
            self.level(there(day)),
            self.level(there(week)),
            self.level(self.table.profile[target]),
            moved(day),
            moved(week),
            frame.event(target),
            frame.event(self.origin),
        ];
        future.extend(levels.into_iter().chain(self.table.waves[target]).map(|value| value as f32));
        future.extend((0..HORIZON).map(|h| f32::from(h == horizon)));
    }
}

/// Two waves a day and one a week; none a week where weekdays are not told apart.
fn waves(clock: Clock, weekly: bool) -> [f64; 6] {
    let (day, week, weekly) = (TAU * clock.day, TAU * clock.week, f64::from(weekly));
    [day.sin(), day.cos(), (2.0 * day).sin(), (2.0 * day).cos(), weekly * week.sin(), weekly * week.cos()]
}
