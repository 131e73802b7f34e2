//! Everything that reads what others wrote, as functions of bytes. Each must come back, whatever the bytes are, and tells
//! whether it took them; what is asserted in them must hold too. cargo-fuzz runs them (`fuzz_targets/`), and so does the harness in `crates/headroom/tests/fuzz`, on stable Rust.

mod configuration;
mod history;
mod model;
mod requests;
mod state;
mod stored;

pub use configuration::{calendar, fleet};
pub use history::csv;
pub use model::model;
pub use requests::api;
pub use state::{past, state};
pub use stored::{control, journal};

/// Runs what is async to its end, on this thread.
fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime of one thread").block_on(work)
}

/// What is refused says why.
fn refused(error: &dyn std::error::Error) -> bool {
    assert!(!error.to_string().is_empty(), "an error without words");
    false
}
