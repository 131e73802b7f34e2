//! `headroom backtest`: a recorded workload replayed through every policy, before anything is switched on.

pub(crate) mod forecasts;
pub(crate) mod policy;
mod report;
mod stored;
mod summary;
pub(crate) mod table;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use headroom_core::{Calendar, Group, frame::Target, occurrences::Timeline};
use headroom_sim::{Backtest, Family, Workload, WorldRules, backtest, backtest::Settings, plain_families};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio::runtime::Runtime;
use trainer::training::Progress;

use crate::{
    output,
    place::read_fleet,
    stored_history::chosen,
    terminal::{Lines, TrainingBar, say},
    trace::Trace,
};
use forecasts::Forecasts;
use policy::Material;

pub(crate) use stored::of_group;

/// Replay a recorded workload through Headroom and other policies, in money and violation minutes
///
/// The first 80 % of the trace are history to train on, the last 20 % are replayed minute by minute in one simulated world for
/// all policies. With --store the trace is a group's own history, with its guards, calendar, price and learned lead time, and the
/// result is stored beside it, where the dashboard shows it. Nothing else is written but the files that you name.
#[derive(clap::Args)]
#[command(
    group(clap::ArgGroup::new("fleet").args(["config", "store"]).multiple(true)),
    after_help = "Examples:\n  headroom backtest --trace web.csv --report web.html\n  headroom backtest --trace web.csv --calendar calendar.json --policies headroom,target-tracking --json -\n  headroom backtest --trace *.csv --summary table.md\n  headroom backtest --store s3://bucket/headroom --group web --dry-run"
)]
pub(crate) struct Args {
    /// CSV with any of the columns timestamp, request_count, cpu_utilization, network_in, is_sale_active; may be given more than once
    #[arg(long, value_name = "FILE.csv", required_unless_present = "store", num_args = 1..)]
    trace: Vec<PathBuf>,
    /// Replay the history that this store has of --group: file:///path or s3://bucket/prefix
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["trace", "calendar", "no_calendar", "also_without_calendar", "peak_instances"]
    )]
    store: Option<String>,
    /// Do not put the result into the store
    #[arg(long, requires = "store", conflicts_with = "trace")]
    dry_run: bool,
    /// Business calendar; without it, the events that the trace itself flags
    #[arg(long, value_name = "FILE.json")]
    calendar: Option<PathBuf>,
    /// Know of no event, not even of those that the trace flags
    #[arg(long, conflicts_with = "calendar")]
    no_calendar: bool,
    /// Replay each trace that has events a second time without them
    #[arg(long, conflicts_with = "no_calendar")]
    also_without_calendar: bool,
    /// Policies to replay, separated by commas; `schedule` too, where --config has one
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = DEFAULT_POLICIES.map(str::to_owned))]
    policies: Vec<String>,
    /// Take guards, risk and bounds of a group from this fleet.toml; by default from the store's
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// The group of the fleet; needed where it has several
    #[arg(long, value_name = "ID", requires = "fleet")]
    group: Option<String>,
    /// Write a report that opens in a browser without a network
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Write timestamp,policy,load,demand,desired,in_service, a row a minute; for one trace
    #[arg(long, value_name = "FILE.csv")]
    timeline: Option<PathBuf>,
    /// Write the result for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a table of all traces in Markdown; - is standard output
    #[arg(long, value_name = "FILE.md")]
    summary: Option<PathBuf>,
    /// Instances that carry the 99th percentile of the history's load at 100 % CPU
    #[arg(long, default_value_t = 20.0, value_parser = crate::terminal::positive)]
    peak_instances: f64,
    /// Price of an instance-hour [default: the group's, else 0.10]
    #[arg(long, value_parser = crate::terminal::positive)]
    price_per_hour: Option<f64>,
    /// Decides the resampling of days for the intervals
    #[arg(long, default_value_t = SEED)]
    seed: u64,
}

/// The seed where nothing else is said.
const SEED: u64 = 7;

const DEFAULT_POLICIES: [&str; 8] = [
    "static-peak",
    "threshold",
    "target-tracking",
    "target-tracking-fast",
    "same-time-last-week",
    "aws-predictive-like",
    "headroom",
    "clairvoyant",
];

/// Those that a model has to be trained for.
const NEED_FORECASTS: [&str; 1] = ["headroom"];

/// Price of an instance-hour where nothing else is said.
pub(crate) const PRICE_PER_HOUR: f64 = 0.10;

/// One trace and what came of it.
pub(crate) struct Replay {
    /// The result.
    pub(crate) backtest: Backtest,
    /// What served.
    pub(crate) about: report::About,
    /// Why `headroom` did what it did in its worst hour.
    pub(crate) reasons: Vec<(Timestamp, String)>,
    /// Whether the same trace was replayed with its calendar before.
    pub(crate) is_second: bool,
}

/// What is replayed, and in which world.
struct Subject {
    /// Whose guards, risk and bounds hold, as it lives in the world.
    group: Group,
    /// The rows and the events.
    trace: Trace,
    /// The load, minute by minute.
    workload: Arc<Workload>,
    /// The world.
    rules: WorldRules,
    /// What is forecast.
    target: Target,
    /// Instance-equivalents in a unit of it.
    unit: f64,
    /// Whether only the events of the group count.
    is_the_groups_own: bool,
}

/// How it is replayed.
#[derive(Clone, Copy)]
struct Play<'a> {
    /// Through which policies.
    policies: &'a [String],
    /// Decides the resampling of days.
    seed: u64,
    /// The command that is running.
    command: &'a str,
}

const COMMAND: &str = "headroom backtest";

pub(crate) fn run(args: &Args, runtime: &Runtime) -> Result<()> {
    let outputs = [&args.json, &args.report, &args.timeline, &args.summary];
    if args.timeline.is_some() && args.trace.len() > 1 {
        bail!("`--timeline` is of one trace, and there are {}: name one `--trace`", args.trace.len());
    }
    let lines = Lines { to_stderr: outputs.into_iter().flatten().any(|path| path.as_os_str() == "-") };
    if let Some(url) = &args.store {
        return stored::run(args, url, runtime, lines);
    }
    let group = configured(args)?;
    check_policies(&args.policies, &group)?;
    for path in outputs.into_iter().flatten() {
        output::check_writable(path)?;
    }
    let (mut replays, mut failed) = (Vec::new(), Vec::new());
    for path in &args.trace {
        match replays_of(args, &group, path, lines) {
            Ok(of_trace) => replays.extend(of_trace),
            Err(error) if args.trace.len() == 1 => return Err(error),
            // What the other traces took is not lost.
            Err(error) => {
                say(&format!("error: {error:#}"));
                failed.push(path.display().to_string());
            }
        }
    }
    if replays.len() > 1 {
        lines.print(&table::traces(&replays));
    }
    write(args, &replays)?;
    if failed.is_empty() { Ok(()) } else { bail!("{} of {} traces could not be replayed", failed.len(), args.trace.len()) }
}

/// The group whose guards, risk and bounds hold: the one of `--config`, else every default.
fn configured(args: &Args) -> Result<Group> {
    let Some(path) = &args.config else { return Ok(Group::simulated(forecasts::GROUP)) };
    let fleet = read_fleet(path)?;
    chosen(&fleet, &path.display().to_string(), args.group.as_deref()).cloned()
}

fn check_policies(wanted: &[String], group: &Group) -> Result<()> {
    let known: Vec<&str> = DEFAULT_POLICIES.into_iter().chain(["reactive", "schedule"]).collect();
    for name in wanted {
        if !known.contains(&name.as_str()) {
            bail!("`{name}` is not a policy: choose from {}", known.join(", "));
        }
    }
    if wanted.iter().any(|name| name == "schedule") && group.schedule.is_empty() {
        bail!("`schedule` needs a group with `[[group.schedule]]`: name its file with `--config`");
    }
    Ok(())
}

/// A trace with or without its events, or both.
fn replays_of(args: &Args, group: &Group, path: &Path, lines: Lines) -> Result<Vec<Replay>> {
    let trace = Trace::read(path, args.calendar.as_deref())?;
    if args.no_calendar {
        return Ok(vec![replay(args, group, &trace.without_events(), lines)?]);
    }
    let mut replays = vec![replay(args, group, &trace, lines)?];
    if args.also_without_calendar && !trace.calendar.is_empty() {
        let name = format!("{} without its calendar", trace.name);
        let again = replay(args, group, &Trace { name, ..trace.without_events() }, lines)?;
        replays.push(Replay { is_second: true, ..again });
    }
    Ok(replays)
}

/// A trace as `group` would have lived through it.
fn replay(args: &Args, group: &Group, trace: &Trace, lines: Lines) -> Result<Replay> {
    let workload =
        Workload::from_series(&trace.series, args.peak_instances).with_context(|| format!("replaying {}", trace.source))?;
    let rules = rules(group);
    let subject = Subject {
        group: group_of_replay(group, &rules, args.price_per_hour),
        rules,
        target: Target::Column { column: workload.main_column() },
        unit: workload.load_per_unit(trace.series.at_forecast_step().step_seconds()),
        workload: Arc::new(workload),
        trace: trace.clone(),
        is_the_groups_own: false,
    };
    let bar = TrainingBar::new(lines, &trace.name);
    let play = Play { policies: &args.policies, seed: args.seed, command: COMMAND };
    let (replay, times) = play_through(&subject, play, &mut |name, at| bar.show(name, at))?;
    drop(bar);
    lines.print(&times);
    lines.print(&table::results(&replay.backtest));
    Ok(replay)
}

/// Trains and replays; what came of it, and how long that took, for people.
fn play_through(
    subject: &Subject,
    Play { policies, seed, command }: Play<'_>,
    progress: &mut (dyn FnMut(&str, Progress) + Send),
) -> Result<(Replay, String)> {
    let Subject { group, trace, workload, rules, target, unit, is_the_groups_own } = subject;
    let own = is_the_groups_own.then_some(group.id.as_str());
    let forecasts = if policies.iter().all(|name| !NEED_FORECASTS.contains(&name.as_str())) {
        Forecasts::none()
    } else {
        let learned = forecasts::Subject { target: *target, unit: *unit, group: own, command };
        Forecasts::of_subject(trace, workload.split(), learned, progress)?
    };
    let events = events(&trace.calendar, own, workload);
    let settings = Settings {
        rules: *rules,
        price_per_hour: group.price_per_hour.unwrap_or(PRICE_PER_HOUR),
        seed,
        event_days: event_days(&events, workload),
        ..Settings::default()
    };
    let material = Material { group, forecasts: &forecasts, events: &events };
    let families = families(policies, material, workload, rules);
    let begun = Instant::now();
    let backtest = backtest(&trace.name, workload, &families, &settings);
    let times = times(&backtest, &forecasts, begun.elapsed());
    let reasons = worst_reasons(&backtest, material, workload, &settings);
    let about = report::About {
        trace: trace.name.clone(),
        source: trace.source.clone(),
        model: forecasts.model.clone(),
        predictable: forecasts.predictable,
        history_rows: forecasts.history_rows,
        history_from: workload.timestamp(0),
        history_to: workload.split(),
        default_quantile: group.risk_quantile(),
        notes: notes(trace),
    };
    Ok((Replay { backtest, about, reasons, is_second: false }, times))
}

/// The world of the design, within the bounds that the group is configured to.
fn rules(group: &Group) -> WorldRules {
    let world = WorldRules::default();
    WorldRules {
        instances_min: group.min_instances.unwrap_or(world.instances_min),
        instances_max: group.max_instances.unwrap_or(world.instances_max),
        max_utilization: group.max_utilization,
        ..world
    }
}

/// The group as it lives in the world, where observations are of five minutes and boots take as long as they take.
fn group_of_replay(group: &Group, rules: &WorldRules, price_per_hour: Option<f64>) -> Group {
    Group {
        step_seconds: 300,
        lead_time_seconds: i64::from(rules.boot_delay_seconds),
        price_per_hour: price_per_hour.or(group.price_per_hour),
        ..group.clone()
    }
}

fn families<'a>(policies: &[String], material: Material<'a>, workload: &Arc<Workload>, rules: &WorldRules) -> Vec<Family<'a>> {
    let mut families = plain_families(workload, rules);
    // The limit comes last in every table.
    let clairvoyant = families.iter().position(|family| family.name() == "clairvoyant").unwrap_or(families.len());
    families.splice(clairvoyant..clairvoyant, material.families());
    families.retain(|family| policies.iter().any(|name| name == family.name()));
    families
}

fn events(calendar: &Calendar, group: Option<&str>, workload: &Workload) -> Timeline {
    let around = SignedDuration::from_hours(48);
    let (from, to) = (workload.split() - around, workload.timestamp(workload.minutes()) + around);
    calendar.timeline(group, from, to)
}

/// The UTC days of the replayed part that an event touches.
fn event_days(events: &Timeline, workload: &Workload) -> BTreeSet<Date> {
    let day = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    let last = day(workload.timestamp(workload.minutes() - 1));
    let days = std::iter::successors(Some(day(workload.split())), |day| day.tomorrow().ok()).take_while(|day| *day <= last);
    days.filter(|day| {
        let start = day.to_zoned(TimeZone::UTC).expect("UTC has every midnight").timestamp();
        events.next_between(start, start + SignedDuration::from_hours(24)).is_some()
    })
    .collect()
}

/// Why `headroom` did what it did from an hour before its worst hour to its end.
fn worst_reasons(
    backtest: &Backtest,
    material: Material<'_>,
    workload: &Arc<Workload>,
    settings: &Settings,
) -> Vec<(Timestamp, String)> {
    let worst = backtest.policies.iter().find(|policy| policy.name == "headroom").and_then(|policy| policy.worst_hour.as_ref());
    let Some(worst) = worst else { return Vec::new() };
    let hour = SignedDuration::from_hours(1);
    material.sentences(workload, settings, worst.from - hour..worst.from + hour)
}

/// How long each part took, for people.
fn times(backtest: &Backtest, forecasts: &Forecasts, replayed_in: Duration) -> String {
    let learned = match forecasts.steps() {
        0 => String::new(),
        steps => format!("trained in {:.1?}, forecast {steps} steps in {:.1?}, ", forecasts.trained_in, forecasts.forecast_in),
    };
    format!("\n{}: {learned}replayed {} settings in {replayed_in:.1?}", backtest.trace, backtest.frontier.len())
}

fn notes(trace: &Trace) -> Vec<String> {
    let mut notes = Vec::new();
    if trace.series.step_seconds() > 300 {
        notes.push(format!(
            "The trace has a row every {} minutes: within them load is constant, which flatters a rule that sees minutes.",
            trace.series.step_seconds() / 60
        ));
    }
    if trace.calendar.is_empty() {
        notes.push("No event was known.".to_owned());
    }
    notes
}

fn write(args: &Args, replays: &[Replay]) -> Result<()> {
    if let Some(path) = &args.json {
        match replays {
            [only] => output::write_json(path, &only.backtest)?,
            many => output::write_json(path, &many.iter().map(|replay| &replay.backtest).collect::<Vec<_>>())?,
        }
    }
    if let Some(path) = &args.summary {
        output::write(path, &summary::markdown(replays))?;
    }
    if let (Some(path), [only, ..]) = (&args.timeline, replays) {
        let mut bytes = Vec::new();
        only.backtest.write_timeline(&mut bytes).with_context(|| format!("writing `{}`", path.display()))?;
        output::write(path, &String::from_utf8(bytes).context("the timeline is text")?)?;
    }
    if let Some(path) = &args.report {
        output::write(path, &report::html(replays)?)?;
    }
    Ok(())
}
