//! What is flagged as an anomaly, and how often.

use headroom_core::anomaly::ERRORS_MIN;
use headroom_store::keys;
use jiff::{SignedDuration, Timestamp};
use scaler::GroupState;

use crate::setting::{STEP, Setting, at, load_at, noon, rows_of};

/// The load doubles here, and stays: after more than [`ERRORS_MIN`] calm steps.
fn spike() -> Timestamp {
    at("16:00:00")
}

fn load(moment: Timestamp) -> f64 {
    if moment < spike() { load_at(moment) } else { 2.0 * load_at(moment) }
}

/// Ticks once a step, from noon until `until`, each after its metrics came.
async fn play(setting: &Setting, until: Timestamp) {
    let mut now = noon();
    while now < until {
        setting.tick(now).await.unwrap();
        let step = now - (noon().duration_since(at("12:00:00")));
        setting.measure(&rows_of(step, step + STEP, load)).await;
        now += STEP;
    }
}

#[tokio::test]
async fn a_spike_after_a_calm_day_is_flagged_once() {
    let setting = Setting::with_instances(20).await;
    play(&setting, spike() + STEP).await;
    assert_eq!(setting.anomalies().await, [], "a calm day");
    let calm = GroupState::read(&setting.store, "web").await.unwrap().errors.len();
    assert!(calm > ERRORS_MIN, "{calm}");

    // The model breaks, a tick is run twice, and then metrics stop: the spike stays the newest step.
    setting.overwrite(&keys::current_model("web"), b"{").await;
    for minutes in [6, 6, 9, 11] {
        setting.tick(spike() + SignedDuration::from_mins(minutes)).await.unwrap();
    }
    let anomalies = setting.anomalies().await;
    let [anomaly] = &anomalies[..] else { panic!("{anomalies:?}") };
    assert_eq!((anomaly.group.as_str(), anomaly.timestamp), ("web", spike()));
    assert!((anomaly.load - load(spike())).abs() < 1e-9 && anomaly.load > 1.5 * anomaly.expected && anomaly.score > 6.0);
    assert_eq!(GroupState::read(&setting.store, "web").await.unwrap().errors.len(), calm + 1);
}

#[tokio::test]
async fn few_errors_tell_nothing() {
    let setting = Setting::with_instances(20).await;
    setting.tick(noon()).await.unwrap();
    setting.measure(&rows_of(at("12:00:00"), at("12:05:00"), |_| 40.0)).await;
    setting.tick(noon() + STEP).await.unwrap();
    assert_eq!(setting.anomalies().await, [], "what is usual is not known yet");
    assert_eq!(setting.cloud.desired(), 40, "capacity follows all the same");
}
