//! The kill switch: whatever is decided, nothing is written while it is thrown, or while nobody can tell.

use async_trait::async_trait;
use headroom_core::{Action, Decision, Reason, decision::Outcome, reason::Scope};
use headroom_store::{
    Expect, Object, Store, StoreError, Version,
    controls::{self, Stop},
    keys,
};
use scaler::{Pulse, TickError};

use crate::{
    doubles::Elsewhere,
    setting::{STEP, Setting, noon},
};

fn thrown() -> Stop {
    Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() }
}

fn told(scope: Scope) -> Reason {
    Reason::KillSwitch { scope, by: "ops".to_owned(), why: "an incident".to_owned() }
}

#[tokio::test]
async fn everything_but_the_write_goes_on_while_it_is_thrown() {
    for (group, scope) in [(Some("web"), Scope::Group), (None, Scope::Fleet)] {
        let setting = Setting::with_instances(3).await;
        controls::stop(&setting.store, group, &thrown()).await.unwrap();
        let decision = setting.tick(noon()).await.unwrap();
        assert_eq!((decision.action, &decision.outcome), (Action::ScaleOut, &Outcome::Stopped));
        assert_eq!(decision.reasons.last(), Some(&told(scope)));
        assert!(decision.sentence.starts_with("would scale out from 3 to "), "{}", decision.sentence);
        assert!(decision.sentence.contains("thrown by ops (an incident)"), "{}", decision.sentence);
        assert_eq!((setting.cloud.writes(), setting.cloud.desired()), (vec![], 3));
        assert_eq!((setting.forecasts().await.len(), setting.decisions().await), (1, vec![decision.clone()]));
        assert_eq!(setting.state().await.last, Some(decision));

        controls::resume(&setting.store, group).await.unwrap();
        let next = setting.follow(noon() + STEP, 8.5).await;
        assert_eq!((&next.outcome, setting.cloud.desired()), (&Outcome::Applied, 10), "the next tick goes on");
    }
}

#[tokio::test]
async fn it_stops_scale_in_too_and_leaves_a_hold_alone() {
    let mut setting = Setting::without_history(20);
    setting.group.stabilization_minutes = 0;
    controls::stop(&setting.store, None, &thrown()).await.unwrap();
    let decision = setting.follow(noon(), 8.5).await;
    assert_eq!((decision.action, &decision.outcome), (Action::ScaleIn, &Outcome::Stopped));
    let hold = setting.follow(noon() + STEP, 17.0).await;
    assert_eq!((hold.action, &hold.outcome), (Action::Hold, &Outcome::Unchanged), "there was nothing to stop");
    assert_eq!(setting.cloud.writes(), [0; 0]);
}

#[tokio::test]
async fn the_switch_of_another_group_stops_nothing() {
    let setting = Setting::without_history(3);
    controls::stop(&setting.store, Some("api"), &thrown()).await.unwrap();
    assert_eq!(setting.follow(noon(), 8.5).await.outcome, Outcome::Applied);
}

#[tokio::test]
async fn a_switch_that_cannot_be_read_counts_as_thrown() {
    for key in [keys::FLEET_CONTROL.to_owned(), keys::group_control("web")] {
        let setting = Setting::without_history(3);
        setting.overwrite(&key, b"{").await;
        let decision = setting.follow(noon(), 8.5).await;
        let Some(Reason::KillSwitchUnreadable { problem }) = decision.reasons.last() else { panic!("{}", decision.sentence) };
        assert!(problem.contains(&key) && problem.contains("headroom stop"), "{problem}");
        assert_eq!((&decision.outcome, setting.cloud.writes()), (&Outcome::Stopped, vec![]));
    }
    let setting = Setting::without_history(3);
    let silent = Elsewhere { unreadable: Some("control/"), ..Elsewhere::of(&setting.store) };
    let decision = setting.follow_in(&silent, noon(), 8.5).await;
    assert_eq!((&decision.outcome, setting.cloud.writes()), (&Outcome::Stopped, vec![]));
    assert_eq!(unwritten(decision), 1, "whoever watches the functions is told");
    controls::stop(&setting.store, None, &thrown()).await.unwrap();
    let meant = setting.follow(noon() + STEP, 8.5).await;
    assert_eq!((&meant.outcome, unwritten(meant.clone())), (&Outcome::Stopped, 0), "what somebody wants is no trouble");
}

/// How often the pulse of a run with this decision counts a change that was not made.
fn unwritten(decision: Decision) -> usize {
    Pulse::of(&[("web".to_owned(), Ok::<_, TickError>(decision))]).unwritten
}

/// An operator who throws the switch at the last moment: right after the run has claimed its tick.
struct Late<'a>(&'a dyn Store);

#[async_trait]
impl Store for Late<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.0.get(key).await
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        let version = self.0.put(key, bytes, expect).await?;
        if key.starts_with("state/") {
            controls::stop(self.0, None, &thrown()).await?;
        }
        Ok(version)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.list(prefix).await
    }
}

#[tokio::test]
async fn it_is_read_as_late_as_can_be() {
    let setting = Setting::without_history(3);
    let decision = setting.follow_in(&Late(&setting.store), noon(), 8.5).await;
    assert_eq!((&decision.outcome, decision.reasons.last()), (&Outcome::Stopped, Some(&told(Scope::Fleet))));
    assert_eq!(setting.cloud.writes(), [0; 0]);
}
