//! `headroom demo` from the outside: what it prints, where, and how it ends.

mod live;
mod plays;
mod refusals;
mod traces;

use crate::common::{Run, headroom};

/// Runs `headroom demo` with `args`.
fn demo(args: &str) -> Run {
    headroom(&format!("demo {args}"))
}
