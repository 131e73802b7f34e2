//! What is replayed: a generated shop, or a trace.

use std::sync::Arc;

use anyhow::{Context, Result};
use headroom_core::{Calendar, Group, Observation, Series, fleet::Mode};
use headroom_sim::{Workload, WorldRules, generate_with_sale_at};
use jiff::{SignedDuration, Timestamp};

use super::Args;
use crate::trace::Trace;

/// Days of generated history, and of what follows it: the last fifth is replayed.
const HISTORY_DAYS: u32 = 28;
const DAYS: u32 = 35;

/// The sale of the generated shop starts so long after the history ends.
const SALE_AFTER: SignedDuration = SignedDuration::from_hours(2);

/// Start of the generated history, a Monday.
const START: &str = "2026-06-01T00:00:00Z";

/// A tick comes so long after a step ended: the metrics' delay.
const TICK_AFTER_STEP_SECONDS: i64 = 60;

/// Everything that a demo replays.
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: String,
    /// Where it comes from, for messages: a file's path.
    pub(crate) source: String,
    /// The one group.
    pub(crate) group: Group,
    /// Its calendar.
    pub(crate) calendar: Calendar,
    /// The load, minute by minute.
    pub(crate) workload: Arc<Workload>,
    /// The world's rules.
    pub(crate) rules: WorldRules,
}

impl Scenario {
    /// Reads or generates what `args` ask for.
    pub(crate) fn load(args: &Args) -> Result<Self> {
        let Trace { name, source, series, calendar } = match &args.trace {
            Some(path) => Trace::read(path, args.calendar.as_deref())?,
            None => generated_shop(args.seed)?,
        };
        let context = || format!("replaying {source}");
        let workload = Arc::new(Workload::from_series(&series, args.peak_instances).with_context(context)?);
        let rules = WorldRules::default();
        let group = Group {
            mode: Mode::Active,
            min_instances: Some(rules.instances_min),
            max_instances: Some(rules.instances_max),
            max_utilization: rules.max_utilization,
            lead_time_seconds: i64::from(rules.boot_delay_seconds),
            price_per_hour: Some(args.price_per_hour),
            requests_per_instance: workload.requests_per_instance(Group::simulated("web").step_seconds),
            ..Group::simulated("web")
        };
        Ok(Self { name, source, group, calendar, workload, rules })
    }

    /// The end of the history.
    pub(crate) fn start(&self) -> Timestamp {
        self.workload.split()
    }

    /// The moments of the ticks: a minute after each step of the replayed part ended.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let step = self.group.step_seconds;
        let start = self.start().as_second();
        let end = self.workload.timestamp(self.workload.minutes()).as_second();
        let first = start.div_euclid(step) * step + TICK_AFTER_STEP_SECONDS;
        let first = if first < start { first + step } else { first };
        (first..=end)
            .step_by(usize::try_from(step).expect("a positive step"))
            .filter_map(|second| Timestamp::from_second(second).ok())
    }

    /// The history as a group that was held at its peak would have measured it.
    pub(crate) fn history(&self) -> Vec<Observation> {
        self.workload.history_observations(self.group.step_seconds, self.workload.static_peak(&self.rules))
    }

    /// The group as its owner would have configured it: `config/fleet.toml`.
    pub(crate) fn fleet_toml(&self) -> String {
        let Group { id, provider, mode, max_utilization, lead_time_seconds, .. } = &self.group;
        let mut text = format!(
            "# The fleet of `headroom demo`.\n[[group]]\nid = \"{id}\"\nprovider = \"{provider}\"\nmode = \"{}\"\n\
             max_utilization = {max_utilization:?}\nlead_time_seconds = {lead_time_seconds}\n",
            mode.name()
        );
        let mut set = |name: &str, value: Option<String>| text.extend(value.map(|value| format!("{name} = {value}\n")));
        set("min_instances", self.group.min_instances.map(|instances| instances.to_string()));
        set("max_instances", self.group.max_instances.map(|instances| instances.to_string()));
        set("price_per_hour", self.group.price_per_hour.map(|price| format!("{price:?}")));
        set("requests_per_instance", self.group.requests_per_instance.map(|requests| format!("{requests:?}")));
        text
    }

    /// What is about to happen, for people.
    pub(crate) fn introduction(&self) -> String {
        let soon = self.start() + SignedDuration::from_hours(24);
        let timeline = self.calendar.timeline(Some(&self.group.id), self.start(), soon);
        let event = timeline.occurrences().iter().find(|event| event.start >= self.start());
        let announced = event.map_or_else(
            || "no event is announced for the next day".to_owned(),
            |event| format!("`{}` is announced from {} to {}", event.name, event.start, event.end),
        );
        format!(
            "{}: history from {} to {}, load by {}; {announced}",
            self.name,
            self.workload.timestamp(0),
            self.start(),
            self.workload.main_column()
        )
    }
}

fn generated_shop(seed: u64) -> Result<Trace> {
    let start: Timestamp = START.parse().context("the start of the generated history")?;
    let sale = start + SignedDuration::from_hours(24 * i64::from(HISTORY_DAYS)) + SALE_AFTER;
    let generated = generate_with_sale_at(DAYS, seed, start, sale);
    let calendar = Calendar::from_json(&generated.calendar_json).context("the generated calendar")?;
    let series = Series::from_observations(&generated.observations).context("the generated history")?;
    Ok(Trace { name: "generated shop".to_owned(), source: "the generated shop".to_owned(), series, calendar })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use headroom_core::Fleet;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_fleet_as_stored_is_the_one_that_is_played() {
        for options in ["demo", "demo --price-per-hour 0.0832 --peak-instances 3.7 --seed 11"] {
            let scenario = Scenario::load(&Cli::parse_from(options.split_whitespace()).args).unwrap();
            assert!(scenario.group.requests_per_instance.is_some(), "the shop counts requests");
            let stored = Fleet::from_toml(&scenario.fleet_toml()).unwrap();
            assert_eq!(stored, Fleet { groups: vec![scenario.group] }, "{options}");
        }
    }
}
