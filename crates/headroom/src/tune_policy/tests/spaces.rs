//! What is tried, in which order.

use super::{defaults, trial};
use crate::tune_policy::{
    objective::Objective,
    search::{Round, search},
    setting::{NoLimit, Setting, Space},
};

#[test]
fn the_coarse_space_has_what_is_configured_and_every_setting_once() {
    let own = Setting { risk_quantile: 0.973, stabilization_minutes: 7, scale_in_limit: Some(9), ..defaults() };
    let settings = Space::coarse(&own, 40, NoLimit::default()).settings();
    assert!(settings.contains(&own));
    for (at, setting) in settings.iter().enumerate() {
        assert!(!settings[..at].contains(setting), "{setting:?}");
        assert!((0.5..1.0).contains(&setting.risk_quantile) && setting.stabilization_minutes <= 60, "{setting:?}");
    }
    let limits = |of: fn(&Setting) -> Option<u32>| {
        let mut limits: Vec<Option<u32>> = settings.iter().map(of).collect();
        limits.sort();
        limits.dedup();
        limits
    };
    assert_eq!(limits(|setting| setting.scale_in_limit), [None, Some(2), Some(4), Some(8), Some(9)]);
    assert_eq!(limits(|setting| setting.scale_out_limit), [None, Some(4), Some(10)]);
    let tiny = Space::coarse(&defaults(), 1, NoLimit::default()).settings();
    assert!(tiny.iter().all(|setting| setting.scale_in_limit != Some(0) && setting.scale_out_limit != Some(0)));
}

#[test]
fn a_limit_that_cannot_be_left_out_is_set_to_the_maximum() {
    let own = Setting { scale_in_limit: Some(6), ..defaults() };
    let settings = Space::coarse(&own, 40, NoLimit { scale_out: None, scale_in: Some(60) }).settings();
    assert!(settings.iter().all(|setting| setting.scale_in_limit.is_some()));
    assert!(settings.iter().any(|setting| setting.scale_in_limit == Some(60)));
    assert!(settings.iter().any(|setting| setting.scale_out_limit.is_none()));
}

#[test]
fn what_lies_around_the_best_is_half_way_to_its_neighbours() {
    let space = Space::coarse(&defaults(), 40, NoLimit::default());
    let best = Setting { scale_in_limit: Some(4), stabilization_minutes: 30, ..defaults() };
    let around = space.around(&best).settings();
    let quantiles: Vec<f64> = around.iter().map(|setting| setting.risk_quantile).take(3).collect();
    // The chances to be exceeded: 2 %, 1 % and 0.5 %; half way in their logarithm.
    assert_eq!(quantiles, [0.986, 0.99, 0.9929]);
    let tried = |of: &dyn Fn(&Setting) -> bool| around.iter().any(of);
    for minutes in [20, 30, 45] {
        assert!(tried(&|setting| setting.stabilization_minutes == minutes), "{minutes}");
    }
    for limit in [3, 4, 6] {
        assert!(tried(&|setting| setting.scale_in_limit == Some(limit)), "{limit}");
    }
    assert!(around.iter().all(|setting| setting.scale_out_limit.is_none()), "nothing is half way to no limit");
    assert!(around.contains(&best));
}

#[test]
fn the_search_closes_in_on_the_best_and_tries_nothing_twice() {
    // Money is least at 0.975 and 20 minutes, which the coarse space does not have.
    let cost = |setting: &Setting| {
        let off =
            ((1.0 - setting.risk_quantile) / 0.025).ln().abs() + f64::from(setting.stabilization_minutes.abs_diff(20)) / 20.0;
        100.0 + 100.0 * off
    };
    let mut rounds = Vec::new();
    let coarse = Space::coarse(&defaults(), 40, NoLimit::default());
    let objective = Objective::Money { violations_max: None };
    let trials = search(&coarse, &defaults(), &objective, |Round { round, settings }| {
        rounds.push((round, settings.len()));
        settings.iter().map(|setting| trial(*setting, cost(setting), 0)).collect()
    });
    assert_eq!(rounds.iter().map(|(round, _)| *round).collect::<Vec<_>>(), [0, 1, 2]);
    for (at, tried) in trials.iter().enumerate() {
        assert!(trials[..at].iter().all(|earlier| earlier.setting != tried.setting), "{:?}", tried.setting);
    }
    let best = objective.best(&trials, &defaults()).unwrap();
    let best = trials[best.index].setting;
    assert!((best.risk_quantile - 0.975).abs() < 0.002 && best.stabilization_minutes.abs_diff(20) <= 2, "{best:?}");
    assert_eq!(
        best,
        Setting { risk_quantile: best.risk_quantile, stabilization_minutes: best.stabilization_minutes, ..defaults() }
    );
}
