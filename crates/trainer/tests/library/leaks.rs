//! Nothing that is fitted ever sees a test row.

use headroom_core::{Column, Observation, forecasters::PlainModel, frame::Split, lstm::Pooling};
use trainer::{Settings, train_model, training::train};

use crate::{bits, frame_of, provenance, reference, small};

/// Long enough for every plain model: weeks are told apart after two of them.
const DAYS: u32 = 25;

fn multiplied(rows: &[Observation], which: std::ops::Range<usize>) -> Vec<Observation> {
    let mut rows = rows.to_vec();
    for row in &mut rows[which] {
        for column in Column::ALL {
            row.set(column, row.get(column).map(|value| value * 1000.0));
        }
    }
    rows
}

#[test]
fn weights_and_card_inputs_do_not_depend_on_test_rows() {
    let rows = reference(4);
    let split = Split::with_test(rows.len());
    let wild = multiplied(&rows, split.validation_end..rows.len());
    let seen = multiplied(&rows, split.train_end..split.validation_end);
    for pooling in [Pooling::Last, Pooling::Attention] {
        let settings = Settings { pooling, ..small() };
        let trained = |rows: &[Observation]| train_model(&frame_of(rows), split, &settings, provenance(), &mut |_| {}).unwrap();
        let (plain, wild) = (trained(&rows), trained(&wild));
        assert!(plain.weights == wild.weights, "{pooling:?}");
        assert_eq!(plain.card.inputs, wild.card.inputs);
        assert_eq!(serde_json::to_vec(&plain.card.inputs).unwrap(), serde_json::to_vec(&wild.card.inputs).unwrap());
        assert_eq!((plain.card.training, plain.card.shape), (wild.card.training, wild.card.shape));
        assert_ne!(plain.card.scores, wild.card.scores, "only the scores are of the test rows");
        let seen = trained(&seen);
        assert_ne!(plain.card.inputs.scalers.len(), 0);
        assert_eq!(plain.card.inputs.scalers, seen.card.inputs.scalers, "scalers are of the training rows alone");
        assert_eq!(plain.card.inputs.floor, seen.card.inputs.floor);
    }
}

#[test]
fn training_is_the_same_without_any_test_rows() {
    let rows = reference(4);
    let split = Split::with_test(rows.len());
    let weights = |rows: &[Observation]| train(&frame_of(rows), split, &small(), &mut |_| {}).unwrap().0.to_safetensors();
    assert!(weights(&rows) == weights(&rows[..split.validation_end]));
    assert!(weights(&rows) != weights(&multiplied(&rows, 0..split.train_end / 2)), "training rows do matter");
}

#[test]
fn no_plain_model_sees_test_rows() {
    let rows = reference(DAYS);
    let split = Split::with_test(rows.len());
    let wild = frame_of(&multiplied(&rows, split.validation_end..rows.len()));
    let changed = frame_of(&multiplied(&rows, 0..split.train_end));
    let plain = frame_of(&rows);
    let origins = plain.validation_origins(split);
    assert!(origins.len() > 100);
    for model in PlainModel::ALL {
        let forecasts = |frame| bits(&model.fit(frame, split, &origins).expect("enough history").forecast(frame, &origins));
        let expected = forecasts(&plain);
        assert!(expected == forecasts(&wild), "{model:?} saw the test rows");
        assert!(expected != forecasts(&changed), "{model:?} has to see the training rows");
    }
}
