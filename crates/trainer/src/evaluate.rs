//! Every model and every baseline on the same origins of the test part.

use std::time::Instant;

use headroom_core::{
    champion::{Member, Said, walk},
    forecast::{HORIZON, Outlook, StepQuantiles},
    forecasters::{Forecaster, Plain, PlainModel},
    frame::{Frame, Split},
    online::Online,
    score::{Coverage, Score, score},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    contest::{Choice, Contest, Networks, compete},
    training::{Progress, Settings, TrainError},
};

/// The name of the naive forecast that turned out best.
pub const BEST_NAIVE: &str = "best naive";

/// The name of what would serve.
pub const CHAMPION: &str = "champion";

/// What every result of one evaluation shares: with these, two programs can tell that they did the same work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// Name of the data.
    pub trace: String,
    /// What was forecast.
    pub target: String,
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// Rows of the regular grid.
    pub grid_rows: usize,
    /// Origins that were scored.
    pub origins: usize,
    /// The first of them.
    pub first_origin: Timestamp,
    /// The last of them.
    pub last_origin: Timestamp,
    /// Sum of all scored targets, with repetition.
    pub target_sum: f64,
}

/// The result of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// What all results share.
    #[serde(flatten)]
    pub facts: Facts,
    /// The model.
    pub model: String,
    /// Its scores; of learned models, the blend and the champion as they serve, which is corrected online by their errors
    /// so far.
    #[serde(flatten)]
    pub score: Score,
    /// The scores without the online correction, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncorrected: Option<Uncorrected>,
    /// Mean absolute error of the bare points, for models that give points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae_of_point: Option<f64>,
    /// Which model this is, where it was chosen among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// By what share its loss on the validation part lies below the last value's, of the champion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Whether anything beat the last value there, of the champion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictable: Option<bool>,
    /// Seconds of fitting.
    pub train_seconds: f64,
    /// Seconds of forecasting.
    pub predict_seconds: f64,
}

/// What a learned model says before its recent errors correct it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Uncorrected {
    /// See [`Score::wql`].
    pub wql: Option<f64>,
    /// See [`Score::coverage`].
    pub coverage: Coverage,
}

/// All results, and the forecasts behind them.
#[derive(Debug)]
pub struct Evaluated {
    /// One per model.
    pub results: Vec<Evaluation>,
    /// Of each result, the forecasts at `origins`.
    pub forecasts: Vec<Vec<StepQuantiles>>,
    /// Rows of the frame that were scored from.
    pub origins: Vec<usize>,
    /// What the champion said at every row of the test part that can be forecast from.
    pub champion: Vec<(usize, Outlook)>,
    /// What the champion said at `origins` without the online correction.
    pub uncorrected: Vec<StepQuantiles>,
}

/// Why data could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// No origin has a window before and an hour after it.
    #[error(
        "the test part (the last 20 % of {rows} rows) has no 36 rows in a row with 12 measured ones after them: use a longer history"
    )]
    NothingToScore {
        /// Rows of the grid.
        rows: usize,
    },
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Evaluates every model on the test part. Whatever is fitted sees the training and validation parts only.
///
/// # Errors
/// [`EvaluateError`] where there is nothing to score or to learn from.
pub fn evaluate(
    trace: &str,
    target: &str,
    frame: &Frame,
    settings: &Settings,
    networks: Networks,
    progress: &mut (dyn FnMut(&str, Progress) + Send),
) -> Result<Evaluated, EvaluateError> {
    let split = Split::with_test(frame.rows());
    let origins = frame.test_origins(split);
    let (Some(&first), Some(&last)) = (origins.first(), origins.last()) else {
        return Err(EvaluateError::NothingToScore { rows: frame.rows() });
    };
    let facts = Facts {
        trace: trace.to_owned(),
        target: target.to_owned(),
        step_seconds: frame.series().step_seconds(),
        grid_rows: frame.rows(),
        origins: origins.len(),
        first_origin: frame.series().timestamp(first),
        last_origin: frame.series().timestamp(last),
        target_sum: origins.iter().flat_map(|&origin| frame.actual(origin)).sum(),
    };
    let contest = compete(frame, split, settings, networks, progress)?;
    let mut table = Table { facts, frame: &contest.frame, split, evaluated: Evaluated::at(origins) };
    table.add_plain();
    let places = (0..contest.members.len()).filter(|&place| !matches!(contest.members[place].0, Member::Plain(_)));
    for choice in places.map(Choice::Alone).chain([Choice::Blend]) {
        table.add_served(&contest, choice, None);
    }
    table.add_served(&contest, contest.choice, Some(CHAMPION));
    Ok(table.evaluated)
}

impl Evaluated {
    fn at(origins: Vec<usize>) -> Self {
        Self { results: Vec::new(), forecasts: Vec::new(), origins, champion: Vec::new(), uncorrected: Vec::new() }
    }

    fn add(&mut self, result: Evaluation, steps: Vec<StepQuantiles>) {
        self.results.push(result);
        self.forecasts.push(steps);
    }
}

/// Results on their way.
struct Table<'a> {
    facts: Facts,
    frame: &'a Frame,
    split: Split,
    evaluated: Evaluated,
}

impl Table<'_> {
    fn score(&self, steps: &[StepQuantiles]) -> Option<Score> {
        score(self.frame, self.split, &self.evaluated.origins, steps)
    }

    /// The plain models, fitted on training and validation part and not corrected, and the best naive one in hindsight.
    fn add_plain(&mut self) {
        for model in PlainModel::ALL {
            let begun = Instant::now();
            let Some(fitted) = Plain::fit(model, self.frame, self.split.validation_end, &self.evaluated.origins) else {
                continue;
            };
            let train_seconds = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            let steps = steps_of(&fitted.forecast(self.frame, &self.evaluated.origins));
            let predict_seconds = begun.elapsed().as_secs_f64();
            let Some(score) = self.score(&steps) else { continue };
            let mae_of_point = fitted.mae_of_point(self.frame, &self.evaluated.origins);
            let result = Evaluation {
                mae_of_point: Some(mae_of_point).filter(|error| error.is_finite()),
                ..self.result(model.name(), score, train_seconds, predict_seconds)
            };
            self.evaluated.add(result, steps);
        }
        let naive = |result: &Evaluation| PlainModel::NAIVE.iter().any(|model| model.name() == result.model);
        let results = self.evaluated.results.iter().zip(&self.evaluated.forecasts).filter(|(result, _)| naive(result));
        let best = results.min_by(|a, b| a.0.score.mae.mean.total_cmp(&b.0.score.mae.mean));
        if let Some((best, steps)) = best.map(|(best, steps)| (best.clone(), steps.clone())) {
            self.evaluated.add(Evaluation { chosen: Some(best.model), model: BEST_NAIVE.to_owned(), ..best }, steps);
        }
    }

    /// A member or the blend as it would serve over the test part, under the name `role` where it plays one.
    fn add_served(&mut self, contest: &Contest, choice: Choice, role: Option<&str>) {
        let (places, judged) = contest.of(choice);
        let members: Vec<&Member> = places.iter().map(|&place| &contest.members[place].0).collect();
        let priors: Vec<f64> = members.iter().map(|member| member.prior()).collect();
        let rows = self.split.validation_end - HORIZON..self.frame.rows();
        let begun = Instant::now();
        let said: Vec<Said> = members.iter().map(|member| Said::of(*member, self.frame, rows.clone())).collect();
        let said: Vec<&Said> = said.iter().collect();
        let (mut online, mut outlooks) = (judged.online.clone(), Vec::new());
        walk(self.frame, self.split.validation_end..rows.end, &priors, &said, &mut online, |row, outlook| {
            outlooks.push((row, outlook));
        });
        let predict_seconds = begun.elapsed().as_secs_f64();
        let wanted = |(row, _): &&(usize, Outlook)| self.evaluated.origins.binary_search(row).is_ok();
        let steps: Vec<_> = outlooks.iter().filter(wanted).map(|(_, outlook)| outlook.steps).collect();
        let untaught = Online::new(members.len());
        let bare = |&origin: &usize| {
            let said: Option<Vec<&Outlook>> = said.iter().map(|said| said.at(origin)).collect();
            untaught.outlook(&priors, &said.expect("an origin of the test part can be forecast from")).steps
        };
        let uncorrected: Vec<_> = self.evaluated.origins.iter().map(bare).collect();
        let (Some(score), Some(before)) = (self.score(&steps), self.score(&uncorrected)) else { return };
        let name = contest.name(choice);
        let train_seconds = places.iter().map(|&place| contest.members[place].1.fit_seconds).sum();
        let mut result = Evaluation {
            uncorrected: Some(Uncorrected { wql: before.wql, coverage: before.coverage }),
            ..self.result(role.unwrap_or(name), score, train_seconds, predict_seconds)
        };
        if role.is_some() {
            result.chosen = Some(name.to_owned());
            result.margin = contest.margin;
            result.predictable = Some(contest.predictable());
            self.evaluated.champion = outlooks;
            self.evaluated.uncorrected = uncorrected;
        }
        self.evaluated.add(result, steps);
    }

    fn result(&self, model: &str, score: Score, train_seconds: f64, predict_seconds: f64) -> Evaluation {
        Evaluation {
            facts: self.facts.clone(),
            model: model.to_owned(),
            score,
            uncorrected: None,
            mae_of_point: None,
            chosen: None,
            margin: None,
            predictable: None,
            train_seconds,
            predict_seconds,
        }
    }
}

fn steps_of(outlooks: &[Outlook]) -> Vec<StepQuantiles> {
    outlooks.iter().map(|outlook| outlook.steps).collect()
}
