//! A seed decides the weights, and saving changes nothing.

use headroom_core::{frame::Split, lstm::Pooling, model_card::ModelCard};
use trainer::{Settings, TrainedModel, train_model};

use crate::{bits, frame_of, provenance, reference, small};

fn trained(settings: &Settings) -> TrainedModel {
    let frame = frame_of(&reference(3));
    train_model(&frame, Split::with_test(frame.rows()), settings, provenance(), &mut |_| {}).unwrap()
}

#[test]
fn one_seed_gives_the_same_weights_and_card_another_gives_others() {
    for pooling in [Pooling::Last, Pooling::Attention] {
        let settings = Settings { pooling, ..small() };
        let (first, second) = (trained(&settings), trained(&settings));
        assert!(first.weights == second.weights, "{pooling:?}: the same seed gave other weights");
        assert_eq!(String::from_utf8(first.card.to_json()), String::from_utf8(second.card.to_json()));
        let other = trained(&Settings { seed: settings.seed + 1, ..settings });
        assert!(first.weights != other.weights, "{pooling:?}: another seed gave the same weights");
        assert_ne!(first.card.version, other.card.version);
        assert_eq!(first.card.inputs, other.card.inputs, "what is fitted before training does not depend on the seed");
    }
}

#[test]
fn a_saved_model_forecasts_the_same_to_the_last_bit() {
    let frame = frame_of(&reference(3));
    let split = Split::with_test(frame.rows());
    let origins = frame.test_origins(split);
    assert!(origins.len() > 100);
    for pooling in [Pooling::Last, Pooling::Attention] {
        for seed in 0..4 {
            let model = trained(&Settings { pooling, seed, rounds_max: 1, ..small() });
            assert_eq!(model.model.to_safetensors(), model.weights);
            let before = bits(&model.model.forecast(&frame, &origins));
            let card = ModelCard::from_json(&model.card.to_json()).unwrap();
            assert_eq!(card, model.card, "a float of the card did not survive JSON");
            let loaded = card.model(&model.weights).unwrap();
            assert_eq!(bits(&loaded.forecast(&frame, &origins)), before);
            assert_eq!(bits(&model.card.model(&model.weights).unwrap().forecast(&frame, &origins)), before);
            let one_by_one: Vec<_> = origins.iter().flat_map(|&origin| loaded.forecast(&frame, &[origin])).collect();
            assert_close(&before, &bits(&one_by_one));
        }
    }
}

/// A batch may add up in another order than a single origin does.
fn assert_close(one: &[u64], other: &[u64]) {
    assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other).map(|(a, b)| (f64::from_bits(*a), f64::from_bits(*b))) {
        assert!((a - b).abs() <= 1e-4 * a.abs().max(1.0), "{a} {b}");
    }
}

#[test]
fn the_card_tells_what_the_model_was_made_of() {
    let trained = trained(&small());
    let card = &trained.card;
    assert_eq!((card.format, card.model.as_str(), card.scored_on.as_str()), (ModelCard::FORMAT, "lstm", "test"));
    assert_eq!((card.data.rows, card.data.missing_rows, card.data.step_seconds), (864, 0, 300));
    assert_eq!(
        (card.data.first.to_string(), card.data.last.to_string()),
        ("2026-06-01T00:00:00Z".into(), "2026-06-03T23:55:00Z".into())
    );
    assert_eq!((card.split.train_end, card.split.validation_end), (604, 691));
    assert_eq!(card.training.train_origins, 604 - 36 - 12);
    assert_eq!(card.scored_origins, 864 - 691 - 12);
    assert_eq!(card.inputs.scalers.len(), 16, "the reference history has the columns of all sixteen features");
    assert!(
        card.version.starts_with("20260601T000000Z-") && card.version.ends_with(&card.weights_sha256[..8]),
        "{}",
        card.version
    );
    let names: Vec<&str> = card.scores.iter().map(|named| named.model.as_str()).collect();
    assert_eq!(
        names,
        ["lstm", "last value", "yesterday", "last-hour mean", "linear", "exponential smoothing"],
        "too short for last week"
    );
    let again = card.model(&trained.weights).unwrap();
    assert_eq!(again.inputs(), &card.inputs);
}

#[test]
fn training_stops_when_validation_no_longer_improves_and_keeps_the_best() {
    let mut best = Vec::new();
    let frame = frame_of(&reference(3));
    let settings = Settings { rounds_max: 40, batches_per_round: 2, patience: 3, learning_rate: 0.1, ..small() };
    let trained = train_model(&frame, Split::with_test(frame.rows()), &settings, provenance(), &mut |at| {
        assert_eq!(at.batches_max, 80);
        best.push((at.batch, at.validation_loss));
    })
    .unwrap();
    let facts = &trained.card.training;
    assert!(facts.rounds < 40, "a rate this high overshoots within 40 rounds");
    assert_eq!(facts.rounds, facts.best_round + settings.patience);
    assert_eq!(best.len(), facts.rounds * settings.batches_per_round);
    assert_eq!(best.last().unwrap().1, Some(facts.validation_loss));
    let round_losses: Vec<f64> = best.iter().filter_map(|(_, loss)| *loss).collect();
    assert!(round_losses.windows(2).all(|pair| pair[1] <= pair[0]), "the best so far never gets worse");
}
