//! When ticks come.

use std::time::Duration;

use jiff::SignedDuration;

use super::stage::{Call, Stage, Trouble, group};

/// Five minutes and a minute.
fn both() -> String {
    group("five", 300) + &group("minute", 60)
}

#[tokio::test(start_paused = true)]
async fn each_group_ticks_at_once_and_then_a_minute_after_its_own_steps() {
    let stage = Stage::at("12:03:20", &both()).await;
    stage.play(8).await;
    assert_eq!(stage.ticked("five"), ["12:03:20", "12:06:00", "12:11:00"]);
    let every_minute =
        ["12:03:20", "12:04:00", "12:05:00", "12:06:00", "12:07:00", "12:08:00", "12:09:00", "12:10:00", "12:11:00"];
    assert_eq!(stage.ticked("minute"), every_minute);
    let ticks: Vec<String> = stage.decisions("five").await.iter().map(|decision| decision.tick.to_string()).collect();
    assert_eq!(ticks, ["2026-11-26T12:00:00Z", "2026-11-26T12:05:00Z", "2026-11-26T12:10:00Z"]);
    assert_eq!(stage.told().len(), 3 + every_minute.len(), "a line a tick and group: {:?}", stage.told());
}

#[tokio::test(start_paused = true)]
async fn the_collector_comes_first_and_asks_for_all_that_are_due_in_one_call() {
    let stage = Stage::at("12:04:30", &both()).await;
    stage.play(2).await;
    let asked: Vec<(String, Call)> = stage.calls().into_iter().filter(|(_, call)| !matches!(call, Call::Set(_))).collect();
    let measured = |ids: &[&str]| Call::Measured(ids.iter().map(|id| (*id).to_owned()).collect());
    let described = |id: &str| Call::Described(id.to_owned());
    let expected = [
        ("12:04:30", measured(&["five", "minute"])),
        ("12:04:30", described("five")),
        ("12:04:30", described("minute")),
        ("12:05:00", measured(&["minute"])),
        ("12:05:00", described("minute")),
        ("12:06:00", measured(&["five", "minute"])),
        ("12:06:00", described("five")),
        ("12:06:00", described("minute")),
    ];
    assert_eq!(asked, expected.map(|(time, call)| (time.to_owned(), call)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_tick_delays_the_next_and_there_are_never_two() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    stage.trouble("12:04:00", true, Trouble::Slow(Duration::from_secs(50)));
    stage.trouble("12:04:00", false, Trouble::Slow(Duration::from_secs(100)));
    stage.play(5).await;
    assert_eq!(stage.collected("web"), ["12:03:20", "12:04:00", "12:06:30", "12:07:00", "12:08:00"]);
    assert_eq!(stage.ticked("web"), ["12:03:20", "12:04:50", "12:06:30", "12:07:00", "12:08:00"]);
    assert_eq!(stage.most_at_once(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_machines_sleep_one_tick_is_made() {
    let stage = Stage::at("12:03:20", &group("web", 300)).await;
    let ticks = stage.ticks().await;
    let sleeps = async {
        tokio::time::sleep(Duration::from_secs(225)).await;
        stage.clock.jump(SignedDuration::from_mins(150));
        stage.end_after(Duration::from_secs(400)).await;
    };
    tokio::join!(ticks.run(), sleeps);
    // It is noticed within ten seconds of 14:37:05, not at the end of a wait that began before.
    let ticked = stage.ticked("web");
    assert_eq!((ticked.len(), &ticked[..2]), (4, ["12:03:20", "12:06:00"].map(str::to_owned).as_slice()), "{ticked:?}");
    assert!(("14:37:05"..="14:37:15").contains(&ticked[2].as_str()), "{ticked:?}");
    assert_eq!(ticked[3], "14:41:00");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_decides_nothing_twice() {
    let stage = Stage::at("12:03:20", &group("web", 300)).await;
    let ticks = stage.ticks().await;
    let set_back = async {
        tokio::time::sleep(Duration::from_secs(225)).await;
        stage.clock.jump(SignedDuration::from_mins(-60));
        stage.end_after(Duration::from_secs(900)).await;
    };
    tokio::join!(ticks.run(), set_back);
    let collected = stage.collected("web");
    assert_eq!(collected.len(), 6, "{collected:?}");
    assert!(("11:07:05"..="11:07:15").contains(&collected[2].as_str()), "one at once: {collected:?}");
    assert_eq!(collected[3..], ["11:11:00", "11:16:00", "11:21:00"]);
    assert_eq!(stage.decisions("web").await.len(), 2, "the hour was decided before");
}
