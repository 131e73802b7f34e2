//! Who serves, and whether the load can be predicted at all.

use std::f64::consts::TAU;

use headroom_core::{
    Observation,
    champion::{Member, MemberCard},
    forecasters::{Forecaster, PlainModel},
    frame::Split,
    model_card::ModelCard,
};
use jiff::SignedDuration;
use trainer::{
    Networks, Settings, TrainedModel,
    contest::{BLEND, Choice, Contest},
    evaluate::{CHAMPION, evaluate},
    train_model,
};

use crate::{contest, frame_of, monday, provenance, reference, small};

const DAYS: usize = 4;

fn rows(value: impl FnMut(usize) -> f64) -> Vec<Observation> {
    let at = |i: usize| monday() + SignedDuration::from_mins(5 * i64::try_from(i).unwrap());
    let row = |(i, value): (usize, f64)| Observation { request_count: Some(value), ..Observation::at(at(i)) };
    (0..DAYS * 288).map(value).enumerate().map(row).collect()
}

/// A number from -1 to 1, the same for the same `step` (the finishing step of SplitMix64).
fn noise(step: u64) -> f64 {
    let mut bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64 * 2.0 - 1.0
}

fn daily_wave() -> Vec<Observation> {
    rows(|i| 1000.0 - 600.0 * (TAU * i as f64 / 288.0).cos() + 40.0 * noise(i as u64))
}

/// Each step goes up or down by as much, whatever went before.
fn random_walk(seed: u64) -> Vec<Observation> {
    let mut level = 100_000.0;
    rows(|i| {
        level += 100.0 * noise(seed * 1_000_003 + i as u64);
        level
    })
}

fn held(rows: &[Observation], networks: Networks) -> Contest {
    contest(rows, Split::with_test(rows.len()), &small(), networks)
}

fn trained(rows: &[Observation]) -> TrainedModel {
    let split = Split::with_test(rows.len());
    train_model(&frame_of(rows), split, &small(), Networks::default(), provenance(), &mut |_, _| {}).unwrap()
}

fn loss_of(contest: &Contest, name: &str) -> f64 {
    let alone = contest.members.iter().find(|(member, _)| member.name() == name).map(|(_, judged)| judged.loss);
    alone.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_daily_wave_is_predictable() {
    let contest = held(&daily_wave(), Networks::default());
    let candidates = contest.candidates();
    assert!(candidates[0].relative_loss < 0.7, "{candidates:?}");
    assert!(contest.predictable() && contest.margin.unwrap() > 0.3, "{:?}", contest.margin);
    assert_ne!(contest.name(contest.choice), "last value");
    let served = contest.of(contest.choice).1.loss / loss_of(&contest, "last value");
    assert!((contest.margin.unwrap() - (1.0 - served)).abs() < 1e-12);

    let card = trained(&daily_wave()).card;
    assert_eq!((card.predictable, card.margin), (true, contest.margin));
    assert_eq!(card.candidates, candidates);
    let last_value = &card.scores.iter().find(|named| named.model == "last value").unwrap().score;
    assert!(card.scores[0].score.wql < last_value.wql, "on the test part too: {:?}", card.scores);
}

#[test]
fn a_random_walk_is_not_and_the_last_value_serves() {
    for seed in 1..=2 {
        let walk = random_walk(seed);
        let TrainedModel { champion, card, .. } = trained(&walk);
        assert!(!card.predictable && card.margin.unwrap() < 0.02, "seed {seed}: {:?}", card.margin);
        assert_eq!(card.model, "last value", "seed {seed}");
        let [MemberCard::Plain { fitted }] = &card.members[..] else { panic!("{:?}", card.members) };
        assert_eq!(fitted.model(), PlainModel::LastValue);
        assert_eq!((champion.members().len(), card.online.members()), (1, 1));
    }
    let results = evaluate("walk", "request_count", &frame_of(&random_walk(1)), &small(), Networks::default(), &mut |_, _| {});
    let champion = results.unwrap().results.pop().unwrap();
    assert_eq!((champion.model.as_str(), champion.chosen.as_deref()), (CHAMPION, Some("last value")));
    assert_eq!(champion.predictable, Some(false));
}

#[test]
fn networks_that_do_not_pay_are_not_trained() {
    let mut names: Vec<String> = Vec::new();
    let walk = random_walk(1);
    let frame = frame_of(&walk);
    let split = Split::with_test(walk.len());
    trainer::contest::compete(&frame, split, &small(), Networks::WherePaying, &mut |name, _| names.push(name.to_owned()))
        .unwrap();
    names.dedup();
    assert_eq!(names, ["lstm"]);
    let mut names: Vec<String> = Vec::new();
    trainer::contest::compete(&frame, split, &small(), Networks::All, &mut |name, _| names.push(name.to_owned())).unwrap();
    names.dedup();
    assert_eq!(names, ["lstm", "attention lstm", "ensemble 3/5", "ensemble 4/5", "ensemble 5/5"]);
}

#[test]
fn the_members_of_an_ensemble_are_not_blended_a_second_time() {
    let contest = held(&reference(4), Networks::All);
    let blended: Vec<&str> = contest.blended.iter().map(|&place| contest.members[place].0.name()).collect();
    assert!(blended.contains(&"lstm ensemble"), "{blended:?}");
    assert!(!blended.contains(&"lstm") && !blended.contains(&"attention lstm"), "{blended:?}");
    let ensemble = contest.members.iter().find_map(|(member, _)| match member {
        Member::Ensemble(networks) => Some(networks),
        _ => None,
    });
    let shapes: Vec<_> = ensemble.unwrap().iter().map(|network| *network.model.shape()).collect();
    assert_eq!(shapes.len(), 5);
    assert!((1..5).all(|k| !shapes[..k].contains(&shapes[k])), "diverse: {shapes:?}");
}

#[test]
fn a_single_model_serves_only_where_it_is_clearly_better_than_the_blend() {
    for rows in [daily_wave(), reference(4)] {
        let contest = held(&rows, Networks::default());
        let (best, loss) = contest
            .members
            .iter()
            .enumerate()
            .map(|(place, (_, judged))| (place, judged.loss))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap();
        let expected = if loss < 0.97 * contest.blend.loss { Choice::Alone(best) } else { Choice::Blend };
        assert_eq!(contest.choice, expected, "{loss} {}", contest.blend.loss);
        let (name, places) = (contest.name(contest.choice), contest.of(contest.choice).0);
        let expected: Vec<_> = places.iter().map(|&place| contest.members[place].0.card()).collect();
        assert_eq!(name == BLEND, places.len() > 1);
        let (champion, online) = contest.crown();
        assert_eq!(champion.members().iter().map(Member::card).collect::<Vec<_>>(), expected);
        assert_eq!(online.members(), expected.len());
    }
}

#[test]
fn a_history_too_short_to_measure_the_last_value_by_claims_nothing() {
    let wave = daily_wave();
    // 70 % of 130 rows leave fewer than 100 errors of the last value an hour ahead.
    let contest = contest(&wave[..130], Split::with_test(130), &Settings { rounds_max: 1, ..small() }, Networks::default());
    assert_eq!((contest.margin, contest.candidates()), (None, vec![]));
    assert!(contest.predictable(), "as far as can be told");
}

#[test]
fn a_validation_part_with_no_origin_to_choose_by_claims_nothing_either() {
    // Every other row of a long validation part is looked at, and a forecast can be made from one row in between only.
    let split = Split { train_end: 600, validation_end: 1900 };
    let mut wave = daily_wave();
    wave.extend(
        daily_wave().into_iter().map(|row| Observation { timestamp: row.timestamp + SignedDuration::from_hours(96), ..row }),
    );
    wave.truncate(1900);
    for (i, row) in wave.iter_mut().enumerate().skip(590) {
        if !(966..=1013).contains(&i) && i != 1899 {
            row.request_count = None;
        }
    }
    let frame = frame_of(&wave);
    assert_eq!((frame.validation_origins(split), frame.origins(600..1900, 1)), (vec![], vec![1001]));
    let settings = Settings { rounds_max: 1, ..small() };
    let contest = contest(&wave, split, &settings, Networks::default());
    assert_eq!((contest.margin, contest.candidates()), (None, vec![]));
    assert!(contest.predictable(), "as far as can be told");
    let trained = train_model(&frame, split, &settings, Networks::default(), provenance(), &mut |_, _| {}).unwrap();
    let read = ModelCard::from_json(&trained.card.to_json());
    assert_eq!(read.unwrap(), trained.card);
}
