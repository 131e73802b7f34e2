//! The log of a process that runs for long, on standard error.

use std::{io::IsTerminal, panic};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::options::LogForm;

/// Starts the log. Each tick prints its own line on standard output: as text only what is wrong, or was changed, is logged beside it.
pub(crate) fn start(form: LogForm) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match form {
        LogForm::Text => {
            let told = [("headroom", LevelFilter::INFO), ("trainer", LevelFilter::INFO)];
            let levels = Targets::new().with_default(LevelFilter::WARN).with_targets(told);
            let lines = lines.with_ansi(std::io::stderr().is_terminal()).with_target(false);
            tracing_subscriber::registry().with(lines).with(levels).init();
        }
        LogForm::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false).with_ansi(false);
            let levels = Targets::new().with_default(LevelFilter::WARN).with_targets(OURS.map(|ours| (ours, LevelFilter::INFO)));
            tracing_subscriber::registry().with(lines).with(levels).init();
        }
    }
    // A panic is a line of the log, with its place; who was at work says what comes of it.
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

/// Those who log what happens and not only what is wrong; `headroom` stands for all whose name begins so.
const OURS: [&str; 4] = ["headroom", "collector", "scaler", "trainer"];
