//! Many traces in one table: what it takes to stay at or below so many violation minutes, over what the clairvoyant takes.

use headroom_core::quantiles::{median, quantile_of_sorted};
use headroom_sim::{Backtest, FrontierPoint, PolicyResult};

use super::{
    Replay,
    table::{knob, setting},
};

/// The shares of violation minutes that settings are compared at.
pub(crate) const SHARES: [f64; 3] = [0.02, 0.01, 0.005];

/// The share that stands for all in a single figure.
const SHARE: f64 = 0.01;

const HEADROOM: &str = "headroom";

/// Traces with longer steps are shown and not counted.
const STEP_SECONDS_MAX: i64 = 300;

/// Either of them may stand for target tracking: the cheaper one does.
const TARGET_TRACKINGS: [&str; 2] = ["target-tracking", "target-tracking-fast"];

/// The columns of [`rows`].
pub(crate) const HEADER: [&str; 9] = [
    "trace",
    "static peak",
    "target tracking at 2 / 1 / 0.5 %",
    "headroom at 2 / 1 / 0.5 %",
    "its settings",
    "headroom / target tracking at 1 %",
    "headroom by default",
    "its violations",
    "its 90 % interval",
];

/// Instance-hours over the clairvoyant's, a row a trace.
pub(crate) fn rows(replays: &[Replay]) -> impl Iterator<Item = [String; 9]> + '_ {
    replays.iter().map(|replay| Row::of(&replay.backtest).cells())
}

/// The same as a table in Markdown, with what it comes to over all traces.
pub(crate) fn markdown(replays: &[Replay]) -> String {
    let line = |cells: [String; 9]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(HEADER.map(str::to_owned));
    text.push_str(&format!("|{}\n", " --- |".repeat(HEADER.len())));
    text.extend(rows(replays).map(line));
    text.push('\n');
    text.extend(means(replays).iter().map(|sentence| format!("- {sentence}\n")));
    text
}

/// What it comes to over all traces, in sentences.
pub(crate) fn means(replays: &[Replay]) -> Vec<String> {
    let counted = replays.iter().filter(|replay| !replay.is_second);
    let all = counted.map(|replay| Row::of(&replay.backtest));
    // Within a longer step load is constant, and a rule that sees minutes gains what no real one has.
    let (rows, coarse): (Vec<Row<'_>>, Vec<Row<'_>>) =
        all.partition(|row| row.backtest.world.trace_step_seconds <= STEP_SECONDS_MAX);
    let mut sentences = Vec::new();
    for share in SHARES {
        let ratios: Vec<(f64, &str)> =
            rows.iter().filter_map(|row| Some((row.over_target_tracking(share)?, row.backtest.trace.as_str()))).collect();
        let Some(worst) = ratios.iter().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let mean = (ratios.iter().map(|(ratio, _)| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        sentences.push(format!(
            "at {} % violation minutes headroom takes {mean:.3} of target tracking's instance-hours (geometric mean over the {} \
             traces where both get there), at worst {:.3} (`{}`)",
            share * 100.0,
            ratios.len(),
            worst.0,
            worst.1
        ));
    }
    if !coarse.is_empty() {
        let names: Vec<String> = coarse.iter().map(|row| format!("`{}`", row.backtest.trace)).collect();
        sentences.push(format!("not counted below, for a row of theirs is longer than five minutes: {}", names.join(", ")));
        sentences.rotate_right(1);
    }
    let saved: Vec<f64> = rows.iter().filter_map(Row::saved_against_static_peak).collect();
    if !saved.is_empty() {
        let mut sorted = saved.clone();
        sorted.sort_by(f64::total_cmp);
        sentences.push(format!(
            "at {} % it takes {:.0} % less than static peak (median over {} traces; the least is {:.0} %)",
            SHARE * 100.0,
            median(saved) * 100.0,
            sorted.len(),
            quantile_of_sorted(&sorted, 0.0) * 100.0
        ));
    }
    sentences
}

/// What the table says of one trace.
struct Row<'a> {
    backtest: &'a Backtest,
    /// Instance-hours of the clairvoyant.
    limit: f64,
}

impl<'a> Row<'a> {
    fn of(backtest: &'a Backtest) -> Self {
        let limit = backtest.policies.first().map_or(f64::NAN, |policy| policy.instance_hours / (1.0 + policy.regret));
        Self { backtest, limit }
    }

    fn policy(&self, name: &str) -> Option<&'a PolicyResult> {
        self.backtest.policies.iter().find(|policy| policy.name == name)
    }

    fn headroom(&self, share: f64) -> Option<&'a FrontierPoint> {
        self.backtest.cheapest_within(HEADROOM, share)
    }

    fn target_tracking(&self, share: f64) -> Option<&'a FrontierPoint> {
        let points = TARGET_TRACKINGS.iter().filter_map(|name| self.backtest.cheapest_within(name, share));
        points.min_by(|a, b| a.instance_hours.total_cmp(&b.instance_hours))
    }

    fn over_target_tracking(&self, share: f64) -> Option<f64> {
        Some(self.headroom(share)?.instance_hours / self.target_tracking(share)?.instance_hours)
    }

    fn saved_against_static_peak(&self) -> Option<f64> {
        Some(1.0 - self.headroom(SHARE)?.instance_hours / self.policy("static-peak")?.instance_hours)
    }

    fn cells(&self) -> [String; 9] {
        let over = |hours: f64| format!("{:.2}", hours / self.limit);
        let three =
            |of: &dyn Fn(f64) -> Option<String>| SHARES.map(|share| of(share).unwrap_or_else(|| "never".to_owned())).join(" / ");
        let default = self.policy(HEADROOM);
        let of_default = |text: &dyn Fn(&PolicyResult) -> String| default.map_or_else(|| "-".to_owned(), text);
        [
            self.backtest.trace.clone(),
            self.policy("static-peak").map_or_else(|| "-".to_owned(), |policy| over(policy.instance_hours)),
            three(&|share| self.target_tracking(share).map(|point| over(point.instance_hours))),
            three(&|share| self.headroom(share).map(|point| over(point.instance_hours))),
            three(&|share| self.headroom(share).map(setting)),
            self.over_target_tracking(SHARE).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
            of_default(&|policy| format!("{} ({})", over(policy.instance_hours), knob(policy.knob))),
            of_default(&|policy| format!("{:.2} %", policy.violation_share * 100.0)),
            of_default(&|policy| {
                policy.intervals.as_ref().map_or_else(
                    || "-".to_owned(),
                    |known| format!("{:.2} to {:.2} %", known.violation_share.low * 100.0, known.violation_share.high * 100.0),
                )
            }),
        ]
    }
}
