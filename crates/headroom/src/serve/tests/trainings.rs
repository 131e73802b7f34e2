//! Training beside the ticks.

use std::time::Duration;

use headroom_core::Observation;
use headroom_store::{
    history, models,
    training::{Done, ask, requested},
};
use jiff::{SignedDuration, civil::Time};

use super::stage::{Stage, at, group};
use crate::serve::training::Training;

impl Stage {
    async fn training(&self) -> Training {
        Training {
            store: std::sync::Arc::clone(&self.store),
            configuration: self.configuration().await,
            pace: self.pace(),
            at: Time::constant(3, 20, 0, 0),
        }
    }

    /// What came of the training of `group`, once something has. Played time stands still meanwhile.
    async fn done(&self, group: &str) -> Done {
        loop {
            match requested(self.store.as_ref(), group).await.unwrap().and_then(|request| request.done) {
                Some(done) => return done,
                None => let_work().await,
            }
        }
    }
}

/// Gives the thread that trains a moment, in which played time stands still.
async fn let_work() {
    std::thread::sleep(Duration::from_millis(5));
    tokio::task::yield_now().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_for_is_taken_in_within_a_minute() {
    let off = "[[group]]\nid = \"off\"\nprovider = \"simulated\"\nmode = \"off\"\n";
    let stage = Stage::at("12:03:20", &(group("web", 300) + off)).await;
    let training = stage.training().await;
    let asks = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        for group in ["web", "gone", "off"] {
            ask(stage.store.as_ref(), group, "alice", stage.pace().now()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(31)).await;
        let (web, gone, off) = (stage.done("web").await, stage.done("gone").await, stage.done("off").await);
        for done in [&web, &gone, &off] {
            assert!((at("12:04:00")..=at("12:04:01")).contains(&done.at), "{done:?}");
        }
        assert!(web.serves == Some(false) && web.sentence.contains("group `web` has too little history"), "{web:?}");
        for (id, done) in [("gone", gone), ("off", off)] {
            let refused = format!("group `{id}` was not trained: ");
            assert!(done.serves.is_none() && done.sentence.starts_with(&refused), "{done:?}");
        }
        stage.end.send(true).unwrap();
    };
    tokio::join!(training.run(), asks);
}

/// Three days whose noon is busy, of four instances and in steps of five minutes.
fn rows() -> Vec<Observation> {
    let row = |step: i32| {
        let day = f64::from(step % 288) / 288.0 * std::f64::consts::TAU;
        Observation {
            cpu_utilization: Some(40.0 - 20.0 * day.cos() + f64::from(step * 7919 % 100) / 20.0),
            in_service_instances: Some(4.0),
            ..Observation::at(at("03:15:00") - SignedDuration::from_mins(5) * step)
        }
    };
    (0..3 * 288).rev().map(row).collect()
}

#[tokio::test(start_paused = true)]
async fn once_a_day_the_whole_fleet_is_trained() {
    let stage = Stage::at("03:19:20", &(group("web", 300) + &group("young", 300))).await;
    history::merge(stage.store.as_ref(), "web", &rows()).await.unwrap();
    let training = stage.training().await;
    let current = async || models::current(stage.store.as_ref(), "web").await.unwrap();
    let waits = async {
        tokio::time::sleep(Duration::from_secs(39)).await;
        assert!(current().await.is_none(), "it is not time yet");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let version = loop {
            match current().await {
                Some(current) => break current.version,
                None => let_work().await,
            }
        };
        assert!(version.starts_with("20261126T0320"), "{version}");
        // The rest of the run, and the hours to the next one.
        stage.end_after(Duration::from_secs(3600)).await;
        assert_eq!(current().await.unwrap().version, version, "once");
    };
    tokio::join!(training.run(), waits);
}
