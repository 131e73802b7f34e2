//! A group's own history, replayed and kept in its store, where the dashboard shows it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use headroom_core::{Fleet, Group, fleet::PolicyName, frame::Target};
use headroom_store::{
    Store,
    backtests::{self, StoredBacktest},
    keys, load_fleet,
};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::{
    Args, COMMAND, DEFAULT_POLICIES, Play, Replay, Subject, check_policies, group_of_replay, play_through, table, write,
};
use crate::{
    background, output, place,
    stored_history::{StoredHistory, chosen, rules},
    terminal::{Lines, TrainingBar},
};

/// `headroom backtest --store`.
pub(super) fn run(args: &Args, url: &str, runtime: &Runtime, lines: Lines) -> Result<()> {
    for path in [&args.json, &args.report, &args.timeline, &args.summary].into_iter().flatten() {
        output::check_writable(path)?;
    }
    let store = runtime.block_on(place::open(url)).with_context(|| format!("opening the store `{url}`"))?;
    let (fleet, name) = runtime.block_on(fleet(args, url, store.as_ref()))?;
    let group = chosen(&fleet, &name, args.group.as_deref())?;
    check_policies(&args.policies, group)?;
    let history = runtime.block_on(StoredHistory::read(store.as_ref(), group))?;
    let subject = Subject::of(history, args.price_per_hour)?;
    let bar = TrainingBar::new(lines, &group.id);
    let play = Play { policies: &args.policies, seed: args.seed, command: COMMAND };
    let (replay, times) = play_through(&subject, play, &mut |name, at| bar.show(name, at))?;
    drop(bar);
    lines.print(&times);
    lines.print(&table::results(&replay.backtest));
    let replays = [replay];
    write(args, &replays)?;
    if args.dry_run {
        return Ok(());
    }
    let command = format!("{COMMAND} --store {url} --group {}", group.id);
    let [replay] = &replays;
    let backtest = to_store(&group.id, replay, &command, Timestamp::now())?;
    let stands = runtime.block_on(backtests::put(store.as_ref(), &backtest)).context("storing the result")?;
    let key = keys::latest_backtest(&group.id);
    lines.print(&if stands { format!("stored as `{key}`") } else { format!("not stored: `{key}` is newer") });
    Ok(())
}

/// The fleet that configures the group, and what it is called.
async fn fleet(args: &Args, url: &str, store: &dyn Store) -> Result<(Fleet, String)> {
    if let Some(path) = &args.config {
        return Ok((place::read_fleet(path)?, path.display().to_string()));
    }
    if store.get(keys::FLEET).await.with_context(|| format!("reading `{}`", keys::FLEET))?.is_none() {
        bail!("the store `{url}` has no `{}`: name the fleet's file with `--config`", keys::FLEET);
    }
    let fleet = load_fleet(store).await.with_context(|| format!("reading the store `{url}`"))?;
    Ok((fleet, keys::FLEET.to_owned()))
}

/// Replays the history that `store` has of `group` through the default policies and the group's own, in a thread of its own at low
/// priority, and stores what came of it as the newest backtest. `made_at` is when, `command` what is running, for the record.
///
/// # Errors
/// Where there is no history, too little of it, or none that load is counted in; and what the store returns.
pub(crate) async fn of_group(store: &Arc<dyn Store>, group: &Group, command: &str, made_at: Timestamp) -> Result<StoredBacktest> {
    let subject = Subject::of(StoredHistory::read(store.as_ref(), group).await?, None)?;
    let mut policies: Vec<String> = DEFAULT_POLICIES.map(str::to_owned).to_vec();
    match group.policy {
        PolicyName::Reactive => policies.push("reactive".to_owned()),
        PolicyName::Schedule => policies.push("schedule".to_owned()),
        PolicyName::Headroom | PolicyName::Threshold => {}
    }
    let running = command.to_owned();
    let replaying = background::run("backtest", move || {
        let play = Play { policies: &policies, seed: super::SEED, command: &running };
        play_through(&subject, play, &mut |_, _| {}).map(|(replay, _)| replay)
    });
    let replay = replaying.await.context("replaying")??;
    let backtest = to_store(&group.id, &replay, command, made_at)?;
    backtests::put(store.as_ref(), &backtest).await.context("storing the result")?;
    Ok(backtest)
}

impl Subject {
    /// A group's own history, in a world with its own lead time and bounds.
    fn of(history: StoredHistory, price_per_hour: Option<f64>) -> Result<Self> {
        let StoredHistory { group, trace, workload } = history;
        let rules = rules(&group, &workload)?;
        Ok(Self {
            target: Target::load(group.requests_per_instance, group.step_seconds),
            unit: 1.0,
            group: group_of_replay(&group, &rules, price_per_hour),
            trace,
            workload: Arc::new(workload),
            rules,
            is_the_groups_own: true,
        })
    }
}

/// What is stored of `replay`.
fn to_store(group: &str, replay: &Replay, command: &str, made_at: Timestamp) -> Result<StoredBacktest> {
    let result = serde_json::to_value(&replay.backtest).context("writing the result as JSON")?;
    Ok(StoredBacktest {
        format: StoredBacktest::FORMAT,
        group: group.to_owned(),
        made_at,
        command: command.to_owned(),
        days: replay.backtest.world.minutes as f64 / MINUTES_A_DAY,
        result,
    })
}

const MINUTES_A_DAY: f64 = 1440.0;

#[cfg(test)]
mod tests {
    use headroom_core::{Calendar, Observation, fleet::Mode};
    use headroom_store::{Expect, MemoryStore, history};
    use jiff::SignedDuration;

    use super::*;

    /// Three days whose noon is busy, of four instances and in steps of five minutes.
    fn rows() -> Vec<Observation> {
        let start: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let row = |step: i32| {
            let day = f64::from(step % 288) / 288.0 * std::f64::consts::TAU;
            Observation {
                cpu_utilization: Some(40.0 - 20.0 * day.cos() + f64::from(step * 7919 % 100) / 20.0),
                in_service_instances: Some(4.0),
                ..Observation::at(start + SignedDuration::from_mins(5) * step)
            }
        };
        (0..3 * 288).map(row).collect()
    }

    #[tokio::test]
    async fn a_groups_own_history_is_replayed_with_its_own_settings_and_kept() {
        let memory = MemoryStore::default();
        history::merge(&memory, "web", &rows()).await.unwrap();
        let mine = r#"{"events": [{"name": "x", "start": "2026-11-25T18:00:00Z", "duration_minutes": 60, "groups": ["other"]}]}"#;
        Calendar::from_json(mine).unwrap();
        memory.put(keys::CALENDAR, mine.as_bytes(), Expect::Anything).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(memory);
        let group = Group {
            mode: Mode::Active,
            policy: PolicyName::Reactive,
            max_instances: Some(7),
            lead_time_seconds: 240,
            price_per_hour: Some(0.5),
            ..Group::simulated("web")
        };
        let made_at = "2026-11-26T00:00:00Z".parse().unwrap();
        let made = of_group(&store, &group, "a test", made_at).await.unwrap();
        assert_eq!(backtests::latest(store.as_ref(), "web").await.unwrap(), Some(made.clone()));
        assert_eq!((made.made_at, &*made.command, &*made.group), (made_at, "a test", "web"));
        assert!((made.days - 0.6).abs() < 0.01, "the last fifth of three days: {}", made.days);
        let world = &made.result["world"];
        assert_eq!((&world["instances_max"], &world["boot_delay_seconds"]), (&7.into(), &240.into()), "{world}");
        assert_eq!(world["price_per_hour"], 0.5);
        let names: Vec<&str> =
            made.result["policies"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert!(names.contains(&"headroom") && names.contains(&"reactive"), "its own policy too: {names:?}");

        let error = of_group(&store, &Group::simulated("api"), "a test", made_at).await.unwrap_err().to_string();
        assert!(error.contains("no history of group `api`") && error.contains("trainer import --group api"), "{error}");
    }
}
