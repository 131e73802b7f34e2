//! The steps of the pipeline, the same that run on AWS: backfill, train, and every five minutes collect and tick.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use headroom_core::{
    Decision, Fleet, Series,
    frame::{Split, Target},
    model_card::ModelCard,
};
use headroom_sim::SimulatedCloud;
use headroom_store::{Expect, Store, history, keys, load_calendar, models};
use jiff::Timestamp;
use scaler::Scaler;
use trainer::{Networks, Settings, TrainedModel, card::Provenance, train_model};

use super::scenario::Scenario;
use crate::terminal::{Lines, TrainingBar};

/// Opens a store that a demo can begin in: what another one left there, such as its last decision, lies in this one's
/// future, and the scaler would not decide again.
pub(crate) async fn open_empty(url: &str) -> Result<Arc<dyn Store>> {
    let context = || format!("opening the store `{url}`");
    let store = headroom_store::url::open(url).with_context(context)?;
    if let Some(key) = store.list("").await.with_context(context)?.first() {
        bail!("the store `{url}` is not empty (it has `{key}`): name a new folder, or empty this one");
    }
    Ok(store)
}

/// Puts fleet, calendar and history into the store.
pub(crate) async fn backfill(scenario: &Scenario, store: &dyn Store) -> Result<()> {
    store.put(keys::FLEET, scenario.fleet_toml().as_bytes(), Expect::Anything).await.context("storing the fleet")?;
    store.put(keys::CALENDAR, scenario.calendar.to_json().as_bytes(), Expect::Anything).await.context("storing the calendar")?;
    history::merge(store, &scenario.group.id, &scenario.history()).await.context("storing the history")?;
    Ok(())
}

/// Trains on the history, without holding up the dashboard.
pub(crate) async fn train(scenario: &Scenario, lines: Lines) -> Result<TrainedModel> {
    let series = Series::from_observations(&scenario.history()).with_context(|| scenario.source.clone())?.at_forecast_step();
    let target = Target::load(scenario.group.requests_per_instance, scenario.group.step_seconds);
    let frame = target.frame(&series, &scenario.calendar, Some(&scenario.group.id))?;
    let provenance = Provenance {
        source: format!("history of {}", scenario.name),
        command: "headroom demo".to_owned(),
        calendar: !scenario.calendar.is_empty(),
        target,
        now: scenario.start(),
    };
    let context = || format!("training on the first four fifths of {}", scenario.source);
    let bar = TrainingBar::new(lines, &scenario.name);
    let training = tokio::task::spawn_blocking(move || {
        let (split, settings) = (Split::without_test(frame.rows()), Settings::default());
        train_model(&frame, split, &settings, Networks::WherePaying, provenance, &mut |name, at| bar.show(name, at))
    });
    training.await.map_err(|error| anyhow!("training stopped: {error}"))?.with_context(context)
}

/// Makes the model serve.
pub(crate) async fn publish(scenario: &Scenario, store: &dyn Store, model: &TrainedModel) -> Result<()> {
    models::publish(store, &scenario.group.id, &model.card.version, &model.weights, &model.card.to_json())
        .await
        .context("storing the model")
}

/// What was trained, for people.
pub(crate) fn introduction(model: &TrainedModel) -> String {
    let card: &ModelCard = &model.card;
    let errors: Vec<String> = card.scores.iter().map(|named| format!("{} {:.3}", named.model, named.score.mae.mean)).collect();
    let verdict = match card.margin {
        Some(margin) if card.predictable => format!("its loss is {:.0} % below that of the last value", margin * 100.0),
        Some(_) => "not predictable, nothing beats the last value".to_owned(),
        None => "the history is too short to say what that is worth".to_owned(),
    };
    format!(
        "chose `{}`: {verdict}; mean error over the hour ahead, in instances' worth, on the {} part: {}",
        card.model,
        card.scored_on,
        errors.join(", ")
    )
}

/// One tick: what the collector and the scaler do on their schedules.
pub(crate) async fn tick(
    scaler: &Scaler,
    fleet: &Fleet,
    cloud: &SimulatedCloud,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Decision> {
    let calendar = load_calendar(store).await.context("reading the calendar")?;
    for (group, collected) in collector::collect_fleet(fleet, &calendar, cloud, store, now).await {
        collected.with_context(|| format!("collecting group `{group}`"))?;
    }
    let mut decisions = scaler::tick_fleet(scaler, fleet, cloud, store, now).await;
    let (_, decision) = decisions.pop().context("the fleet has a group")?;
    Ok(decision?)
}
