//! A whole search over a generated shop.

use std::sync::OnceLock;

use headroom_core::{Fleet, fleet::PolicyName};
use headroom_sim::{Family, backtest, backtest::Settings};
use tempfile::TempDir;

use super::{Args, Case, Figures, Findings, case, found};
use crate::{
    backtest::policy::Material,
    tune_policy::{
        findings::{Candidate, Verdict},
        fragment, report,
        setting::Setting,
    },
};

/// One search for few violations and one for the least money.
fn searched() -> &'static [(Args, Case, Findings); 2] {
    static SEARCHED: OnceLock<[(Args, Case, Findings); 2]> = OnceLock::new();
    SEARCHED.get_or_init(|| {
        ["", "--price-per-hour 0.1 --violation-cost-per-minute 0.2"].map(|options| {
            let folder = TempDir::new().unwrap();
            let (args, case) = case(folder.path(), options);
            let findings = found(&args, &case);
            (args, case, findings)
        })
    })
}

fn fleet(text: &str) -> Fleet {
    Fleet::from_toml(&format!("[defaults]\nprovider = \"simulated\"\n{text}")).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn the_same_history_gives_the_same_choice() {
    let (args, case, findings) = &searched()[0];
    let json = |findings: &Findings| serde_json::to_string(findings).unwrap();
    assert_eq!(json(&found(args, case)), json(findings));
}

#[test]
fn the_choice_is_a_group_that_can_be_configured() {
    for (_, case, findings) in searched() {
        let text = fragment::toml(findings);
        let group = &fleet(&text).groups[0];
        assert_eq!(group.id, "shop");
        assert_eq!(Setting::of(group), findings.chosen.setting, "{text}");
        assert_eq!(group.policy, PolicyName::Headroom);
        let most = case.workload.static_peak(&case.rules);
        for limit in [findings.chosen.setting.scale_in_limit, findings.chosen.setting.scale_out_limit].into_iter().flatten() {
            assert!((1..=most).contains(&limit));
        }
    }
}

#[test]
fn the_choice_is_never_worse_than_what_is_configured_where_it_was_chosen() {
    for (_, _, findings) in searched() {
        let Findings { objective, configured, chosen, .. } = findings;
        assert_eq!(objective.worse(&chosen.halves.choosing, &configured.halves.choosing), None);
        assert!(findings.evaluated.iter().any(|trial| trial.setting == configured.setting), "it was a candidate");
        let fewer = chosen.halves.choosing.violation_minutes <= configured.halves.choosing.violation_minutes;
        let cheaper = chosen.halves.choosing.cost <= configured.halves.choosing.cost;
        assert!(fewer || cheaper);
    }
}

#[test]
fn evidence_equals_an_independent_replay() {
    for (_, case, findings) in searched() {
        let candidates =
            [Some(&findings.configured), Some(&findings.chosen), findings.from_money.as_ref(), findings.alternatives.first()];
        for candidate in candidates.into_iter().flatten() {
            check(case, candidate);
        }
        let tried = findings.evaluated.iter().find(|trial| trial.setting == findings.chosen.setting).unwrap();
        assert_eq!(tried.figures, findings.chosen.halves.choosing);
        let minutes = findings.chosen.halves.choosing.minutes + findings.chosen.halves.confirming.minutes;
        assert_eq!(minutes as usize, case.workload.minutes() - case.workload.split_minute(), "every minute is in one half");
    }
}

/// The backtest's engine counts by its own account; the second half is what the whole has beyond the first.
fn check(case: &Case, candidate: &Candidate) {
    let half = case.half_minutes();
    let material = Material { group: &case.group, forecasts: &case.forecasts, events: &case.events };
    let family = Family::fixed("setting", || material.playing(candidate.setting.on(&case.group)));
    let sums = [half, usize::MAX].map(|minutes_max| {
        let settings =
            Settings { rules: case.rules, price_per_hour: case.prices.price_per_hour, minutes_max, ..Settings::default() };
        let result = backtest("shop", &case.workload, std::slice::from_ref(&family), &settings);
        let point = &result.frontier[0];
        (point.instance_hours, point.cost, point.violation_minutes)
    });
    let (first, whole) = (sums[0], sums[1]);
    let second = (whole.0 - first.0, whole.1 - first.1, whole.2 - first.2);
    for (figures, (hours, cost, violations)) in [(&candidate.halves.choosing, first), (&candidate.halves.confirming, second)] {
        let Figures { instance_hours, cost: own, violation_minutes, violation_share, minutes, total } = *figures;
        assert!((instance_hours - hours).abs() < 1e-9 && (own - cost).abs() < 1e-9, "{figures:?}: {hours} {cost}");
        assert_eq!(violation_minutes, violations);
        assert!((violation_share - violations as f64 / minutes as f64).abs() < 1e-12);
        let expected = case.prices.violation_cost_per_minute.map(|price| cost + price * violations as f64);
        assert!(total.zip(expected).is_none_or(|(total, expected)| (total - expected).abs() < 1e-9));
        assert_eq!(total.is_some(), expected.is_some());
    }
}

#[test]
fn the_choosing_half_knows_nothing_of_the_other() {
    let (_, case, findings) = &searched()[0];
    let half = case.half_minutes();
    let group = || findings.chosen.setting.on(&case.group);
    assert_eq!(case.replay_group(group(), half), case.replay_group(group(), usize::MAX)[..half]);
    assert_eq!(findings.choosing.to, findings.confirming.from);
    assert_eq!(findings.history.to, findings.choosing.from);
}

#[test]
fn target_tracking_has_no_more_violations_than_the_choice_where_it_can() {
    for (_, _, findings) in searched() {
        let tracking = &findings.target_tracking;
        assert!(tracking.name.starts_with("target-tracking"));
        assert!(tracking.knob.is_some());
        assert!(findings.static_peak.halves.choosing.cost >= findings.chosen.halves.choosing.cost);
    }
}

#[test]
fn money_alone_is_shown_only_where_both_prices_are_known() {
    let [violations, money] = searched();
    assert_eq!(violations.2.from_money, None);
    let from_money = money.2.from_money.unwrap();
    // A minute with an instance too many costs 0.1 / 60, one with too few 0.2.
    assert!((from_money.setting.risk_quantile - 0.2 / (0.2 + 0.1 / 60.0)).abs() < 1e-12);
    assert_eq!(from_money.setting, money.2.configured.setting, "nothing else is configured");
    assert!(!report::text(&violations.2).contains("in all"));
    assert!(report::text(&money.2).contains("in all"));
}

#[test]
fn people_are_told_of_both_halves_and_that_they_are_short() {
    let (_, _, findings) = &searched()[0];
    let text = report::text(findings);
    for part in ["configured (quantile by default)", "first half, by which", "second half, which only confirms", "static-peak"] {
        assert!(text.contains(part), "no `{part}`: {text}");
    }
    assert!(text.contains("warning: the evidence is thin: 0.4 days in each half"), "{text}");
    assert!(text.contains(&findings.why), "{text}");
    let said = match &findings.verdict {
        Verdict::Kept => "nothing to change",
        Verdict::Confirmed => "the second half confirms it",
        Verdict::Worse { .. } => "the second half speaks against it",
    };
    assert!(text.contains(said), "{text}");
}
