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
pub(crate) struct Serving {
    champion: Champion,
    card: ModelCard,
    /// Whether it was trained on the group's own history.
    own: bool,
}

/// A model that was loaded, and when the store said last that it serves.
#[derive(Debug)]
struct Loaded {
    serving: Arc<Serving>,
    confirmed: Timestamp,
}

/// While the store does not say which model serves, the one that served last goes on for so long: a hiccup costs no forecast,
/// and a rollback does not wait for ever.
const UNCONFIRMED_MAX: SignedDuration = SignedDuration::from_hours(1);

/// The models that serve, by group: loaded once per version, kept over warm invocations.
#[derive(Debug, Default)]
pub struct Models {
    loaded: Mutex<HashMap<String, Loaded>>,
    /// What serves groups without a model of their own.
    default: OnceLock<Result<Arc<Serving>, NoForecast>>,
}

impl Models {
    /// The group's own model where one was published, else the default one.
    pub(crate) async fn serving(&self, store: &dyn Store, group: &str, now: Timestamp) -> Result<Arc<Serving>, NoForecast> {
        let current = match models::current(store, group).await {
            Ok(current) => current,
            Err(error) => return self.unconfirmed(group, &error, now).ok_or_else(|| unusable(&error)),
        };
        let serving = match current {
            Some(current) => self.own(store, group, &current.version).await?,
            None => self.default()?,
        };
        self.lock().insert(group.to_owned(), Loaded { serving: Arc::clone(&serving), confirmed: now });
        Ok(serving)
    }

    /// The group's own model of this version.
    async fn own(&self, store: &dyn Store, group: &str, version: &str) -> Result<Arc<Serving>, NoForecast> {
        let is_loaded = |loaded: &&Loaded| loaded.serving.own && loaded.serving.card.version == version;
        if let Some(loaded) = self.lock().get(group).filter(is_loaded) {
            return Ok(Arc::clone(&loaded.serving));
        }
        let stored = models::load(store, group, version).await.map_err(|error| unusable(&error))?;
        let card = ModelCard::from_json(&stored.card).map_err(|error| unusable(&error))?;
        let champion = card.champion(&stored.weights).map_err(|error| unusable(&error))?;
        tracing::info!(group, version = %card.version, "loaded model `{}` of group `{group}`", card.version);
        Ok(Arc::new(Serving { champion, card, own: true }))
    }

    /// What served last, where `error` says that the store does not answer: not where what it says cannot be understood.
    fn unconfirmed(&self, group: &str, error: &StoreError, now: Timestamp) -> Option<Arc<Serving>> {
        if matches!(error, StoreError::Corrupt { .. }) {
            return None;
        }
        let is_recent = |loaded: &&Loaded| now.duration_since(loaded.confirmed) <= UNCONFIRMED_MAX;
        let serving = self.lock().get(group).filter(is_recent).map(|loaded| Arc::clone(&loaded.serving))?;
        tracing::warn!(group, %error, "group `{group}`: which model serves cannot be read, so the last one goes on");
        Some(serving)
    }

    fn default(&self) -> Result<Arc<Serving>, NoForecast> {
        let load = || default_model().map(|(champion, card)| Arc::new(Serving { champion, card, own: false }));
        self.default.get_or_init(load).clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Loaded>> {
        self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn unusable(error: &dyn std::error::Error) -> NoForecast {
    NoForecast::UnusableModel(error.to_string())
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

/// What `serving` forecasts from the newest measured load on, or why there is no forecast. `calibration` is brought up to date.
pub(crate) fn forecast(
    serving: &Serving,
    calibration: &mut Option<Calibration>,
    group: &Group,
    series: &Series,
    measured: Measured,
    calendar: &Calendar,
) -> Result<Forecast, NoForecast> {
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
