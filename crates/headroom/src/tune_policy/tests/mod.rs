mod editing;
mod found;
mod objectives;
mod spaces;

use std::path::Path;

use clap::Parser;
use headroom_core::observation_csv::write_observations;
use headroom_sim::{Profile, generate};
use tokio::runtime::Runtime;

use super::{
    Args, Lines,
    case::Case,
    figures::Figures,
    findings::{Findings, find},
    objective::Trial,
    setting::Setting,
};

/// The command's arguments alone.
#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// A case of four generated days of a shop, and more `options`, words that are split at spaces.
fn case(folder: &Path, options: &str) -> (Args, Case) {
    let trace = folder.join("shop.csv");
    let generated = generate(Profile::Shop, 4, 7, "2026-06-01T00:00:00Z".parse().unwrap());
    std::fs::write(&trace, write_observations(&generated.observations)).unwrap();
    let line = format!("tune-policy --trace {} {options}", trace.display());
    let Line { args } = Line::try_parse_from(line.split_whitespace()).unwrap();
    let case = Case::load(&args, &Runtime::new().unwrap(), Lines { to_stderr: true }).unwrap();
    (args, case)
}

/// What is found for `case`.
fn found(args: &Args, case: &Case) -> Findings {
    find(case, args.objective(case), "headroom tune-policy".to_owned(), &|_| {})
}

/// What every group has.
fn defaults() -> Setting {
    Setting {
        risk_quantile: 0.99,
        stabilization_minutes: 5,
        scale_out_limit: None,
        scale_in_limit: None,
        sudden_drop_hold_minutes: 15,
    }
}

/// A trial of 1,000 minutes at a price of 1, with violations at 0.1 each.
fn trial(setting: Setting, cost: f64, violation_minutes: u64) -> Trial {
    let total = Some(cost + 0.1 * violation_minutes as f64);
    let violation_share = violation_minutes as f64 / 1000.0;
    Trial { setting, figures: Figures { minutes: 1000, instance_hours: cost, cost, violation_minutes, violation_share, total } }
}
