//! From history to a forecast, with the models kept over ticks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use headroom_core::{
    Calendar, Forecast, Group, Series, champion::Champion, forecast::ModelName, frame::Target, model_card::ModelCard,
    online::Online, policy::Measured, reason::NoForecast, uplift::Uplift,
};
use headroom_store::{Store, StoreError, models};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::default_model::{default_model, suits};

/// A model and its card, ready to forecast.
#[derive(Debug)]
struct Serving {
    champion: Champion,
    card: ModelCard,
    /// Whether it was trained on the group's own history.
    own: bool,
}

/// The models that serve, by group: loaded once per version, kept over warm invocations.
#[derive(Debug, Default)]
pub struct Models {
    loaded: Mutex<HashMap<String, Arc<Serving>>>,
    /// What serves groups without a model of their own.
    default: OnceLock<Result<Arc<Serving>, NoForecast>>,
}

impl Models {
    /// The group's own model where one was published, else the default one.
    async fn serving(&self, store: &dyn Store, group: &str) -> Result<Arc<Serving>, NoForecast> {
        let unusable = |error: StoreError| NoForecast::UnusableModel(error.to_string());
        let current = models::current(store, group).await.map_err(unusable)?;
        let Some(current) = current else { return self.default() };
        if let Some(serving) = self.lock().get(group).filter(|serving| serving.card.version == current.version) {
            return Ok(Arc::clone(serving));
        }
        let stored = models::load(store, group, &current.version).await.map_err(unusable)?;
        let card = ModelCard::from_json(&stored.card).map_err(|error| NoForecast::UnusableModel(error.to_string()))?;
        let champion = card.champion(&stored.weights).map_err(|error| NoForecast::UnusableModel(error.to_string()))?;
        tracing::info!(group, version = %card.version, "loaded model `{}` of group `{group}`", card.version);
        let serving = Arc::new(Serving { champion, card, own: true });
        self.lock().insert(group.to_owned(), Arc::clone(&serving));
        Ok(serving)
    }

    fn default(&self) -> Result<Arc<Serving>, NoForecast> {
        let load = || default_model().map(|(champion, card)| Arc::new(Serving { champion, card, own: false }));
        self.default.get_or_init(load).clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Serving>>> {
        self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The newest load that was measured over a whole step of the forecast, and the start of that step.
pub(crate) fn newest_forecast_step(series: &Series, group: &Group, measured: Measured) -> Option<(Timestamp, f64)> {
    let coarse = series.at_forecast_step();
    let target = Target::load(group.requests_per_instance, group.step_seconds);
    let frame = target.frame(&coarse, &Calendar::default(), None).ok()?;
    let load = frame.values();
    let step = SignedDuration::from_secs(coarse.step_seconds());
    let row = (0..coarse.rows()).rev().find(|&row| load[row].is_finite() && coarse.timestamp(row) + step <= measured.until)?;
    Some((coarse.timestamp(row), load[row]))
}

/// What recent errors taught about one version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The version.
    pub version: String,
    /// What was learned.
    pub online: Online,
}

/// A forecast of more than so many times the largest load of the last days is a broken model's.
const LOADS_MAX: f64 = 1000.0;

/// The forecast from the newest measured load on, or why there is none. `calibration` is brought up to date.
pub(crate) async fn forecast(
    models: &Models,
    calibration: &mut Option<Calibration>,
    store: &dyn Store,
    group: &Group,
    series: &Series,
    measured: Measured,
    calendar: &Calendar,
) -> Result<Forecast, NoForecast> {
    let serving = models.serving(store, &group.id).await?;
    let card = &serving.card;
    let Target::Load { .. } = card.target else {
        return Err(NoForecast::UnusableModel(format!("it forecasts `{}`, not the load", card.target.name())));
    };
    let target = Target::load(group.requests_per_instance, group.step_seconds);
    // The default model forecasts loads of every kind: all of them are counted in instance-equivalents.
    if serving.own && card.target != target {
        let problem = "it was trained for another `requests_per_instance`: retrain it with `trainer train`";
        return Err(NoForecast::UnusableModel(problem.to_owned()));
    }
    let coarse = series.at_forecast_step();
    if serving.own && coarse.step_seconds() != card.data.step_seconds {
        let problem =
            format!("it was trained on steps of {} s, the history has {} s", card.data.step_seconds, coarse.step_seconds());
        return Err(NoForecast::UnusableModel(problem));
    }
    let frame = target.frame(&coarse, calendar, Some(&group.id)).map_err(|error| NoForecast::UnusableModel(error.to_string()))?;
    // The default model knows nothing of this group's events: what they did before is learned on the way.
    let uplift = if serving.own { card.uplift.clone() } else { Uplift::fit(&frame, frame.rows()) };
    let frame = frame.with_uplift(&uplift);
    // The origin is the last step that ended by the newest measurement.
    let ended = |row: &usize| coarse.timestamp(*row) + SignedDuration::from_secs(coarse.step_seconds()) <= measured.until;
    let origin = (0..frame.rows()).rev().find(ended).filter(|&row| frame.values()[row].is_finite() && frame.can_forecast(row));
    if !serving.own && !suits(&frame, origin.unwrap_or(frame.rows())) {
        return Err(NoForecast::NoModel);
    }
    let origin = origin.ok_or(NoForecast::GapsInHistory)?;
    // Another version starts from what its card learned.
    let known =
        calibration.take().filter(|known| known.version == card.version && known.online.members() == card.online.members());
    let mut current = known.unwrap_or_else(|| Calibration { version: card.version.clone(), online: card.online.clone() });
    let outlook = serving.champion.forecast(&frame, origin, &mut current.online).ok_or(NoForecast::GapsInHistory)?;
    let most = LOADS_MAX * frame.filled().iter().copied().filter(|load| load.is_finite()).fold(1.0, f64::max);
    if !outlook.steps.iter().chain(&outlook.peaks).all(|step| step.0.iter().all(|value| (0.0..=most).contains(value))) {
        let problem = "what it forecasts has no bounds: retrain it with `trainer train`, or go back with `trainer rollback`";
        return Err(NoForecast::UnusableModel(problem.to_owned()));
    }
    // What a model without bounds taught is not kept.
    *calibration = Some(current);
    let from = coarse.timestamp(origin) + SignedDuration::from_secs(coarse.step_seconds());
    let name = ModelName { name: card.model.clone(), version: Some(card.version.clone()) };
    let forecast = Forecast::new(&group.id, from, coarse.step_seconds(), name, outlook);
    Ok(Forecast { predictable: card.predictable, ..forecast })
}
