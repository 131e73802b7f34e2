//! Every model and every baseline on the same origins of the test part.

use std::time::Instant;

use headroom_core::{
    forecast::Outlook,
    forecasters::PlainModel,
    frame::{Frame, Split},
    lstm::Pooling,
    model_card::NamedScore,
    score::{Score, score},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::training::{Progress, Settings, TrainError, train};

/// The naive forecasts, of which `best naive` is the best in hindsight.
const NAIVES: [&str; 4] = ["last value", "yesterday", "last week", "last-hour mean"];

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
    /// Its scores.
    #[serde(flatten)]
    pub score: Score,
    /// Mean absolute error of the bare points, for models that give points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mae_of_point: Option<f64>,
    /// Which model this is, where it was chosen among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// Seconds of fitting.
    pub train_seconds: f64,
    /// Seconds of forecasting.
    pub predict_seconds: f64,
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
    progress: &mut (dyn FnMut(&str, Progress) + Send),
) -> Result<Vec<Evaluation>, EvaluateError> {
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
    let mut results = plain_results(&facts, frame, split, &origins);
    let mut champion: Option<(f64, Evaluation)> = None;
    for pooling in [Pooling::Last, Pooling::Attention] {
        let settings = Settings { pooling, ..settings.clone() };
        let name = settings.model_name();
        let begun = Instant::now();
        let (model, training) = train(frame, split, &settings, &mut |at| progress(name, at))?;
        let train_seconds = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let outlooks = model.forecast(frame, &origins);
        let predict_seconds = begun.elapsed().as_secs_f64();
        let Some(score) = score_outlooks(frame, split, &origins, &outlooks) else { continue };
        let result = Evaluation {
            facts: facts.clone(),
            model: name.to_owned(),
            score,
            mae_of_point: None,
            chosen: None,
            train_seconds,
            predict_seconds,
        };
        if champion.as_ref().is_none_or(|(loss, _)| training.validation_loss < *loss) {
            champion = Some((training.validation_loss, result.clone()));
        }
        results.push(result);
    }
    results.extend(champion.map(|(_, best)| Evaluation {
        chosen: Some(best.model.clone()),
        model: "champion".to_owned(),
        ..best
    }));
    Ok(results)
}

fn score_outlooks(frame: &Frame, split: Split, origins: &[usize], outlooks: &[Outlook]) -> Option<Score> {
    let steps: Vec<_> = outlooks.iter().map(|outlook| outlook.steps).collect();
    score(frame, split, origins, &steps)
}

fn plain_results(facts: &Facts, frame: &Frame, split: Split, origins: &[usize]) -> Vec<Evaluation> {
    let result = |model: PlainModel| {
        let begun = Instant::now();
        let fitted = model.fit(frame, split, origins)?;
        let train_seconds = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let outlooks = fitted.forecast(frame, origins);
        let predict_seconds = begun.elapsed().as_secs_f64();
        Some(Evaluation {
            facts: facts.clone(),
            model: fitted.name().to_owned(),
            score: score_outlooks(frame, split, origins, &outlooks)?,
            mae_of_point: Some(fitted.mae_of_point(frame, origins)).filter(|error| error.is_finite()),
            chosen: None,
            train_seconds,
            predict_seconds,
        })
    };
    let mut results: Vec<Evaluation> = PlainModel::ALL.into_iter().filter_map(result).collect();
    let best = results
        .iter()
        .filter(|result| NAIVES.contains(&result.model.as_str()))
        .min_by(|a, b| a.score.mae.mean.total_cmp(&b.score.mae.mean))
        .cloned();
    results.extend(best.map(|best| Evaluation { chosen: Some(best.model.clone()), model: "best naive".to_owned(), ..best }));
    results
}

/// The scores of the plain models at `origins`, for a model card.
#[must_use]
pub fn plain_scores(frame: &Frame, split: Split, origins: &[usize]) -> Vec<NamedScore> {
    let scored = |model: PlainModel| {
        let fitted = model.fit(frame, split, origins)?;
        let score = score_outlooks(frame, split, origins, &fitted.forecast(frame, origins))?;
        Some(NamedScore { model: fitted.name().to_owned(), score })
    };
    PlainModel::ALL.into_iter().filter_map(scored).collect()
}
