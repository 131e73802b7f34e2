//! What serves: read back as it was saved, and corrected by its recent errors however they came in.
#![cfg(feature = "forecast")]

mod gaps;
mod saving;
mod serving;

use std::{f64::consts::TAU, sync::OnceLock};

use candle_core::{Device, Tensor};
use headroom_core::{
    Calendar, Column, Observation, Series,
    champion::{Champion, Member, TrainedNetwork, TrainingFacts},
    forecast::Outlook,
    forecasters::{Plain, PlainModel, Trees, TreesCard},
    frame::{Frame, Split},
    lstm::{InputSpec, LstmModel, NetworkShape, Pooling, initial_weights},
    online::Online,
};
use jiff::{SignedDuration, Timestamp};

const DAY: usize = 288;
const ROWS: usize = 4 * DAY;

/// A number from -1 to 1, the same for the same `step` (the finishing step of SplitMix64).
fn noise(step: u64) -> f64 {
    let mut bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64 * 2.0 - 1.0
}

/// A daily wave with noise.
fn load(row: usize) -> f64 {
    100.0 - 60.0 * (TAU * row as f64 / DAY as f64).cos() + 8.0 * noise(row as u64)
}

/// A frame of `rows` rows from row 0 on, NaN where `load` is.
fn frame(rows: usize, load: impl Fn(usize) -> f64) -> Frame {
    let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let row = |row: usize| Observation {
        request_count: Some(load(row)).filter(|load| load.is_finite()),
        is_sale_active: Some(0.0),
        ..Observation::at(start + SignedDuration::from_mins(5 * i64::try_from(row).unwrap()))
    };
    let series = Series::with_step(&(0..rows).map(row).collect::<Vec<_>>(), 300).unwrap();
    Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None)
}

fn whole() -> &'static Frame {
    static WHOLE: OnceLock<Frame> = OnceLock::new();
    WHOLE.get_or_init(|| frame(ROWS, load))
}

fn plain(model: PlainModel) -> Member {
    let split = Split::with_test(ROWS);
    Member::Plain(Plain::fit(model, whole(), split.train_end, &whole().validation_origins(split)).expect("enough rows"))
}

/// Trees, grown once for all tests.
fn trees() -> Member {
    static GROWN: OnceLock<(TreesCard, Vec<Vec<u8>>)> = OnceLock::new();
    let (card, models) = GROWN.get_or_init(|| {
        let trees = Trees::grow(whole(), Split::with_test(ROWS), 5).unwrap().expect("enough rows");
        (trees.card().clone(), trees.encode().unwrap())
    });
    Member::Trees(Trees::decode(card.clone(), models).unwrap())
}

/// A network whose head, which starts at zero, says something.
fn network(pooling: Pooling, seed: u64) -> TrainedNetwork {
    let inputs = InputSpec::fit(whole(), Split::with_test(ROWS)).unwrap();
    let (window_inputs, future_inputs) = (inputs.window_inputs(), inputs.future_inputs());
    let shape = NetworkShape { window_inputs, future_inputs, hidden: 4, layers: 1, head: 6, pooling };
    let mut weights = initial_weights(&shape, seed).unwrap();
    for (_, tensor) in weights.iter_mut().filter(|(name, _)| name.starts_with("head.out")) {
        let values = (0..tensor.elem_count() as u64).map(|i| noise(i + 1000 * seed) as f32).collect();
        *tensor = Tensor::from_vec(values, tensor.dims(), &Device::Cpu).unwrap();
    }
    let training = TrainingFacts { seed, rounds: 3, best_round: 2, validation_loss: 0.1 + 0.2, train_origins: 700 };
    TrainedNetwork { model: LstmModel::new(inputs, shape, weights).unwrap(), training }
}

fn lstm() -> Member {
    Member::Network(network(Pooling::Last, 1))
}

fn ensemble() -> Member {
    Member::Ensemble(vec![network(Pooling::Last, 3), network(Pooling::Attention, 4), network(Pooling::Last, 5)])
}

fn every_kind() -> Vec<Member> {
    let mut members: Vec<Member> =
        PlainModel::ALL.into_iter().filter(|model| *model != PlainModel::SameTimeLastWeek).map(plain).collect();
    members.extend([trees(), lstm(), Member::Network(network(Pooling::Attention, 2)), ensemble()]);
    members
}

/// What adds up in the same order however many origins there are.
fn exact_blend() -> Champion {
    Champion::new(vec![plain(PlainModel::LastValue), plain(PlainModel::Linear), trees()])
}

fn bits(outlooks: &[Outlook]) -> Vec<u64> {
    let numbers = |outlook: &Outlook| outlook.steps.into_iter().chain(outlook.peaks).flat_map(|quantiles| quantiles.0);
    outlooks.iter().flat_map(numbers).map(f64::to_bits).collect()
}

/// A state that has learned nothing and counts as up to date with `row`.
fn up_to(members: usize, row: usize) -> Online {
    let mut online = Online::new(members);
    online.until = Some(whole().series().timestamp(row));
    online
}
