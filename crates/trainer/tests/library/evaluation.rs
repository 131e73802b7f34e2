//! The facts of an evaluation, counted by hand.

use std::sync::OnceLock;

use headroom_core::{
    Observation,
    frame::Split,
    quantiles::{LEVELS, MEDIAN},
    score::score,
};
use jiff::SignedDuration;
use trainer::{
    Networks,
    contest::{BLEND, compete},
    evaluate::{BEST_NAIVE, CHAMPION, EvaluateError, Evaluated, Evaluation, evaluate},
};

use crate::{frame_of, monday, reference, small};

/// 400 rows whose value is their number. Of the test part (rows 320 to 399), rows 340 to 342 and 360 to 367 are missing.
fn numbered() -> Vec<Observation> {
    let row =
        |i: i64| Observation { request_count: Some(i as f64), ..Observation::at(monday() + SignedDuration::from_mins(5 * i)) };
    (0..400).filter(|i| !(340..343).contains(i) && !(360..368).contains(i)).map(row).collect()
}

fn evaluated(rows: &[Observation], networks: Networks) -> Evaluated {
    evaluate("numbered", "request_count", &frame_of(rows), &small(), networks, &mut |_, _| {}).unwrap()
}

fn results() -> &'static [Evaluation] {
    static RESULTS: OnceLock<Evaluated> = OnceLock::new();
    &RESULTS.get_or_init(|| evaluated(&numbered(), Networks::default())).results
}

/// Three days of the reference history.
fn of_three_days() -> &'static Evaluated {
    static EVALUATED: OnceLock<Evaluated> = OnceLock::new();
    EVALUATED.get_or_init(|| evaluated(&reference(3), Networks::default()))
}

fn named<'a>(results: &'a [Evaluation], name: &str) -> &'a Evaluation {
    results.iter().find(|result| result.model == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn origins_and_targets_are_those_of_the_protocol() {
    let results = results();
    // Twelve measured rows follow 320 to 327, 342 to 347 and 367 to 387. The gap of eight is filled for six rows, so that
    // 366 and 367 stay missing, and every window from 367 to 387 holds one of them.
    let origins: Vec<i64> = (320..=327).chain(342..=347).collect();
    let sum: i64 = origins.iter().flat_map(|i| (1..=12).map(move |h| i + h)).sum();
    assert_eq!(sum, 56_952);
    for result in results {
        let facts = &result.facts;
        assert_eq!((facts.trace.as_str(), facts.target.as_str()), ("numbered", "request_count"));
        assert_eq!((facts.step_seconds, facts.grid_rows, facts.origins), (300, 400, 14));
        assert_eq!(facts.first_origin, monday() + SignedDuration::from_mins(5 * 320));
        assert_eq!(facts.last_origin, monday() + SignedDuration::from_mins(5 * 347));
        assert_eq!(facts.target_sum, 56_952.0);
    }
}

#[test]
fn every_model_stands_beside_every_baseline_with_the_fields_of_the_protocol() {
    let results = results();
    let names: Vec<&str> = results.iter().map(|result| result.model.as_str()).collect();
    // A day and a half leaves fewer than 100 errors of `yesterday`, and none of `last week`.
    assert_eq!(names, ["last value", "last-hour mean", "linear", BEST_NAIVE, "boosted trees", "lstm", BLEND, CHAMPION]);
    let last_value = &results[0];
    // Off by 1 to 12; from row 342 by three more, since the last value stands for a gap of three rows. What was always off
    // in the past is corrected, those three are not.
    assert!((last_value.mae_of_point.unwrap() - (6.5 + 3.0 / 14.0)).abs() < 1e-12, "{last_value:?}");
    assert!((last_value.score.mae.mean - 3.0 / 14.0).abs() < 1e-9, "{last_value:?}");
    let best = &results[3];
    assert_eq!(best.score.mae.mean, results[0].score.mae.mean.min(results[1].score.mae.mean), "the better of the two naive ones");
    assert!(["last value", "last-hour mean"].contains(&best.chosen.as_deref().unwrap()));
    for learned in ["boosted trees", "lstm", BLEND, CHAMPION] {
        assert!(named(results, learned).uncorrected.is_some(), "{learned}");
    }
    for plain in ["last value", "last-hour mean", "linear", BEST_NAIVE] {
        assert!(named(results, plain).uncorrected.is_none(), "{plain}");
    }

    let json = serde_json::to_value(results).unwrap();
    let fields = [
        "trace",
        "target",
        "step_seconds",
        "grid_rows",
        "origins",
        "first_origin",
        "last_origin",
        "target_sum",
        "model",
        "mae",
        "mase",
        "rmse",
        "wql",
        "mae_share_of_mean",
        "coverage",
        "train_seconds",
        "predict_seconds",
    ];
    for result in json.as_array().unwrap() {
        for field in fields {
            assert!(result.get(field).is_some_and(|value| !value.is_null()), "{field} of {}", result["model"]);
        }
        assert_eq!(result["mae"].as_object().unwrap().len(), 5);
        for level in ["0.9", "0.95", "0.99"] {
            assert!(result["coverage"][level].is_number());
        }
    }
}

#[test]
fn the_champion_is_what_the_contest_chose() {
    for (rows, results) in [(numbered(), results()), (reference(3), &of_three_days().results[..])] {
        let frame = frame_of(&rows);
        let contest = compete(&frame, Split::with_test(frame.rows()), &small(), Networks::default(), &mut |_, _| {}).unwrap();
        let champion = named(results, CHAMPION);
        assert_eq!(champion.chosen.as_deref(), Some(contest.name(contest.choice)));
        assert_eq!((champion.margin, champion.predictable), (contest.margin, Some(contest.predictable())));
        for result in results.iter().filter(|result| result.model != CHAMPION) {
            assert_eq!((result.margin, result.predictable), (None, None), "{}", result.model);
        }
        // Learned models and the blend stand in the table as they would serve, and so does the champion.
        let chosen = named(results, champion.chosen.as_deref().unwrap());
        if chosen.uncorrected.is_some() {
            assert_eq!((chosen.score, chosen.uncorrected), (champion.score, champion.uncorrected));
        }
    }
}

#[test]
fn the_forecasts_behind_the_results_are_handed_out() {
    let frame = frame_of(&reference(3));
    let split = Split::with_test(frame.rows());
    let Evaluated { results, forecasts, origins, champion, uncorrected } = of_three_days();
    assert_eq!(*origins, frame.test_origins(split));
    assert_eq!(results.len(), forecasts.len());
    for (result, steps) in results.iter().zip(forecasts) {
        assert_eq!(score(&frame, split, origins, steps), Some(result.score), "{}", result.model);
    }
    let before = named(results, CHAMPION).uncorrected.unwrap();
    let rescored = score(&frame, split, origins, uncorrected).unwrap();
    assert_eq!((before.wql, before.coverage), (rescored.wql, rescored.coverage));
    let all: Vec<usize> = (split.validation_end..frame.rows()).filter(|&row| frame.can_forecast(row)).collect();
    assert_eq!(champion.iter().map(|(row, _)| *row).collect::<Vec<_>>(), all);
    let steps: Vec<_> = champion.iter().filter(|(row, _)| origins.contains(row)).map(|(_, outlook)| outlook.steps).collect();
    assert_eq!(&steps, forecasts.last().unwrap());
}

#[test]
fn more_networks_change_neither_the_facts_nor_the_other_results() {
    let (some, all) = (&of_three_days().results, evaluated(&reference(3), Networks::All).results);
    let names: Vec<&str> = all.iter().map(|result| result.model.as_str()).collect();
    assert!(names.ends_with(&["lstm", "attention lstm", "lstm ensemble", BLEND, CHAMPION]), "{names:?}");
    let serving = [BLEND, CHAMPION];
    for result in some {
        assert_eq!(result.facts, all[0].facts);
        if !serving.contains(&result.model.as_str()) {
            assert_eq!(result.score, named(&all, &result.model).score, "{}", result.model);
        }
    }
}

#[test]
fn the_online_correction_brings_coverage_closer_to_the_levels() {
    // The spread of the last day is thrice what was learned from.
    let mut rows = reference(4);
    let first = rows.len() * 8 / 10;
    for (i, row) in rows.iter_mut().enumerate().skip(first) {
        let step = if i % 2 == 0 { 12.0 } else { -12.0 };
        row.cpu_utilization = row.cpu_utilization.map(|value| (value + step).max(0.0));
    }
    let champion = evaluated(&rows, Networks::default()).results.pop().unwrap();
    let off = |coverage: headroom_core::score::Coverage| (coverage.q90 - LEVELS[MEDIAN + 1]).abs();
    let (before, after) = (champion.uncorrected.unwrap().coverage, champion.score.coverage);
    assert!(off(after) < off(before), "{before:?} {after:?}");
}

#[test]
fn a_test_part_without_origins_says_so() {
    let rows = &numbered()[..110];
    let error =
        evaluate("short", "request_count", &frame_of(&rows[..50]), &small(), Networks::default(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, EvaluateError::NothingToScore { rows: 50 }), "{error}");
    assert!(error.to_string().contains("50 rows") && error.to_string().contains("use a longer history"), "{error}");
    let error = evaluate("short", "request_count", &frame_of(rows), &small(), Networks::default(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, EvaluateError::Train(_)), "{error}");
}
