//! The default model: made again byte by byte, and of use to a group that is six hours old.

use headroom_core::{
    champion::{Champion, TrainedNetwork},
    frame::Split,
    lstm::InputSpec,
    model_card::ModelCard,
    quantiles::LEVELS,
};
use headroom_sim::Profile;
use trainer::{
    Settings, TrainError,
    pretrain::{HeldOut, Plan, judge, last_value, pretrain},
    training::{Lessons, train, train_on},
};

use crate::{bits, frame_of, monday, reference, small};

fn quick(seed: u64) -> Plan {
    Plan { settings: Settings { seed, ..small() }, ..Plan::default().share(0.01) }
}

/// What is in the repository.
fn committed() -> (Champion, ModelCard) {
    let read = |name: &str| std::fs::read(format!("{}/../../models/default/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let card = ModelCard::from_json(&read("card.json")).unwrap();
    (card.champion(&read("weights.safetensors")).unwrap(), card)
}

#[test]
fn one_seed_gives_the_same_model_another_gives_another() {
    let made = |seed| pretrain(&quick(seed), "a test".to_owned(), monday(), &mut |_| {}).unwrap().0;
    let (first, second, other) = (made(1), made(1), made(2));
    assert!(first.weights == second.weights, "the same seed gave other weights");
    assert_eq!(String::from_utf8(first.card.to_json()), String::from_utf8(second.card.to_json()));
    assert!(first.weights != other.weights, "another seed gave the same weights");
    assert!(first.card.champion(&first.weights).is_ok());
}

#[test]
fn the_card_counts_every_history_once() {
    let plan = quick(3);
    let (trained, judged) = pretrain(&plan, "a test".to_owned(), monday(), &mut |_| {}).unwrap();
    let card = &trained.card;
    let rows = |histories: usize| histories * Profile::ALL.len() * 35 * 288;
    let [train, validation] = [plan.histories, plan.histories.div_ceil(2)].map(rows);
    assert_eq!((card.split.train_end, card.split.validation_end), (train, train + validation));
    assert_eq!((card.data.rows, card.data.missing_rows), (2 * train + validation, 0));
    assert_eq!((card.model.as_str(), card.scored_on.as_str()), ("default", "test"));
    let young: Vec<&HeldOut> = judged.iter().filter(|held_out| held_out.hours == 6).collect();
    assert_eq!(young.iter().filter_map(|held_out| held_out.profile).collect::<Vec<_>>(), Profile::ALL);
    let all = young.iter().find(|held_out| held_out.profile.is_none()).unwrap();
    assert_eq!(all.forecasts, card.scored_origins);
    assert_eq!(card.scores.iter().map(|named| named.model.as_str()).collect::<Vec<_>>(), ["default", "last value"]);
    assert_eq!((card.scores[0].score, card.scores[1].score), (all.model, all.last_value));
    assert_eq!(card.margin, card.candidates.first().map(|first| 1.0 - first.relative_loss));
}

#[test]
fn the_default_model_beats_the_last_value_on_histories_that_it_never_saw() {
    let (champion, card) = committed();
    assert!(!card.data.source.contains("seed 1001"), "the histories below are held out");
    let judged = judge(&champion, 1001, 3, 8);
    let of_all = |hours: usize| judged.iter().find(|one| one.hours == hours && one.profile.is_none()).unwrap();
    for (hours, wql_max, mae_max) in [(6, 0.88, 0.9), (24, 0.85, 0.95), (192, 0.75, 0.9)] {
        let all = of_all(hours);
        let (wql, mae) = (all.relative_wql().unwrap(), all.relative_mae());
        assert!(wql < wql_max && mae < mae_max, "{hours} h of history: WQL {wql}, MAE {mae}");
        let coverage = all.model.coverage;
        assert!((0.82..0.96).contains(&coverage.q90) && coverage.q99 > 0.96, "{hours} h of history: {coverage:?}");
    }
    assert!(of_all(6).forecasts > 100);
    for one in judged {
        let wql = one.relative_wql().unwrap();
        assert!(wql < 1.02, "{:?} with {} h of history: {wql}", one.profile, one.hours);
    }
}

#[test]
fn one_history_is_learned_as_ever() {
    let frame = frame_of(&reference(3));
    let split = Split::with_test(frame.rows());
    let alone = train(&frame, split, &small(), &mut |_| {}).unwrap();
    let lessons = Lessons {
        frame: &frame,
        origins: frame.train_origins(split),
        validation: frame.origins(split.train_end..split.validation_end, 1),
        unit: None,
    };
    let spec = InputSpec::fit(&frame, split).unwrap();
    let among_others = train_on(spec, &[lessons], &small(), &mut |_| {}).unwrap();
    let said = |network: &TrainedNetwork| bits(&network.model.forecast(&frame, &frame.test_origins(split)));
    assert_eq!(said(&alone), said(&among_others));
    assert_eq!(alone.training, among_others.training);
}

#[test]
fn a_large_history_does_not_drown_a_small_one() {
    let rows = reference(3);
    let large = rows
        .iter()
        .map(|row| headroom_core::Observation { cpu_utilization: row.cpu_utilization.map(|cpu| 1000.0 * cpu), ..*row });
    let frames = [frame_of(&rows), frame_of(&large.collect::<Vec<_>>())];
    let split = Split::with_test(frames[0].rows());
    let learned = |frame| Lessons {
        frame,
        origins: frames[0].train_origins(split),
        validation: frames[0].validation_origins(split),
        unit: None,
    };
    let origins = frames[0].train_origins(split);
    let spec = InputSpec::of_any_group(0.1, [(&frames[0], origins.as_slice())]).unwrap();
    let settings = Settings { rounds_max: 8, ..small() };
    let lessons: Vec<Lessons<'_>> = frames.iter().map(learned).collect();
    let network = train_on(spec, &lessons, &settings, &mut |_| {}).unwrap();
    assert_eq!(network.training.train_origins, 2 * origins.len());
    for frame in &frames {
        let test = frame.test_origins(split);
        let error = |said: &dyn Fn(usize, usize) -> f64| -> f64 {
            let at = |(index, &origin): (usize, &usize)| {
                frame.actual(origin).iter().map(|actual| (actual - said(index, origin)).abs()).sum::<f64>()
            };
            test.iter().enumerate().map(at).sum()
        };
        let outlooks = network.model.forecast(frame, &test);
        let (learned, naive) =
            (error(&|index, _| outlooks[index].steps[5].median()), error(&|_, origin| frame.filled_before(origin, 0)));
        assert!(learned < 0.9 * naive, "{learned} {naive}");
    }
}

#[test]
fn nothing_can_be_learned_from_no_origins() {
    let frame = frame_of(&reference(2));
    assert_eq!(InputSpec::of_any_group(0.1, [(&frame, [].as_slice())]), None);
    let spec = InputSpec::of_any_group(0.1, [(&frame, [100].as_slice())]).unwrap();
    let lessons = |origins, validation| [Lessons { frame: &frame, origins, validation, unit: Some(1.0) }];
    let few = train_on(spec.clone(), &lessons(vec![100], vec![200]), &small(), &mut |_| {});
    assert!(matches!(few, Err(TrainError::TooFewRows { origins: 1, .. })), "{few:?}");
    let blind = train_on(spec, &lessons((50..150).collect(), Vec::new()), &small(), &mut |_| {});
    assert!(matches!(blind, Err(TrainError::NothingToValidate { rows: 576 })), "{blind:?}");
}

#[test]
fn the_last_value_knows_how_far_it_was_off() {
    let mut rows = reference(1);
    for (step, row) in rows.iter_mut().enumerate() {
        row.cpu_utilization = Some(10.0 + 0.1 * step as f64);
    }
    let steps = last_value(&frame_of(&rows), 100);
    for (h, step) in steps.iter().enumerate() {
        for (value, level) in step.0.iter().zip(LEVELS) {
            let rise = if level > 0.5 { 0.1 * (h + 1) as f64 } else { 0.0 };
            assert!((value - (20.0 + rise)).abs() < 1e-9, "step {h}, quantile {level}: {value}");
        }
    }
}
