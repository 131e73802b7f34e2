//! Stored objects that cannot be read: each is told in the decision, and capacity stays above the measured load.

use async_trait::async_trait;
use headroom_core::{
    Decision, Fleet, Forecast, Group, Reason, anomaly::Anomaly, decision::Outcome, model_card::ModelCard, reason::NoForecast,
};
use headroom_store::{Store, keys};
use jiff::Timestamp;
use proptest::prelude::*;
use scaler::{Cloud, GroupState, Scaler, Seen, Sight};

use crate::{
    doubles::{Elsewhere, Shown},
    setting::{STEP, Setting, at, instances_for, load_at, model, noon, rows},
};

/// The load measured at noon; what carries it is never given up.
fn needed() -> u32 {
    instances_for(load_at(at("11:55:00")))
}

/// Ticks with `key` overwritten by `bytes`, with too few instances and with too many.
async fn check(key: &str, bytes: &[u8], expected: impl Fn(&Decision) -> bool) {
    for desired in [3, 40] {
        let setting = Setting::with_instances(desired).await;
        setting.overwrite(key, bytes).await;
        let decision = setting.tick(noon()).await.unwrap();
        assert!(expected(&decision), "{key}: {}", decision.sentence);
        assert!((needed()..=40).contains(&setting.cloud.desired()), "{key}: {}", decision.sentence);
        assert_eq!(setting.decisions().await, [decision]);
    }
}

fn unusable(decision: &Decision, problem: &str) -> bool {
    decision.reasons.iter().any(|reason| {
        matches!(reason, Reason::Reactive { because: NoForecast::UnusableModel(text), required, .. }
            if text.contains(problem) && *required == needed())
    })
}

#[tokio::test]
async fn truncated_weights_are_not_served() {
    let key = keys::weights("web", &model().card.version);
    for length in [0, 7, model().weights.len() / 2, model().weights.len() - 1] {
        check(&key, &model().weights[..length], |decision| unusable(decision, "cut short")).await;
    }
}

#[tokio::test]
async fn a_card_of_another_version_or_cut_short_is_not_served() {
    let key = keys::card("web", &model().card.version);
    let mut card: serde_json::Value = serde_json::from_slice(&model().card.to_json()).unwrap();
    card["feature_set_version"] = 99.into();
    check(&key, &serde_json::to_vec_pretty(&card).unwrap(), |decision| unusable(decision, "feature set 99")).await;
    card["format"] = 7.into();
    check(&key, &serde_json::to_vec_pretty(&card).unwrap(), |decision| unusable(decision, "the card has format 7")).await;
    let whole = model().card.to_json();
    check(&key, &whole[..whole.len() / 2], |decision| unusable(decision, "trainer rollback")).await;
}

#[tokio::test]
async fn a_model_that_forecasts_without_bounds_is_not_served() {
    let key = keys::card("web", &model().card.version);
    check(&key, &card_without_bounds(&model().card), |decision| unusable(decision, "no bounds")).await;
}

/// A card of which each value may be stored; what the members say and how far it is moved add up to more than there are
/// numbers.
pub(crate) fn card_without_bounds(card: &ModelCard) -> Vec<u8> {
    let mut card: serde_json::Value = serde_json::from_slice(&card.to_json()).unwrap();
    let mut raised = 0;
    for part in ["members", "online"] {
        raise(&mut card[part], false, &mut raised);
    }
    assert!(raised > 100, "{raised}");
    serde_json::to_vec_pretty(&card).unwrap()
}

/// Sets every number under `step_errors`, `peak_errors` and `by` to the largest there is.
fn raise(value: &mut serde_json::Value, within: bool, raised: &mut u32) {
    match value {
        serde_json::Value::Number(_) if within => {
            *value = f64::MAX.into();
            *raised += 1;
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| raise(item, within, raised)),
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                raise(field, within || ["step_errors", "peak_errors", "by"].contains(&name.as_str()), raised);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_pointer_to_no_model_is_told() {
    let key = keys::current_model("web");
    check(&key, b"{", |decision| unusable(decision, &key)).await;
    let nowhere = br#"{"format":1,"version":"v0","previous":[]}"#;
    check(&key, nowhere, |decision| unusable(decision, "v0/weights.safetensors")).await;
}

#[tokio::test]
async fn a_broken_day_hides_no_other_day() {
    let key = keys::history("web", "2026-11-24".parse().unwrap());
    let text = b"timestamp,cpu_utilization\n2026-11-24T00:00:00Z,high\n";
    let told = |reason: &Reason| {
        matches!(reason, Reason::HistoryUnreadable { problem }
            if problem.contains(&key) && problem.contains("line 2") && problem.contains("write a number"))
    };
    check(&key, text, |decision| {
        told(&decision.reasons[0]) && decision.reasons.iter().any(|reason| matches!(reason, Reason::PeakAhead { .. }))
    })
    .await;
}

#[tokio::test]
async fn a_broken_today_holds_capacity() {
    let setting = Setting::with_instances(30).await;
    setting.overwrite(&keys::history("web", keys::day(noon())), b"\xff\xfe").await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(
        decision.reasons[..],
        [Reason::HistoryUnreadable { .. }, Reason::StaleMetrics { .. }, Reason::HoldExpired { .. }]
    ));
    assert_eq!((decision.desired, setting.cloud.writes()), (30, vec![]));
}

#[tokio::test]
async fn a_broken_calendar_is_told_and_stops_nothing() {
    let setting = Setting::with_instances(3).await;
    let backwards = br#"{"events": [
        {"name": "Sale", "start": "2026-11-27T00:00", "end": "2026-11-26T00:00"}]}"#;
    setting.overwrite(keys::CALENDAR, backwards).await;
    let fleet = Fleet { groups: vec![setting.group.clone()] };
    let (_, decision) = scaler::tick_fleet(&setting.scaler, &fleet, &setting.cloud, &setting.store, noon()).await.remove(0);
    let decision = decision.unwrap();
    let Reason::CalendarUnreadable { problem } = &decision.reasons[0] else { panic!("{}", decision.sentence) };
    for part in [keys::CALENDAR, "line 2", "`Sale`", "correct `end`"] {
        assert!(problem.contains(part), "{problem}");
    }
    assert!(matches!(decision.reasons[1], Reason::PeakAhead { .. }));
    assert!(setting.cloud.desired() >= needed() && decision.alarm);
}

#[tokio::test]
async fn a_broken_state_starts_afresh() {
    for bytes in
        [&b"{\"format\":1,\"last\""[..], b"", b"\xff", br#"{"format":0,"last":null,"needs":[],"expected":[],"errors":[]}"#]
    {
        check(&keys::state("web"), bytes, |decision| matches!(decision.reasons[0], Reason::PeakAhead { .. })).await;
    }
    let setting = Setting::with_instances(3).await;
    setting.overwrite(&keys::state("web"), b"{").await;
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!(GroupState::read(&setting.store, "web").await.unwrap().last, Some(decision));
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_left_as_it_is() {
    for newer in [&br#"{"format":2,"last":null,"expected":[],"errors":[]}"#[..], br#"{"format":9,"decisions":{}}"#] {
        let setting = Setting::with_instances(3).await;
        setting.overwrite(&keys::state("web"), newer).await;
        let error = setting.tick(noon()).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        for part in ["state/group=web.json", "a newer version wrote", "take the object away"] {
            assert!(cause.contains(part), "{cause}");
        }
        assert_eq!(setting.objects().await[&keys::state("web")], newer);
        assert_eq!((setting.cloud.writes(), setting.decisions().await), (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_broken_journal_is_left_as_it_is_and_stops_nothing_else() {
    for key in [keys::decisions("web", keys::day(noon())), keys::forecasts("web", keys::day(noon()))] {
        let setting = Setting::with_instances(3).await;
        setting.overwrite(&key, b"{\"torn").await;
        let error = setting.tick(noon()).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(&key) && cause.contains("line 1") && cause.contains("correct or delete"), "{cause}");
        assert_eq!(setting.objects().await[&key], b"{\"torn");
        assert!(setting.cloud.desired() >= needed());
        let state = GroupState::read(&setting.store, "web").await.unwrap();
        assert_eq!(state.last.map(|last| last.desired), Some(setting.cloud.desired()));
    }
}

/// Shows a load that takes 36 instances, this forecast, and an anomaly in the step before.
struct Spike(Forecast);

#[async_trait]
impl Sight for Spike {
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen {
        let seen = Shown(|_| Some(30.0)).look(group, state, now).await;
        let (group, timestamp) = (group.id.clone(), seen.measured.unwrap().until - STEP);
        let anomaly = Anomaly { format: Anomaly::FORMAT, group, timestamp, load: 30.0, expected: 8.0, score: 20.0 };
        let forecast = Forecast { origin: timestamp + STEP, ..self.0.clone() };
        Seen { anomaly: Some(anomaly), forecast_made: Some(forecast), ..seen }
    }
}

#[tokio::test]
async fn an_anomaly_that_cannot_be_recorded_stops_nothing_else_and_the_next_one_is() {
    let key = keys::anomalies("web", keys::day(noon()));
    for broken in [true, false] {
        let setting = Setting::with_instances(3).await;
        setting.tick(noon()).await.unwrap();
        let spike = Spike(setting.state().await.forecast.unwrap());
        let denied = Elsewhere { error: Elsewhere::denied, ..Elsewhere::unwritable(&setting.store, "anomalies/", 0) };
        let tick = async |store: &dyn Store, step: i32| {
            let cloud = Cloud::ReadWrite(&setting.cloud);
            scaler::tick_with(&spike, &setting.group, cloud, store, noon() + STEP * step).await
        };
        if broken {
            setting.overwrite(&key, b"{\"torn").await;
        }
        let store: &dyn Store = if broken { &setting.store } else { &denied };
        let error = tick(store, 1).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        let words = if broken { ["line 1", "correct or delete"] } else { ["access denied", "s3:PutObject"] };
        assert!(cause.contains(&key) && words.iter().all(|words| cause.contains(words)), "{cause}");
        assert_eq!(setting.objects().await.get(&key).map(Vec::as_slice), broken.then_some(&b"{\"torn"[..]));

        assert_eq!(setting.cloud.desired(), 36, "it was set");
        let state = setting.state().await;
        let recorded = setting.decisions().await;
        assert_eq!((recorded.len(), recorded.last()), (2, state.last.as_ref()));
        assert_eq!((recorded[1].desired, &recorded[1].outcome, state.unrecorded), (36, &Outcome::Applied, vec![]));
        assert_eq!((setting.forecasts().await.len(), state.forecast.map(|made| made.origin)), (2, Some(at("12:05:00"))));

        if broken {
            setting.overwrite(&key, b"").await;
        }
        tick(&setting.store, 2).await.unwrap();
        let starts: Vec<Timestamp> = setting.anomalies().await.iter().map(|anomaly| anomaly.timestamp).collect();
        assert_eq!(starts, [at("12:05:00")], "and not the one that could not be recorded then");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_object_is_cut_or_replaced_capacity_carries_the_measured_load(
        object in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut setting = Setting::with_instances(3).await;
            setting.tick(noon()).await.unwrap();
            setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
            let today = keys::history("web", keys::day(noon()));
            let objects: Vec<_> = setting.objects().await.into_iter().filter(|(key, _)| *key != today).collect();
            let (key, bytes) = object.get(&objects);
            let broken = [&bytes[..cut.index(bytes.len())], &noise].concat();
            setting.overwrite(key, &broken).await;
            setting.scaler = Scaler::default();

            // Some journals cannot be written then, which is an error; the capacity was set all the same.
            let result = setting.tick(noon() + STEP).await;
            let desired = setting.cloud.desired();
            prop_assert!((instances_for(load_at(at("12:00:00")))..=40).contains(&desired), "{key}: {desired}");
            if let Ok(decision) = result {
                prop_assert_eq!(decision.desired, desired);
                prop_assert!(!decision.reasons.is_empty());
            }
            Ok(())
        })?;
    }
}
