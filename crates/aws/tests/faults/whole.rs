//! Whole runs of collector and scaler over the AWS adapters, with every call in turn in trouble: nothing is lost, nothing is
//! doubled, nothing is scaled in for want of data, and the next run heals all.

use std::{collections::BTreeMap, sync::Arc};

use headroom_aws::{AutoScaling, Aws, CloudWatch};
use headroom_core::{Calendar, Decision, Fleet, Group, decision::Outcome, fleet::Mode};
use headroom_store::{Store, history, journal, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::{GroupState, Scaler, TickError};

use crate::{
    calls::web,
    scripted::{Answer, BUCKET, Fault, Kept, Operation, Scripted, Size},
};

const STEP: SignedDuration = SignedDuration::from_mins(5);

/// The size of the group before anything happens, and its bounds.
const SIZE: Size = Size { desired: 4, min: 2, max: 20 };

/// What four instances carry, and what takes eight.
const CALM: f64 = 2.6;
const BUSY: f64 = 6.0;
const BUSY_SIZE: i64 = 8;

/// Collector, scaler and their AWS.
struct Run {
    aws: Scripted,
    store: Arc<dyn Store>,
    metrics: CloudWatch,
    capacity: AutoScaling,
    fleet: Fleet,
}

/// Noon, one minute after a step has ended.
fn noon() -> Timestamp {
    "2026-11-27T12:01:00Z".parse().unwrap()
}

impl Run {
    async fn from(kept: Kept) -> Self {
        let aws = Scripted::start().await;
        aws.kept(|empty| *empty = kept);
        let account = Aws::with_config(aws.config());
        let store = account.open_store(&format!("s3://{BUCKET}")).unwrap();
        let fleet = Fleet { groups: vec![Group { mode: Mode::Active, ..web() }] };
        Self { metrics: account.metrics(), capacity: account.capacity(), aws, store, fleet }
    }

    /// Measures `load` of `instances` in the step that ended a minute before `now`.
    fn measure(&self, now: Timestamp, load: f64, instances: f64) {
        let start = (now - STEP).as_second() / 300 * 300;
        self.aws.kept(|kept| {
            let mut put = |metric: &str, value| {
                kept.points.entry((metric.to_owned(), "web-asg".to_owned())).or_default().insert(start, value);
            };
            put("CPUUtilization", load / instances * 100.0);
            put("GroupInServiceInstances", instances);
        });
    }

    /// Both functions, one after the other.
    async fn at(&self, scaler: &Scaler, now: Timestamp) -> Result<Decision, TickError> {
        // What goes wrong in the collector is for its log; the scaler runs all the same.
        let _ = collector::collect_fleet(&self.fleet, &Calendar::default(), &self.metrics, &*self.store, now).await;
        let mut decisions = scaler::tick_fleet(scaler, &self.fleet, &self.capacity, &*self.store, now).await;
        decisions.remove(0).1
    }

    fn size(&self) -> Size {
        self.aws.kept(|kept| kept.groups["web-asg"])
    }

    async fn decisions(&self) -> Vec<Decision> {
        journal::read_days(&*self.store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap()
    }

    fn history(&self) -> BTreeMap<String, Vec<u8>> {
        let is_history = |key: &&String| key.starts_with("history/");
        self.aws.kept(|kept| {
            kept.objects
                .iter()
                .filter(|(key, _)| is_history(key))
                .map(|(key, stored)| (key.clone(), stored.bytes.clone()))
                .collect()
        })
    }
}

/// A day of calm load, collected and decided on for half an hour.
async fn a_calm_day(scaler: &Scaler) -> Kept {
    let run = Run::from(Kept { groups: BTreeMap::from([("web-asg".to_owned(), SIZE)]), ..Kept::default() }).await;
    for step in 6..26 * 12 {
        run.measure(noon() - STEP * step, CALM, SIZE.desired as f64);
    }
    for step in (1..6).rev() {
        run.measure(noon() - STEP * step, CALM, SIZE.desired as f64);
        run.at(scaler, noon() - STEP * step).await.unwrap();
    }
    assert_eq!(run.size(), SIZE, "{:?}", run.decisions().await.last().map(|decision| &decision.sentence));
    run.aws.kept(|kept| kept.clone())
}

/// What may come of one call: what its attempts get, and how many of them.
fn troubles() -> Vec<(&'static str, Fault, usize)> {
    let refused = |status, code| Fault::undone(Answer::Refused(status, code, "no"));
    vec![
        ("busy for long", refused(503, "ServiceUnavailable"), 9),
        ("denied", refused(403, "AccessDenied"), 9),
        ("cut once", Fault::undone(Answer::CutBefore), 1),
        ("done, and cut once", Fault::done(Answer::CutBefore), 1),
        ("done, and cut for long", Fault::done(Answer::CutBefore), 9),
        ("cut in the body", Fault::done(Answer::CutInBody), 9),
        ("a proxy's page", Fault::undone(Answer::Html(200)), 9),
        ("empty", Fault::undone(Answer::Empty), 9),
    ]
}

/// Busy from noon on: two runs, the first of them in `trouble`.
async fn two_runs(
    scaler: &Scaler,
    kept: Kept,
    trouble: Option<(usize, Fault, usize)>,
) -> (Run, usize, Result<Decision, TickError>) {
    let run = Run::from(kept).await;
    run.measure(noon(), BUSY, 4.0);
    run.aws.heal();
    if let Some((place, fault, attempts)) = trouble {
        run.aws.disturb(place, fault, attempts);
    }
    let first = run.at(scaler, noon()).await;
    let calls = run.aws.calls();
    let size = run.size();
    assert!((SIZE.desired..=SIZE.max).contains(&size.desired), "{size:?}");

    run.aws.heal();
    run.measure(noon() + STEP, BUSY, 8.0);
    run.at(scaler, noon() + STEP).await.unwrap();
    (run, calls, first)
}

/// What holds after two runs, whatever went wrong in the first.
async fn check(run: &Run, undisturbed: &Run) {
    assert_eq!(run.history(), undisturbed.history(), "every row is there, once");
    assert!(run.size().desired >= BUSY_SIZE, "{:?} carries the load", run.size());
    let asked = run.aws.kept(|kept| kept.asked.clone());
    assert!(asked.iter().all(|desired| (SIZE.desired..=SIZE.max).contains(desired)), "{asked:?}");

    let decisions = run.decisions().await;
    assert!(decisions.windows(2).all(|two| two[0].tick < two[1].tick), "one decision a tick");
    assert_eq!(decisions.last().map(|last| last.tick), Some(noon() + STEP - SignedDuration::from_mins(1)));
    for desired in &asked {
        let told = |decision: &Decision| {
            let written = matches!(decision.outcome, Outcome::Applied | Outcome::Failed { .. });
            written && i64::from(decision.desired) == *desired
        };
        assert!(decisions.iter().any(told), "{desired} was written, and no decision says so");
    }
    let state = GroupState::read(&*run.store, "web").await.unwrap();
    assert_eq!(state.last.as_ref(), decisions.last());
    assert!(state.unrecorded.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_in_trouble_is_made_good_by_the_next_run() {
    let scaler = Scaler::default();
    let kept = a_calm_day(&scaler).await;
    let (undisturbed, calls, decision) = two_runs(&scaler, kept.clone(), None).await;
    let decision = decision.unwrap();
    assert!(decision.desired > 6 && decision.outcome == Outcome::Applied, "{}", decision.sentence);
    assert!(calls > 10, "{calls}");
    let mut failed = Vec::new();
    for place in 0..calls {
        for (name, fault, attempts) in troubles() {
            let scenario = async {
                let (run, _, first) = two_runs(&scaler, kept.clone(), Some((place, fault, attempts))).await;
                check(&run, &undisturbed).await;
                if attempts == 1 {
                    let first = first.expect("one attempt is no trouble");
                    assert_eq!((first.desired, first.outcome), (decision.desired, Outcome::Applied));
                }
            };
            // Which of them it is has to be told with what is wrong.
            let result = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(scenario)).await;
            if let Err(panic) = result {
                let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                failed.push(format!("call {place}, {name}: {text}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Three hours of a busy group with eight instances, of which nothing is heard.
async fn outage(scaler: &Scaler, kept: Kept, name: &str, fault: Option<Fault>) {
    const TICKS: i32 = 36;
    let run = Run::from(kept).await;
    run.measure(noon(), BUSY, 4.0);
    run.at(scaler, noon()).await.unwrap();
    let mut size = run.size();
    assert!(size.desired >= BUSY_SIZE, "{size:?}");
    if let Some(fault) = &fault {
        run.aws.always(Operation::GetMetricData, fault.clone());
    }
    for tick in 1..=TICKS {
        if fault.is_some() {
            run.measure(noon() + STEP * tick, BUSY, 8.0);
        }
        let decision = run.at(scaler, noon() + STEP * tick).await.unwrap();
        assert!((size.desired..=size.max).contains(&run.size().desired), "{name}, tick {tick}: {}", decision.sentence);
        size = run.size();
    }
    let alarm = run.decisions().await.last().is_some_and(|decision| decision.alarm);
    assert!(alarm, "{name}: a group that is blind for so long is told");

    run.aws.heal();
    for tick in 1..=TICKS + 1 {
        run.measure(noon() + STEP * tick, BUSY, 8.0);
    }
    let now = noon() + STEP * (TICKS + 1);
    let decision = run.at(scaler, now).await.unwrap();
    assert!(run.size().desired >= BUSY_SIZE && !decision.alarm, "{name}: {}", decision.sentence);
    let rows = history::read(&*run.store, "web", noon() - SignedDuration::from_mins(1), now).await.unwrap();
    assert_eq!(rows.len(), TICKS as usize + 1, "{name}: what was missed is filled in");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_metrics_nothing_is_scaled_in() {
    let scaler = Scaler::default();
    let kept = a_calm_day(&scaler).await;
    let refused = |status, code| Some(Fault::undone(Answer::Refused(status, code, "no")));
    for (name, fault) in [
        ("throttled", refused(400, "Throttling")),
        ("denied", refused(403, "AccessDenied")),
        ("a proxy's page", Some(Fault::undone(Answer::Html(200)))),
        ("empty", Some(Fault::undone(Answer::Empty))),
        ("garbage", Some(Fault::done(Answer::Garbage))),
        ("cut short", Some(Fault::done(Answer::Truncated))),
        ("no points", None),
    ] {
        outage(&scaler, kept.clone(), name, fault).await;
    }
}

/// A day over which every call of S3 to `operations` gets `fault`, while the load is twice what the group carries.
async fn store_away(scaler: &Scaler, kept: Kept, name: &str, operations: &[Operation], fault: Fault) {
    const TICKS: i32 = 288;
    let run = Run::from(kept).await;
    run.measure(noon(), CALM, SIZE.desired as f64);
    run.at(scaler, noon()).await.unwrap();
    let stored = run.aws.kept(|kept| kept.objects.clone());
    for operation in operations {
        run.aws.always(*operation, fault.clone());
    }
    for tick in 1..=TICKS {
        let now = noon() + STEP * tick;
        run.measure(now, BUSY, SIZE.desired as f64);
        run.at(scaler, now).await.expect_err("nothing is decided that cannot be recorded");
    }
    assert_eq!(run.size(), SIZE, "{name}: the group keeps its size");
    assert!(run.aws.kept(|kept| kept.asked.is_empty()), "{name}: the cloud was asked for nothing");
    assert!(run.aws.kept(|kept| kept.objects == stored), "{name}: what is stored stays as it was");

    run.aws.heal();
    let healed = noon() + STEP * (TICKS + 1);
    run.measure(healed, BUSY, SIZE.desired as f64);
    let decision = run.at(scaler, healed).await.unwrap();
    assert_eq!(decision.outcome, Outcome::Applied, "{name}: {}", decision.sentence);
    assert!(run.size().desired >= BUSY_SIZE, "{name}: {}", decision.sentence);
    let rows = history::read(&*run.store, "web", noon() - SignedDuration::from_mins(1), healed).await.unwrap();
    assert_eq!(rows.len(), TICKS as usize + 1, "{name}: the last day is filled in");

    run.measure(healed + STEP, BUSY, BUSY_SIZE as f64);
    run.at(scaler, healed + STEP).await.unwrap();
    let ticks: Vec<_> = run.decisions().await.iter().map(|decision| decision.tick).collect();
    let minute = SignedDuration::from_mins(1);
    assert_eq!(ticks[ticks.len() - 3..], [noon() - minute, healed - minute, healed + STEP - minute], "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_for_a_day_leaves_the_group_as_it_is_and_its_day_is_made_good() {
    let scaler = Scaler::default();
    let kept = a_calm_day(&scaler).await;
    let all = [Operation::GetObject, Operation::HeadObject, Operation::PutObject, Operation::ListObjects];
    let refused = |status, code| Fault::undone(Answer::Refused(status, code, "no"));
    store_away(&scaler, kept.clone(), "away", &all, refused(503, "ServiceUnavailable")).await;
    store_away(&scaler, kept, "read only", &all[1..3], refused(403, "AccessDenied")).await;
}
