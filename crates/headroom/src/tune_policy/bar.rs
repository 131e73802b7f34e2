//! How far a search has come: on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal::Lines;

/// A bar that is gone when it is dropped. Replays that run side by side share it.
pub(crate) struct SearchBar(ProgressBar);

impl SearchBar {
    /// A bar that has not begun.
    pub(crate) fn new(lines: Lines) -> Self {
        if !lines.is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("replaying settings, {msg} [{bar:30}] {pos}/{len}, {eta} left")
            .expect("a valid template")
            .progress_chars("=> ");
        Self(ProgressBar::new(0).with_style(style))
    }

    /// One of the `settings` of `round` has been replayed.
    pub(crate) fn tried(&self, round: usize, settings: usize) {
        let message = if round == 0 { "coarse".to_owned() } else { format!("around the best, round {round}") };
        if self.0.message() != message {
            self.0.set_message(message);
            self.0.set_position(0);
            self.0.set_length(settings as u64);
        }
        self.0.inc(1);
    }
}

impl Drop for SearchBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
