//! A progress bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use trainer::training::Progress;

use crate::files::say;

/// How often a plain line is written, in batches.
const LINE_EVERY: usize = 300;

/// Shows how the networks of a contest are trained, one after the other.
#[derive(Default)]
pub(crate) struct TrainingBars {
    current: Option<TrainingBar>,
}

impl TrainingBars {
    /// Shows one batch of the network `name`.
    pub(crate) fn show(&mut self, name: &str, at: Progress) {
        if self.current.as_ref().is_none_or(|bar| bar.name != name) {
            // The old bar leaves the line before the new one takes it.
            self.current = None;
        }
        self.current.get_or_insert_with(|| TrainingBar::new(name)).show(at);
    }
}

/// Shows how one network is trained.
struct TrainingBar {
    name: String,
    bar: Option<ProgressBar>,
}

impl TrainingBar {
    /// Nothing is shown before the first batch.
    fn new(name: &str) -> Self {
        let style = ProgressStyle::with_template("{prefix:>16} [{bar:30}] {pos}/{len} batches, {msg}, {eta} left")
            .expect("a valid template")
            .progress_chars("=> ");
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style).with_prefix(name.to_owned()));
        Self { name: name.to_owned(), bar }
    }

    /// Shows one batch.
    fn show(&self, at: Progress) {
        let loss = match at.validation_loss {
            Some(validation) => format!("loss {:.4}, best on validation {validation:.4}", at.loss),
            None => format!("loss {:.4}", at.loss),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_length(at.batches_max as u64);
                bar.set_position(at.batch as u64);
                bar.set_message(loss);
            }
            None if at.batch.is_multiple_of(LINE_EVERY) => {
                say(&format!("training {}: batch {} of at most {}, {loss}", self.name, at.batch, at.batches_max));
            }
            None => {}
        }
    }
}

impl Drop for TrainingBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
