//! A group without a model of its own: the default one serves it from six hours of history on, until its own is there.

use headroom_core::{
    Forecast, Reason,
    feedback::WORSE_FORECASTS_MIN,
    forecast::{ModelName, Outlook},
    frame::Target,
    quantiles::{LEVELS, MEDIAN, Quantiles},
    reason::NoForecast,
};
use headroom_store::{journal, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::default_model;

use crate::setting::{STEP, Setting, at, instances_for, load_at, model, noon, publish, rows, rows_of};

fn default_name() -> ModelName {
    let (_, card) = default_model().unwrap();
    ModelName { name: "default".to_owned(), version: Some(card.version) }
}

/// A group that was first measured at `start`, at noon.
async fn measured_since(start: Timestamp) -> Setting {
    let setting = Setting::without_history(3);
    setting.measure(&rows(start, at("12:00:00"))).await;
    setting
}

#[test]
fn what_is_compiled_in_fits_this_version() {
    let (champion, card) = default_model().unwrap();
    assert_eq!((card.model.as_str(), card.data.step_seconds), ("default", 300));
    assert_eq!(card.target, Target::Load { requests_per_instance: None });
    assert_eq!(champion.members().len(), 1);
    assert!(champion.to_safetensors().len() < 150_000, "it is part of every scaler");
    assert!(card.command.starts_with("trainer pretrain --out models/default"), "{}", card.command);
}

#[tokio::test]
async fn six_hours_of_history_are_enough_for_a_forecast_and_less_is_not() {
    let setting = measured_since(at("06:00:00")).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(decision.reasons.iter().any(|reason| matches!(reason, Reason::PeakAhead { .. })), "{}", decision.sentence);
    let forecasts = setting.forecasts().await;
    assert_eq!(forecasts.len(), 1);
    assert_eq!((&forecasts[0].model, forecasts[0].origin, forecasts[0].predictable), (&default_name(), at("12:00:00"), true));
    let now = load_at(at("11:55:00"));
    assert!((forecasts[0].steps[0].median() - now).abs() < 0.1 * now, "{:?} after {now}", forecasts[0].steps[0]);
    assert!(setting.cloud.desired() >= instances_for(now));

    let setting = measured_since(at("06:05:00")).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::NoModel, .. }), "{}", decision.sentence);
    assert!(setting.forecasts().await.is_empty());
}

#[tokio::test]
async fn a_gap_in_the_last_hours_is_told_as_such() {
    let setting = measured_since(at("11:30:00")).await;
    setting.measure(&rows(at("00:00:00"), at("10:00:00"))).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::GapsInHistory, .. }), "{}", decision.sentence);
}

#[tokio::test]
async fn its_own_model_takes_over_at_the_next_tick() {
    let setting = Setting::without_model(3).await;
    setting.tick(noon()).await.unwrap();
    publish(&setting.store, model()).await;
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    setting.tick(noon() + STEP).await.unwrap();
    let names: Vec<ModelName> = setting.forecasts().await.into_iter().map(|forecast| forecast.model).collect();
    let own = ModelName { name: model().card.model.clone(), version: Some(model().card.version.clone()) };
    assert_eq!(names, [default_name(), own]);
}

#[tokio::test]
async fn load_that_is_counted_in_requests_is_served_too() {
    let mut setting = Setting::without_history(3);
    setting.group.requests_per_instance = Some(100.0);
    let requests = rows(at("06:00:00"), at("12:00:00")).into_iter().map(|mut row| {
        row.request_count = Some(load_at(row.timestamp) * 100.0);
        row
    });
    setting.measure(&requests.collect::<Vec<_>>()).await;
    setting.tick(noon()).await.unwrap();
    let by_cpu = measured_since(at("06:00:00")).await;
    by_cpu.tick(noon()).await.unwrap();
    let (requests, cpu) = (setting.forecasts().await.remove(0), by_cpu.forecasts().await.remove(0));
    assert_eq!(requests.model, default_name());
    for (one, other) in requests.peaks.iter().zip(&cpu.peaks) {
        assert!((one.median() - other.median()).abs() < 0.01, "the same load: {one:?} {other:?}");
    }
}

#[tokio::test]
async fn a_group_of_another_size_is_served_alike() {
    let forecast = async |size: f64| {
        let setting = Setting::without_history(3);
        setting.measure(&rows_of(at("06:00:00"), at("12:00:00"), |moment| size * load_at(moment))).await;
        setting.tick(noon()).await.unwrap();
        setting.forecasts().await.remove(0)
    };
    let one = forecast(1.0).await;
    for size in [0.2, 5.0, 30.0] {
        let other = forecast(size).await;
        for (one, other) in one.peaks.iter().zip(&other.peaks) {
            let (one, other) = (one.0[MEDIAN], other.0[MEDIAN] / size);
            assert!((one - other).abs() < 0.05 * one, "{size}: {one} {other}");
        }
    }
}

#[tokio::test]
async fn steps_of_an_hour_are_not_what_it_was_made_for() {
    let mut setting = Setting::without_history(3);
    setting.group.step_seconds = 3600;
    let start = at("00:00:00") - SignedDuration::from_hours(72);
    let hourly = rows(start, at("12:00:00")).into_iter().step_by(12);
    setting.measure(&hourly.collect::<Vec<_>>()).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::NoModel, .. }), "{}", decision.sentence);
}

#[tokio::test]
async fn it_is_demoted_like_any_other() {
    let setting = Setting::without_model(3).await;
    let newest = at("11:00:00");
    let origins = (0..i32::try_from(WORSE_FORECASTS_MIN).unwrap()).rev().map(|back| newest - STEP * back);
    let wrong: Vec<Forecast> = origins
        .map(|origin| {
            let steps = std::array::from_fn(|h| {
                Quantiles(LEVELS.map(|level| load_at(origin + STEP * i32::try_from(h).unwrap()) + 3.0 + level))
            });
            Forecast::new("web", origin, 300, default_name(), Outlook { steps, peaks: steps })
        })
        .collect();
    for day in wrong.chunk_by(|one, other| keys::day(one.origin) == keys::day(other.origin)) {
        let key = keys::forecasts("web", keys::day(day[0].origin));
        journal::record_all(&setting.store, &key, day, |one| one.origin.to_string()).await.unwrap();
    }
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::Demoted(_), .. }), "{}", decision.sentence);
    let forecasts = setting.forecasts().await;
    assert_eq!(forecasts.last().map(|last| (last.origin, last.model.clone())), Some((at("12:00:00"), default_name())));
}
