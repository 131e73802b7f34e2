//! What goes wrong in one tick does not touch the next.

use std::time::Duration;

use super::stage::{Stage, Trouble, group};

#[tokio::test(start_paused = true)]
async fn after_a_tick_that_fails_the_next_one_comes() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    stage.trouble("12:04:00", true, Trouble::Fails);
    stage.trouble("12:05:00", false, Trouble::Fails);
    stage.play(3).await;
    let minutes = ["12:03:20", "12:04:00", "12:05:00", "12:06:00"];
    assert_eq!(
        (stage.collected("web"), stage.ticked("web")),
        (minutes.map(str::to_owned).into(), minutes.map(str::to_owned).into())
    );
    assert_eq!(stage.decisions("web").await.len(), 3, "without fresh metrics it decides, without a size it cannot");
    assert_eq!(stage.told().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_one_turn_of_one_part() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    stage.trouble("12:04:00", true, Trouble::Panics);
    stage.trouble("12:05:00", false, Trouble::Panics);
    stage.play(3).await;
    let minutes = ["12:03:20", "12:04:00", "12:05:00", "12:06:00"];
    assert_eq!(stage.collected("web"), minutes);
    assert_eq!(stage.ticked("web"), minutes, "the collector's panic is not the scaler's");
    assert_eq!(stage.decisions("web").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_returns_is_cut_off() {
    let stage = Stage::at("12:03:20", &group("web", 300)).await;
    stage.trouble("12:06:00", true, Trouble::Hangs);
    stage.play(13).await;
    assert_eq!(stage.collected("web"), ["12:03:20", "12:06:00", "12:11:00", "12:16:00"]);
    assert_eq!(stage.ticked("web"), ["12:03:20", "12:10:00", "12:16:00"], "after four minutes the scaler had its turn");
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_runs_when_it_is_told_to_end_comes_to_its_end() {
    let stage = Stage::at("12:03:20", &group("web", 300)).await;
    stage.trouble("12:03:00", true, Trouble::Slow(Duration::from_secs(75)));
    stage.play(1).await;
    assert_eq!((stage.ticked("web"), stage.decisions("web").await.len()), (vec!["12:04:35".to_owned()], 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_is_cut_off_after_its_grace() {
    let stage = Stage::at("12:03:20", &group("web", 300)).await;
    stage.trouble("12:03:00", false, Trouble::Slow(Duration::from_secs(81)));
    let begun = tokio::time::Instant::now();
    stage.play(1).await;
    assert_eq!(begun.elapsed().as_secs(), 80, "a minute, and twenty seconds");
    assert_eq!(stage.decisions("web").await.len(), 0);
}
