//! `trainer`: generates, imports, trains, tunes, evaluates, predicts and rolls back.

mod commands;
mod files;
mod fleet_choice;
mod progress;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Generates, imports, trains, tunes, evaluates, predicts and rolls back Headroom's models.
#[derive(Parser)]
#[command(
    version,
    arg_required_else_help = true,
    propagate_version = true,
    after_help = "Example:\n  trainer evaluate --data data/shop.csv --calendar data/business_calendar.json"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(commands::generate::Args),
    Import(commands::import::Args),
    Train(commands::train::Args),
    Tune(commands::tune::Args),
    Evaluate(commands::evaluate::Args),
    Predict(commands::predict::Args),
    Pretrain(commands::pretrain::Args),
    Rollback(commands::rollback::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Generate(args) => commands::generate::run(&args),
        Command::Import(args) => commands::import::run(&args),
        Command::Train(args) => commands::train::run(&args),
        Command::Tune(args) => commands::tune::run(&args),
        Command::Evaluate(args) => commands::evaluate::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Pretrain(args) => commands::pretrain::run(&args),
        Command::Rollback(args) => commands::rollback::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            files::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
