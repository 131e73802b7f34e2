//! What a search shows: where it stands, and its table.

use std::{io::IsTerminal, path::Path};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use serde_json::Value;
use trainer::{
    Settings,
    training::Progress,
    tune::{Budget, Plan, RUNS, Standing, Trial, best, seconds_of, space, standings},
};

use super::{Args, Results};
use crate::{
    files::say,
    table::{maybe, number, table},
};

/// A bar on a terminal, a line for each finished trial elsewhere.
pub(super) struct TuneBar {
    bar: Option<ProgressBar>,
    budget: Budget,
    /// Trials done, and the seconds that they took.
    done: (usize, f64),
    best: String,
}

impl TuneBar {
    pub(super) fn new(budget: Budget, trials: &[Trial]) -> Self {
        let style =
            ProgressStyle::with_template("{prefix} [{bar:30}] {wide_msg}").expect("a valid template").progress_chars("=> ");
        let shown = std::io::stderr().is_terminal() && budget.allows_another(trials);
        let bar = shown.then(|| ProgressBar::new(PARTS).with_style(style));
        let mut this = Self { bar, budget, done: (0, 0.0), best: String::new() };
        this.take(trials);
        this
    }

    fn take(&mut self, trials: &[Trial]) {
        self.done = (trials.len(), seconds_of(trials));
        let standings = standings(trials);
        self.best = best(&standings)
            .map_or_else(String::new, |best| format!(", best so far {} {}{}", name(best), maybe(best.loss), to_defaults(best)));
    }

    /// Shows a batch of a trial that has run for `seconds`.
    pub(super) fn show(&self, plan: &Plan, seconds: f64, at: Progress) {
        let Some(bar) = &self.bar else { return };
        let (trials, spent) = (self.done.0, self.done.1 + seconds);
        let in_time = self.budget.seconds.map(|budget| spent / budget);
        let trial_share = at.batch as f64 / at.batches_max as f64;
        let in_trials = self.budget.trials.map(|budget| (trials as f64 + trial_share) / budget as f64);
        let share = in_time.into_iter().chain(in_trials).fold(0.0, f64::max);
        let left = match self.budget.seconds {
            Some(budget) => format!("{} left", duration(budget - spent)),
            None => format!("{} used", duration(spent)),
        };
        bar.set_position((share.min(1.0) * PARTS as f64) as u64);
        bar.set_prefix(format!("trial {}", plan.trial));
        bar.set_message(format!("{:.0} % of candidate {}, {left}{}", trial_share * 100.0, plan.candidate, self.best));
    }

    /// Shows that the last of `trials` is done.
    pub(super) fn finished(&mut self, trials: &[Trial]) {
        self.take(trials);
        let (None, Some(trial)) = (&self.bar, trials.last()) else { return };
        let loss = trial.outcome.map_or_else(|| "diverged".to_owned(), |outcome| format!("loss {}", number(outcome.loss)));
        let used = match self.budget.seconds {
            Some(budget) => format!("{} of {}", duration(self.done.1), duration(budget)),
            None => duration(self.done.1),
        };
        let Plan { trial, candidate, run, .. } = trial.plan;
        let seed = if run > 0 { format!(", seed {}", run + 1) } else { String::new() };
        say(&format!("trial {trial}, candidate {candidate}{seed}: {loss}{}; {used} used", self.best));
    }
}

impl Drop for TuneBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Parts that the bar is divided into.
const PARTS: u64 = 1000;

fn duration(seconds: f64) -> String {
    format!("{:#}", SignedDuration::from_secs(seconds.max(0.0).round() as i64))
}

/// What a candidate is called.
fn name(standing: &Standing) -> String {
    if standing.candidate == 0 { "defaults".to_owned() } else { format!("candidate {}", standing.candidate) }
}

/// How a candidate compares with the defaults, in words; nothing for those themselves.
fn to_defaults(standing: &Standing) -> String {
    match standing.relative_loss.filter(|_| standing.candidate != 0) {
        Some(relative) if relative <= 1.0 => format!(", {:.2} % below the defaults", (1.0 - relative) * 100.0),
        Some(relative) => format!(", {:.2} % above the defaults", (relative - 1.0) * 100.0),
        None => String::new(),
    }
}

/// Candidates in the table at most; the record has them all.
const ROWS_MAX: usize = 20;

/// The table of candidates, and what to do with the best.
pub(super) fn report(args: &Args, results: &Results<'_>) -> String {
    let Results { about, standings, best, .. } = results;
    let dimensions = space();
    let names = dimensions.iter().map(|dimension| dimension.setting.replace('_', "\n"));
    let header: Vec<String> =
        ["candidate", "loss", "to the\ndefaults", "seeds", "seconds"].map(str::to_owned).into_iter().chain(names).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let row = |standing: &Standing| {
        let own = standing.candidate == 0;
        let relative = standing.relative_loss.filter(|_| !own);
        let mut cells = vec![
            format!("{}{}", if own { name(standing) } else { standing.candidate.to_string() }, mark(standing, best)),
            standing.loss.map_or_else(|| "diverged".to_owned(), number),
            relative.map_or_else(String::new, |relative| format!("{:+.2} %", (relative - 1.0) * 100.0)),
            standing.losses.len().to_string(),
            format!("{:.1}", standing.seconds),
        ];
        let fields = (fields(&standing.settings), fields(&about.defaults));
        // Where a candidate keeps the default, an empty field shows it faster than a number.
        cells.extend(dimensions.iter().map(|dimension| match (&fields.0[dimension.setting], &fields.1[dimension.setting]) {
            (value, default) if own || value != default => value.to_string().replace('"', ""),
            _ => String::new(),
        }));
        cells
    };
    let shown = standings.iter().enumerate().filter(|(place, standing)| *place < ROWS_MAX || standing.candidate == 0);
    let rows: Vec<_> = shown.map(|(_, standing)| row(standing)).collect();
    let more = match standings.len() - rows.len() {
        0 => String::new(),
        more => format!("\nand {more} more in `{}`", args.record.display()),
    };
    format!(
        "`{}` of `{}`: mean pinball loss on the validation part, {} candidates in {} trials\n{}{more}\n{}",
        about.target,
        args.data.display(),
        standings.len(),
        results.trials.len(),
        table(&header, rows),
        advice(args, results)
    )
}

fn mark(standing: &Standing, best: &Standing) -> &'static str {
    if standing.candidate == best.candidate { " *" } else { "" }
}

/// The fields of settings as they are written.
fn fields(settings: &Settings) -> Value {
    // By way of the text, which keeps the shortest form of a single-precision number.
    serde_json::from_str(&settings.to_json()).expect("settings are JSON")
}

/// What was found and how to use it.
fn advice(args: &Args, results: &Results<'_>) -> String {
    let Results { best, standings, .. } = results;
    let mut lines = Vec::new();
    if best.candidate == 0 {
        lines.push("* nothing that was tried beats the defaults: they need no `--settings`".to_owned());
    } else {
        let sure = if best.is_sure() { "" } else { ", not yet with all seeds" };
        lines.push(format!("* use {}{}{sure}", name(best), to_defaults(best)));
    }
    let leader = standings.first().filter(|leader| leader.loss.is_some() && leader.candidate != best.candidate);
    if let Some(leader) = leader {
        let runs = leader.losses.len();
        lines
            .push(format!("{} leads with {runs} of {RUNS} seeds: a larger budget would tell whether that is luck", name(leader)));
    }
    lines.extend(spread(standings));
    if best.candidate != 0 {
        lines.push(use_of(args));
    }
    lines.join("\n")
}

/// How much of a difference is luck.
fn spread(standings: &[Standing]) -> Option<String> {
    let defaults = standings.iter().find(|standing| standing.candidate == 0 && standing.losses.len() > 1)?;
    let mean = defaults.loss.filter(|loss| *loss > 0.0)?;
    let losses = || defaults.losses.iter().flatten().copied();
    let spread = losses().fold(f64::NEG_INFINITY, f64::max) - losses().fold(f64::INFINITY, f64::min);
    let seeds = defaults.losses.len();
    Some(format!(
        "(compared with the same seeds: the defaults alone differ by {:.2} % between {seeds} of them)",
        spread / mean * 100.0
    ))
}

/// The commands that use the best settings.
fn use_of(args: &Args) -> String {
    let Some(out) = &args.out else {
        return "write its settings with `--out settings.json`: the same command with it trains nothing again".to_owned();
    };
    let mut data = format!("--data {}", quoted(&args.data));
    if let Some(calendar) = &args.calendar {
        data.push_str(&format!(" --calendar {}", quoted(calendar)));
    }
    if let Some(target) = args.target {
        data.push_str(&format!(" --target {}", target.name()));
    }
    let settings = format!("--settings {}", quoted(out));
    format!(
        "to see what it is worth on the test part:\n  trainer evaluate {data} {settings}\nto train with it:\n  trainer train {data} {settings} --out model"
    )
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
