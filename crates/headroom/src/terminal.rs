//! Lines for people: on standard output, or on standard error where programs read standard output.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use headroom_core::{Action, Decision, decision::Outcome};

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

/// One line that says what a tick did and why. Colours are dropped where there is no terminal.
pub(crate) fn tick_line(decision: &Decision) -> String {
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
    format!(
        "{}  load {load}  in service {:3}  {style}{}{style:#}{outcome}",
        decision.at.strftime("%a %d %b %H:%M"),
        decision.before.in_service,
        decision.sentence
    )
}
