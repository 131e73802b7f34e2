//! What a good setting is, and which of those tried is the best.

use std::cmp::Ordering;

use serde::Serialize;

use super::{figures::Figures, setting::Setting};

/// A setting and what it came to on the half by which settings are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Trial {
    /// What was set.
    #[serde(flatten)]
    pub(crate) setting: Setting,
    /// What came of it.
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Objective {
    /// Few violations at little cost.
    Violations {
        /// Most violation minutes, as a share of all.
        violations_max: f64,
        /// So much more than the cheapest setting may be paid for fewer violations.
        margin: f64,
    },
    /// The least money for instances and violations together.
    Money {
        /// Most violation minutes, as a share of all, whatever they cost.
        violations_max: Option<f64>,
    },
}

/// Settings whose money is so close to the least are as good: it moves by more from one week to the next.
pub(crate) const SAME_MONEY: f64 = 0.005;

/// Settings that keep to this share of the violations that are allowed are as good as each other: there is room for a worse week.
pub(crate) const ROOM: f64 = 0.5;

/// The best of the settings that were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Best {
    /// Its place among the trials.
    pub(crate) index: usize,
    /// Whether it keeps to the most violations that are asked for.
    pub(crate) within: bool,
}

impl Objective {
    /// The most violations that are asked for.
    pub(crate) fn violations_max(&self) -> Option<f64> {
        match *self {
            Self::Violations { violations_max, .. } => Some(violations_max),
            Self::Money { violations_max } => violations_max,
        }
    }

    /// Whether `figures` keep to the most violations that are asked for.
    pub(crate) fn allows(&self, figures: &Figures) -> bool {
        self.violations_max().is_none_or(|most| figures.violation_share <= most)
    }

    /// What `figures` cost by this objective.
    pub(crate) fn money(&self, figures: &Figures) -> f64 {
        match self {
            Self::Violations { .. } => figures.cost,
            Self::Money { .. } => figures.total.unwrap_or(figures.cost),
        }
    }

    /// The best of `trials`, one of which is what is `configured`; none of none.
    ///
    /// Without a price of violations: of the settings that cost at most the margin more than the cheapest allowed, those that keep
    /// to [`ROOM`] of the violations are as good as each other, and the one that changes least is taken; where none has so few,
    /// the one with the fewest. The cheapest itself lies at the very limit, and often beyond it in another week.
    ///
    /// With one: settings within [`SAME_MONEY`] of the least money are as good as each other, and the one that changes least is
    /// taken. The money of a setting is the mean over itself and its neighbours in quantile and window, since what is cheap by
    /// luck has dear neighbours.
    pub(crate) fn best(&self, trials: &[Trial], configured: &Setting) -> Option<Best> {
        let allowed: Vec<usize> = (0..trials.len()).filter(|&at| self.allows(&trials[at].figures)).collect();
        if allowed.is_empty() {
            let index = (0..trials.len()).min_by(|&a, &b| safer(&trials[a], &trials[b], configured))?;
            return Some(Best { index, within: false });
        }
        let good = match *self {
            Self::Violations { violations_max, margin } => few_violations(trials, &allowed, violations_max, margin),
            Self::Money { .. } => self.little_money(trials, &allowed, configured),
        };
        let index = good.into_iter().min_by(|&a, &b| simpler(&trials[a], &trials[b], configured))?;
        Some(Best { index, within: true })
    }

    /// Those of `allowed` whose money is about the least, and what is `configured` where nothing is clearly below it.
    fn little_money(&self, trials: &[Trial], allowed: &[usize], configured: &Setting) -> Vec<usize> {
        let money = self.smoothed(trials);
        let own = allowed.iter().copied().find(|&at| trials[at].setting == *configured);
        let most = own.map_or(f64::INFINITY, |own| self.money(&trials[own].figures) * (1.0 - SAME_MONEY));
        let below = allowed.iter().copied().filter(|&at| self.money(&trials[at].figures) <= most);
        let candidates: Vec<usize> = below.chain(own).collect();
        let least = least(candidates.iter().map(|&at| money[at]));
        candidates.into_iter().filter(|&at| money[at] <= least * (1.0 + SAME_MONEY)).collect()
    }

    /// The places of `trials` from the least money on, those that are not allowed last.
    pub(crate) fn ranked(&self, trials: &[Trial]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..trials.len()).collect();
        places.sort_by(|&a, &b| {
            let (a, b) = (&trials[a].figures, &trials[b].figures);
            let allowed = self.allows(b).cmp(&self.allows(a));
            let money = || self.money(a).total_cmp(&self.money(b));
            allowed.then_with(money).then_with(|| a.violation_minutes.cmp(&b.violation_minutes))
        });
        places
    }

    /// Why `chosen` is worse than what is `configured`, both on other minutes than those it was chosen by; none where it is not.
    pub(crate) fn worse(&self, chosen: &Figures, configured: &Figures) -> Option<String> {
        let percent = |figures: &Figures| format!("{:.2} %", figures.violation_share * 100.0);
        if let Some(most) = self.violations_max() {
            let beyond = format!("beyond the {} % asked for", round(most * 100.0));
            match (self.allows(chosen), self.allows(configured)) {
                (true, false) => return None,
                (false, true) => {
                    return Some(format!(
                        "it comes to {} violation minutes, {beyond}, and what is configured to {}",
                        percent(chosen),
                        percent(configured)
                    ));
                }
                (false, false) if chosen.violation_minutes > configured.violation_minutes => {
                    return Some(format!(
                        "both are {beyond}, it with {}, what is configured with {}",
                        percent(chosen),
                        percent(configured)
                    ));
                }
                (false, false) if chosen.violation_minutes < configured.violation_minutes => return None,
                _ => {}
            }
        }
        let (money, own) = (self.money(chosen), self.money(configured));
        let paid = match self {
            Self::Violations { margin, .. } if chosen.violation_minutes < configured.violation_minutes => own * (1.0 + margin),
            _ => own,
        };
        (money > paid).then(|| match self {
            Self::Money { .. } => format!("it costs {money:.2} with its violations, what is configured {own:.2}"),
            Self::Violations { .. } => format!(
                "it costs {money:.2} with {} violation minutes, what is configured {own:.2} with {}",
                percent(chosen),
                percent(configured)
            ),
        })
    }

    /// The money of each trial, as the mean over itself and the nearest on either side that differ from it in nothing but the
    /// quantile, or in nothing but the window.
    fn smoothed(&self, trials: &[Trial]) -> Vec<f64> {
        let money: Vec<f64> = trials.iter().map(|trial| self.money(&trial.figures)).collect();
        let mut sums: Vec<(f64, f64)> = money.iter().map(|money| (*money, 1.0)).collect();
        for order in [by_quantile, by_window] {
            let mut places: Vec<usize> = (0..trials.len()).collect();
            places.sort_by(|&a, &b| order(&trials[a].setting).partial_cmp(&order(&trials[b].setting)).expect("no NaN"));
            for pair in places.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                if order(&trials[a].setting).0 == order(&trials[b].setting).0 {
                    for (own, other) in [(a, b), (b, a)] {
                        sums[own].0 += money[other];
                        sums[own].1 += 1.0;
                    }
                }
            }
        }
        sums.into_iter().map(|(sum, count)| sum / count).collect()
    }
}

/// What two settings share that differ in one value alone, and that value.
type Line = ([f64; 4], f64);

fn by_quantile(setting: &Setting) -> Line {
    let Setting { risk_quantile, stabilization_minutes, .. } = *setting;
    (shared(f64::from(stabilization_minutes), setting), risk_quantile)
}

fn by_window(setting: &Setting) -> Line {
    let Setting { risk_quantile, stabilization_minutes, .. } = *setting;
    (shared(risk_quantile, setting), f64::from(stabilization_minutes))
}

fn shared(other: f64, setting: &Setting) -> [f64; 4] {
    let limit = |limit: Option<u32>| limit.map_or(f64::INFINITY, f64::from);
    [other, limit(setting.scale_out_limit), limit(setting.scale_in_limit), f64::from(setting.sudden_drop_hold_minutes)]
}

/// Without needless digits.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

/// Those of `allowed` with few violations among those that cost at most `margin` more than the cheapest.
fn few_violations(trials: &[Trial], allowed: &[usize], violations_max: f64, margin: f64) -> Vec<usize> {
    let cheapest = least(allowed.iter().map(|&at| trials[at].figures.cost));
    let near = || allowed.iter().copied().filter(|&at| trials[at].figures.cost <= cheapest * (1.0 + margin));
    let fewest = least(near().map(|at| trials[at].figures.violation_share));
    let most = fewest.max(ROOM * violations_max);
    near().filter(|&at| trials[at].figures.violation_share <= most).collect()
}

/// What changes less first; of equals the one with fewer violations, then the cheaper one, then the higher quantile.
fn simpler(a: &Trial, b: &Trial, configured: &Setting) -> Ordering {
    let changes = |trial: &Trial| trial.setting.changes_from(configured);
    changes(a).cmp(&changes(b)).then_with(|| safer(a, b, configured))
}

/// Fewer violations first; of equals the one that changes less, then the cheaper one, then the higher quantile.
fn safer(a: &Trial, b: &Trial, configured: &Setting) -> Ordering {
    let key = |trial: &Trial| (trial.figures.violation_minutes, trial.setting.changes_from(configured));
    let cheaper = || a.figures.cost.total_cmp(&b.figures.cost);
    key(a).cmp(&key(b)).then_with(cheaper).then_with(|| b.setting.risk_quantile.total_cmp(&a.setting.risk_quantile))
}
