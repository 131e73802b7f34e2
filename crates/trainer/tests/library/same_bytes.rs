//! A seed decides the weights, and saving changes nothing.

use headroom_core::{
    champion::{Champion, Member},
    forecast::Outlook,
    frame::{Frame, Split},
    lstm::Pooling,
    model_card::{ModelCard, weights_digest},
    online::Online,
};
use trainer::{Networks, Settings, TrainedModel, contest::compete, train_model};

use crate::{bits, frame_of, networks, provenance, reference, small};

fn trained(settings: &Settings) -> TrainedModel {
    let frame = frame_of(&reference(3));
    train_model(&frame, Split::with_test(frame.rows()), settings, Networks::default(), provenance(), &mut |_, _| {}).unwrap()
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
    }
}

#[test]
fn what_is_fitted_before_training_does_not_depend_on_the_seed() {
    let frame = frame_of(&reference(3));
    let inputs = |seed| {
        let settings = Settings { seed, rounds_max: 1, ..small() };
        let contest = compete(&frame, Split::with_test(frame.rows()), &settings, Networks::default(), &mut |_, _| {}).unwrap();
        networks(&contest)[0].model.inputs().clone()
    };
    assert_eq!(inputs(1), inputs(2));
}

/// What `champion` says at each of `origins` in turn, learning from each.
fn in_turn(champion: &Champion, mut online: Online, frame: &Frame, origins: &[usize]) -> Vec<Outlook> {
    origins.iter().map(|&origin| champion.forecast(frame, origin, &mut online).unwrap()).collect()
}

#[test]
fn a_saved_model_forecasts_the_same_to_the_last_bit() {
    let frame = frame_of(&reference(3));
    let split = Split::with_test(frame.rows());
    let origins: Vec<usize> = frame.test_origins(split).into_iter().step_by(20).collect();
    assert!(origins.len() >= 8);
    for (pooling, seed) in [(Pooling::Last, 3), (Pooling::Attention, 4)] {
        let TrainedModel { champion, weights, card } = trained(&Settings { pooling, seed, rounds_max: 1, ..small() });
        assert!(champion.to_safetensors() == weights);
        let untaught = || Online::new(champion.members().len());
        let before = bits(&in_turn(&champion, untaught(), &frame, &origins));
        let read = ModelCard::from_json(&card.to_json()).unwrap();
        assert_eq!(read, card, "a float of the card did not survive JSON");
        let loaded = read.champion(&weights).unwrap();
        assert_eq!(bits(&in_turn(&loaded, untaught(), &frame, &origins)), before);
        let last = [frame.rows() - 1];
        let served = bits(&in_turn(&loaded, read.online, &frame, &last));
        assert_eq!(served, bits(&in_turn(&champion, card.online, &frame, &last)), "and from what the card learned on");
    }
}

#[test]
fn the_card_tells_what_the_model_was_made_of() {
    let trained = trained(&small());
    let card = &trained.card;
    assert_eq!((card.format, card.scored_on.as_str()), (ModelCard::FORMAT, "test"));
    assert_eq!((card.data.rows, card.data.missing_rows, card.data.step_seconds), (864, 0, 300));
    assert_eq!(
        (card.data.first.to_string(), card.data.last.to_string()),
        ("2026-06-01T00:00:00Z".into(), "2026-06-03T23:55:00Z".into())
    );
    assert_eq!((card.split.train_end, card.split.validation_end), (604, 691));
    assert_eq!(card.scored_origins, 864 - 691 - 12);
    assert_eq!(card.weights_sha256, weights_digest(&trained.weights));
    assert!(
        card.version.starts_with("20260601T000000Z-") && card.version.ends_with(&card.weights_sha256[..8]),
        "{}",
        card.version
    );
    let plain = ["last value", "yesterday", "last-hour mean", "linear", "exponential smoothing"];
    let names: Vec<&str> = card.scores.iter().map(|named| named.model.as_str()).collect();
    assert_eq!(names, [&[card.model.as_str()], &plain[..]].concat(), "too short for last week");

    let competed: Vec<&str> = card.candidates.iter().map(|candidate| candidate.model.as_str()).collect();
    for name in plain.iter().chain(&["lstm", "boosted trees", "blend"]) {
        assert!(competed.contains(name), "no {name} among {competed:?}");
    }
    assert!(card.candidates.is_sorted_by(|a, b| a.relative_loss <= b.relative_loss), "{:?}", card.candidates);
    let loss = |model: &str| card.candidates.iter().find(|candidate| candidate.model == model).unwrap().relative_loss;
    assert_eq!(loss("last value"), 1.0);
    assert!((card.margin.unwrap() - (1.0 - loss(&card.model))).abs() < 1e-12, "{:?} {}", card.margin, loss(&card.model));
    assert!(card.predictable);
    assert_eq!(card.online.members(), card.members.len());
    assert_eq!(card.online.until, Some(card.data.last), "it has learned from the last row");
    let again = card.champion(&trained.weights).unwrap();
    assert_eq!(again.members().iter().map(Member::card).collect::<Vec<_>>(), card.members);
}

#[test]
fn a_network_tells_what_it_was_trained_on() {
    let frame = frame_of(&reference(3));
    let contest = compete(&frame, Split::with_test(frame.rows()), &small(), Networks::default(), &mut |_, _| {}).unwrap();
    let network = networks(&contest)[0];
    assert_eq!(network.training.train_origins, 604 - 36 - 12);
    assert_eq!(network.training.seed, small().seed);
    let scalers = &network.model.inputs().scalers;
    assert_eq!(scalers.len(), 16, "the reference history has the columns of all sixteen features");
}

#[test]
fn training_stops_when_validation_no_longer_improves_and_keeps_the_best() {
    let mut best = Vec::new();
    let frame = frame_of(&reference(3));
    let settings = Settings { rounds_max: 40, batches_per_round: 2, patience: 3, learning_rate: 0.1, ..small() };
    let contest = compete(&frame, Split::with_test(frame.rows()), &settings, Networks::default(), &mut |name, at| {
        if name == "lstm" {
            assert_eq!(at.batches_max, 80);
            best.push((at.batch, at.validation_loss));
        }
    })
    .unwrap();
    let facts = &networks(&contest)[0].training;
    assert!(facts.rounds < 40, "a rate this high overshoots within 40 rounds");
    assert_eq!(facts.rounds, facts.best_round + settings.patience);
    assert_eq!(best.len(), facts.rounds * settings.batches_per_round);
    assert_eq!(best.last().unwrap().1, Some(facts.validation_loss));
    let round_losses: Vec<f64> = best.iter().filter_map(|(_, loss)| *loss).collect();
    assert!(round_losses.windows(2).all(|pair| pair[1] <= pair[0]), "the best so far never gets worse");
}
