//! The load that the rows of an event would have had without it.
//!
//! It is the median of the same time on a few earlier days without an event: the same weekday first, then the days whose
//! hours before were most like those before the event. Each is brought most of the way to the level of these
//! hours. An event's row looks at nothing after itself.

use std::ops::Range;

use crate::{events::EventRows, quantiles::median};

/// No further back than this many days: what was ordinary a month ago need not be today.
const DAYS_BACK_MAX: usize = 14;

/// The median is of so many days, or of as many as there are: one wild day shall not become the rule.
const DAYS_USED: usize = 3;

/// The level before an event is that of so many seconds.
pub(crate) const LEVEL_SECONDS: i64 = 6 * 3600;

/// How far a day is brought to the level before the event: all the way (1) would follow every passing wave, not at all (0)
/// would miss growth. Tried on hours and days of recorded loads taken for an event, 0.7 erred a sixth less than 0, and as
/// much as 1, which did worse on the worst of them.
const LEVEL_TRUST: f64 = 0.7;

/// No level is believed to have moved by more than this factor within two weeks.
const LEVEL_RATIO_MAX: f64 = 3.0;

/// Expects the ordinary load of every row of `filled` that has an event; NaN for the others, and where the same time was
/// never without an event in the two weeks before. Empty where there is no event at all. A day has `day_rows`,
/// [`LEVEL_SECONDS`] have `level_rows`.
pub(crate) fn ordinary_of_events(filled: &[f64], events: &EventRows, day_rows: usize, level_rows: usize) -> Vec<f64> {
    let mut ordinary = Vec::new();
    let is_ordinary = |row: usize| events.announced(row) <= 0.0 && filled[row].is_finite();
    for run in events.runs(filled.len()) {
        ordinary.resize(filled.len(), f64::NAN);
        let before = run.start.saturating_sub(level_rows)..run.start;
        let mut days: Vec<(usize, Option<f64>)> = (1..=DAYS_BACK_MAX)
            .map(|days| (days, level_ratio(filled, is_ordinary, before.clone(), days * day_rows, level_rows)))
            .collect();
        let unlike = |ratio: Option<f64>| ratio.map_or(f64::INFINITY, |ratio| ratio.ln().abs());
        days.sort_by(|a, b| (a.0 % 7 != 0).cmp(&(b.0 % 7 != 0)).then(unlike(a.1).total_cmp(&unlike(b.1))));
        for row in run {
            let known = days
                .iter()
                .filter_map(|(days, ratio)| Some((row.checked_sub(days * day_rows)?, ratio.unwrap_or(1.0))))
                .filter(|(past, _)| is_ordinary(*past))
                .map(|(past, ratio)| filled[past] * ratio.powf(LEVEL_TRUST))
                .take(DAYS_USED)
                .collect();
            ordinary[row] = median(known);
        }
    }
    ordinary
}

/// The load of the rows `now` over that `back` rows before them, as far as both are ordinary. `None` where less than a
/// quarter of `level_rows` are, or nothing was going on.
fn level_ratio(
    filled: &[f64],
    is_ordinary: impl Fn(usize) -> bool,
    now: Range<usize>,
    back: usize,
    level_rows: usize,
) -> Option<f64> {
    let (mut present, mut past, mut rows) = (0.0, 0.0, 0);
    for row in now.start.max(back)..now.end {
        if is_ordinary(row) && is_ordinary(row - back) {
            present += filled[row];
            past += filled[row - back];
            rows += 1;
        }
    }
    let comparable = rows * 4 >= level_rows && present > 0.0 && past > 0.0;
    comparable.then(|| (present / past).clamp(1.0 / LEVEL_RATIO_MAX, LEVEL_RATIO_MAX))
}
