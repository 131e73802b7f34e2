//! What is chosen of given trials, and what speaks against a choice.

use super::{defaults, trial};
use crate::tune_policy::{
    objective::{Objective, Trial},
    setting::Setting,
};

const VIOLATIONS: Objective = Objective::Violations { violations_max: 0.01, margin: 0.05 };
const MONEY: Objective = Objective::Money { violations_max: None };

fn quantile(risk_quantile: f64) -> Setting {
    Setting { risk_quantile, ..defaults() }
}

/// The quantile that is chosen, and whether it keeps to what was asked for.
fn chosen(objective: Objective, trials: &[Trial]) -> (f64, bool) {
    let best = objective.best(trials, &defaults()).unwrap();
    (trials[best.index].setting.risk_quantile, best.within)
}

#[test]
fn few_violations_are_bought_up_to_the_margin() {
    let cheapest = trial(quantile(0.9), 100.0, 10);
    let beyond = trial(quantile(0.8), 90.0, 11);
    let safer = trial(quantile(0.95), 104.9, 6);
    let dear = trial(quantile(0.97), 105.1, 1);
    assert_eq!(chosen(VIOLATIONS, &[cheapest, beyond]), (0.9, true));
    assert_eq!(chosen(VIOLATIONS, &[cheapest, beyond, safer, dear]), (0.95, true));
}

#[test]
fn what_keeps_to_half_of_the_violations_is_left_as_it_is() {
    let own = trial(defaults(), 104.0, 5);
    let fewer = trial(quantile(0.995), 104.0, 0);
    let cheaper = trial(quantile(0.98), 100.0, 5);
    assert_eq!(chosen(VIOLATIONS, &[fewer, cheaper, own]), (0.99, true));
    // Beyond the margin it is not.
    assert_eq!(chosen(VIOLATIONS, &[fewer, cheaper, trial(defaults(), 105.1, 5)]), (0.995, true));
}

#[test]
fn where_nothing_is_allowed_the_fewest_violations_are() {
    let trials = [trial(defaults(), 100.0, 30), trial(quantile(0.998), 150.0, 20), trial(quantile(0.9995), 160.0, 20)];
    assert_eq!(chosen(VIOLATIONS, &trials), (0.998, false));
    assert_eq!(chosen(Objective::Money { violations_max: Some(0.01) }, &trials), (0.998, false));
    assert!(VIOLATIONS.best(&[], &defaults()).is_none());
}

#[test]
fn money_weighs_violations() {
    // At 0.1 a minute, 100 violations are worth 10. Other holds have no neighbours among these.
    let hold = |minutes, setting| Setting { sudden_drop_hold_minutes: minutes, ..setting };
    let trials =
        [trial(defaults(), 100.0, 10), trial(hold(0, quantile(0.95)), 95.0, 20), trial(hold(30, quantile(0.9)), 90.0, 120)];
    assert_eq!(chosen(MONEY, &trials).0, 0.95);
    let capped = Objective::Money { violations_max: Some(0.01) };
    assert_eq!(chosen(capped, &trials).0, 0.99, "violations are limited all the same");
}

#[test]
fn a_cheap_setting_among_dear_neighbours_is_luck() {
    let quantiles = [0.8, 0.85, 0.9, 0.95, 0.97, 0.98];
    let costs = [91.0, 99.0, 93.0, 92.0, 93.0, 99.0];
    let mut trials: Vec<Trial> = quantiles
        .into_iter()
        .zip(costs)
        .map(|(at, cost)| trial(quantile(at), cost, 0))
        .chain([trial(defaults(), 110.0, 0)])
        .collect();
    assert_eq!(chosen(MONEY, &trials).0, 0.95, "though 0.8 is cheaper by itself");
    trials.reverse();
    assert_eq!(chosen(MONEY, &trials).0, 0.95, "in any order");
}

#[test]
fn neighbours_differ_in_one_setting_only() {
    // The window's neighbour of the cheap one is dear, that of another limit is no neighbour.
    let window = |minutes, cost| trial(Setting { stabilization_minutes: minutes, ..quantile(0.9) }, cost, 0);
    let limited = trial(Setting { scale_in_limit: Some(2), ..quantile(0.9) }, 93.0, 0);
    let trials = [trial(defaults(), 110.0, 0), window(5, 92.0), window(30, 120.0), limited];
    let best = MONEY.best(&trials, &defaults()).unwrap();
    assert_eq!(best.index, 3);
}

#[test]
fn nothing_is_changed_for_next_to_nothing() {
    let own = trial(defaults(), 100.0, 0);
    assert_eq!(chosen(MONEY, &[own, trial(quantile(0.98), 99.6, 0)]).0, 0.99);
    // Of equals the one that changes less. Other holds have no neighbours among these.
    let one = trial(Setting { sudden_drop_hold_minutes: 0, ..defaults() }, 92.2, 0);
    let two = |cost| trial(Setting { sudden_drop_hold_minutes: 30, ..quantile(0.9) }, cost, 0);
    assert_eq!(MONEY.best(&[own, two(92.0), one], &defaults()).unwrap().index, 2);
    assert_eq!(MONEY.best(&[own, two(91.0), one], &defaults()).unwrap().index, 1);
}

#[test]
fn a_choice_is_worse_by_its_own_objective() {
    let figures = |cost, violations| trial(defaults(), cost, violations).figures;
    let worse = |objective: Objective, chosen, configured| objective.worse(&chosen, &configured);
    for (chosen, configured, expected) in [
        (figures(90.0, 10), figures(100.0, 2), None),
        (figures(90.0, 11), figures(100.0, 2), Some("beyond the 1 % asked for, and what is configured to 0.20 %")),
        (figures(150.0, 10), figures(100.0, 11), None),
        (figures(90.0, 20), figures(100.0, 12), Some("both are beyond the 1 % asked for")),
        (figures(120.0, 12), figures(100.0, 20), None),
        (figures(104.0, 1), figures(100.0, 2), None),
        (figures(106.0, 1), figures(100.0, 2), Some("it costs 106.00 with 0.10 %")),
        (figures(100.5, 2), figures(100.0, 2), Some("it costs 100.50")),
        (figures(100.0, 2), figures(100.0, 2), None),
        (figures(101.0, 20), figures(100.0, 20), Some("it costs 101.00")),
    ] {
        let told = worse(VIOLATIONS, chosen, configured);
        assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
        assert!(told.as_ref().zip(expected).is_none_or(|(told, part)| told.contains(part)), "{told:?}");
    }
    assert_eq!(worse(MONEY, figures(90.0, 99), figures(100.0, 0)), None, "99.9 in all");
    let told = worse(MONEY, figures(90.0, 101), figures(100.0, 0)).unwrap();
    assert_eq!(told, "it costs 100.10 with its violations, what is configured 100.00");
}
