//! Clouds that refuse, metrics that are late or missing, models that are not there.

use headroom_core::{Action, Calendar, Decision, Reason, decision::Outcome, ports::PortError, reason::NoForecast};
use headroom_store::{Store, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, Pulse, Scaler, TickError};

use crate::{
    doubles::Elsewhere,
    setting::{STEP, Setting, at, history_start, instances_for, load_at, model, noon, publish, rows, rows_of},
};

#[tokio::test]
async fn without_a_model_a_short_history_is_followed_by_the_measured_load() {
    for desired in [3, 40] {
        let setting = Setting::without_history(desired);
        setting.measure(&rows(at("07:00:00"), at("12:00:00"))).await;
        let decision = setting.tick(noon()).await.unwrap();
        let needed = instances_for(load_at(at("11:55:00")));
        assert!(
            matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::NoModel, required, .. } if required == needed)
        );
        assert_eq!(setting.cloud.desired(), needed);
        assert!(setting.forecasts().await.is_empty());
    }
}

#[tokio::test]
async fn a_model_that_is_published_later_serves_from_the_next_tick_on() {
    let setting = Setting::without_model(3).await;
    setting.tick(noon()).await.unwrap();
    publish(&setting.store, model()).await;
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    let decision = setting.tick(noon() + STEP).await.unwrap();
    assert!(decision.reasons.iter().any(|reason| matches!(reason, Reason::PeakAhead { .. })), "{}", decision.sentence);
    let served = setting.forecasts().await.pop().unwrap().model;
    assert_eq!(served.version.as_ref(), Some(&model().card.version));
}

fn is_forecast(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::PeakAhead { .. }))
}

#[tokio::test]
async fn a_model_goes_on_for_an_hour_while_nobody_can_tell_which_one_serves() {
    let setting = Setting::with_instances(12).await;
    let tick = async |setting: &Setting, store: &dyn Store, minutes: i64| {
        let now = noon() + SignedDuration::from_mins(minutes);
        setting.measure(&rows(at("12:00:00"), now - STEP)).await;
        setting.tick_in(store, now).await.unwrap()
    };
    let silent = Elsewhere { unreadable: Some("models/"), ..Elsewhere::of(&setting.store) };
    assert!(is_forecast(&tick(&setting, &setting.store, 0).await));
    for (minutes, forecasts) in [(5, true), (60, true), (65, false)] {
        let decision = tick(&setting, &silent, minutes).await;
        assert_eq!(is_forecast(&decision), forecasts, "after {minutes} min: {}", decision.sentence);
    }
    assert!(is_forecast(&tick(&setting, &setting.store, 70).await), "it is back");

    // What is there and cannot be understood is no hiccup; and who has loaded nothing has nothing to go on with.
    setting.overwrite(&keys::current_model("web"), b"{").await;
    assert!(!is_forecast(&tick(&setting, &setting.store, 75).await));
    let (fresh, cloud, now) = (Scaler::default(), Cloud::ReadWrite(&setting.cloud), noon() + SignedDuration::from_mins(80));
    let decision = scaler::tick(&fresh, &setting.group, &Ok(Calendar::default()), cloud, &silent, now).await.unwrap();
    assert!(!is_forecast(&decision), "{}", decision.sentence);
}

#[tokio::test]
async fn card_and_weights_that_are_denied_for_a_while_cost_only_who_has_not_loaded_them() {
    let version = &model().card.version;
    for key in [keys::card("web", version), keys::weights("web", version)] {
        for loaded in [true, false] {
            let setting = Setting::with_instances(12).await;
            let denied = Elsewhere { unreadable: Some(&key), error: Elsewhere::denied, ..Elsewhere::of(&setting.store) };
            let tick = async |store: &dyn Store, step: i32| {
                let now = noon() + STEP * step;
                setting.measure(&rows(at("12:00:00"), now - SignedDuration::from_mins(1))).await;
                setting.tick_in(store, now).await.unwrap()
            };
            let first: &dyn Store = if loaded { &setting.store } else { &denied };
            assert_eq!(is_forecast(&tick(first, 0).await), loaded);
            for step in 1..4 {
                let decision = tick(&denied, step).await;
                let problem = decision.reasons.iter().find_map(|reason| match reason {
                    Reason::Reactive { because: NoForecast::UnusableModel(problem), .. } => Some(problem.clone()),
                    _ => None,
                });
                assert_eq!((is_forecast(&decision), problem.is_none()), (loaded, loaded), "{key}: {}", decision.sentence);
                assert!(problem.is_none_or(|problem| problem.contains(&key) && problem.contains("allow s3:GetObject")));
                let measured = instances_for(decision.load.unwrap());
                assert!(decision.required >= measured, "{key}: {}", decision.sentence);
                assert!(loaded || decision.required == measured, "{key}: {}", decision.sentence);
            }
            assert!(is_forecast(&tick(&setting.store, 4).await), "{key}: it can be read again");
        }
    }
}

#[tokio::test]
async fn a_model_of_another_unit_is_not_served() {
    let mut setting = Setting::with_instances(3).await;
    setting.group.requests_per_instance = Some(100.0);
    let requests = rows(history_start(), at("12:00:00")).into_iter().map(|mut row| {
        row.request_count = Some(load_at(row.timestamp) * 100.0);
        row
    });
    setting.measure(&requests.collect::<Vec<_>>()).await;
    let decision = setting.tick(noon()).await.unwrap();
    let Reason::Reactive { because: NoForecast::UnusableModel(problem), .. } = &decision.reasons[0] else {
        panic!("{}", decision.sentence)
    };
    assert!(problem.contains("`requests_per_instance`") && problem.contains("`trainer train`"), "{problem}");
    assert_eq!(decision.desired, instances_for(load_at(at("11:55:00"))));
}

#[tokio::test]
async fn gaps_in_the_last_hours_are_told_and_bridged_by_the_measured_load() {
    let setting = Setting::without_history(3);
    publish(&setting.store, model()).await;
    setting.measure(&rows(history_start(), at("10:00:00"))).await;
    setting.measure(&rows(at("11:30:00"), at("12:00:00"))).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert!(matches!(decision.reasons[0], Reason::Reactive { because: NoForecast::GapsInHistory, .. }));
    assert_eq!(setting.cloud.desired(), instances_for(load_at(at("11:55:00"))));
}

#[tokio::test]
async fn stale_metrics_hold_capacity() {
    // Far too few and far too many: neither is changed on the word of old metrics.
    for desired in [2, 40] {
        let setting = Setting::with_instances(desired).await;
        let fresh = setting.tick(at("12:15:00")).await.unwrap();
        assert_ne!(fresh.action, Action::Hold, "900 s are not stale yet");
        let setting = Setting::with_instances(desired).await;
        let decision = setting.tick(at("12:20:01")).await.unwrap();
        assert_eq!(decision.reasons, [Reason::StaleMetrics { age_seconds: 1201, limit_seconds: 900 }]);
        assert_eq!((decision.action, decision.outcome), (Action::Hold, Outcome::Unchanged));
        assert_eq!(setting.cloud.writes(), [0; 0]);
    }
}

#[tokio::test]
async fn without_metrics_capacity_is_held() {
    let setting = Setting::without_history(7);
    publish(&setting.store, model()).await;
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!((&decision.reasons[..], decision.desired, decision.load), (&[Reason::NoMetrics][..], 7, None));
    assert_eq!(setting.decisions().await, [decision]);
}

#[tokio::test]
async fn a_refused_write_is_recorded_and_tried_again_at_the_next_tick() {
    let setting = Setting::with_instances(3).await;
    setting.cloud.refuse(1);
    let refused = setting.tick(noon()).await.unwrap();
    assert_eq!(refused.action, Action::ScaleOut);
    assert_eq!(refused.outcome, Outcome::InsufficientCapacity { error: "no more m7g.large in eu-central-1a".to_owned() });
    assert_eq!(setting.tick(noon()).await.unwrap(), refused, "not within the same tick");

    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    let next = setting.tick(noon() + STEP).await.unwrap();
    assert_eq!((next.before.desired, &next.outcome), (3, &Outcome::Applied));
    assert_eq!(setting.cloud.desired(), next.desired);
    assert_eq!(setting.cloud.writes(), [refused.desired, next.desired]);
    assert_eq!(setting.decisions().await, [refused, next]);
}

#[tokio::test]
async fn writes_that_fail_for_a_day_are_tried_and_recorded_at_every_tick_and_nothing_else_is_asked_for() {
    const TICKS: usize = 288;
    for denied in [true, false] {
        let words = if denied { "allow autoscaling:SetDesiredCapacity" } else { "rate exceeded" };
        let setting = Setting::without_history(4);
        for _ in 0..TICKS {
            let error = if denied { PortError::Denied } else { PortError::Throttled };
            setting.cloud.fail(error(words.to_owned()));
        }
        let moments: Vec<Timestamp> = (0..=TICKS).map(|tick| noon() + STEP * i32::try_from(tick).unwrap()).collect();
        for now in &moments[..TICKS] {
            let decision = setting.follow(*now, 8.5).await;
            assert_eq!((decision.before.desired, decision.desired), (4, 10), "{}", decision.sentence);
            assert!(matches!(&decision.outcome, Outcome::Failed { error } if error.contains(words)), "{:?}", decision.outcome);
            assert!(
                !decision.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. } | Reason::Shortage { .. }))
            );
            let pulse = Pulse::of(&[("web".to_owned(), Ok::<_, TickError>(decision))]);
            assert_eq!((pulse.groups, pulse.failed, pulse.unwritten), (1, 0, 1));
        }
        assert_eq!((setting.cloud.writes(), setting.cloud.minimums()), (vec![10; TICKS], vec![]));

        let healed = setting.follow(moments[TICKS], 8.5).await;
        assert_eq!((&healed.outcome, setting.cloud.desired()), (&Outcome::Applied, 10), "{}", healed.sentence);
        let decisions = setting.decisions().await;
        assert_eq!(decisions.iter().map(|decision| decision.at).collect::<Vec<_>>(), moments, "none is lost");
        let failed = decisions.iter().filter(|decision| matches!(decision.outcome, Outcome::Failed { .. })).count();
        assert_eq!((failed, decisions.last()), (TICKS, Some(&healed)));
    }
}

#[tokio::test]
async fn scale_in_waits_out_the_window_even_where_the_state_was_lost() {
    let mut setting = Setting::without_history(40);
    (setting.group.stabilization_minutes, setting.group.sudden_drop_hold_minutes) = (15, 0);
    // Too short for any model: capacity follows what is measured.
    setting.measure(&rows(at("07:00:00"), at("12:00:00"))).await;
    let high = setting.tick(noon()).await.unwrap();
    setting.overwrite("state/group=web.json", b"").await;
    // The load falls to a quarter within a step.
    for minutes in [5, 10, 15, 20] {
        let now = noon() + SignedDuration::from_mins(minutes);
        setting.measure(&rows_of(at("12:00:00"), now - STEP, |moment| load_at(moment) / 4.0)).await;
        let decision = setting.tick(now).await.unwrap();
        if minutes <= 15 {
            assert_eq!(decision.desired, high.desired, "after {minutes} min: {}", decision.sentence);
            assert!(decision.reasons.iter().any(|reason| matches!(reason, Reason::Stabilizing { .. })), "{}", decision.sentence);
        } else {
            assert_eq!(decision.action, Action::ScaleIn, "{}", decision.sentence);
        }
    }
}
