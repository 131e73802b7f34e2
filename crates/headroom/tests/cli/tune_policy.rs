//! `headroom tune-policy` from the outside: what it prints, what it writes, and what it refuses.

mod refusals;
mod runs;

use crate::common::{Run, headroom};

/// Runs `headroom tune-policy` with `args`.
fn tune_policy(args: &str) -> Run {
    headroom(&format!("tune-policy {args}"))
}
