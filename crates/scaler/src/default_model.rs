//! The default model, which serves groups that have no model of their own yet: compiled in, so that it needs no file and no
//! store. `trainer pretrain` makes it.

use headroom_core::{champion::Champion, frame::Frame, model_card::ModelCard, reason::NoForecast, series::FORECAST_STEP_SECONDS};

const CARD: &[u8] = include_bytes!("../../../models/default/card.json");
const WEIGHTS: &[u8] = include_bytes!("../../../models/default/weights.safetensors");

/// So much history has to lie behind the first forecast, in seconds: six hours.
const HISTORY_SECONDS: i64 = 6 * 3600;

/// The model that is compiled in, ready to forecast, with its card.
///
/// # Errors
/// [`NoForecast::UnusableModel`] where weights and card do not fit each other or this version: our own bug.
pub fn default_model() -> Result<(Champion, ModelCard), NoForecast> {
    let unusable = |error: &dyn std::fmt::Display| NoForecast::UnusableModel(format!("the default model: {error}"));
    let card = ModelCard::from_json(CARD).map_err(|error| unusable(&error))?;
    let champion = card.champion(WEIGHTS).map_err(|error| unusable(&error))?;
    Ok((champion, card))
}

/// Whether `frame`, whose target is a load, is one that the default model was made for: of its step, with six hours measured
/// up to and including `origin`.
pub(crate) fn suits(frame: &Frame, origin: usize) -> bool {
    let measured = frame.filled().iter().take(origin + 1).filter(|load| load.is_finite()).count();
    frame.series().step_seconds() == FORECAST_STEP_SECONDS && measured >= frame.rows_of(HISTORY_SECONDS)
}
