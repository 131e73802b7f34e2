//! `trainer generate`: a synthetic history.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use headroom_core::{Calendar, observation_csv::write_observations};
use headroom_sim::Profile;
use jiff::{SignedDuration, Timestamp};

use crate::files::{check_writable, say, write_file};

/// Generate a synthetic history, and the calendar that goes with it
#[derive(clap::Args)]
#[command(after_help = "Example:\n  trainer generate --profile shop --days 28 --out shop.csv --calendar-out calendar.json")]
pub(crate) struct Args {
    /// What kind of service: reference, shop, api, batch or flash
    #[arg(long)]
    profile: Profile,
    /// Length of the history in days
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The same seed gives the same rows
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// First moment of the history, RFC 3339
    #[arg(long, default_value = "2026-06-01T00:00:00Z")]
    start: Timestamp,
    /// The CSV file to write
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
    /// The calendar to write
    #[arg(long, value_name = "FILE.json")]
    calendar_out: Option<PathBuf>,
}

/// With this seed the noise of the reference profile is as strong in the test part as in the reference system's own
/// file: its perfect predictor errs by 3.94 there, between 3.85 and 4.14 with others.
const SEED: u64 = 3;

pub(crate) fn run(args: &Args) -> Result<()> {
    // A day to spare for the hour that the calendar knows beyond the end.
    let length = SignedDuration::from_hours(24 * (i64::from(args.days) + 1));
    if args.start.checked_add(length).is_err() {
        bail!("`--start` is {} and {} days on lies beyond the year 9999: start earlier", args.start, args.days);
    }
    for path in std::iter::once(&args.out).chain(&args.calendar_out) {
        check_writable(path)?;
    }
    let generated = headroom_sim::generate(args.profile, args.days, args.seed, args.start);
    write_file(&args.out, &write_observations(&generated.observations))?;
    say(&format!("wrote {} rows to `{}`", generated.observations.len(), args.out.display()));
    if let Some(path) = &args.calendar_out {
        let calendar = Calendar::from_json(&generated.calendar_json).context("the generated calendar")?;
        write_file(path, format!("{}\n", calendar.to_json()).as_bytes())?;
        say(&format!("wrote {} events to `{}`", calendar.events().count(), path.display()));
    }
    Ok(())
}
