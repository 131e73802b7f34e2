//! A calendar that cannot be read: what was raised for an event stays, and someone is called.

use headroom_core::{Action, Calendar, Decision, Reason};
use jiff::SignedDuration;
use scaler::Cloud;

use crate::setting::{STEP, Setting, at, instances_for, load_at, noon, rows};

/// A sale from half past twelve to half past one, whose crowd comes from half past eleven on.
const SALE: &str = r#"{"events": [{"name": "Sale", "kind": "sale", "start": "2026-11-26T12:30:00Z",
    "duration_minutes": 60, "ramp_minutes": 60}]}"#;

/// The tick of so many minutes after noon, with everything measured until then.
async fn tick(setting: &Setting, minutes: i64, calendar: &Result<Calendar, String>) -> Decision {
    let now = noon() + SignedDuration::from_mins(minutes);
    setting.measure(&rows(at("10:00:00"), now - STEP)).await;
    scaler::tick(&setting.scaler, &setting.group, calendar, Cloud::ReadWrite(&setting.cloud), &setting.store, now).await.unwrap()
}

#[tokio::test]
async fn what_was_raised_for_a_sale_stays_while_the_calendar_cannot_be_read() {
    let setting = Setting::without_history(21);
    let known = Ok(Calendar::from_json(SALE).unwrap());
    for minutes in [0, 5, 10] {
        let decision = tick(&setting, minutes, &known).await;
        assert_eq!((decision.desired, decision.alarm), (21, false), "{}", decision.sentence);
    }
    let away = Err("`config/business_calendar.json`: access denied".to_owned());
    for minutes in (15..=95).step_by(5) {
        let decision = tick(&setting, minutes, &away).await;
        assert_eq!((decision.action, setting.cloud.desired()), (Action::Hold, 21), "after {minutes} min: {}", decision.sentence);
        assert!(decision.alarm, "someone has to look, or it stays up for ever: {}", decision.sentence);
        assert!(matches!(decision.reasons[0], Reason::CalendarUnreadable { .. }), "{}", decision.sentence);
    }
    let back = tick(&setting, 100, &known).await;
    assert_eq!((back.action, back.alarm), (Action::ScaleIn, false), "{}", back.sentence);
}

#[tokio::test]
async fn without_a_calendar_the_load_is_carried_all_the_same() {
    let setting = Setting::without_history(3);
    let decision = tick(&setting, 0, &Err("access denied".to_owned())).await;
    let needed = instances_for(load_at(at("11:55:00")));
    assert_eq!(
        (decision.action, setting.cloud.desired(), decision.alarm),
        (Action::ScaleOut, needed, true),
        "{}",
        decision.sentence
    );
}
