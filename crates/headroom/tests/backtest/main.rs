//! `headroom backtest` from the outside: its numbers, its files, and what it refuses.

#[path = "../common/mod.rs"]
mod common;
mod numbers;
mod refusals;
mod stored;
mod traces;

/// Runs `headroom backtest` with `args`.
fn backtest(args: &str) -> common::Run {
    common::headroom(&format!("backtest {args}"))
}
