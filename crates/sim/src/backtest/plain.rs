//! The families to compare with: everything that needs no model.

use std::sync::Arc;

use super::Family;
use crate::{
    policies::{AwsPredictiveLike, Clairvoyant, SameTimeLastWeek, StaticPeak, TargetTracking, Threshold},
    rules::WorldRules,
    workload::Workload,
};

/// Target utilization where none is chosen: half of the group free for what comes within a boot.
pub const TARGET_DEFAULT: f64 = 0.5;

/// Margin over last week's load where none is chosen.
const MARGIN_DEFAULT: f64 = 1.2;

/// The design's six rules, `target-tracking` in both speeds; their names and order are those of the backtest's tables.
#[must_use]
pub fn plain_families<'a>(workload: &Arc<Workload>, rules: &WorldRules) -> Vec<Family<'a>> {
    let (fixed, known) = (StaticPeak::of(workload, rules), Clairvoyant::of(workload));
    vec![
        Family::fixed("static-peak", move || fixed),
        Family::fixed("threshold", Threshold::default),
        Family::with_knob("target-tracking", TARGET_DEFAULT, targets(), TargetTracking::at),
        Family::with_knob("target-tracking-fast", TARGET_DEFAULT, targets(), TargetTracking::fast_at),
        Family::with_knob("same-time-last-week", MARGIN_DEFAULT, margins(), SameTimeLastWeek::with_margin),
        Family::with_knob("aws-predictive-like", TARGET_DEFAULT, targets(), AwsPredictiveLike::at),
        Family::fixed("clairvoyant", move || known.clone()),
    ]
}

/// 0.30 to 0.85 in steps of 0.05.
fn targets() -> Vec<f64> {
    (6..=17).map(|twentieth| f64::from(twentieth) / 20.0).collect()
}

/// 0.80 to 1.50 in steps of 0.05, to 2 in steps of 0.1, to 3 in steps of 0.25.
fn margins() -> Vec<f64> {
    let twentieths = (16..30).chain((30..40).step_by(2)).chain((40..=60).step_by(5));
    twentieths.map(|twentieth| f64::from(twentieth) / 20.0).collect()
}
