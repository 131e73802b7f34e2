//! How far a search has come: on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

use super::search::Progress;
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

    /// Shows how far the search has come.
    pub(crate) fn show(&self, progress: Progress) {
        match progress {
            Progress::Round { round, settings } => {
                self.0.set_message(if round == 0 { "coarse".to_owned() } else { format!("around the best, round {round}") });
                self.0.set_length(settings as u64);
                self.0.set_position(0);
            }
            Progress::Tried => self.0.inc(1),
        }
    }
}

impl Drop for SearchBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
