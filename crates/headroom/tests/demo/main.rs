//! `headroom demo` from the outside: what it prints, where, and how it ends.

#[path = "../common/mod.rs"]
mod common;
mod live;
mod plays;
mod refusals;
mod traces;

/// Runs `headroom demo` with `args`.
fn demo(args: &str) -> common::Run {
    common::headroom(&format!("demo {args}"))
}
