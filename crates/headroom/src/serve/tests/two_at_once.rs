//! Two processes on one store.

use std::{collections::BTreeSet, time::Duration};

use headroom_core::decision::Outcome;

use super::stage::{Call, Stage, group};

#[tokio::test(start_paused = true)]
async fn of_two_at_once_one_carries_each_tick_out() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    let (one, other) = (stage.ticks().await, stage.ticks().await);
    tokio::join!(one.run(), other.run(), stage.end_after(Duration::from_secs(3600)));
    assert!(stage.most_at_once() > 1, "they do overlap");
    let decisions = stage.decisions("web").await;
    let ticks: BTreeSet<_> = decisions.iter().map(|decision| decision.tick).collect();
    assert_eq!((decisions.len(), ticks.len()), (61, 61), "each tick was recorded once");
    let applied = decisions.iter().filter(|decision| decision.outcome == Outcome::Applied).count();
    let written = stage.calls().iter().filter(|(_, call)| matches!(call, Call::Set(_))).count();
    assert!(applied > 0, "something happened");
    assert_eq!(written, applied, "and was carried out once");
}
