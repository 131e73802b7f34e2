//! `headroom tune-policy`: settings that suit a group better than its own, found by replaying its history, with the evidence.

// What is replayed, what is tried, and what is good.
mod case;
mod figures;
mod setting;

mod objective;
mod search;

mod findings;
mod references;

// What is told, and what is written.
mod bar;
mod evidence;
mod fragment;
mod report;
mod edit;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use crate::{
    output,
    terminal::{Lines, positive},
};
use bar::SearchBar;
use case::Case;
use findings::Verdict;
use objective::Objective;

/// Search risk, windows and limits that suit a group, on its own history
///
/// The first four fifths of the history train a model, as `headroom backtest` does. Of what follows, the first half is replayed
/// with thousands of settings, of which one is chosen; the second half is replayed to confirm it, and chooses nothing.
///
/// With a price of instances and a cost of violations the choice is the least money for both. Else it keeps to
/// --violations-max, if it can to half of that, and costs at most --margin more than the cheapest setting that keeps to it.
/// Nothing is written but the files that you name.
#[derive(clap::Args)]
#[command(
    group(clap::ArgGroup::new("history").args(["trace", "store"]).required(true)),
    after_help = "Examples:\n  headroom tune-policy --trace web.csv --calendar calendar.json\n  headroom tune-policy --config fleet.toml --store file:///var/lib/headroom --group web --write\n  headroom tune-policy --trace web.csv --violations-max 0.005 --out tuned.toml --json -"
)]
pub(crate) struct Args {
    /// CSV with any of the columns timestamp, request_count, cpu_utilization, network_in, is_sale_active
    #[arg(long, value_name = "FILE.csv")]
    trace: Option<PathBuf>,
    /// Business calendar of the trace; without it, the events that the trace itself flags
    #[arg(long, value_name = "FILE.json", conflicts_with = "store")]
    calendar: Option<PathBuf>,
    /// The store that holds the group's history: file:///path, or s3://bucket/prefix where this was built with S3
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The fleet that configures the group; by default the store's, and for a trace every default
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// The group; needed where the fleet has several
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// Most violation minutes, as a share of all minutes [default: 0.01, or no limit where both prices are known]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    violations_max: Option<f64>,
    /// So much more than the cheapest setting may be paid to stay clear of --violations-max, as a share
    #[arg(long, value_name = "SHARE", default_value_t = MARGIN, value_parser = share)]
    margin: f64,
    /// Price of an instance-hour [default: the group's, else 0.10]
    #[arg(long, value_name = "MONEY", value_parser = positive)]
    price_per_hour: Option<f64>,
    /// What a minute with too few instances costs [default: the group's]
    #[arg(long, value_name = "MONEY", value_parser = positive)]
    violation_cost_per_minute: Option<f64>,
    /// Instances that carry the 99th percentile of the trace's load at 100 % CPU [default: 20]
    #[arg(long, value_name = "N", value_parser = positive, conflicts_with = "store")]
    peak_instances: Option<f64>,
    /// Write the choice as a `[[group]]` with its evidence; - is standard output
    #[arg(long, value_name = "FILE.toml")]
    out: Option<PathBuf>,
    /// Write the choice with its evidence into --config, unless the second half speaks against it
    #[arg(long, requires = "config")]
    write: bool,
    /// Write everything that was found for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The command, for the record.
const COMMAND: &str = "headroom tune-policy";

/// Most violation minutes where nothing else is asked for.
const VIOLATIONS_MAX: f64 = 0.01;

/// Paid to stay clear of the limit. Of fourteen recorded workloads, six were beyond it with the cheapest setting on the half
/// that it was not chosen by, and three with this margin (docs/tune-policy.md).
const MARGIN: f64 = 0.05;

/// What the 99th percentile of a trace comes to, in instances.
const PEAK_INSTANCES: f64 = 20.0;

impl Args {
    fn peak_instances(&self) -> f64 {
        self.peak_instances.unwrap_or(PEAK_INSTANCES)
    }

    /// What is asked for, of a group with these prices.
    fn objective(&self, case: &Case) -> Objective {
        match (case.group.price_per_hour, case.group.violation_cost_per_minute) {
            (Some(_), Some(_)) => Objective::Money { violations_max: self.violations_max },
            _ => Objective::Violations { violations_max: self.violations_max.unwrap_or(VIOLATIONS_MAX), margin: self.margin },
        }
    }
}

pub(crate) fn run(args: &Args, runtime: &Runtime) -> Result<()> {
    let outputs = [&args.json, &args.out];
    if outputs.iter().all(|path| is_standard_output(path)) {
        bail!("`--json -` and `--out -` would mix on standard output: name a file for one of them");
    }
    for path in outputs.into_iter().flatten() {
        output::check_writable(path)?;
    }
    let lines = Lines { to_stderr: outputs.iter().any(|path| is_standard_output(path)) };
    let case = Case::load(args, runtime, lines)?;
    if let Some(path) = args.config.as_deref().filter(|_| args.write) {
        edit::check(path, &case)?;
    }
    let findings = {
        let bar = SearchBar::new(lines);
        findings::find(&case, args.objective(&case), command_line(), &|progress| bar.show(progress))
    };
    lines.print(&report::text(&findings));
    if let Some(path) = &args.out {
        output::write(path, &fragment::toml(&findings))?;
    }
    if let Some(path) = args.config.as_deref().filter(|_| args.write) {
        lines.print(&write(path, &case, &findings)?);
    }
    if let Some(path) = &args.json {
        output::write_json(path, &findings)?;
    }
    Ok(())
}

/// Writes the choice into the file at `path`, unless there is a reason not to; says what was done.
fn write(path: &Path, case: &Case, findings: &findings::Findings) -> Result<String> {
    let file = path.display();
    match &findings.verdict {
        Verdict::Kept => Ok(format!("`{file}` stays as it is: the choice is what is configured")),
        Verdict::Worse { because } => Ok(format!("`{file}` stays as it is: on the second half the choice is worse: {because}")),
        Verdict::Confirmed => {
            edit::write(path, case, findings)?;
            Ok(format!("wrote the choice for group `{}` into `{file}`", findings.group))
        }
    }
}

fn is_standard_output(path: &Option<PathBuf>) -> bool {
    path.as_ref().is_some_and(|path| path.as_os_str() == "-")
}

/// The command as it was given, without the path of the program.
fn command_line() -> String {
    std::iter::once("headroom".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ")
}

/// A share from 0 to 1, for the command line.
fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| "write a share from 0 to 1, such as 0.01".to_owned())
}
