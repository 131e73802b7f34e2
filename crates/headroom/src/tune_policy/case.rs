//! What is replayed: a group, the load of its history, and what would have been forecast of it.

mod configured;
mod stored;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use headroom_core::{
    Group,
    fleet::{PolicyName, is_group_id},
    frame::Target,
    occurrences::Timeline,
};
use headroom_sim::{Minute, Policy, Workload, WorldRules, replay};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use super::{Args, COMMAND, figures::Prices, setting::NoLimit};
use crate::{
    backtest::{
        PRICE_PER_HOUR,
        forecasts::{Forecasts, Subject},
        policy::Material,
    },
    stored_history::rules,
    terminal::{Lines, TrainingBar},
    trace::Trace,
};

pub(crate) use configured::ConfigFile;

/// The seed of the replays: in this world nothing is left to chance, so that any does.
const SEED: u64 = 1;

/// A half shorter than this many minutes says nothing.
const HALF_MINUTES_MIN: usize = 60;

/// Days on both sides of the replayed part whose events may reach into it.
const AROUND: SignedDuration = SignedDuration::from_hours(48);

/// A group with its history.
pub(crate) struct Case {
    /// The group as it is configured, living in the world of `rules`.
    pub(crate) group: Group,
    /// Where the history comes from, for people.
    pub(crate) source: String,
    /// The load, minute by minute.
    pub(crate) workload: Arc<Workload>,
    /// What would have been forecast at each step of the replayed part.
    pub(crate) forecasts: Forecasts,
    /// What was announced.
    pub(crate) events: Timeline,
    /// The world's rules.
    pub(crate) rules: WorldRules,
    /// What things cost.
    pub(crate) prices: Prices,
    /// What stands for no limit.
    pub(crate) no_limit: NoLimit,
    /// The file that configures the group.
    pub(crate) file: Option<ConfigFile>,
}

/// A history before anything was learned from it.
struct History {
    group: Group,
    trace: Trace,
    workload: Workload,
    target: Target,
    /// Instance-equivalents in a unit of the target.
    unit: f64,
    file: Option<ConfigFile>,
}

impl Case {
    /// Reads what `args` name, and trains on the first four fifths of it.
    ///
    /// # Errors
    /// Where something cannot be read, or the history is too short.
    pub(crate) fn load(args: &Args, runtime: &Runtime, lines: Lines) -> Result<Self> {
        let history = match &args.trace {
            Some(path) => History::of_trace(args, path)?,
            None => stored::read(args, runtime)?,
        };
        let History { mut group, trace, workload, target, unit, file } = history;
        if group.policy != PolicyName::Headroom {
            bail!(
                "group `{}` has another policy than `headroom`, whose settings are searched: set `policy = \"headroom\"` and try again \
                 (with `mode = \"observe\"` nothing is written to the group)",
                group.id
            );
        }
        group.price_per_hour = args.price_per_hour.or(group.price_per_hour);
        group.violation_cost_per_minute = args.violation_cost_per_minute.or(group.violation_cost_per_minute);
        // Forecasts and decisions come every five minutes, whatever the group's own step.
        group.step_seconds = 300;
        let rules = rules(&group, &workload)?;
        if half_minutes(&workload) < HALF_MINUTES_MIN {
            bail!(
                "the last fifth of {} has {} minutes: too few to choose by one half and confirm by the other: take a longer history",
                trace.source,
                workload.minutes() - workload.split_minute()
            );
        }
        let events = trace.calendar.timeline(
            args.trace.is_none().then_some(&*group.id),
            workload.split() - AROUND,
            workload.timestamp(workload.minutes()) + AROUND,
        );
        let subject = Subject { target, unit, group: args.trace.is_none().then_some(&*group.id), command: COMMAND };
        let forecasts = {
            let bar = TrainingBar::new(lines, &trace.name);
            Forecasts::of_subject(&trace, workload.split(), subject, &mut |name, at| bar.show(name, at))?
        };
        Ok(Self {
            source: trace.source,
            workload: Arc::new(workload),
            forecasts,
            events,
            rules,
            prices: Prices {
                price_per_hour: group.price_per_hour.unwrap_or(PRICE_PER_HOUR),
                violation_cost_per_minute: group.violation_cost_per_minute,
            },
            no_limit: file.as_ref().map(|file| file.no_limit(rules.instances_max)).unwrap_or_default(),
            group,
            file,
        })
    }

    /// Minutes of each half of the replayed part.
    pub(crate) fn half_minutes(&self) -> usize {
        half_minutes(&self.workload)
    }

    /// Start of the half that chooses, of the half that confirms, and the end of the latter.
    pub(crate) fn bounds(&self) -> [Timestamp; 3] {
        let (split, half) = (self.workload.split_minute(), self.half_minutes());
        [split, split + half, self.workload.minutes()].map(|minute| self.workload.timestamp(minute))
    }

    /// The minutes of `policy` from the start of the replayed part, at most `minutes_max`.
    pub(crate) fn replay(&self, policy: &mut dyn Policy, minutes_max: usize) -> Vec<Minute> {
        replay(&self.workload, self.rules, SEED, policy, minutes_max).minutes
    }

    /// The minutes of `group` under its own policy.
    pub(crate) fn replay_group(&self, group: Group, minutes_max: usize) -> Vec<Minute> {
        let material = Material { group: &self.group, forecasts: &self.forecasts, events: &self.events };
        self.replay(&mut material.playing(group), minutes_max)
    }
}

impl History {
    /// A trace has a group of its own name, or takes the settings of a configured one.
    fn of_trace(args: &Args, path: &std::path::Path) -> Result<Self> {
        if args.group.is_some() && args.config.is_none() {
            bail!("`--group` chooses a group of a fleet: name its file with `--config`");
        }
        let file = args.config.as_ref().map(|path| ConfigFile::read(path, args.group.as_deref())).transpose()?;
        let trace = Trace::read(path, args.calendar.as_deref())?;
        let context = || format!("replaying {}", trace.source);
        let workload = Workload::from_series(&trace.series, args.peak_instances()).with_context(context)?;
        let id = if is_group_id(&trace.name) { &trace.name } else { "trace" };
        Ok(Self {
            group: file.as_ref().map_or_else(|| Group::simulated(id), |file| file.group.clone()),
            target: Target::Column { column: workload.main_column() },
            unit: workload.load_per_unit(trace.series.at_forecast_step().step_seconds()),
            trace,
            workload,
            file,
        })
    }
}

/// Half of the replayed part, in whole steps.
fn half_minutes(workload: &Workload) -> usize {
    (workload.minutes() - workload.split_minute()) / 2 / 5 * 5
}
