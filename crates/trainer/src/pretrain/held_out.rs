//! How good a model is on histories that nothing was learned from, with little history and with much.

use headroom_core::{
    Calendar, Series,
    champion::Champion,
    forecast::{HORIZON, StepQuantiles},
    frame::{Frame, Split},
    online::Online,
    quantiles::{LEVELS, Quantiles, quantile_of_sorted},
    score::{Score, score},
};
use headroom_sim::Profile;
use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;

use super::histories::{DAY_ROWS, Disguise, History, observed};

/// Errors are told as those of a group of this size, in instance-equivalents, so that groups of all sizes count alike.
const SIZE: f64 = 10.0;

/// Lengths of history that a model is judged with, in rows: six hours, a day, eight days.
pub(super) const LENGTHS: [usize; 3] = [DAY_ROWS / 4, DAY_ROWS, 8 * DAY_ROWS];

/// The last value of `frame` at `origin` with the quantiles of its own errors in the rows before: what can be had from a short
/// history without any model. The median is the last value itself, which errs less than one that goes on with the mean drift
/// of a few hours.
#[must_use]
pub fn last_value(frame: &Frame, origin: usize) -> StepQuantiles {
    let values = &frame.filled()[..=origin];
    std::array::from_fn(|h| {
        let errors = values.windows(h + 2).map(|rows| rows[h + 1] - rows[0]);
        let mut errors: Vec<f64> = errors.filter(|error| error.is_finite()).collect();
        errors.sort_by(f64::total_cmp);
        let error = |level: f64| match quantile_of_sorted(&errors, level) {
            error if level < 0.5 => error.min(0.0),
            error if level > 0.5 => error.max(0.0),
            _ => 0.0,
        };
        Quantiles::rectified(LEVELS.map(|level| values[origin] + error(level)))
    })
}

/// Forecasts of many frames, to be scored as one.
#[derive(Debug, Default)]
pub struct Pool {
    rows: Vec<f64>,
    steps: Vec<[StepQuantiles; 2]>,
}

impl Pool {
    /// Asks `champion`, which knows nothing of the group yet, at `origin` of `frame`, as it would serve there. Everything is
    /// multiplied by `unit`.
    ///
    /// # Panics
    /// Where it cannot forecast from there.
    pub fn ask(&mut self, champion: &Champion, frame: &Frame, origin: usize, unit: f64) {
        let mut online = Online::new(champion.members().len());
        let outlook = champion.forecast(frame, origin, &mut online).expect("an origin with a window before it");
        self.rows.extend(frame.values()[origin..].iter().take(HORIZON + 1).map(|value| value * unit));
        self.steps.push([outlook.steps, last_value(frame, origin)].map(|steps| steps.map(|step| step.scaled(unit))));
    }

    /// The scores of the model and of the last value; none of nothing.
    #[must_use]
    pub fn scores(&self) -> Option<[Score; 2]> {
        let step = |row: usize| i64::try_from(row).expect("a row number") * 300;
        let observed = |(row, &value): (usize, &f64)| observed(Timestamp::from_second(step(row)).unwrap_or_default(), value);
        let rows: Vec<_> = self.rows.iter().enumerate().map(observed).collect();
        let series = Series::with_step(&rows, step(1)).ok()?;
        let frame = Frame::of_load(&series, None, &Calendar::default(), None);
        let origins: Vec<usize> = (0..self.steps.len()).map(|index| index * (HORIZON + 1)).collect();
        let of = |which: usize| {
            let steps: Vec<StepQuantiles> = self.steps.iter().map(|both| both[which]).collect();
            // There is no training part whose changes errors could be measured by.
            score(&frame, Split { train_end: 0, validation_end: 0 }, &origins, &steps)
        };
        Some([of(0)?, of(1)?])
    }

    /// How many forecasts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// How a model does on one profile, or on all, with so much history.
#[derive(Debug, Clone)]
pub struct HeldOut {
    /// The profile; none of all.
    pub profile: Option<Profile>,
    /// Hours of history.
    pub hours: usize,
    /// Forecasts made.
    pub forecasts: usize,
    /// The model's scores, in instance-equivalents of a group of 10.
    pub model: Score,
    /// Those of the last value with the quantiles of its errors in the same history.
    pub last_value: Score,
}

impl HeldOut {
    /// The model's weighted quantile loss over the last value's.
    #[must_use]
    pub fn relative_wql(&self) -> Option<f64> {
        Some(self.model.wql? / self.last_value.wql?)
    }

    /// The model's mean absolute error over the last value's.
    #[must_use]
    pub fn relative_mae(&self) -> f64 {
        self.model.mae.mean / self.last_value.mae.mean
    }
}

/// Judges `champion` at `moments` evenly spread origins of each of `histories`, with each of `lengths` rows before them.
pub(super) fn judge(
    champion: &Champion,
    histories: &[History],
    moments: usize,
    lengths: &[usize],
    random: &mut ChaCha8Rng,
) -> Vec<HeldOut> {
    let disguises: Vec<Disguise> = histories.iter().map(|_| Disguise::drawn(random)).collect();
    let longest = LENGTHS[LENGTHS.len() - 1];
    let mut judged = Vec::new();
    for &rows in lengths {
        let told = |profile: Option<Profile>, pool: &Pool| {
            let [model, last_value] = pool.scores()?;
            Some(HeldOut { profile, hours: rows * 24 / DAY_ROWS, forecasts: pool.len(), model, last_value })
        };
        let mut all = Pool::default();
        for profile in Profile::ALL {
            let mut pool = Pool::default();
            for (history, disguise) in histories.iter().zip(&disguises).filter(|(history, _)| history.profile == profile) {
                let last = history.loads.len() - 1 - HORIZON;
                // An odd number of rows apart, so that all hours of the day come up.
                for origin in (longest - 1..=last).step_by(((last - longest) / moments).max(1) | 1) {
                    let frame = history.cut(origin + 1 - rows..origin + 1 + HORIZON, *disguise);
                    pool.ask(champion, &frame, rows - 1, SIZE / disguise.size);
                }
            }
            judged.extend(told(Some(profile), &pool));
            all.rows.extend(pool.rows);
            all.steps.extend(pool.steps);
        }
        judged.extend(told(None, &all));
    }
    judged
}
