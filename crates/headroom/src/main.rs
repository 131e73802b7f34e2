//! `headroom`: the whole pipeline on one machine.

mod backtest;
mod control;
mod demo;
mod output;
mod terminal;
mod trace;
mod tune_policy;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Forecasts the load of groups of servers and sets their capacity before the load arrives.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true, after_help = "Example:\n  headroom demo")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Backtest(backtest::Args),
    Demo(demo::Args),
    Stop(control::StopArgs),
    Resume(control::ResumeArgs),
    Approve(control::ApproveArgs),
    Reject(control::RejectArgs),
    TunePolicy(tune_policy::Args),
}

fn main() -> ExitCode {
    // Each tick prints its own line; what the parts log beside it is of interest only where something is wrong.
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).without_time().init();
    let command = Cli::parse().command;
    let outcome = tokio::runtime::Runtime::new().context("starting the runtime").and_then(|runtime| {
        let outcome = match command {
            Command::Backtest(args) => backtest::run(&args),
            Command::Demo(args) => runtime.block_on(demo::run(args)),
            Command::Stop(args) => runtime.block_on(control::stop(args)),
            Command::Resume(args) => runtime.block_on(control::resume(args)),
            Command::Approve(args) => runtime.block_on(control::approve(args)),
            Command::Reject(args) => runtime.block_on(control::reject(args)),
            Command::TunePolicy(args) => tune_policy::run(&args, &runtime),
        };
        // Training that was interrupted is not waited for.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
