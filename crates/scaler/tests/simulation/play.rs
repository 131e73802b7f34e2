//! The simulation: runs, deeds and the passing of time, and the checkers after every tick.

use std::{
    collections::{BTreeMap, BinaryHeap},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use headroom_core::Decision;
use headroom_sim::{FaultKind, FaultyCloud};
use headroom_store::{Expect, MemoryStore, Store as _, keys, load_calendar};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use scaler::{Cloud, Scaler, Sight};

use crate::{
    chain::{self, RealSight},
    checkers::{Checkers, Counts, Episode},
    clock::Clock,
    operator::{self, Deed, InForce},
    run::{End, Event, RUN_MAX, Run, Start, Ways},
    setting::{Eyes, Setting},
    sight::{CheapSight, Collected},
};

/// What a simulation came to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Played {
    pub(crate) days: f64,
    pub(crate) decisions: usize,
    pub(crate) writes: usize,
    pub(crate) counts: Counts,
    /// Stands for everything that was recorded and written.
    pub(crate) fingerprint: u64,
}

/// What was found, and where.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) at: Timestamp,
    pub(crate) what: String,
    pub(crate) last: Vec<String>,
    pub(crate) counts: Counts,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {} fails at {}: {}", self.seed, self.at, self.what)?;
        self.last.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// What runs leave for each other outside of the store.
#[derive(Default)]
struct Memory {
    collected: Collected,
    scaler: Scaler,
}

/// What comes next, the earliest first.
type Queue = BinaryHeap<std::cmp::Reverse<(Timestamp, Start)>>;

/// Decisions that are kept: no run looks back further than three hours.
const KEPT: SignedDuration = SignedDuration::from_hours(4);

/// Every so many ticks, old decisions are put away.
const PUT_AWAY_TICKS: usize = 24;

/// Plays `setting` to its end.
pub(crate) fn play(setting: &Setting) -> Result<Played, Box<Failure>> {
    // Delays between retries are drawn from this thread's generator.
    fastrand::seed(setting.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(played(setting))
}

async fn played(setting: &Setting) -> Result<Played, Box<Failure>> {
    let mut chance = ChaCha8Rng::seed_from_u64(setting.seed ^ 0x5eed);
    let own_policy_until = setting.own_policy.then_some(setting.end);
    let group = setting.group(0);
    let cloud = FaultyCloud::new(
        group,
        std::sync::Arc::clone(&setting.workload),
        setting.rules,
        setting.plan.clone(),
        chance.random(),
        own_policy_until,
    );
    let store = MemoryStore::default();
    let memory = Memory::default();
    chain::furnish(setting, &store).await;
    store.put(keys::CALENDAR, setting.calendar.as_bytes(), Expect::Absent).await.unwrap();
    let clock = Clock::starting_at(setting.start);
    let mut deeds = operator::deeds(setting).into_iter().peekable();
    let mut starts = starts(setting, &mut chance);
    let mut running = FuturesUnordered::new();
    let mut episode = Episode::new(setting, &cloud);
    let mut orders = vec![InForce::at(&store, setting.start).await];
    let mut checkers = Checkers::default();
    let mut journal: BTreeMap<Timestamp, Decision> = BTreeMap::new();
    let mut played = Played { days: setting.days(), ..Played::default() };
    let mut ticks = 0;
    let mut fingerprint = DefaultHasher::new();
    let mut recent: Vec<String> = Vec::new();
    loop {
        let next_start = starts.peek().map(|start| start.0.0);
        let next_deed = deeds.peek().map(|(at, _)| *at);
        let Some(due) = next_start.into_iter().chain(next_deed).min() else { break };
        loop {
            tokio::select! {
                biased;
                Some(run) = running.next(), if !running.is_empty() => episode.runs.push(run),
                () = clock.sleep_until(due) => break,
            }
        }
        cloud.advance_to(clock.now());
        if running.is_empty() && !episode.runs.is_empty() {
            episode.fingerprint(&mut fingerprint);
            let checked = episode.check(&mut checkers, &mut journal, &orders);
            played.decisions += episode.decisions;
            if let Err(what) = checked {
                recent.extend(episode.runs.iter().map(Run::line));
                let counts = checkers.counts;
                return Err(failure(setting, clock.now(), what, &journal, &recent, &cloud, counts));
            }
            // What held before the runs that come.
            orders.drain(..orders.len() - 1);
            recent.extend(episode.runs.iter().map(Run::line));
            recent.drain(..recent.len().saturating_sub(TOLD));
            episode = Episode::new(setting, &cloud);
            ticks += 1;
            if ticks % PUT_AWAY_TICKS == 0 {
                put_away(&store, clock.now()).await;
                journal = journal.split_off(&(clock.now() - KEPT * 2));
            }
        }
        if next_deed == Some(due) {
            let (_, deed) = deeds.next().unwrap();
            episode.lost_state |= deed == Deed::LoseState;
            operator::does(deed, setting, &store, clock.now(), &mut chance).await;
            orders.push(InForce::at(&store, clock.now()).await);
        } else {
            let start = starts.pop().unwrap().0.1;
            running.push(run(setting, &cloud, &store, &memory, clock, start));
        }
    }
    while let Some(run) = running.next().await {
        episode.runs.push(run);
    }
    episode.fingerprint(&mut fingerprint);
    let checked = episode.check(&mut checkers, &mut journal, &orders);
    played.counts = checkers.counts;
    let checked = checked.and_then(|()| checkers.at_the_end(setting, &cloud, &journal));
    played.writes = cloud.log_len();
    format!("{:?}", cloud.log_from(0)).hash(&mut fingerprint);
    played.fingerprint = fingerprint.finish();
    checked.map_err(|what| failure(setting, clock.now(), what, &journal, &recent, &cloud, checkers.counts))?;
    Ok(played)
}

/// So much of the past is told with a failure.
const TOLD: usize = 10;

fn failure(
    setting: &Setting,
    at: Timestamp,
    what: String,
    journal: &BTreeMap<Timestamp, Decision>,
    recent: &[String],
    cloud: &FaultyCloud,
    counts: Counts,
) -> Box<Failure> {
    let kinds: std::collections::BTreeSet<String> = setting
        .plan
        .faults()
        .iter()
        .map(|fault| format!("{:?}", fault.kind).chars().take_while(|c| c.is_alphanumeric()).collect())
        .collect();
    let mut last: Vec<String> = journal.values().rev().take(TOLD).map(operator::line).collect();
    last.reverse();
    last.push(kinds.into_iter().collect::<Vec<_>>().join(" "));
    last.extend(recent.iter().cloned());
    let writes = cloud.log_from(cloud.log_len().saturating_sub(TOLD));
    last.extend(writes.iter().map(|line| format!("{line:?}")));
    Box::new(Failure { seed: setting.seed, at, what, last, counts })
}

/// The runs of every tick: one each, or none, or two.
fn starts(setting: &Setting, chance: &mut ChaCha8Rng) -> Queue {
    let step = SignedDuration::from_secs(setting.group(0).step_seconds);
    let first = setting.start + SignedDuration::from_secs(setting.tick_after);
    let ticks = std::iter::successors(Some(first), |at| Some(*at + step)).take_while(|at| *at < setting.end);
    let mut queue = Queue::new();
    for at in ticks {
        let share = |pick: fn(&FaultKind) -> Option<f64>| setting.plan.find(at, pick);
        let missed = share(|kind| if let FaultKind::RunsMissed { share } = kind { Some(*share) } else { None });
        let twice = share(|kind| if let FaultKind::RunsTwice { share } = kind { Some(*share) } else { None });
        let die = share(|kind| if let FaultKind::RunsDie { share } = kind { Some(*share) } else { None });
        let mut hit = |share: Option<f64>| share.is_some_and(|share| chance.random_bool(share));
        let (missed, twice, dies) = (hit(missed), hit(twice), [hit(die), hit(die)]);
        let mut start = |at: Timestamp, dies: bool| {
            let lives = dies.then(|| chance.random_range(0..40));
            queue.push(std::cmp::Reverse((at, Start { seed: chance.random(), lives })));
        };
        if !missed {
            start(at, dies[0]);
        }
        if twice {
            let seconds = if at.as_second() % 3 == 0 { 0 } else { at.as_second() % 20 };
            start(at + SignedDuration::from_secs(seconds), dies[1]);
        }
    }
    queue
}

/// One run, from its start to its end.
async fn run(setting: &Setting, cloud: &FaultyCloud, store: &MemoryStore, memory: &Memory, clock: Clock, start: Start) -> Run {
    let world = clock.now();
    let off = setting.plan.find(world, |kind| match kind {
        FaultKind::ClockOff { seconds } => Some(*seconds),
        _ => None,
    });
    let now = world + SignedDuration::from_secs(off.unwrap_or(0));
    let phase = setting.phase_at(world);
    let group = setting.group(phase);
    let ways = Ways::new(cloud, store, clock, start, setting.late_sizes_at(world));
    let ticked = async {
        let calendar = load_calendar(&ways).await.map_err(|error| error.to_string());
        let cheap = CheapSight { ways: &ways, setting, collected: &memory.collected, calendar: &calendar };
        let real = RealSight { ways: &ways, scaler: &memory.scaler, calendar: &calendar };
        let sight: &dyn Sight = match setting.eyes {
            Eyes::Cheap => &cheap,
            Eyes::Real { .. } => &real,
        };
        scaler::tick_with(sight, group, Cloud::ReadWrite(&ways), &ways, now).await
    };
    let end = tokio::select! {
        biased;
        end = ticked => match end {
            Ok(decision) => End::Decided(Box::new(decision)),
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                End::Failed(format!("{error}: {source}"))
            }
        },
        () = ways.died.notified() => End::Died,
        () = clock.sleep_until(world + RUN_MAX) => End::Died,
    };
    let events = ways.into_events();
    Run { now, life: (world, clock.now()), phase, group: operator::effective(group, &events, now), events, end }
}

/// Cuts the journal of decisions, which a simulation of days would only carry along.
async fn put_away(store: &MemoryStore, now: Timestamp) {
    let key = keys::decisions("web", keys::day(now));
    let Some(object) = store.get(&key).await.unwrap() else { return };
    let text = String::from_utf8(object.bytes).unwrap();
    let is_kept = |line: &&str| {
        let decision: Decision = serde_json::from_str(line).unwrap();
        decision.tick >= now - KEPT
    };
    let kept: Vec<&str> = text.lines().skip_while(|line| !is_kept(line)).collect();
    let kept: String = kept.iter().map(|line| format!("{line}\n")).collect();
    store.put(&key, kept.as_bytes(), Expect::Anything).await.unwrap();
}

impl Run {
    /// What is told of it with a failure.
    fn line(&self) -> String {
        let Self { now, phase, end, events, .. } = self;
        let wrote: Vec<&Event> = events.iter().filter(|event| matches!(event, Event::Wrote(_) | Event::StoreFailed)).collect();
        let end = match end {
            End::Decided(decision) => format!("{:?}", decision.outcome),
            End::Failed(error) => error.clone(),
            End::Died => "died".to_owned(),
        };
        let looked = events.iter().any(|event| matches!(event, Event::Looked(_)));
        format!("run of {now}, phase {phase}, looked {looked}, {} events, {wrote:?}: {end}", events.len())
    }

    /// Its own decision as it recorded it last.
    pub(crate) fn recorded(&self) -> Option<&Decision> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Recorded(decision) if decision.at == self.now => Some(&**decision),
            _ => None,
        })
    }
}
