//! Long work beside ticks that must not wait for it.

use std::{panic::AssertUnwindSafe, thread};

use anyhow::{Context, Result, anyhow};
use headroom_core::panics::said;
use tokio::sync::oneshot;

/// So much less of the processors than everything else takes, on the scale of `nice`.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Runs `work` on a thread of its own, at low priority where the system has one for threads.
///
/// # Errors
/// What `work` panicked with, or that there can be no thread.
pub(crate) async fn run<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (tell, told) = oneshot::channel();
    let start = move || {
        lower_priority();
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| alone(work)));
        // Whoever waited may be gone.
        let _ = tell.send(outcome.unwrap_or_else(|panic| Err(anyhow!("it panicked: {}", said(&*panic)))));
    };
    thread::Builder::new().name(name.to_owned()).spawn(start).with_context(|| format!("starting a thread for {name}"))?;
    told.await.with_context(|| format!("the thread for {name} ended without a result"))?
}

/// What is split over threads inside stays on this one's: the program's own are not slowed down, and not used up.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("starting a thread")?;
    Ok(single.install(work))
}

#[cfg(target_os = "linux")]
fn lower_priority() {
    // Without it the work is as good, and ticks may wait a little longer. The threads that this one starts inherit it.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the priority of a thread cannot be lowered");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {
    // Elsewhere priority is of the whole program.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_gives_its_result_or_says_what_it_panicked_with() {
        assert_eq!(run("a sum", || 1 + 1).await.unwrap(), 2);
        let error = run("a bug", || -> u32 { panic!("it was {}", 7) }).await.unwrap_err().to_string();
        assert_eq!(error, "it panicked: it was 7");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_runs_at_low_priority_and_nothing_else_does() {
        let niceness = || rustix::process::nice(0).unwrap();
        let before = niceness();
        assert_eq!(run("some work", niceness).await.unwrap(), (before + NICENESS).min(19));
        assert_eq!(niceness(), before);
    }
}
