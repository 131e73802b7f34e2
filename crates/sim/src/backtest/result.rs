//! What one policy came to, with every measure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Family, Settings};
use crate::{
    measures::{Accuracy, Actions, Day, DaySum, Intervals, WorstHour, days, intervals, worst_day, worst_hour},
    replay::Replay,
};

/// One policy at one setting, measured over the replayed minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyResult {
    /// The family's name.
    pub name: String,
    /// Where its knob stood; none without a knob.
    pub knob: Option<f64>,
    /// Hours billed over all instances.
    pub instance_hours: f64,
    /// What they cost.
    pub cost: f64,
    /// Share of the minutes with fewer instances in service than demand, 0 to 1.
    pub violation_share: f64,
    /// Their number.
    pub violation_minutes: u64,
    /// Share of the demand that was not in service, 0 to 1.
    pub unserved_share: f64,
    /// See [`Accuracy::theta_u`]; percent.
    pub theta_u: f64,
    /// See [`Accuracy::theta_o`]; percent.
    pub theta_o: f64,
    /// See [`Accuracy::tau_u`]; percent.
    pub tau_u: f64,
    /// See [`Accuracy::tau_o`]; percent.
    pub tau_o: f64,
    /// See [`Accuracy`]; percent.
    pub instability: f64,
    /// Over static peak: see [`Accuracy::elastic_speedup`]; none where it has no number.
    pub elastic_speedup: Option<f64>,
    /// Times that capacity was raised.
    pub scale_outs: u64,
    /// Times that capacity was cut.
    pub scale_ins: u64,
    /// See [`Actions::reversals`].
    pub reversals: u64,
    /// Violation minutes of the worst UTC day.
    pub worst_day_violation_minutes: u64,
    /// The worst UTC day, the first of equals; none without violations.
    pub worst_day: Option<Date>,
    /// The hour in which most instances were missing; none without violations.
    pub worst_hour: Option<WorstHour>,
    /// Instance-hours beyond the clairvoyant's, as a share of its; below 0 where fewer were billed than that, which is only
    /// possible with violations.
    pub regret: f64,
    /// Money saved per 24 hours against static peak; below 0 where it cost more.
    pub saved_per_day_against_static_peak: f64,
    /// Money saved per 24 hours against target tracking at its default; below 0 where it cost more.
    pub saved_per_day_against_target_tracking: f64,
    /// The days with an event.
    pub event_days: DaySum,
    /// The days without.
    pub ordinary_days: DaySum,
    /// What other days might have shown; none of fewer than five days.
    pub intervals: Option<Intervals>,
    /// Day by day.
    pub days: Vec<Day>,
}

/// What results are relative to.
pub(super) struct References {
    static_peak: Accuracy,
    static_peak_hours: f64,
    target_tracking_hours: f64,
    target_tracking_days: Vec<Day>,
    clairvoyant_hours: f64,
}

impl References {
    pub(super) fn new(static_peak: &Replay, target_tracking: &Replay, clairvoyant: &Replay, settings: &Settings) -> Self {
        Self {
            static_peak: Accuracy::of(&static_peak.minutes),
            static_peak_hours: static_peak.account.instance_hours(),
            target_tracking_hours: target_tracking.account.instance_hours(),
            target_tracking_days: days(target_tracking.from, &target_tracking.minutes, &settings.event_days),
            clairvoyant_hours: clairvoyant.account.instance_hours(),
        }
    }
}

impl PolicyResult {
    pub(super) fn new(family: &Family<'_>, replay: &Replay, references: &References, settings: &Settings) -> Self {
        let Replay { from, account, minutes } = replay;
        let accuracy = Accuracy::of(minutes);
        let first = minutes.first().map_or(0, |minute| settings.rules.bounded(minute.demand));
        let actions = Actions::of(first, minutes);
        let days = days(*from, minutes, &settings.event_days);
        let worst_day = worst_day(&days);
        let hours = account.instance_hours();
        let saved_per_day = |reference: f64| per(settings.price_per_hour * (reference - hours), minutes.len() as f64 / 1440.0);
        Self {
            name: family.name().to_owned(),
            knob: family.default_knob(),
            instance_hours: hours,
            cost: hours * settings.price_per_hour,
            violation_share: account.violation_share(),
            violation_minutes: account.violation_minutes,
            unserved_share: account.unserved_share(),
            theta_u: accuracy.theta_u,
            theta_o: accuracy.theta_o,
            tau_u: accuracy.tau_u,
            tau_o: accuracy.tau_o,
            instability: accuracy.instability,
            elastic_speedup: accuracy.elastic_speedup(&references.static_peak),
            scale_outs: actions.scale_outs,
            scale_ins: actions.scale_ins,
            reversals: actions.reversals,
            worst_day_violation_minutes: worst_day.map_or(0, |day| day.violation_minutes),
            worst_day: worst_day.map(|day| day.date),
            worst_hour: worst_hour(*from, minutes),
            regret: per(hours - references.clairvoyant_hours, references.clairvoyant_hours),
            saved_per_day_against_static_peak: saved_per_day(references.static_peak_hours),
            saved_per_day_against_target_tracking: saved_per_day(references.target_tracking_hours),
            event_days: DaySum::of(days.iter().filter(|day| day.event)),
            ordinary_days: DaySum::of(days.iter().filter(|day| !day.event)),
            intervals: intervals(&days, &references.target_tracking_days, settings.seed),
            days,
        }
    }
}

/// `part` over `whole`; 0 of nothing.
fn per(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
