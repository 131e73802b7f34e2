//! A trained model comes close to the best that can be had.

use std::f64::consts::TAU;

use headroom_core::{champion::TrainedNetwork, frame::Split, lstm::Pooling, quantiles::median, score::score};
use trainer::{Settings, training::train};

use crate::{frame_of, reference, small};

const DAYS: usize = 15;

/// What the reference generator adds its noise to: the best forecast of the median that there is, since clipping keeps
/// medians.
fn perfect(row: usize) -> f64 {
    let rows = DAYS * 288;
    let phase = (TAU * DAYS as f64 * row as f64 / (rows - 1) as f64).sin();
    let sale = if (row / 288 + 1).is_multiple_of(5) { 40.0 } else { 0.0 };
    (20.0 + 15.0 * phase + sale).clamp(5.0, 95.0)
}

fn assert_close_to_perfect(pooling: Pooling) {
    let frame = frame_of(&reference(15));
    let split = Split::with_test(frame.rows());
    let origins = frame.test_origins(split);
    assert_eq!(origins.len(), 852);
    let mean_error = |point: &dyn Fn(usize) -> f64| {
        origins.iter().map(|&origin| (frame.values()[origin + 1] - point(origin)).abs()).sum::<f64>() / origins.len() as f64
    };
    let floor = mean_error(&|origin| perfect(origin + 1));
    let last_value = mean_error(&|origin| frame.values()[origin]);
    assert!((3.7..4.3).contains(&floor), "the noise of the generator errs by 0.8 of its deviation of 5.4: {floor}");

    let settings = Settings { pooling, rounds_max: 3, batches_per_round: 50, ..small() };
    let TrainedNetwork { model, training: facts } = train(&frame, split, &settings, &mut |_| {}).unwrap();
    let steps: Vec<_> = model.forecast(&frame, &origins).into_iter().map(|outlook| outlook.steps).collect();
    let score = score(&frame, split, &origins, &steps).unwrap();
    assert!(score.mae.h1 < last_value, "{} against {last_value} of the last value", score.mae.h1);
    assert!(score.mae.h1 <= 1.10 * floor, "{} against {floor} of the perfect predictor, {facts:?}", score.mae.h1);
    assert!(score.mae.h12 <= 1.15 * floor, "{} an hour ahead against {floor}", score.mae.h12);
    assert!((0.8..=0.97).contains(&score.coverage.q90), "{:?}", score.coverage);
    let widths = steps.iter().map(|steps| steps[0].0[2] - steps[0].0[0]).collect();
    assert!((8.0..25.0).contains(&median(widths)), "0.1 and 0.9 lie 13.8 apart in the generator");
}

#[test]
fn the_lstm_comes_close_to_the_perfect_predictor() {
    assert_close_to_perfect(Pooling::Last);
}

#[test]
fn the_attention_lstm_comes_close_to_the_perfect_predictor() {
    assert_close_to_perfect(Pooling::Attention);
}
