//! `trainer import`: history into a store, from CloudWatch or from a CSV file.

mod cloud;
mod file;

use std::path::PathBuf;

use anyhow::Result;
use trainer::import::{DAYS_MAX, HOURLY_DAYS_MAX};

/// Add history to a store: of CloudWatch, or of a CSV file
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  trainer import --config fleet.toml --store s3://bucket/headroom\n  trainer import --csv web.csv --group web --store file:///var/lib/headroom"
)]
pub(crate) struct Args {
    /// CSV with `timestamp` and any of cpu_utilization, network_in, request_count, in_service_instances, is_sale_active; without
    /// it CloudWatch is read
    #[arg(long, value_name = "FILE.csv", requires = "group")]
    csv: Option<PathBuf>,
    /// Only this group; with `--csv`, the group whose history it is
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// The fleet that says where the metrics of each group are; by default the store's
    #[arg(long, value_name = "fleet.toml")]
    config: Option<PathBuf>,
    /// Where to store it: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    store: String,
    /// Days of the group's own step; CloudWatch keeps 63 of 5-minute steps and 15 of 1-minute steps
    #[arg(long, default_value_t = DAYS_MAX, value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)), conflicts_with = "csv")]
    days: u32,
    /// Days of hours, kept apart for the shape of the year; 0 for none
    #[arg(long, default_value_t = HOURLY_DAYS_MAX, value_parser = clap::value_parser!(u32).range(0..=i64::from(HOURLY_DAYS_MAX)), conflicts_with = "csv")]
    hourly_days: u32,
    /// Also write what came of each group for programs; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    json: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match (&args.csv, &args.group) {
        (Some(csv), Some(group)) => file::import(args, csv, group),
        _ => cloud::import(args),
    }
}
