//! Data that teaches little or nothing: a clear error or a sane model, never a panic.

use headroom_core::{
    Calendar, Column, Observation, Series,
    forecast::Outlook,
    forecasters::Forecaster,
    frame::{Frame, Split},
    model_card::ModelCard,
    online::Online,
};
use jiff::SignedDuration;
use proptest::{collection::vec, prelude::*};
use trainer::{Networks, Settings, TrainError, TrainedModel, train_model};

use crate::{monday, provenance, small};

/// NaN is a row that was not measured; the first and the last are always there, so that the grid has its length.
fn frame(step_seconds: i64, values: &[f64]) -> Frame {
    let rows: Vec<Observation> = values
        .iter()
        .enumerate()
        .map(|(i, &value)| Observation {
            request_count: Some(value).filter(|value| value.is_finite()),
            is_sale_active: Some(0.0),
            ..Observation::at(monday() + SignedDuration::from_secs(step_seconds * i as i64))
        })
        .collect();
    let series = Series::with_step(&rows, step_seconds).unwrap();
    Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None)
}

fn trained(frame: &Frame) -> Result<TrainedModel, TrainError> {
    let settings = Settings { rounds_max: 1, batches_per_round: 3, batch: 16, ..small() };
    train_model(frame, Split::with_test(frame.rows()), &settings, Networks::default(), provenance(), &mut |_, _| {})
}

/// What each member says at each of `rows` that can be forecast from, and what they say together as they serve.
fn said(trained: &TrainedModel, frame: &Frame, rows: std::ops::Range<usize>) -> Vec<Outlook> {
    let origins: Vec<usize> = rows.clone().filter(|&row| frame.can_forecast(row)).collect();
    let mut said: Vec<Outlook> = trained.champion.members().iter().flat_map(|member| member.forecast(frame, &origins)).collect();
    let mut online = Online::new(trained.champion.members().len());
    trained.champion.walk(frame, rows, &mut online, |_, outlook| said.push(outlook));
    said.extend(trained.champion.forecast(frame, frame.rows() - 1, &mut trained.card.online.clone()));
    said
}

fn error(values: &[f64]) -> String {
    let error = trained(&frame(300, values)).map(|trained| trained.card.version).expect_err("an error").to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

fn assert_sane(outlooks: &[Outlook]) {
    for outlook in outlooks {
        for quantiles in outlook.steps.iter().chain(&outlook.peaks) {
            let values = quantiles.0;
            assert!(values.iter().all(|value| value.is_finite() && *value >= 0.0), "{values:?}");
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{values:?}");
        }
    }
}

#[test]
fn too_few_rows_say_how_many_windows_there_are_and_what_to_do() {
    let wave = |rows: usize| -> Vec<f64> { (0..rows).map(|i| 100.0 + (i % 12) as f64).collect() };
    for rows in [2, 12, 49, 80, 119] {
        let error = error(&wave(rows));
        assert!(error.contains("too few rows to train on") && error.contains("use a longer history"), "{rows}: {error}");
    }
    // 70 % of 119 rows leaves 83 - 36 - 12 = 35 windows; one more row is enough of them, but leaves too little to stop by.
    assert!(error(&wave(119)).contains("35 usable windows"), "{}", error(&wave(119)));
    assert!(error(&wave(121)).contains("too few rows to validate on"), "{}", error(&wave(121)));
    assert!(trained(&frame(300, &wave(130))).is_ok());
}

#[test]
fn a_gap_in_the_validation_part_is_told_from_a_short_training_part() {
    let mut values: Vec<f64> = (0..600).map(|i| 100.0 + (i % 12) as f64).collect();
    values[420..480].fill(f64::NAN);
    let error = error(&values);
    assert!(error.contains("the 60 rows of the validation part") && error.contains("fill the gap"), "{error}");
}

#[test]
fn all_zero_is_nothing_to_learn() {
    let error = error(&[0.0; 600]);
    assert!(error.contains("never above zero") && error.contains("check the column"), "{error}");
    let mut values = vec![0.0; 600];
    values[550] = 5.0;
    assert!(self::error(&values).contains("never above zero"), "what the test part holds does not count");
}

#[test]
fn nothing_but_gaps_is_an_error() {
    let mut values = vec![f64::NAN; 600];
    (values[0], values[599]) = (1.0, 1.0);
    assert!(error(&values).contains("too few rows"));
    // Every other hour is missing: no window of three hours is ever whole.
    let values: Vec<f64> = (0..600).map(|i| if i / 12 % 2 == 0 { 50.0 } else { f64::NAN }).collect();
    assert!(error(&values).contains("too few rows"));
}

#[test]
fn a_constant_is_forecast_as_itself() {
    for value in [1e-6, 1.0, 42.0, 1e12] {
        let frame = frame(300, &[value; 600]);
        let trained = trained(&frame).unwrap();
        let outlooks = [said(&trained, &frame, 200..201), said(&trained, &frame, 599..600)].concat();
        assert_sane(&outlooks);
        for step in outlooks.iter().flat_map(|outlook| outlook.steps) {
            assert!((step.median() - value).abs() <= 0.5 * value, "{value}: {step:?}");
        }
        assert_eq!(trained.card.data.missing_rows, 0);
    }
}

#[test]
fn short_gaps_are_no_obstacle() {
    let values: Vec<f64> = (0..800).map(|i| if i % 40 < 3 { f64::NAN } else { 100.0 + (i % 12) as f64 }).collect();
    let frame = frame(300, &values);
    let trained = trained(&frame).unwrap();
    assert_eq!(trained.card.data.missing_rows, values.iter().filter(|value| value.is_nan()).count());
    assert_sane(&said(&trained, &frame, Split::with_test(frame.rows()).validation_end..frame.rows()));
}

#[test]
fn a_test_part_that_is_a_gap_leaves_the_validation_part_to_score() {
    let mut values: Vec<f64> = (0..600).map(|i| 100.0 + (i % 12) as f64).collect();
    values[480..599].fill(f64::NAN);
    let trained = trained(&frame(300, &values)).unwrap();
    assert_eq!((trained.card.scored_on.as_str(), trained.card.scored_origins), ("validation", 48));
    assert!(trained.card.scores.len() > 1);
}

/// A level that runs for a while: nothing, zero, small, huge, negative (which only a library caller can hand in).
fn run() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![
        1 => Just(f64::NAN),
        1 => Just(0.0),
        1 => 1e-9..1e-6_f64,
        6 => 0.0..1000.0_f64,
        1 => 1e11..1e12_f64,
        1 => -5.0..0.0_f64,
    ];
    (level, 1_usize..120, 0.0..0.5_f64)
        .prop_map(|(level, rows, wobble)| (0..rows).map(|i| level * (1.0 + wobble * (i as f64).sin())).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn any_series_trains_or_says_why_not(
        runs in vec(run(), 1..8),
        step_seconds in prop_oneof![Just(300_i64), Just(3600)],
        holes in vec(0_usize..800, 0..20),
    ) {
        let mut values: Vec<f64> = runs.concat();
        for hole in holes {
            if let Some(value) = values.get_mut(hole) {
                *value = f64::NAN;
            }
        }
        values.insert(0, 1.0);
        values.push(1.0);
        let frame = frame(step_seconds, &values);
        match trained(&frame) {
            Ok(trained) => {
                assert_sane(&said(&trained, &frame, 0..frame.rows()));
                let loaded = ModelCard::from_json(&trained.card.to_json());
                prop_assert!(loaded.is_ok(), "{:?}", loaded.err());
                prop_assert_eq!(loaded.unwrap(), trained.card.clone());
                let champion = trained.card.champion(&trained.weights);
                prop_assert!(champion.is_ok(), "{:?}", champion.err());
            }
            Err(error) => prop_assert!(
                matches!(
                    error,
                    TrainError::TooFewRows { .. } | TrainError::NothingToValidate { .. } | TrainError::NothingToLearn | TrainError::Diverged
                ),
                "{error}"
            ),
        }
    }
}
