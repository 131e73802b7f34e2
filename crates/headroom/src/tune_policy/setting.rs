//! The settings that are searched, and what is tried of each.

use headroom_core::Group;
use serde::Serialize;

/// The settings of a group that are searched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Setting {
    /// Quantile of the largest load ahead.
    pub(crate) risk_quantile: f64,
    /// Scale-in waits until every decision of so many minutes agreed.
    pub(crate) stabilization_minutes: u32,
    /// Most instances that one decision adds; without limit where there is none.
    pub(crate) scale_out_limit: Option<u32>,
    /// Most instances that one decision removes; without limit where there is none.
    pub(crate) scale_in_limit: Option<u32>,
    /// No scale-in for so many minutes after a sudden drop.
    pub(crate) sudden_drop_hold_minutes: u32,
}

impl Setting {
    /// That of `group`; the quantile is the one that its risk comes to.
    pub(crate) fn of(group: &Group) -> Self {
        Self {
            risk_quantile: group.risk_quantile(),
            stabilization_minutes: group.stabilization_minutes,
            scale_out_limit: group.scale_out_limit,
            scale_in_limit: group.scale_in_limit,
            sudden_drop_hold_minutes: group.sudden_drop_hold_minutes,
        }
    }

    /// `group` with it.
    pub(crate) fn on(self, group: &Group) -> Group {
        Group {
            risk_quantile: Some(self.risk_quantile),
            stabilization_minutes: self.stabilization_minutes,
            scale_out_limit: self.scale_out_limit,
            scale_in_limit: self.scale_in_limit,
            sudden_drop_hold_minutes: self.sudden_drop_hold_minutes,
            ..group.clone()
        }
    }

    /// How many of its values are others than those of `other`.
    pub(crate) fn changes_from(&self, other: &Self) -> usize {
        let changed = [
            self.risk_quantile != other.risk_quantile,
            self.stabilization_minutes != other.stabilization_minutes,
            self.scale_out_limit != other.scale_out_limit,
            self.scale_in_limit != other.scale_in_limit,
            self.sudden_drop_hold_minutes != other.sudden_drop_hold_minutes,
        ];
        changed.into_iter().filter(|changed| *changed).count()
    }
}

/// Quantiles that are tried at first: closer together where less is at stake below than above.
const QUANTILES: [f64; 13] = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.9995];

/// Windows that are tried at first, in minutes: decisions come every five.
const STABILIZATION_MINUTES: [u32; 6] = [0, 5, 10, 15, 30, 60];

/// Limits of scale-in that are tried at first, as shares of the highest demand of the history.
const SCALE_IN_SHARES: [f64; 3] = [0.05, 0.1, 0.2];

/// The same of scale-out.
const SCALE_OUT_SHARES: [f64; 2] = [0.1, 0.25];

/// Holds after a sudden drop that are tried at first, in minutes.
const SUDDEN_DROP_MINUTES: [u32; 3] = [0, 15, 30];

/// Minutes between two decisions: values in between do the same.
const TICK_MINUTES: u32 = 5;

/// What is tried of each setting, in order; every combination is a setting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Space {
    risk_quantile: Vec<f64>,
    stabilization_minutes: Vec<u32>,
    /// No limit comes last.
    scale_out_limit: Vec<Option<u32>>,
    scale_in_limit: Vec<Option<u32>>,
    sudden_drop_hold_minutes: Vec<u32>,
}

/// What stands for no limit where a group cannot do without one, since its file has a default for all groups.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct NoLimit {
    /// Of scale-out.
    pub(crate) scale_out: Option<u32>,
    /// Of scale-in.
    pub(crate) scale_in: Option<u32>,
}

impl Space {
    /// The first, coarse space around what is `configured`, for a group whose demand was `peak` instances at most.
    pub(crate) fn coarse(configured: &Setting, peak: u32, no_limit: NoLimit) -> Self {
        let limits = |shares: &[f64], none: Option<u32>, own: Option<u32>| {
            let of_peak = shares.iter().map(|share| Some(((share * f64::from(peak)).ceil() as u32).max(1)));
            sorted(of_peak.chain([none, own]), |limit| limit.unwrap_or(u32::MAX))
        };
        Self {
            risk_quantile: {
                let mut quantiles = [&QUANTILES[..], &[configured.risk_quantile]].concat();
                quantiles.sort_by(f64::total_cmp);
                quantiles.dedup();
                quantiles
            },
            stabilization_minutes: with(&STABILIZATION_MINUTES, configured.stabilization_minutes),
            scale_out_limit: limits(&SCALE_OUT_SHARES, no_limit.scale_out, configured.scale_out_limit),
            scale_in_limit: limits(&SCALE_IN_SHARES, no_limit.scale_in, configured.scale_in_limit),
            sudden_drop_hold_minutes: with(&SUDDEN_DROP_MINUTES, configured.sudden_drop_hold_minutes),
        }
    }

    /// What lies half way between `best`, which is of this space, and its neighbours, with `best` itself.
    pub(crate) fn around(&self, best: &Setting) -> Self {
        let ticks = |a: u32, b: u32| (a + b) / 2 / TICK_MINUTES * TICK_MINUTES;
        let limit = |a: Option<u32>, b: Option<u32>| a.zip(b).map(|(a, b)| a.midpoint(b));
        Self {
            risk_quantile: halves(&self.risk_quantile, best.risk_quantile, quantile_between),
            stabilization_minutes: halves(&self.stabilization_minutes, best.stabilization_minutes, ticks),
            scale_out_limit: halves(&self.scale_out_limit, best.scale_out_limit, limit),
            scale_in_limit: halves(&self.scale_in_limit, best.scale_in_limit, limit),
            sudden_drop_hold_minutes: halves(&self.sudden_drop_hold_minutes, best.sudden_drop_hold_minutes, ticks),
        }
    }

    /// Its values and those of `other`.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        let limit = |limit: &Option<u32>| limit.unwrap_or(u32::MAX);
        let limits = |a: &[Option<u32>], b: &[Option<u32>]| sorted(a.iter().chain(b).copied(), limit);
        let minutes = |a: &[u32], b: &[u32]| sorted(a.iter().chain(b).copied(), |minutes| *minutes);
        let mut risk_quantile = [&self.risk_quantile[..], &other.risk_quantile].concat();
        risk_quantile.sort_by(f64::total_cmp);
        risk_quantile.dedup();
        Self {
            risk_quantile,
            stabilization_minutes: minutes(&self.stabilization_minutes, &other.stabilization_minutes),
            scale_out_limit: limits(&self.scale_out_limit, &other.scale_out_limit),
            scale_in_limit: limits(&self.scale_in_limit, &other.scale_in_limit),
            sudden_drop_hold_minutes: minutes(&self.sudden_drop_hold_minutes, &other.sudden_drop_hold_minutes),
        }
    }

    /// Every combination.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for &sudden_drop_hold_minutes in &self.sudden_drop_hold_minutes {
            for &scale_in_limit in &self.scale_in_limit {
                for &scale_out_limit in &self.scale_out_limit {
                    for &stabilization_minutes in &self.stabilization_minutes {
                        settings.extend(self.risk_quantile.iter().map(|&risk_quantile| Setting {
                            risk_quantile,
                            stabilization_minutes,
                            scale_out_limit,
                            scale_in_limit,
                            sudden_drop_hold_minutes,
                        }));
                    }
                }
            }
        }
        settings
    }
}

/// The quantile whose chance to be exceeded is the geometric mean of theirs: a hundredth of percent among the highest, a tenth
/// below 0.99.
fn quantile_between(a: f64, b: f64) -> f64 {
    let quantile = 1.0 - ((1.0 - a) * (1.0 - b)).sqrt();
    let digits = if quantile < 0.99 { 1e3 } else { 1e4 };
    (quantile * digits).round() / digits
}

/// `best` and what lies `between` it and its neighbours in `values`, in order.
fn halves<T: Copy + PartialEq>(values: &[T], best: T, between: impl Fn(T, T) -> T) -> Vec<T> {
    let Some(at) = values.iter().position(|value| *value == best) else { return vec![best] };
    let below = at.checked_sub(1).map(|below| between(values[below], best));
    let above = values.get(at + 1).map(|&above| between(best, above));
    let mut around: Vec<T> = below.into_iter().chain([best]).chain(above).collect();
    around.dedup();
    around
}

fn with(values: &[u32], own: u32) -> Vec<u32> {
    sorted(values.iter().copied().chain([own]), |value| *value)
}

fn sorted<T: PartialEq, K: Ord>(values: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_by_key(key);
    values.dedup();
    values
}
