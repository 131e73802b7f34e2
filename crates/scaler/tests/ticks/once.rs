//! One tick, one decision: whatever is repeated, late, overlapping or cut short.

use async_trait::async_trait;
use headroom_core::{Action, Forecast, Group, Reason, decision::Outcome};
use jiff::Timestamp;
use scaler::{Cloud, GroupState, Scaler, Seen, Sight};

use crate::{
    doubles::{Elsewhere, Shown},
    setting::{STEP, Setting, at, instances_for, load_at, model, noon, rows},
};

#[tokio::test]
async fn a_tick_decides_applies_and_records() {
    let setting = Setting::with_instances(3).await;
    let decision = setting.tick(noon()).await.unwrap();

    let load = load_at(at("11:55:00"));
    assert!((decision.load.unwrap() - load).abs() < 1e-9);
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleOut, &Outcome::Applied));
    assert_eq!((decision.tick, decision.at, decision.before.desired), (at("12:00:00"), noon(), 3));
    assert!(matches!(decision.reasons[..], [Reason::PeakAhead { .. }, ..]), "{}", decision.sentence);
    assert!((instances_for(load)..=40).contains(&decision.desired), "{}", decision.sentence);
    assert_eq!(setting.cloud.writes(), [decision.desired]);

    assert_eq!(setting.decisions().await, std::slice::from_ref(&decision));
    let [forecast] = &setting.forecasts().await[..] else { panic!("one forecast") };
    assert_eq!((forecast.origin, forecast.step_seconds), (at("12:00:00"), 300));
    assert_eq!(forecast.model.version.as_ref(), Some(&model().card.version));
    let state = GroupState::read(&setting.store, "web").await.unwrap();
    assert_eq!(
        (state.last.clone(), state.forecast.as_ref()),
        (Some(decision.clone()), Some(forecast)),
        "one object shows the group"
    );
    assert_eq!((state.past.needs.len(), state.past.needs[0].required), (1, decision.required));
    assert_eq!((state.expected.len(), state.expected[0].timestamp), (12, at("12:00:00")));
    assert_eq!(setting.anomalies().await, []);
}

#[tokio::test]
async fn the_newest_forecast_stays_where_a_tick_makes_none() {
    let setting = Setting::with_instances(3).await;
    setting.tick(noon()).await.unwrap();
    let made = setting.state().await.forecast;
    assert!(made.is_some());
    let mut state: serde_json::Value = serde_json::to_value(setting.state().await).unwrap();
    setting.follow(noon() + STEP, 8.5).await;
    assert_eq!(setting.state().await.forecast, made);
    // What an older version has stored has none.
    state.as_object_mut().unwrap().remove("forecast");
    setting.overwrite("state/group=web.json", state.to_string().as_bytes()).await;
    let older = setting.state().await;
    assert!(older.forecast.is_none() && older.last.is_some());
}

#[tokio::test]
async fn a_forecast_that_is_no_number_does_not_take_the_state_along() {
    let setting = Setting::with_instances(3).await;
    setting.tick(noon()).await.unwrap();
    let made = setting.state().await.forecast.unwrap();
    let odd = Odd(made.clone());
    // The journal refuses it, which is told; the state stays whole.
    let told = scaler::tick_with(&odd, &setting.group, Cloud::ReadWrite(&setting.cloud), &setting.store, noon() + STEP).await;
    told.unwrap_err();
    let state = setting.state().await;
    assert_eq!((state.forecast, state.last.unwrap().tick), (Some(made), at("12:05:00")));
}

/// Shows a load, and a forecast with a hole in it.
struct Odd(Forecast);

#[async_trait]
impl Sight for Odd {
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen {
        let mut odd = self.0.clone();
        odd.peaks[3] = odd.peaks[3].scaled(f64::NAN);
        let seen = Shown(|_| Some(8.5)).look(group, state, now).await;
        Seen { forecast_made: Some(odd), ..seen }
    }
}

#[tokio::test]
async fn the_same_tick_again_changes_nothing() {
    let mut setting = Setting::with_instances(3).await;
    let first = setting.tick(noon()).await.unwrap();
    let objects = setting.objects().await;
    // Later within the step, and in another process.
    setting.scaler = Scaler::default();
    for now in ["12:01:00", "12:04:59"] {
        assert_eq!(setting.tick(at(now)).await.unwrap(), first);
    }
    assert_eq!(setting.objects().await, objects);
    assert_eq!(setting.cloud.writes().len(), 1);
}

#[tokio::test]
async fn an_older_tick_after_a_newer_one_changes_nothing() {
    let setting = Setting::with_instances(3).await;
    setting.tick(noon()).await.unwrap();
    setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    let newer = setting.tick(noon() + STEP).await.unwrap();
    let (objects, writes) = (setting.objects().await, setting.cloud.writes());
    for older in [noon(), noon() - STEP] {
        assert_eq!(setting.tick(older).await.unwrap(), newer);
    }
    assert_eq!((setting.objects().await, setting.cloud.writes()), (objects, writes));
}

#[tokio::test]
async fn overlapping_ticks_leave_one_decision_each() {
    let setting = Setting::with_instances(3).await;
    let store = Elsewhere::of(&setting.store);
    let mut ticks = Vec::new();
    for now in [noon(), noon() + STEP] {
        let (one, other) = tokio::join!(setting.tick_in(&store, now), setting.tick_in(&store, now));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.desired, other.desired);
        ticks.push(one.tick);
        setting.measure(&rows(at("12:00:00"), at("12:05:00"))).await;
    }
    let decisions = setting.decisions().await;
    assert_eq!(decisions.iter().map(|decision| decision.tick).collect::<Vec<_>>(), ticks);
    assert_eq!(setting.forecasts().await.len(), 2);
    assert_eq!(decisions[1].desired, setting.cloud.desired());
    let state = GroupState::read(&setting.store, "web").await.unwrap();
    assert_eq!(state.last.map(|last| last.tick), Some(ticks[1]));
    assert_eq!(state.past.needs.len(), 2);
}

#[tokio::test]
async fn a_run_that_died_before_its_state_was_stored_is_not_decided_again() {
    let setting = Setting::with_instances(3).await;
    // The claim goes through, what came of it does not.
    let failing = Elsewhere::unwritable(&setting.store, "state/", 1);
    let error = setting.tick_in(&failing, noon()).await.unwrap_err();
    assert_eq!(error.to_string(), "reading or recording what was decided for group `web`");
    let [recorded] = &setting.decisions().await[..] else { panic!("one decision") };
    assert_eq!(&setting.tick(noon()).await.unwrap(), recorded);
    assert_eq!(setting.cloud.writes().len(), 1);
    assert_eq!(setting.decisions().await, std::slice::from_ref(recorded), "the scale-out stays on record");

    let next = setting.follow(noon() + STEP, 6.0).await;
    assert_eq!(next.before.desired, recorded.desired);
    assert!(!next.reasons.iter().any(|reason| matches!(reason, Reason::ForeignWriter { .. })), "{}", next.sentence);
    assert_eq!(setting.state().await.past.changes.len(), 1, "the scale-out counts");
}

#[tokio::test]
async fn a_state_from_before_there_were_claims_still_reads() {
    let setting = Setting::with_instances(3).await;
    let decision = setting.tick(noon()).await.unwrap();
    let mut old: serde_json::Value = serde_json::from_slice(&setting.objects().await["state/group=web.json"]).unwrap();
    let fields = old.as_object_mut().unwrap();
    for new in ["claim", "past", "approvals", "own_minimum"] {
        fields.remove(new).unwrap();
    }
    fields.insert("needs".to_owned(), serde_json::json!([{ "at": "2026-11-26T12:01:00Z", "required": 5 }]));
    setting.overwrite("state/group=web.json", &serde_json::to_vec(&old).unwrap()).await;
    let state = setting.state().await;
    assert_eq!((state.last, state.expected.len()), (Some(decision.clone()), 12));
    assert_eq!(setting.tick(noon()).await.unwrap(), decision);
    assert_eq!(setting.follow(noon() + STEP, 30.0).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn without_a_claim_nothing_is_written() {
    let setting = Setting::with_instances(3).await;
    let failing = Elsewhere::unwritable(&setting.store, "state/", 0);
    setting.tick_in(&failing, noon()).await.unwrap_err();
    assert_eq!((setting.cloud.writes(), setting.decisions().await), (vec![], vec![]));
    let decision = setting.tick(noon()).await.unwrap();
    assert_eq!(decision.outcome, Outcome::Applied, "the tick is still to be had");
}

#[tokio::test]
async fn a_forecast_that_cannot_be_stored_takes_no_decision_along() {
    for unwritable in ["forecasts/", "decisions/"] {
        let setting = Setting::with_instances(3).await;
        let failing = Elsewhere::unwritable(&setting.store, unwritable, 0);
        let error = setting.tick_in(&failing, noon()).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with(&format!("`{unwritable}")), "{cause}");
        let state = GroupState::read(&setting.store, "web").await.unwrap();
        assert_eq!(setting.tick(noon()).await.unwrap(), state.last.unwrap());
        assert_eq!(setting.cloud.writes().len(), 1);
    }
}

#[tokio::test]
async fn a_decision_that_could_not_be_recorded_is_recorded_later() {
    let setting = Setting::without_history(10);
    let failing = Elsewhere::unwritable(&setting.store, "decisions/", 0);
    let cloud = Cloud::ReadWrite(&setting.cloud);
    let sight = Shown(|_| Some(12.0));
    scaler::tick_with(&sight, &setting.group, cloud, &failing, noon()).await.unwrap_err();
    scaler::tick_with(&sight, &setting.group, cloud, &failing, noon() + STEP).await.unwrap_err();
    assert_eq!((setting.cloud.writes().len(), setting.decisions().await), (1, vec![]));

    let third = setting.follow(noon() + STEP * 2, 12.0).await;
    let recorded = setting.decisions().await;
    let outcomes: Vec<&Outcome> = recorded.iter().map(|decision| &decision.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Applied, &Outcome::Unchanged, &Outcome::Unchanged]);
    assert_eq!((recorded.last(), setting.state().await.unrecorded), (Some(&third), vec![]));
}

#[tokio::test]
async fn of_more_decisions_than_can_wait_the_newest_are_recorded_when_the_journal_is_back() {
    const WAITING_MAX: usize = 36;
    let setting = Setting::without_history(10);
    let failing = Elsewhere::unwritable(&setting.store, "decisions/", 0);
    let (cloud, sight) = (Cloud::ReadWrite(&setting.cloud), Shown(|_| Some(12.0)));
    let mut sizes = Vec::new();
    for tick in 0..40 {
        let now = noon() + STEP * tick;
        scaler::tick_with(&sight, &setting.group, cloud, &failing, now).await.unwrap_err();
        let waiting = setting.state().await.unrecorded;
        assert_eq!(waiting.len(), sizes.len().saturating_add(1).min(WAITING_MAX));
        assert_eq!(waiting.last().map(|decision| decision.at), Some(now), "the newest wait");
        sizes.push(setting.objects().await["state/group=web.json"].len());
    }
    // Numbers may have a digit more.
    assert!(sizes[39] < sizes[WAITING_MAX] + 100, "{sizes:?}");
    assert_eq!((setting.cloud.writes().len(), setting.decisions().await), (1, vec![]), "capacity was set all the same");

    let last = setting.follow(noon() + STEP * 40, 12.0).await;
    let recorded: Vec<Timestamp> = setting.decisions().await.iter().map(|decision| decision.at).collect();
    let expected: Vec<Timestamp> = (4..=40).map(|tick| noon() + STEP * tick).collect();
    assert_eq!((recorded, setting.state().await.unrecorded), (expected, vec![]));
    assert_eq!(setting.state().await.last, Some(last));
}
