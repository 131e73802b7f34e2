//! Nothing that is fitted ever sees a test row.

use headroom_core::{
    Column, Observation,
    champion::{Champion, MemberCard},
    forecasters::{Forecaster, Plain, PlainModel},
    frame::Split,
    lstm::Pooling,
    model_card::Candidate,
    online::Online,
};
use trainer::{
    Networks, Settings, TrainedModel,
    contest::{Choice, Contest},
    train_model,
    training::train,
};

use crate::{bits, contest, frame_of, networks, provenance, reference, small};

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

/// Everything that a contest fitted and found out, but how long it took.
#[derive(Debug, PartialEq)]
struct Fitted {
    weights: Vec<u8>,
    cards: Vec<MemberCard>,
    /// The same, to the last bit.
    json: String,
    online: Vec<Online>,
    candidates: Vec<Candidate>,
    choice: Choice,
    margin: Option<f64>,
}

impl Fitted {
    fn of(contest: Contest) -> Self {
        let cards: Vec<MemberCard> = contest.members.iter().map(|(member, _)| member.card()).collect();
        Self {
            json: serde_json::to_string(&cards).unwrap(),
            cards,
            online: contest
                .members
                .iter()
                .map(|(_, judged)| judged.online.clone())
                .chain([contest.blend.online.clone()])
                .collect(),
            candidates: contest.candidates(),
            choice: contest.choice,
            margin: contest.margin,
            weights: Champion::new(contest.members.into_iter().map(|(member, _)| member).collect()).to_safetensors(),
        }
    }
}

/// Six days, the fifth of them a sale that begins in the training part.
fn rows_and_split() -> (Vec<Observation>, Split) {
    let rows = reference(6);
    let split = Split::with_test(rows.len());
    (rows, split)
}

#[test]
fn no_candidate_depends_on_test_rows() {
    let (rows, split) = rows_and_split();
    let settings = Settings { rounds_max: 1, ..small() };
    let fitted = |rows: &[Observation]| Fitted::of(contest(rows, split, &settings, Networks::All));
    let plain = fitted(&rows);
    let kinds: Vec<&str> = plain.candidates.iter().map(|candidate| candidate.model.as_str()).collect();
    for kind in ["last value", "linear", "boosted trees", "lstm", "attention lstm", "lstm ensemble", "blend"] {
        assert!(kinds.contains(&kind), "no {kind} among {kinds:?}");
    }
    let wild = fitted(&multiplied(&rows, split.validation_end..rows.len()));
    assert!(plain == wild, "{:#?} {:#?}", plain.candidates, wild.candidates);
    let without = fitted(&rows[..split.validation_end]);
    assert!(plain == without, "{:#?} {:#?}", plain.candidates, without.candidates);
    let last_row = split.validation_end - 1;
    assert!(plain.weights != fitted(&multiplied(&rows, last_row..last_row + 1)).weights, "the row before them does matter");
}

#[test]
fn what_is_fitted_before_training_is_of_the_training_rows_alone() {
    let (rows, split) = rows_and_split();
    let inputs = |rows: &[Observation]| {
        let contest = contest(rows, split, &Settings { rounds_max: 1, ..small() }, Networks::default());
        networks(&contest)[0].model.inputs().clone()
    };
    let (plain, seen) = (inputs(&rows), inputs(&multiplied(&rows, split.train_end..split.validation_end)));
    assert_ne!(plain.scalers.len(), 0);
    assert_eq!(plain.scalers, seen.scalers);
    assert_eq!(plain.floor, seen.floor);
}

#[test]
fn what_serves_does_not_depend_on_test_rows() {
    let (rows, split) = rows_and_split();
    let settings = Settings { pooling: Pooling::Attention, ..small() };
    let trained = |rows: &[Observation]| -> TrainedModel {
        train_model(&frame_of(rows), split, &settings, Networks::default(), provenance(), &mut |_, _| {}).unwrap()
    };
    let (plain, wild) = (trained(&rows), trained(&multiplied(&rows, split.validation_end..rows.len())));
    assert!(plain.weights == wild.weights);
    let (plain, wild) = (plain.card, wild.card);
    assert_eq!(serde_json::to_vec(&plain.members).unwrap(), serde_json::to_vec(&wild.members).unwrap());
    assert_eq!((&plain.model, &plain.candidates), (&wild.model, &wild.candidates));
    assert_eq!((plain.margin, plain.predictable), (wild.margin, wild.predictable));
    assert_ne!(plain.scores, wild.scores, "the scores are of the test rows");
    assert_ne!(plain.online, wild.online, "and what serves goes on from the last of them");
}

#[test]
fn training_is_the_same_without_any_test_rows() {
    let rows = reference(4);
    let split = Split::with_test(rows.len());
    let weights = |rows: &[Observation]| train(&frame_of(rows), split, &small(), &mut |_| {}).unwrap().model.to_safetensors();
    assert!(weights(&rows) == weights(&rows[..split.validation_end]));
    assert!(weights(&rows) != weights(&multiplied(&rows, 0..split.train_end / 2)), "training rows do matter");
}

#[test]
fn no_plain_model_sees_the_rows_after_those_that_it_was_fitted_on() {
    let rows = reference(DAYS);
    let split = Split::with_test(rows.len());
    for end in [split.train_end, split.validation_end] {
        let wild = frame_of(&multiplied(&rows, end..rows.len()));
        let changed = frame_of(&multiplied(&rows, 0..split.train_end));
        let plain = frame_of(&rows);
        let origins: Vec<usize> = plain.fit_origins(end).into_iter().step_by(10).collect();
        assert!(origins.len() > 100);
        for model in PlainModel::ALL {
            let fitted = |frame| Plain::fit(model, frame, end, &origins).expect("enough history");
            let forecasts = |frame| bits(&fitted(frame).forecast(frame, &origins));
            assert_eq!(fitted(&plain), fitted(&wild), "{model:?} saw rows from {end} on");
            let expected = forecasts(&plain);
            assert!(expected == forecasts(&wild), "{model:?} saw rows from {end} on");
            assert!(expected != forecasts(&changed), "{model:?} has to see the rows before");
        }
    }
}
