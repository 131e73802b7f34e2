//! The backtest: families of policies in one world, each at its default and over its knob.

mod family;
mod frontier;
mod plain;
mod result;
mod timeline;

use std::{collections::BTreeSet, sync::Arc};

use headroom_core::Column;
use jiff::{Timestamp, civil::Date};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};

use crate::{
    policies::{Clairvoyant, StaticPeak, TargetTracking},
    replay::{Policy, Replay, replay},
    rules::WorldRules,
    workload::Workload,
};

pub use family::Family;
pub use frontier::FrontierPoint;
pub use plain::{TARGET_DEFAULT, plain_families};
pub use result::PolicyResult;
use result::References;

/// What a backtest is run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The rules of the world.
    pub rules: WorldRules,
    /// Price of one instance for one hour. 0.10 by default.
    pub price_per_hour: f64,
    /// Decides everything that is left to chance: boots that differ, and the resampling of days. 1 by default.
    pub seed: u64,
    /// UTC days that have an event. None by default.
    pub event_days: BTreeSet<Date>,
    /// Only so many minutes of the replayed part; all of them by default.
    pub minutes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rules: WorldRules::default(), price_per_hour: 0.10, seed: 1, event_days: BTreeSet::new(), minutes_max: usize::MAX }
    }
}

/// The world that a backtest ran in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestWorld {
    /// The column that load was taken from.
    pub main_column: Column,
    /// Step of the trace, in seconds: within more than 300, reactive rules see minutes that no real group has.
    pub trace_step_seconds: i64,
    /// Instances' worth of work at the 99th percentile of the history.
    pub peak_instances: f64,
    /// Start of the replayed part.
    pub from: Timestamp,
    /// End of what was replayed.
    pub to: Timestamp,
    /// Minutes that were replayed.
    pub minutes: usize,
    /// Price of one instance for one hour.
    pub price_per_hour: f64,
    /// What decided whatever is left to chance.
    pub seed: u64,
    /// The rules that hold.
    #[serde(flatten)]
    pub rules: WorldRules,
}

/// The minutes of one policy at its default, for the timeline and for charts.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyReplay {
    /// The family's name.
    pub name: String,
    /// What came of it.
    pub replay: Replay,
}

/// What came of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Name of the trace.
    pub trace: String,
    /// The world that all policies lived in.
    pub world: BacktestWorld,
    /// Every family at its default, in the order given.
    pub policies: Vec<PolicyResult>,
    /// Every family at every setting of its knob; one point of a family without a knob.
    pub frontier: Vec<FrontierPoint>,
    /// The minutes behind `policies`, in the same order; not part of the JSON.
    #[serde(skip)]
    pub replays: Vec<PolicyReplay>,
}

/// Runs every one of `families` through the replayed part of `workload`, at its default and over its knob.
///
/// Results are relative to `static-peak`, to `target-tracking` at its default and to `clairvoyant` in the same world, whether or
/// not they are among the families. Replays run side by side on rayon's threads; their number changes nothing but the time.
#[must_use]
pub fn backtest(trace: &str, workload: &Arc<Workload>, families: &[Family<'_>], settings: &Settings) -> Backtest {
    let Settings { rules, price_per_hour, seed, minutes_max, .. } = *settings;
    let run = |policy: &mut dyn Policy| replay(workload, rules, seed, policy, minutes_max);
    let references = References::new(
        &run(&mut StaticPeak::of(workload, &rules)),
        &run(&mut TargetTracking::at(TARGET_DEFAULT)),
        &run(&mut Clairvoyant::of(workload)),
        settings,
    );
    let whole: Vec<&Family<'_>> = families.iter().filter(|family| family.variant().is_none()).collect();
    let at_default: Vec<Replay> = whole.par_iter().map(|family| run(&mut *family.policy(family.default_knob()))).collect();
    let results = whole.iter().zip(&at_default).map(|(family, replay)| PolicyResult::new(family, replay, &references, settings));
    let policies = results.collect();
    let settings_to_try: Vec<(&Family<'_>, Option<f64>)> = families.iter().flat_map(points).collect();
    let points = settings_to_try.into_par_iter().map(|(family, knob)| {
        let account = run(&mut *family.policy(knob)).account;
        FrontierPoint::new(family, knob, &account, price_per_hour)
    });
    let frontier = points.collect();
    let named = whole.iter().zip(at_default);
    let replays = named.map(|(family, replay)| PolicyReplay { name: family.name().to_owned(), replay }).collect();
    let minutes = minutes_max.min(workload.minutes() - workload.split_minute());
    Backtest {
        trace: trace.to_owned(),
        world: BacktestWorld {
            main_column: workload.main_column(),
            trace_step_seconds: workload.trace_step_seconds(),
            peak_instances: workload.peak_instances(),
            from: workload.split(),
            to: workload.timestamp(workload.split_minute() + minutes),
            minutes,
            price_per_hour,
            seed,
            rules,
        },
        policies,
        frontier,
        replays,
    }
}

/// The settings of `family` to put on the frontier: every knob, or the one setting that it has.
fn points<'a, 'b>(family: &'b Family<'a>) -> impl Iterator<Item = (&'b Family<'a>, Option<f64>)> + use<'a, 'b> {
    let only = family.knobs().is_empty().then(|| family.default_knob());
    only.into_iter().chain(family.knobs().iter().copied().map(Some)).map(move |knob| (family, knob))
}
