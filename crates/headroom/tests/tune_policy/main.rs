//! `headroom tune-policy` from the outside: what it prints, what it writes, and what it refuses.

#[path = "../common/mod.rs"]
mod common;
mod refusals;
mod runs;

/// Runs `headroom tune-policy` with `args`.
fn tune_policy(args: &str) -> common::Run {
    common::headroom(&format!("tune-policy {args}"))
}
