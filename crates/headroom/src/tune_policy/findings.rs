//! What a search found: the same for people, for programs and for the evidence in a file.

use headroom_core::{Group, fleet::RiskSource};
use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Serialize;

use super::{
    case::Case,
    evidence,
    figures::{Figures, Halves, Prices},
    objective::{Objective, Trial, round},
    references::{Reference, static_peak, target_tracking},
    search::{Progress, Round, search},
    setting::{Setting, Space},
};

/// A half with less than this cannot have both a weekend and working days of a week.
const DAYS_MIN: f64 = 5.0;

/// So many of the other good settings are shown.
const ALTERNATIVES: usize = 4;

/// A setting on both halves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Candidate {
    /// What is set.
    pub(crate) setting: Setting,
    /// What it comes to.
    #[serde(flatten)]
    pub(crate) halves: Halves,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    /// Its start.
    pub(crate) from: Timestamp,
    /// Its end.
    pub(crate) to: Timestamp,
}

impl Span {
    /// Its length in hours.
    pub(crate) fn hours(&self) -> f64 {
        self.to.duration_since(self.from).as_secs_f64() / 3600.0
    }
}

/// What the half that only confirms says of the choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// The search chose what is configured.
    Kept,
    /// The choice is not worse than what is configured.
    Confirmed,
    /// It is worse.
    Worse {
        /// In which way.
        because: String,
    },
}

/// Everything that a search found.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// The group.
    pub(crate) group: String,
    /// Where its history comes from.
    pub(crate) source: String,
    /// The command that was given.
    pub(crate) command: String,
    /// What was asked for.
    pub(crate) objective: Objective,
    /// What was paid.
    #[serde(flatten)]
    pub(crate) prices: Prices,
    /// What forecast.
    pub(crate) model: String,
    /// What it learned from.
    pub(crate) history: Span,
    /// The half by which settings were chosen.
    pub(crate) choosing: Span,
    /// The half that only confirms.
    pub(crate) confirming: Span,
    /// How much the group uses, at the 99th percentile of the history, in instances' worth.
    pub(crate) peak_instances: f64,
    /// From a decision to an instance in service.
    pub(crate) lead_time_seconds: i64,
    /// What says the configured quantile.
    pub(crate) risk_source: RiskSource,
    /// What is configured now.
    pub(crate) configured: Candidate,
    /// The same with the quantile that the prices ask for by themselves; none without both prices.
    pub(crate) from_money: Option<Candidate>,
    /// What was chosen.
    pub(crate) chosen: Candidate,
    /// Why, in words.
    pub(crate) why: String,
    /// Whether it keeps to the violations that were asked for.
    pub(crate) within: bool,
    /// What the other half says of it.
    pub(crate) verdict: Verdict,
    /// The cheapest setting of the two target trackings with no more violations than the choice; without one, the one with the
    /// fewest.
    pub(crate) target_tracking: Reference,
    /// The history's highest demand, all the time.
    pub(crate) static_peak: Reference,
    /// The best of other quantiles and windows, cheapest first.
    pub(crate) alternatives: Vec<Candidate>,
    /// What keeps this from being good evidence.
    pub(crate) warnings: Vec<String>,
    /// Every setting that was tried, on the half by which settings were chosen.
    pub(crate) evaluated: Vec<Trial>,
}

/// Searches the settings of `case` for `objective`, and tells of its `progress`.
pub(crate) fn find(case: &Case, objective: Objective, command: String, progress: &(dyn Fn(Progress) + Sync)) -> Findings {
    let configured = Setting::of(&case.group);
    let half = case.half_minutes();
    let replay = |setting: &Setting| {
        let minutes = case.replay_group(setting.on(&case.group), half);
        progress(Progress::Tried);
        Trial { setting: *setting, figures: Figures::of(&minutes, case.prices) }
    };
    let coarse = Space::coarse(&configured, case.workload.static_peak(&case.rules), case.no_limit);
    let evaluated = search(&coarse, &configured, &objective, |Round { round, settings }| {
        progress(Progress::Round { round, settings: settings.len() });
        settings.par_iter().map(replay).collect()
    });
    let best = objective.best(&evaluated, &configured).expect("what is configured was tried");
    let on_both = |setting: Setting| Candidate { setting, halves: case.halves(setting.on(&case.group)) };
    let chosen = on_both(evaluated[best.index].setting);
    let configured = on_both(configured);
    let verdict = match objective.worse(&chosen.halves.confirming, &configured.halves.confirming) {
        _ if chosen.setting == configured.setting => Verdict::Kept,
        Some(because) => Verdict::Worse { because },
        None => Verdict::Confirmed,
    };
    let money = Group { risk_quantile: None, ..case.group.clone() }.risk();
    let from_money =
        (money.source == RiskSource::Money).then(|| on_both(Setting { risk_quantile: money.quantile, ..configured.setting }));
    let alternatives = alternatives(&objective, &evaluated, &chosen.setting).into_iter().map(on_both).collect();
    let [from, middle, to] = case.bounds();
    let mut findings = Findings {
        group: case.group.id.clone(),
        source: case.source.clone(),
        command,
        objective,
        prices: case.prices,
        model: case.forecasts.model.clone(),
        history: Span { from: case.workload.timestamp(0), to: from },
        choosing: Span { from, to: middle },
        confirming: Span { from: middle, to },
        peak_instances: case.workload.peak_instances(),
        lead_time_seconds: case.group.lead_time_seconds,
        risk_source: case.group.risk().source,
        configured,
        from_money,
        chosen,
        within: best.within,
        verdict,
        target_tracking: target_tracking(case, &chosen.halves.choosing),
        static_peak: static_peak(case),
        alternatives,
        warnings: warnings(case, &objective, best.within),
        evaluated,
        why: String::new(),
    };
    findings.why = evidence::why(&findings);
    findings
}

/// The best settings of other quantiles and windows than those `chosen`, one of each, cheapest first.
fn alternatives(objective: &Objective, trials: &[Trial], chosen: &Setting) -> Vec<Setting> {
    let pair = |setting: &Setting| (setting.risk_quantile, setting.stabilization_minutes);
    let mut shown: Vec<Setting> = vec![*chosen];
    for place in objective.ranked(trials) {
        let setting = trials[place].setting;
        if shown.len() <= ALTERNATIVES && shown.iter().all(|other| pair(other) != pair(&setting)) {
            shown.push(setting);
        }
    }
    shown.split_off(1)
}

fn warnings(case: &Case, objective: &Objective, within: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if let (false, Some(most)) = (within, objective.violations_max()) {
        warnings.push(format!(
            "no setting keeps to {} % violation minutes: this is the one with the fewest; a shorter lead time or a higher maximum \
             would help more",
            round(most * 100.0)
        ));
    }
    let days = case.half_minutes() as f64 / 1440.0;
    if days < DAYS_MIN {
        warnings.push(format!(
            "the evidence is thin: {days:.1} days in each half, and fewer than {DAYS_MIN} cannot show weekend and working days \
             both; repeat this with more history"
        ));
    }
    if !case.forecasts.predictable {
        warnings
            .push("nothing forecasts this load better than its last value: settings matter little beside its chance".to_owned());
    }
    let step = case.workload.trace_step_seconds();
    if step > 300 {
        warnings.push(format!(
            "the history has a row every {} minutes: within them load is constant, which it is not in truth",
            step / 60
        ));
    }
    warnings
}
