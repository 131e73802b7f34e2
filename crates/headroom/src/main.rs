//! `headroom`: the whole pipeline on one machine.

mod demo;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Forecasts the load of groups of servers and sets their capacity before the load arrives.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    // Each tick prints its own line; what the parts log beside it is of interest only where something is wrong.
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).without_time().init();
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(args).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
