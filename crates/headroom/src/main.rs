//! `headroom`: the whole pipeline on one machine.

mod background;
mod backtest;
mod clouds;
mod control;
mod demo;
mod doctor;
mod gate;
mod interrupt;
mod listening;
mod moments;
mod output;
mod place;
mod plan;
mod secret;
mod serve;
mod stored_history;
mod terminal;
mod token;
mod trace;
mod tune_policy;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// Every training is a thread of its own, and glibc's allocator keeps for each what it had: with it the memory of `headroom serve`
/// grows from training to training.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    Doctor(doctor::Args),
    Plan(plan::Args),
    Stop(control::StopArgs),
    Resume(control::ResumeArgs),
    Approve(control::ApproveArgs),
    Reject(control::RejectArgs),
    TunePolicy(tune_policy::Args),
    Serve(serve::Args),
    Token(token::Args),
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    log(&command);
    let outcome = tokio::runtime::Runtime::new().context("starting the runtime").and_then(|runtime| {
        let outcome = match command {
            Command::Backtest(args) => backtest::run(&args, &runtime),
            Command::Demo(args) => runtime.block_on(demo::run(args)),
            Command::Doctor(args) => runtime.block_on(doctor::run(args)),
            Command::Plan(args) => runtime.block_on(plan::run(args)),
            Command::Stop(args) => runtime.block_on(control::stop(args)),
            Command::Resume(args) => runtime.block_on(control::resume(args)),
            Command::Approve(args) => runtime.block_on(control::approve(args)),
            Command::Reject(args) => runtime.block_on(control::reject(args)),
            Command::TunePolicy(args) => tune_policy::run(&args, &runtime),
            Command::Serve(args) => runtime.block_on(serve::run(args)),
            Command::Token(args) => token::run(&args),
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

/// Starts the log. Each tick prints its own line; what the parts log beside it is of interest only where something is wrong. A
/// plan is no tick: what its decision would log is in the plan.
fn log(command: &Command) {
    if let Command::Serve(args) = command {
        return serve::start_log(args.log);
    }
    let decisions = if matches!(command, Command::Plan(_)) { LevelFilter::OFF } else { LevelFilter::WARN };
    let levels = Targets::new().with_default(LevelFilter::WARN).with_target("scaler::record", decisions);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time();
    tracing_subscriber::registry().with(lines).with(levels).init();
}
