//! What the events of each kind really did, beside what was announced of them.
//!
//! An event of intensity i announces 1 + i times the ordinary load. What came is ordinary * (1 + effect * i), and the
//! effect of a kind is learned from the times that it happened. A kind that never happened is taken at its word: effect 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{frame::Frame, quantiles::median};

/// A kind is learned from at least so many rows: half an hour of 5-minute steps.
const ROWS_MIN: usize = 6;

/// How far one happening of intensity 1 tells the effect wrong, over how far an announcement does, squared. Hours and days
/// of recorded loads taken for an event seemed to have an effect of 0.1 to 0.2; announcements are
/// taken to be off by as much again as they say. So one happening of intensity 1 counts 25 times as much as its
/// announcement, and four of intensity 0.1 as much as theirs.
const ANNOUNCEMENT_WEIGHT: f64 = 0.2 * 0.2;

/// A happening with less than this share of the largest one's intensity, summed over its rows, is not learned from: a row of
/// a ramp that the data end on is no event yet.
const FAINT_SHARE: f64 = 0.1;

/// No event is expected to add more than this many times the ordinary load: where it seemed so, there was next to no
/// ordinary load to compare with.
const UPLIFT_MAX: f64 = 20.0;

/// What was learned of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindUplift {
    /// The kind.
    pub kind: String,
    /// Extra load per unit of announced intensity, as a share of the ordinary load: 1 where events do what they announce,
    /// below 0 where they keep load away.
    pub effect: f64,
    /// The rows that it was learned from.
    pub rows: usize,
    /// How many separate times it happened in them.
    pub events: usize,
}

/// The effect of every kind of event that was seen; part of the model card. The default has seen none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uplift {
    /// What was learned, in the order of the kinds' names.
    pub kinds: Vec<KindUplift>,
}

/// One happening of a kind.
struct Happening {
    effect: f64,
    /// The highest announced.
    intensity: f64,
    /// The sum of what was announced over its rows.
    intensity_rows: f64,
    rows: usize,
}

impl Uplift {
    /// Learns from the measured rows of `frame` before `end` and no others.
    ///
    /// The effect of one happening is the one that leaves the least absolute error; that of a kind is the median over its
    /// happenings (a remnant of one does not count), drawn towards 1 as far as they were too few or too
    /// faint to tell. Left out, and so unseen, are kinds with fewer than six measured rows of which the ordinary
    /// load is known.
    #[must_use]
    pub fn fit(frame: &Frame, end: usize) -> Self {
        let mut happenings: BTreeMap<&str, Vec<Happening>> = BTreeMap::new();
        for run in frame.event_runs(end) {
            for kind in frame.kinds() {
                let rows = run.clone().filter(|&row| frame.kind(row) == Some(kind));
                if let Some(happening) = Happening::of(frame, rows) {
                    happenings.entry(kind).or_default().push(happening);
                }
            }
        }
        let kinds = happenings.into_iter().filter_map(|(kind, happenings)| KindUplift::of(kind, happenings)).collect();
        Self { kinds }
    }

    /// The effect of `kind`: as learned, else 1, which takes the announced intensity as it is.
    #[must_use]
    pub fn effect_of(&self, kind: &str) -> f64 {
        self.kinds.iter().find(|learned| learned.kind == kind).map_or(1.0, |learned| learned.effect)
    }
}

impl KindUplift {
    fn of(kind: &str, mut happenings: Vec<Happening>) -> Option<Self> {
        let largest = happenings.iter().map(|happening| happening.intensity_rows).fold(0.0, f64::max);
        happenings.retain(|happening| happening.intensity_rows >= FAINT_SHARE * largest);
        let rows = happenings.iter().map(|happening| happening.rows).sum();
        if rows < ROWS_MIN {
            return None;
        }
        let seen = median(happenings.iter().map(|happening| happening.effect).collect());
        let evidence: f64 = happenings.iter().map(|happening| happening.intensity.powi(2)).sum();
        let effect = seen + (1.0 - seen) * ANNOUNCEMENT_WEIGHT / (evidence + ANNOUNCEMENT_WEIGHT);
        let strongest = happenings.iter().map(|happening| happening.intensity).fold(0.0, f64::max);
        let effect = effect.clamp(-1.0 / strongest, UPLIFT_MAX / strongest);
        Some(Self { kind: kind.to_owned(), effect, rows, events: happenings.len() })
    }
}

impl Happening {
    fn of(frame: &Frame, rows: impl Iterator<Item = usize>) -> Option<Self> {
        let (mut intensity, mut intensity_rows) = (0.0_f64, 0.0);
        // |measured - ordinary (1 + effect i)| = ordinary i |seen - effect|: a weighted median leaves the least of it.
        let mut seen: Vec<(f64, f64)> = Vec::new();
        for row in rows {
            let (measured, announced) = (frame.values()[row], frame.announced(row));
            let Some(ordinary) = frame.ordinary_of_event(row).filter(|ordinary| *ordinary > 0.0) else { continue };
            if measured.is_finite() {
                intensity = intensity.max(announced);
                intensity_rows += announced;
                seen.push(((measured / ordinary - 1.0) / announced, ordinary * announced));
            }
        }
        let rows = seen.len();
        let effect = weighted_median(seen).filter(|effect| effect.is_finite())?;
        Some(Self { effect, intensity, intensity_rows, rows })
    }
}

/// The value of `(value, weight)` pairs that half of the weight does not exceed; `None` of nothing.
fn weighted_median(mut pairs: Vec<(f64, f64)>) -> Option<f64> {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = pairs.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for (value, weight) in &pairs {
        below += weight;
        if below >= half {
            return Some(*value);
        }
    }
    pairs.last().map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_weight_decides() {
        let median = |pairs: &[(f64, f64)]| weighted_median(pairs.to_vec());
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), Some(2.0));
        assert_eq!(median(&[(3.0, 5.0), (1.0, 1.0), (2.0, 1.0)]), Some(3.0), "the heavy one");
        assert_eq!(median(&[(1e9, 1.0), (1.0, 2.0)]), Some(1.0));
    }
}
