//! Past forecasts are scored; a model that does worse than the reactive rule is demoted, and wins its place back.

use headroom_core::{
    Decision, Forecast, Reason,
    feedback::{Cause, Feedback, WORSE_FORECASTS_MIN},
    forecast::{ModelName, Outlook},
    model_card::ModelCard,
    quantiles::Quantiles,
    reason::NoForecast,
};
use headroom_store::{journal, keys, models};
use jiff::{SignedDuration, Timestamp};
use scaler::GroupState;

use crate::{
    doubles::Elsewhere,
    setting::{STEP, Setting, at, history_start, instances_for, load_at, model, noon, publish, rows},
};

/// The last forecast whose hour has passed at noon.
fn newest_due() -> Timestamp {
    at("11:00:00")
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// The name under which the model of the tests forecasts.
async fn served() -> ModelName {
    let probe = Setting::with_instances(3).await;
    probe.tick(noon()).await.unwrap();
    probe.forecasts().await.remove(0).model
}

/// Records a forecast for each of the `count` origins up to `newest`, whose median errs by `error`.
async fn record_past(setting: &Setting, newest: Timestamp, count: u32, error: f64) {
    let model = served().await;
    let origins: Vec<Timestamp> = (0..count).rev().map(|back| newest - STEP * i32::try_from(back).unwrap()).collect();
    for day in origins.chunk_by(|one, other| keys::day(*one) == keys::day(*other)) {
        let forecasts: Vec<Forecast> = day.iter().map(|origin| past(*origin, &model, error)).collect();
        let key = keys::forecasts("web", keys::day(day[0]));
        journal::record_all(&setting.store, &key, &forecasts, |one| one.origin.to_string()).await.unwrap();
    }
}

fn past(origin: Timestamp, model: &ModelName, error: f64) -> Forecast {
    let steps = std::array::from_fn(|h| {
        let median = load_at(origin + STEP * i32::try_from(h).unwrap()) + error;
        Quantiles([median - 0.5, median, median + 0.5, median + 0.7, median + 1.0])
    });
    Forecast::new("web", origin, 300, model.clone(), Outlook { steps, peaks: steps })
}

/// A setting at noon with a record of `count` forecasts that err by 3.
async fn with_bad_record(count: u32) -> Setting {
    let setting = Setting::with_instances(3).await;
    record_past(&setting, newest_due(), count, 3.0).await;
    setting
}

async fn feedback_of(setting: &Setting) -> Feedback {
    GroupState::read(&setting.store, "web").await.unwrap().feedback
}

fn is_reactive(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::Reactive { because: NoForecast::Demoted(_), .. }))
}

#[tokio::test]
async fn a_model_that_went_bad_is_demoted_after_the_documented_number_of_forecasts() {
    let trusted = with_bad_record(WORSE_FORECASTS_MIN - 1).await;
    let decision = trusted.tick(noon()).await.unwrap();
    assert!(!is_reactive(&decision), "{}", decision.sentence);
    assert_eq!(feedback_of(&trusted).await.report().unwrap().forecasts, WORSE_FORECASTS_MIN - 1);

    let setting = with_bad_record(WORSE_FORECASTS_MIN).await;
    let decision = setting.tick(noon()).await.unwrap();
    let needed = instances_for(load_at(at("11:55:00")));
    let [Reason::Reactive { because: NoForecast::Demoted(demotion), required, .. }] = &decision.reasons[..] else {
        panic!("{}", decision.sentence)
    };
    assert_eq!((*required, setting.cloud.desired()), (needed, needed));
    assert_eq!((demotion.since, demotion.hours), (at("12:00:00"), 6));
    assert!((demotion.mae - 3.0).abs() < 1e-9 && demotion.reactive_mae < 1.0, "{demotion:?}");
    for part in ["demoted since 26 Nov 12:00 UTC", "(MAE 3.00 against 0.", "capacity follows", "`trainer train`"] {
        assert!(decision.sentence.contains(part), "{}", decision.sentence);
    }
    assert_eq!(setting.forecasts().await.last().unwrap().origin, at("12:00:00"), "it goes on forecasting");
    let state = GroupState::read(&setting.store, "web").await.unwrap();
    let retraining = state.feedback.retraining.unwrap();
    assert_eq!((retraining.since, retraining.because), (at("12:00:00"), Cause::Demoted(*demotion)));
    assert_eq!(state.expected.len(), 12, "and anomalies are still found");
}

#[tokio::test]
async fn a_demoted_model_serves_again_after_a_day_of_good_forecasts() {
    let setting = with_bad_record(100).await;
    setting.tick(noon()).await.unwrap();
    let tomorrow = noon() + hours(24);
    setting.measure(&rows(at("12:00:00"), at("12:00:00") + hours(24))).await;
    record_past(&setting, newest_due() + hours(24), 288, 0.0).await;
    let decision = setting.tick(tomorrow).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::PeakAhead { .. }), "{}", decision.sentence);
    let feedback = feedback_of(&setting).await;
    assert_eq!((feedback.demoted, feedback.retraining), (None, None));
    assert!(feedback.report().unwrap().skill.unwrap() > 0.9);
}

#[tokio::test]
async fn another_version_is_trusted_until_it_has_scores_of_its_own() {
    let setting = with_bad_record(100).await;
    setting.tick(noon()).await.unwrap();
    let card = ModelCard { version: "retrained".to_owned(), ..model().card.clone() };
    models::publish(&setting.store, "web", &card.version, &model().weights, &card.to_json()).await.unwrap();
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    let decision = setting.tick(noon() + STEP).await.unwrap();
    assert!(!is_reactive(&decision), "{}", decision.sentence);
    let feedback = feedback_of(&setting).await;
    assert_eq!((feedback.report(), feedback.demoted, feedback.retraining), (None, None, None));
}

#[tokio::test]
async fn steps_and_origins_that_were_not_measured_do_not_count() {
    let setting = Setting::without_history(3);
    publish(&setting.store, model()).await;
    setting.measure(&rows(history_start(), at("07:00:00"))).await;
    setting.measure(&rows(at("07:30:00"), at("12:00:00"))).await;
    record_past(&setting, newest_due(), 80, 0.25).await;
    setting.tick(noon()).await.unwrap();
    let report = feedback_of(&setting).await.report().unwrap();
    assert_eq!(report.forecasts, 80 - 6, "the load before six origins is not known");
    assert!((report.mae - 0.25).abs() < 1e-9 && (report.bias - 0.25).abs() < 1e-9, "{report:?}");
    assert_eq!(report.coverage.q90, 1.0);
}

#[tokio::test]
async fn only_the_last_two_days_are_caught_up_and_each_forecast_counts_once() {
    let setting = Setting::with_instances(3).await;
    record_past(&setting, newest_due(), 3 * 288 - 40, 0.25).await;
    setting.tick(noon()).await.unwrap();
    let first = feedback_of(&setting).await;
    assert!((276..=288).contains(&first.report().unwrap().forecasts), "a window's worth");
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    setting.tick(noon() + STEP).await.unwrap();
    let second = feedback_of(&setting).await;
    assert_eq!(second.report(), first.report(), "the forecast of 11:05 was never made");
    assert_ne!(second, first, "but its turn has passed");
}

#[tokio::test]
async fn scoring_twice_or_at_the_same_time_writes_the_same_bytes() {
    let (setting, other) = (with_bad_record(100).await, with_bad_record(100).await);
    setting.tick(noon()).await.unwrap();
    let objects = setting.objects().await;
    setting.tick(at("12:03:00")).await.unwrap();
    assert_eq!(setting.objects().await, objects);

    let store = Elsewhere::of(&other.store);
    let (one, two) = tokio::join!(other.tick_in(&store, noon()), other.tick_in(&store, noon()));
    assert!(is_reactive(&one.unwrap()) && is_reactive(&two.unwrap()));
    assert_eq!(feedback_of(&other).await, feedback_of(&setting).await);
}

#[tokio::test]
async fn a_lost_state_comes_to_the_same_verdict() {
    let setting = with_bad_record(100).await;
    setting.tick(noon()).await.unwrap();
    let before = feedback_of(&setting).await;
    setting.overwrite(&keys::state("web"), b"").await;
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    assert!(is_reactive(&setting.tick(noon() + STEP).await.unwrap()));
    assert_eq!(feedback_of(&setting).await.report(), before.report());
}

#[tokio::test]
async fn a_state_from_before_there_was_feedback_still_reads() {
    let setting = Setting::with_instances(3).await;
    let decision = setting.tick(noon()).await.unwrap();
    let key = keys::state("web");
    let mut old: serde_json::Value = serde_json::from_slice(&setting.objects().await[&key]).unwrap();
    old.as_object_mut().unwrap().remove("feedback").unwrap();
    setting.overwrite(&key, &serde_json::to_vec(&old).unwrap()).await;
    let state = GroupState::read(&setting.store, "web").await.unwrap();
    assert_eq!((state.last, state.feedback), (Some(decision), Feedback::default()));
}

#[tokio::test]
async fn a_broken_day_of_forecasts_is_passed_over() {
    let setting = with_bad_record(200).await;
    setting.overwrite(&keys::forecasts("web", keys::day(at("00:00:00") - STEP)), b"{\"torn").await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(is_reactive(&decision), "{}", decision.sentence);
    assert_eq!(feedback_of(&setting).await.report().unwrap().forecasts, 11 * 12 + 1, "those of today");
}
