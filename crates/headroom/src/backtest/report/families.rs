//! What the families of policies are called, what they do, and how they are drawn.

use headroom_sim::{Backtest, FrontierPoint};
use trainer::report::ink::Ink;

/// The family that the report is about.
pub(super) const HEADROOM: &str = "headroom";
/// What a group of fixed size takes.
pub(super) const STATIC_PEAK: &str = "static-peak";
/// What most groups are sized by today.
pub(super) const TARGET_TRACKING: &str = "target-tracking";
/// The same, quicker.
pub(super) const TARGET_TRACKING_FAST: &str = "target-tracking-fast";
/// The limit.
pub(super) const CLAIRVOYANT: &str = "clairvoyant";

/// What a reader has to know of a family.
pub(super) struct Described {
    /// What it does.
    pub(super) rule: &'static str,
    /// What its knob sets; none without a knob.
    pub(super) knob: Option<&'static str>,
}

/// The family by its name; none of one that is not known here.
pub(super) fn described(name: &str) -> Option<Described> {
    let (rule, knob) = match name {
        STATIC_PEAK => ("keeps the highest demand of the history, day and night", None),
        "threshold" => ("every 5 minutes adds one instance above 70 % utilization and removes one below 35 %", None),
        TARGET_TRACKING => (
            "follows the utilization measured last: scales out after three minutes above its target, in after fifteen below it",
            Some("target utilization"),
        ),
        TARGET_TRACKING_FAST => ("the same, but scales out after one minute", Some("target utilization")),
        "same-time-last-week" => {
            ("takes the load of the same time a week before (a day, where history is short), times a margin", Some("margin"))
        }
        "aws-predictive-like" => (
            "raises capacity hour by hour to the mean of the same hour over two weeks, with target tracking beneath",
            Some("target utilization"),
        ),
        HEADROOM => {
            ("takes a quantile of the highest load that it forecasts for the time a boot takes, behind guards", Some("quantile"))
        }
        "reactive" => ("what headroom does without a model: follows the load measured last", Some("target utilization")),
        "schedule" => ("hours of the week with a size of their own", None),
        CLAIRVOYANT => ("knows the future and only has to wait for boots: the least that serves everything", None),
        _ => return None,
    };
    Some(Described { rule, knob })
}

/// The colour of a family.
pub(super) fn ink_of(name: &str) -> Ink {
    match name {
        HEADROOM => Ink::Champion,
        TARGET_TRACKING | TARGET_TRACKING_FAST | "reactive" => Ink::Reactive,
        "same-time-last-week" => Ink::Seasonal,
        "aws-predictive-like" | "schedule" => Ink::Hourly,
        CLAIRVOYANT => Ink::Measured,
        _ => Ink::Plain,
    }
}

/// Whether its dots are filled: of two families of one colour, one has rings.
pub(super) fn is_filled(name: &str) -> bool {
    !matches!(name, TARGET_TRACKING_FAST | "reactive" | "schedule" | "threshold")
}

/// The cheapest setting of either target tracking whose violations are at or below `violation_share_max` of the minutes; none
/// where neither gets there.
pub(super) fn target_tracking_within(backtest: &Backtest, violation_share_max: f64) -> Option<&FrontierPoint> {
    let cheapest = |name| backtest.cheapest_within(name, violation_share_max);
    let both = [TARGET_TRACKING, TARGET_TRACKING_FAST].into_iter().filter_map(cheapest);
    both.min_by(|a, b| a.instance_hours.total_cmp(&b.instance_hours))
}
