//! What recent errors teach about the model that serves: stored with the state, and gone with the model.

use headroom_core::{
    Action, Calendar, Forecast, Reason, Series, frame::Target, model_card::ModelCard, online::Online, reason::NoForecast,
};
use headroom_store::{keys, models};
use jiff::{SignedDuration, Timestamp};
use scaler::{Calibration, GroupState, Scaler};
use serde_json::Value;

use crate::{
    broken_objects::card_without_bounds,
    setting::{STEP, Setting, at, history_start, model, noon, publish, quickly_trained, random_share, rows, rows_of},
};

async fn calibration(setting: &Setting) -> Option<Calibration> {
    GroupState::read(&setting.store, "web").await.unwrap().calibration
}

/// Measures the step that starts at noon and ticks a minute after it, and so on for `steps`.
async fn go_on(setting: &Setting, steps: i32) {
    for step in 0..steps {
        let start = at("12:00:00") + STEP * step;
        setting.measure(&rows(start, start + STEP)).await;
        setting.tick(noon() + STEP * (step + 1)).await.unwrap();
    }
}

/// What `card` has learned once it has seen the steps before `until`.
fn learned(card: &ModelCard, until: Timestamp) -> Online {
    let series = Series::from_observations(&rows(history_start(), until)).unwrap();
    let frame = Target::Load { requests_per_instance: None }.frame(&series, &Calendar::default(), None).unwrap();
    let mut online = card.online.clone();
    card.champion(&model().weights).unwrap().forecast(&frame, frame.rows() - 1, &mut online).unwrap();
    online
}

fn medians(forecast: &Forecast) -> [f64; 12] {
    forecast.steps.map(|step| step.median())
}

/// Puts every quantile of every step up by `load` in the stored state.
async fn raise(setting: &Setting, load: f64) {
    let key = keys::state("web");
    let mut state: Value = serde_json::from_slice(&setting.objects().await[&key]).unwrap();
    let steps = state["calibration"]["online"]["steps"]["by"].as_array_mut().unwrap();
    for by in steps.iter_mut().flat_map(|step| step.as_array_mut().unwrap()) {
        *by = (by.as_f64().unwrap() + load).into();
    }
    setting.overwrite(&key, &serde_json::to_vec(&state).unwrap()).await;
}

#[tokio::test]
async fn it_starts_from_the_card_and_learns_each_step() {
    let setting = Setting::with_instances(20).await;
    setting.tick(noon()).await.unwrap();
    let version = model().card.version.clone();
    let first = Calibration { version: version.clone(), online: model().card.online.clone() };
    assert_eq!(first.online.until, Some(at("11:55:00")), "the card has learned from the last row of the history");
    assert_eq!(calibration(&setting).await, Some(first));
    go_on(&setting, 1).await;
    let second = Calibration { version, online: learned(&model().card, at("12:05:00")) };
    assert_eq!(second.online.until, Some(at("12:00:00")));
    assert_eq!(calibration(&setting).await, Some(second));
}

#[tokio::test]
async fn it_survives_a_restart() {
    let (mut restarted, other) = (Setting::with_instances(20).await, Setting::with_instances(20).await);
    for setting in [&restarted, &other] {
        setting.tick(noon()).await.unwrap();
        raise(setting, 1.5).await;
    }
    restarted.scaler = Scaler::default();
    for setting in [&restarted, &other] {
        go_on(setting, 3).await;
    }
    assert_eq!(restarted.objects().await, other.objects().await);
    // What is stored is what counts: the forecasts lie higher by what it was raised by.
    let plain = Setting::with_instances(20).await;
    plain.tick(noon()).await.unwrap();
    go_on(&plain, 1).await;
    let (raised, plain) = (restarted.forecasts().await.remove(1), plain.forecasts().await.remove(1));
    assert_eq!(raised.origin, plain.origin);
    for (raised, plain) in medians(&raised).into_iter().zip(medians(&plain)) {
        assert!((raised - plain - 1.5).abs() < 0.2, "{raised} {plain}");
    }
}

#[tokio::test]
async fn another_version_starts_from_its_own_card() {
    let setting = Setting::with_instances(20).await;
    setting.tick(noon()).await.unwrap();
    raise(&setting, 1.5).await;
    let card = ModelCard { version: "retrained".to_owned(), ..model().card.clone() };
    models::publish(&setting.store, "web", &card.version, &model().weights, &card.to_json()).await.unwrap();
    go_on(&setting, 1).await;
    let expected = Calibration { version: "retrained".to_owned(), online: learned(&card, at("12:05:00")) };
    assert_eq!(calibration(&setting).await, Some(expected));
}

#[tokio::test]
async fn what_a_model_without_bounds_taught_is_dropped() {
    let setting = Setting::with_instances(20).await;
    setting.tick(noon()).await.unwrap();
    assert!(calibration(&setting).await.is_some());
    let broken = ModelCard { version: "retrained".to_owned(), ..model().card.clone() };
    let card = card_without_bounds(&broken);
    models::publish(&setting.store, "web", &broken.version, &model().weights, &card).await.unwrap();
    go_on(&setting, 1).await;
    let decision = setting.decisions().await.pop().unwrap();
    let unusable = |reason: &Reason| matches!(reason, Reason::Reactive { because: NoForecast::UnusableModel(_), .. });
    assert!(decision.reasons.iter().any(unusable), "{}", decision.sentence);
    assert_eq!(calibration(&setting).await, None);

    // The model before it starts from its card again.
    models::rollback(&setting.store, "web").await.unwrap();
    setting.measure(&rows(at("12:05:00"), at("12:10:00"))).await;
    setting.tick(noon() + STEP * 2).await.unwrap();
    let expected = Calibration { version: model().card.version.clone(), online: learned(&model().card, at("12:10:00")) };
    assert_eq!(calibration(&setting).await, Some(expected));
}

#[tokio::test]
async fn a_gap_in_the_history_takes_nothing_away() {
    let setting = Setting::with_instances(20).await;
    setting.tick(noon()).await.unwrap();
    let before = calibration(&setting).await;
    // The next 55 minutes were not measured, the step after them was.
    setting.measure(&rows(at("12:55:00"), at("13:00:00"))).await;
    let decision = setting.tick(at("13:01:00")).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::GapsInHistory, .. }), "{}", decision.sentence);
    assert!(before.is_some());
    assert_eq!(calibration(&setting).await, before);
}

#[tokio::test]
async fn a_state_from_before_there_was_calibration_still_reads() {
    let setting = Setting::with_instances(20).await;
    let decision = setting.tick(noon()).await.unwrap();
    let key = keys::state("web");
    let mut old: Value = serde_json::from_slice(&setting.objects().await[&key]).unwrap();
    old.as_object_mut().unwrap().remove("calibration").unwrap();
    setting.overwrite(&key, &serde_json::to_vec(&old).unwrap()).await;
    let state = GroupState::read(&setting.store, "web").await.unwrap();
    assert_eq!((state.last, state.calibration), (Some(decision), None));
    go_on(&setting, 1).await;
    assert_eq!(calibration(&setting).await.map(|known| known.online), Some(learned(&model().card, at("12:05:00"))));
}

#[tokio::test]
async fn where_nothing_beats_the_last_value_the_decision_says_so() {
    // Each step goes up or down by as much, whatever went before.
    let mut level = 100.0;
    let change = |step| random_share(step) - 0.5;
    let levels = (0..12 * 24 * 4).map(|step| {
        level += change(step);
        level / 10.0
    });
    let steps: Vec<f64> = levels.collect();
    let walk = |moment: Timestamp| {
        let step = moment.duration_since(history_start()).as_secs() / 300;
        steps[usize::try_from(step).unwrap()]
    };
    let past = rows_of(history_start(), at("12:00:00"), walk);
    let series = Series::from_observations(&past).unwrap();
    let target = Target::Load { requests_per_instance: None };
    let trained = quickly_trained(&series, target, &Calendar::default(), at("12:00:00"));
    assert!(!trained.card.predictable && trained.card.model == "last value", "{:?}", trained.card.candidates);

    let setting = Setting::without_history(40);
    setting.measure(&past).await;
    publish(&setting.store, &trained).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[..2], [Reason::NotPredictable, Reason::PeakAhead { .. }]), "{}", decision.sentence);
    assert!(decision.sentence.contains("no model forecasts this group better than its last value"), "{}", decision.sentence);
    assert_eq!(decision.action, Action::ScaleIn, "it still scales by what the load has been: {}", decision.sentence);
    let forecast = setting.forecasts().await.remove(0);
    assert!(!forecast.predictable);
    assert!((forecast.steps[0].median() - walk(at("11:55:00"))).abs() < 0.1, "{forecast:?}");
    assert!(forecast.steps[11].0[4] - forecast.steps[11].0[0] > 0.2, "and knows how far off that may be: {forecast:?}");

    let predictable = Setting::with_instances(20).await;
    let decision = predictable.tick(noon() + SignedDuration::from_secs(1)).await.unwrap();
    assert!(!decision.reasons.contains(&Reason::NotPredictable), "{}", decision.sentence);
}
