//! Metrics that stop: capacity is held, for a bounded time, and then someone is called.

use async_trait::async_trait;
use headroom_core::{
    Action, Decision, Group, Reason, decision::Outcome, occurrences::Timeline, policy::Measured, reason::NoForecast,
};
use jiff::{SignedDuration, Timestamp};
use scaler::{GroupState, Seen, Sight};

use crate::setting::{Setting, noon};

/// Nothing new since noon.
struct SinceNoon;

#[async_trait]
impl Sight for SinceNoon {
    async fn look(&self, _: &Group, _: &mut GroupState, _: Timestamp) -> Seen {
        Seen {
            measured: Some(Measured { until: minutes(-1), load: 8.5 }),
            forecast: Err(NoForecast::GapsInHistory),
            events: Timeline::default(),
            troubles: Vec::new(),
            observations: Vec::new(),
            peak_load: None,
            forecast_made: None,
            anomaly: None,
        }
    }
}

fn minutes(count: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(count)
}

async fn tick(setting: &Setting, minute: i64) -> Decision {
    setting.see(&SinceNoon, &setting.store, minutes(minute)).await
}

#[tokio::test]
async fn the_hold_ends_in_an_alarm_and_capacity_stays() {
    let setting = Setting::without_history(12);
    let mut alarms = Vec::new();
    for minute in (15..150).step_by(5) {
        let decision = tick(&setting, minute).await;
        assert_eq!((decision.action, &decision.outcome), (Action::Hold, &Outcome::Unchanged), "{}", decision.sentence);
        assert!(decision.reasons.iter().any(|reason| matches!(reason, Reason::StaleMetrics { .. })), "{}", decision.sentence);
        let expired = decision.reasons.iter().any(|reason| matches!(reason, Reason::HoldExpired { .. }));
        assert_eq!(decision.alarm, expired);
        alarms.push((minute, decision.alarm));
    }
    // Stale from 12:15 on, and an hour of that.
    let first = alarms.iter().find(|(_, alarm)| *alarm).expect("an alarm").0;
    assert_eq!(first, 75);
    assert!(alarms.iter().all(|&(minute, alarm)| alarm == (minute >= first)), "and at every tick from then on: {alarms:?}");
    assert_eq!(setting.cloud.writes(), [0; 0]);

    let back = setting.follow(minutes(150), 8.5).await;
    assert!(!back.alarm, "{}", back.sentence);
}

#[tokio::test]
async fn after_the_hold_capacity_goes_where_the_operator_wants_it() {
    let mut setting = Setting::without_history(12);
    setting.group.hold_minutes = 30;
    setting.group.blind_instances = Some(20);
    tick(&setting, 15).await;
    assert_eq!(tick(&setting, 40).await.outcome, Outcome::Unchanged);
    let decision = tick(&setting, 45).await;
    assert_eq!((decision.desired, &decision.outcome, decision.alarm), (20, &Outcome::Applied, true), "{}", decision.sentence);
    assert_eq!(setting.cloud.writes(), [20]);
}
