//! `headroom backtest` from the outside: its numbers, its files, and what it refuses.

mod numbers;
mod refusals;
mod stored;
mod traces;

use crate::common::{Run, headroom};

/// Runs `headroom backtest` with `args`.
fn backtest(args: &str) -> Run {
    headroom(&format!("backtest {args}"))
}
