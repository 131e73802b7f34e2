//! Lines for people: on standard output, or on standard error where programs read standard output.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use headroom_core::{Action, Decision, decision::Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use trainer::training::Progress;

/// A line on standard error.
pub(crate) fn say(line: &str) {
    anstream::eprintln!("{line}");
}

/// Where the lines for people go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    /// Standard output belongs to programs.
    pub(crate) to_stderr: bool,
}

impl Lines {
    /// Prints one line. A reader that went away is no error.
    pub(crate) fn print(self, line: &str) {
        let _ = if self.to_stderr { writeln!(anstream::stderr(), "{line}") } else { writeln!(anstream::stdout(), "{line}") };
    }

    /// Whether someone watches.
    pub(crate) fn is_terminal(self) -> bool {
        if self.to_stderr { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() }
    }
}

/// A bar of the training's progress: on a terminal only, and gone when it is dropped.
pub(crate) struct TrainingBar {
    bar: ProgressBar,
    of: String,
}

impl TrainingBar {
    /// A bar for training on what is named `of`.
    pub(crate) fn new(lines: Lines, of: &str) -> Self {
        if !lines.is_terminal() {
            return Self { bar: ProgressBar::hidden(), of: of.to_owned() };
        }
        let style = ProgressStyle::with_template("training {prefix} [{bar:30}] {pos}/{len} batches, {msg}, {eta} left")
            .expect("a valid template")
            .progress_chars("=> ");
        Self { bar: ProgressBar::new(0).with_style(style), of: of.to_owned() }
    }

    /// Shows how far the network `name` has come.
    pub(crate) fn show(&self, name: &str, at: Progress) {
        self.bar.set_prefix(format!("{name} on {}", self.of));
        self.bar.set_length(at.batches_max as u64);
        self.bar.set_position(at.batch as u64);
        self.bar.set_message(format!("loss {:.4}", at.loss));
    }
}

impl Drop for TrainingBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A number above 0, for the command line.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite()).ok_or_else(|| "write a number above 0".to_owned())
}

/// One line that says what a tick did and why, of `group` where there may be several. Colours are dropped where there is no terminal.
pub(crate) fn tick_line(decision: &Decision, group: Option<&str>) -> String {
    let style = match (decision.action, &decision.outcome) {
        (_, Outcome::Failed { .. }) => AnsiColor::Red.on_default().bold(),
        (Action::ScaleOut, _) => AnsiColor::Green.on_default().bold(),
        (Action::ScaleIn, _) => AnsiColor::Cyan.on_default(),
        (Action::Hold, _) => Style::new().dimmed(),
    };
    let load = decision.load.map_or_else(|| "    -".to_owned(), |load| format!("{load:5.1}"));
    let outcome = match &decision.outcome {
        Outcome::Failed { error } => format!(" [failed: {error}]"),
        _ => String::new(),
    };
    let group = group.map_or_else(String::new, |group| format!("  {group}"));
    format!(
        "{}{group}  load {load}  in service {:3}  {style}{}{style:#}{outcome}",
        decision.at.strftime("%a %d %b %H:%M"),
        decision.before.in_service,
        decision.sentence
    )
}
