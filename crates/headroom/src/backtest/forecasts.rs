//! What would have been forecast at every step of the replayed part, by a model that learned from the history before it.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use headroom_core::{
    Forecast, Series,
    champion::{Champion, Said},
    feedback::Feedback,
    forecast::{HORIZON, ModelName, Outlook},
    frame::{Frame, Split, Target},
    reason::NoForecast,
    series::FORECAST_STEP_SECONDS,
};
use jiff::Timestamp;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use trainer::{Networks, Settings, TrainedModel, card::Provenance, train_model, training::Progress};

use crate::trace::Trace;

/// The group that forecasts of a replay are named after.
pub(crate) const GROUP: &str = "replay";

/// A forecast for each step of the replayed part, or why there is none.
pub(crate) struct Forecasts {
    /// The model's name.
    pub(crate) model: String,
    /// Whether it beat the last value on the history.
    pub(crate) predictable: bool,
    /// Rows of history that it learned from.
    pub(crate) history_rows: usize,
    /// How long that took.
    pub(crate) trained_in: Duration,
    /// How long all forecasts took.
    pub(crate) forecast_in: Duration,
    first_origin: Timestamp,
    step_seconds: i64,
    by_step: Vec<Result<Forecast, NoForecast>>,
    /// Whether the step before each was measured.
    measured: Vec<bool>,
}

/// What is forecast of a trace.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The column or the load.
    pub(crate) target: Target,
    /// Instance-equivalents in a unit of it.
    pub(crate) unit: f64,
    /// Only the events that concern this group; all of them where none is named.
    pub(crate) group: Option<&'a str>,
    /// The command that is running.
    pub(crate) command: &'a str,
}

impl Forecasts {
    /// Trains on the history of `trace`, which ends at `split`, as `trainer train` does, and walks over what follows: each forecast
    /// knows what was measured before it, and nothing is fitted again.
    ///
    /// # Errors
    /// Where the history is too short to learn from.
    pub(crate) fn of_subject(
        trace: &Trace,
        split: Timestamp,
        subject: Subject<'_>,
        progress: &mut (dyn FnMut(&str, Progress) + Send),
    ) -> Result<Self> {
        let Subject { target, unit, group, command } = subject;
        let series = trace.series.at_forecast_step();
        let history_rows = (0..series.rows()).take_while(|&row| series.timestamp(row) < split).count();
        let frame_of = |series: &Series| target.frame(series, &trace.calendar, group);
        let history = frame_of(&series.slice(0..history_rows))?;
        let provenance = Provenance {
            source: trace.source.clone(),
            command: command.to_owned(),
            calendar: !trace.calendar.is_empty(),
            target,
            now: split,
        };
        let parts = Split::without_test(history_rows);
        let begun = Instant::now();
        let trained = train_model(&history, parts, &Settings::default(), Networks::WherePaying, provenance, progress)
            .with_context(|| format!("training on the first four fifths of {}", trace.source))?;
        let trained_in = begun.elapsed();
        let begun = Instant::now();
        let whole = frame_of(&series)?.with_uplift(&trained.card.uplift);
        let forecasts = Walk::new(&trained, &whole, unit, history_rows).forecasts(&trained);
        Ok(Self { trained_in, forecast_in: begun.elapsed(), ..forecasts })
    }

    /// Of no model, for policies that ask none.
    pub(crate) fn none() -> Self {
        Self {
            model: "none".to_owned(),
            predictable: true,
            history_rows: 0,
            trained_in: Duration::ZERO,
            forecast_in: Duration::ZERO,
            first_origin: Timestamp::MIN,
            step_seconds: FORECAST_STEP_SECONDS,
            by_step: Vec::new(),
            measured: Vec::new(),
        }
    }

    /// Steps that were forecast.
    pub(crate) fn steps(&self) -> usize {
        self.by_step.len()
    }

    /// What was known at `now`: the forecast from the last step that had ended and was measured.
    pub(crate) fn at(&self, now: Timestamp) -> Result<&Forecast, NoForecast> {
        let newest = self.step(now).filter(|step| *step < self.by_step.len());
        let known =
            newest.and_then(|newest| (0..=newest).rev().find(|step| self.measured[*step])).map(|step| &self.by_step[step]);
        known.map_or(Err(NoForecast::GapsInHistory), |known| known.as_ref().map_err(Clone::clone))
    }

    /// Whether the trace has the step that had ended by `now`. In the world demand goes on in a gap of the trace, at its last value; a
    /// group of ours has no metrics then, and knows that.
    pub(crate) fn is_measured(&self, now: Timestamp) -> bool {
        self.step(now).and_then(|step| self.measured.get(step)).copied().unwrap_or(true)
    }

    fn step(&self, now: Timestamp) -> Option<usize> {
        usize::try_from(now.duration_since(self.first_origin).as_secs().div_euclid(self.step_seconds)).ok()
    }
}

/// A model on its way over the replayed rows, judged by its own forecasts as it goes.
struct Walk<'a> {
    frame: &'a Frame,
    /// Instance-equivalents in a unit of the frame's target.
    unit: f64,
    history_rows: usize,
    name: ModelName,
    predictable: bool,
    feedback: Feedback,
    /// By row, from the last one of the history on: what was said, trusted or not.
    said: Vec<Option<Forecast>>,
}

impl<'a> Walk<'a> {
    fn new(trained: &TrainedModel, frame: &'a Frame, unit: f64, history_rows: usize) -> Self {
        let card = &trained.card;
        let name = ModelName { name: card.model.clone(), version: Some(card.version.clone()) };
        let mut feedback = Feedback::default();
        feedback.serve(&name);
        Self { frame, unit, history_rows, name, predictable: card.predictable, feedback, said: Vec::new() }
    }

    fn forecasts(mut self, trained: &TrainedModel) -> Forecasts {
        let (first, rows) = (self.history_rows, self.frame.rows());
        let mut online = trained.card.online.clone();
        let mut outlooks: Vec<Option<Outlook>> = vec![None; rows - first + 1];
        outlooks[0] = trained.champion.forecast(self.frame, first - 1, &mut online);
        for (rows, said) in said_by_parts(&trained.champion, self.frame, first..rows) {
            trained
                .champion
                .walk_said(self.frame, rows, &said, &mut online, |row, outlook| outlooks[row + 1 - first] = Some(outlook));
        }
        let measured = self.frame.values()[first - 1..].iter().map(|value| value.is_finite()).collect();
        let by_step = outlooks.into_iter().enumerate().map(|(step, outlook)| self.step(first - 1 + step, outlook)).collect();
        Forecasts {
            model: self.name.name,
            predictable: self.predictable,
            history_rows: first,
            trained_in: Duration::ZERO,
            forecast_in: Duration::ZERO,
            first_origin: self.frame.series().timestamp(first),
            step_seconds: self.frame.series().step_seconds(),
            by_step,
            measured,
        }
    }

    /// Scores the forecast whose last step is `row`, then says what is to be made of the one from `row`.
    fn step(&mut self, row: usize, outlook: Option<Outlook>) -> Result<Forecast, NoForecast> {
        let origin = self.frame.series().timestamp(row + 1);
        if let Some(due) = self.said.len().checked_sub(HORIZON).and_then(|due| self.said[due].take()) {
            let values = self.frame.values();
            let loads = std::array::from_fn(|h| values[row + 1 - HORIZON + h] * self.unit);
            self.feedback.score(&due, values[row - HORIZON] * self.unit, &loads);
            self.feedback.judge(due.origin, origin);
        }
        // A step that was not measured is no ground to forecast from, as in the scaler.
        let outlook = outlook.filter(|_| self.frame.values()[row].is_finite());
        let forecast = outlook.map(|outlook| {
            let step_seconds = self.frame.series().step_seconds();
            let forecast = Forecast::new(GROUP, origin, step_seconds, self.name.clone(), outlook.scaled(self.unit));
            Forecast { predictable: self.predictable, ..forecast }
        });
        self.said.push(forecast.clone());
        let forecast = forecast.ok_or(NoForecast::GapsInHistory)?;
        self.feedback.trusted(&forecast).map(|_| ())?;
        Ok(forecast)
    }
}

/// Rows that are forecast in one go: long enough to pay for a thread, short enough to share out evenly.
const PART_ROWS: usize = 512;

/// What the members say of `rows`, part by part in order; the parts are asked side by side, which changes no number.
fn said_by_parts(champion: &Champion, frame: &Frame, rows: Range<usize>) -> Vec<(Range<usize>, Vec<Said>)> {
    let starts: Vec<usize> = rows.clone().step_by(PART_ROWS).collect();
    let part = |start: usize| start..(start + PART_ROWS).min(rows.end);
    starts.into_par_iter().map(|start| (part(start), champion.said(frame, part(start)))).collect()
}
