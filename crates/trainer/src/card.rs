//! From a frame to a trained model with its card.

use headroom_core::{
    frame::{Frame, Split, Target},
    lstm::LstmModel,
    model_card::{DataFacts, ModelCard, NamedScore, weights_digest},
};
use jiff::Timestamp;

use crate::{
    evaluate::plain_scores,
    training::{Progress, Settings, TrainError, train},
};

/// What a card says that training itself does not know.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The file or store that the rows came from.
    pub source: String,
    /// The command that is running.
    pub command: String,
    /// Whether a calendar told of events.
    pub calendar: bool,
    /// What is forecast.
    pub target: Target,
    /// When it is made.
    pub now: Timestamp,
}

/// A trained model, its weights as bytes, and its card.
#[derive(Debug)]
pub struct TrainedModel {
    /// The model, ready to forecast.
    pub model: LstmModel,
    /// Its weights in safetensors form.
    pub weights: Vec<u8>,
    /// Its card.
    pub card: ModelCard,
}

/// Trains a model and scores it beside the plain ones, on the test part, or where `split` keeps none, on the
/// validation part.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from.
pub fn train_model(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    provenance: Provenance,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<TrainedModel, TrainError> {
    let (model, training) = train(frame, split, settings, progress)?;
    let test = frame.test_origins(split);
    let (scored_on, origins) = if test.is_empty() { ("validation", frame.validation_origins(split)) } else { ("test", test) };
    let steps: Vec<_> = model.forecast(frame, &origins).into_iter().map(|outlook| outlook.steps).collect();
    let own = headroom_core::score::score(frame, split, &origins, &steps)
        .map(|score| NamedScore { model: settings.model_name().to_owned(), score });
    let scores = own.into_iter().chain(plain_scores(frame, split, &origins)).collect();
    let weights = model.to_safetensors();
    let weights_sha256 = weights_digest(&weights);
    let card = ModelCard {
        format: ModelCard::FORMAT,
        version: version(provenance.now, &weights_sha256),
        model: settings.model_name().to_owned(),
        created_at: provenance.now,
        command: provenance.command,
        target: provenance.target,
        data: DataFacts {
            source: provenance.source,
            rows: frame.rows(),
            missing_rows: frame.values().iter().filter(|value| value.is_nan()).count(),
            first: frame.series().timestamp(0),
            last: frame.series().timestamp(frame.rows() - 1),
            step_seconds: frame.series().step_seconds(),
            calendar: provenance.calendar,
        },
        split,
        training,
        scored_on: scored_on.to_owned(),
        scored_origins: origins.len(),
        scores,
        inputs: model.inputs().clone(),
        shape: *model.shape(),
        weights_sha256,
    };
    Ok(TrainedModel { model, weights, card })
}

/// A version sorts by time and tells different weights apart.
fn version(now: Timestamp, weights_sha256: &str) -> String {
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &weights_sha256[..8])
}
