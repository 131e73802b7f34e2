//! What serves: read back as it was saved, and corrected by its recent errors however they came in.
#![cfg(feature = "forecast")]

use std::{collections::BTreeMap, f64::consts::TAU, sync::OnceLock};

use candle_core::{Device, Tensor};
use headroom_core::{
    Calendar, Column, Observation, Series,
    champion::{Champion, Member, TrainedNetwork, TrainingFacts, average},
    forecast::Outlook,
    forecasters::{Forecaster, Plain, PlainModel, Trees},
    frame::{Frame, Split},
    lstm::{InputSpec, LoadError, LstmModel, NetworkShape, Pooling, initial_weights},
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

fn trees() -> Member {
    Member::Trees(Trees::grow(whole(), Split::with_test(ROWS), 5).unwrap().expect("enough rows"))
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
    Online { until: Some(whole().series().timestamp(row)), ..Online::new(members) }
}

mod saving {
    use super::*;

    #[test]
    fn every_kind_of_member_forecasts_the_same_to_the_last_bit() {
        let origins: Vec<usize> = (DAY..ROWS).step_by(37).collect();
        let said = |members: &[Member]| -> Vec<Vec<u64>> {
            members.iter().map(|member| bits(&member.forecast(whole(), &origins))).collect()
        };
        let members = every_kind();
        let before = said(&members);
        let champion = Champion::new(members);
        let cards: Vec<_> = champion.members().iter().map(Member::card).collect();
        let json = serde_json::to_string(&cards).unwrap();
        let read: Vec<_> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, cards, "a float of a card did not survive JSON");
        let bytes = champion.to_safetensors();
        assert!(champion.to_safetensors() == bytes, "the same weights give the same bytes");
        let loaded = Champion::load(&read, &bytes).unwrap();
        assert_eq!(said(loaded.members()), before);
        assert!(loaded.to_safetensors() == bytes);
        for (card, before) in cards.into_iter().zip(before) {
            let alone = Champion::load(std::slice::from_ref(&card), &bytes).unwrap();
            let again = Champion::load(&[card], &alone.to_safetensors()).unwrap();
            assert_eq!(said(again.members()), [before], "{}", again.members()[0].name());
        }
    }

    #[test]
    fn a_blend_serves_the_same_once_saved() {
        let champion = Champion::new(every_kind());
        let cards: Vec<_> = champion.members().iter().map(Member::card).collect();
        let loaded = Champion::load(&cards, &champion.to_safetensors()).unwrap();
        let (mut one, mut other) = (Online::new(cards.len()), Online::new(cards.len()));
        for origin in [500, 505, 640] {
            let outlook = champion.forecast(whole(), origin, &mut one).unwrap();
            other = serde_json::from_str(&serde_json::to_string(&other).unwrap()).unwrap();
            assert_eq!(bits(&[loaded.forecast(whole(), origin, &mut other).unwrap()]), bits(&[outlook]), "{origin}");
            assert_eq!(one, other);
        }
    }

    #[test]
    fn a_weight_that_is_missing_is_named_with_the_cure() {
        let champion = Champion::new(every_kind());
        let cards: Vec<_> = champion.members().iter().map(Member::card).collect();
        let bytes = champion.to_safetensors();
        let whole: BTreeMap<String, Tensor> =
            candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap().into_iter().collect();
        assert!(whole.len() > 5 + 4 * 9, "five trees, five networks: {:?}", whole.keys());
        for missing in whole.keys() {
            let mut rest = whole.clone();
            rest.remove(missing);
            let problem = refusal(&cards, &rest);
            // A network's weights are named as PyTorch has them, and under whose name they belong.
            let (member, name) = missing.rsplit_once('/').unwrap();
            assert!(problem.contains(member) && problem.contains(name) && problem.contains("is missing"), "{missing}: {problem}");
            assert!(problem.contains("`trainer train`") && problem.contains("`trainer rollback`"), "{problem}");
        }
    }

    fn refusal(cards: &[headroom_core::champion::MemberCard], weights: &BTreeMap<String, Tensor>) -> String {
        let error = Champion::load(cards, &safetensors::serialize(weights, None).unwrap()).expect_err("an error");
        assert!(matches!(error, LoadError::Weights(_)), "{error}");
        error.to_string()
    }

    #[test]
    fn damaged_weights_are_refused() {
        let champion = Champion::new(vec![trees(), lstm()]);
        let cards: Vec<_> = champion.members().iter().map(Member::card).collect();
        let bytes = champion.to_safetensors();
        for length in [0, 5, bytes.len() / 2, bytes.len() - 1] {
            assert!(matches!(Champion::load(&cards, &bytes[..length]), Err(LoadError::Weights(_))), "{length}");
        }
        let whole: BTreeMap<String, Tensor> =
            candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).unwrap().into_iter().collect();
        let replaced = |key: &str, tensor: Tensor| {
            assert!(whole.contains_key(key), "{key}");
            let mut weights = whole.clone();
            weights.insert(key.to_owned(), tensor);
            refusal(&cards, &weights)
        };
        let floats = Tensor::zeros((3, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
        assert!(replaced("lstm/head.bias", floats.clone()).contains("`head.bias` has shape [3, 2]"));
        replaced("boosted_trees/q0.5", floats);
        let trees = whole["boosted_trees/q0.9"].to_vec1::<u8>().unwrap();
        let cut = Tensor::from_vec(trees[..trees.len() / 2].to_vec(), trees.len() / 2, &Device::Cpu).unwrap();
        assert!(replaced("boosted_trees/q0.9", cut).contains("boosted trees"));
    }
}

mod serving {
    use super::*;

    #[test]
    fn an_ensemble_says_the_mean_of_its_networks() {
        let Member::Ensemble(networks) = ensemble() else { unreachable!() };
        let said: Vec<Outlook> = networks.iter().map(|network| network.model.forecast(whole(), &[700]).remove(0)).collect();
        let together = ensemble().forecast(whole(), &[700]).remove(0);
        assert_eq!(together, average(&said.iter().collect::<Vec<_>>()));
        for h in 0..12 {
            let medians: Vec<f64> = said.iter().map(|outlook| outlook.peaks[h].median()).collect();
            assert!((together.peaks[h].median() - medians.iter().sum::<f64>() / 3.0).abs() < 1e-9);
            assert!(medians.iter().any(|median| (median - medians[0]).abs() > 1e-3), "they differ: {medians:?}");
        }
    }

    #[test]
    fn a_state_kept_tick_by_tick_and_one_caught_up_at_once_say_the_same() {
        let champion = exact_blend();
        let (first, last) = (3 * DAY, 3 * DAY + 150);
        let start = up_to(3, first - 1);
        let (mut kept, mut said) = (start.clone(), None);
        for origin in first..=last {
            // As a scaler sees it: nothing after the origin is there yet.
            said = champion.forecast(&frame(origin + 1, load), origin, &mut kept);
        }
        let mut caught_up = start.clone();
        let at_once = champion.forecast(whole(), last, &mut caught_up).unwrap();
        assert_eq!(caught_up, kept);
        assert_eq!(bits(&[at_once.clone()]), bits(&[said.unwrap()]));
        assert_eq!(kept.until, Some(whole().series().timestamp(last)));
        // And what was learned counts.
        let untaught = champion.forecast(whole(), last, &mut up_to(3, last)).unwrap();
        assert_ne!(bits(&[untaught]), bits(&[at_once]));
    }

    #[test]
    fn the_same_holds_of_networks_but_for_rounding() {
        let champion = Champion::new(vec![plain(PlainModel::LastValue), lstm(), ensemble()]);
        let (first, last) = (3 * DAY, 3 * DAY + 40);
        let (mut kept, mut caught_up, mut said) = (up_to(3, first - 1), up_to(3, first - 1), None);
        for origin in first..=last {
            said = champion.forecast(whole(), origin, &mut kept);
        }
        let at_once = champion.forecast(whole(), last, &mut caught_up).unwrap();
        for (one, other) in bits(&[said.unwrap()]).into_iter().zip(bits(&[at_once])) {
            let (one, other) = (f64::from_bits(one), f64::from_bits(other));
            assert!((one - other).abs() < 1e-3 * one.abs().max(1.0), "{one} {other}");
        }
        assert_eq!(kept.until, caught_up.until);
    }

    #[test]
    fn the_same_state_twice_says_and_learns_the_same() {
        for champion in [exact_blend(), Champion::new(vec![lstm(), ensemble()])] {
            let members = champion.members().len();
            let mut state = Online::new(members);
            champion.forecast(whole(), 900, &mut state).unwrap();
            let (mut one, mut other) = (state.clone(), state.clone());
            let first = champion.forecast(whole(), 910, &mut one).unwrap();
            let second = champion.forecast(whole(), 910, &mut other).unwrap();
            assert_eq!((bits(&[first.clone()]), &one), (bits(&[second]), &other));
            // A tick that is run again finds its state brought up to date already.
            let again = champion.forecast(whole(), 910, &mut other).unwrap();
            assert_eq!((bits(&[again]), &other), (bits(&[first]), &one));
        }
    }

    #[test]
    fn a_state_far_behind_learns_only_from_the_last_day() {
        let champion = exact_blend();
        let learned = |from: Option<usize>, origin: usize| {
            let mut online = from.map_or_else(|| Online::new(3), |row| up_to(3, row));
            let outlook = champion.forecast(whole(), origin, &mut online).unwrap();
            (online, bits(&[outlook]))
        };
        let origin = 3 * DAY + 100;
        let of_the_last_day = learned(Some(origin - DAY), origin);
        for behind in [Some(origin - DAY - 1), Some(origin - 2 * DAY), Some(40), None] {
            assert!(learned(behind, origin) == of_the_last_day, "{behind:?}");
        }
        assert!(learned(Some(origin - DAY + 1), origin) != of_the_last_day);
        // What lies in between is passed over for good.
        let mut through = up_to(3, 2 * DAY);
        champion.walk(whole(), 2 * DAY + 1..origin + 1, &mut through, |_, _| {});
        assert_ne!(through, of_the_last_day.0);
    }

    #[test]
    fn a_state_that_is_ahead_learns_nothing() {
        let champion = exact_blend();
        let mut ahead = Online::new(3);
        champion.forecast(whole(), 1000, &mut ahead).unwrap();
        let before = ahead.clone();
        let outlook = champion.forecast(whole(), 940, &mut ahead).unwrap();
        assert_eq!(ahead, before);
        let said: Vec<Outlook> = champion.members().iter().map(|member| member.forecast(whole(), &[940]).remove(0)).collect();
        let priors: Vec<f64> = champion.members().iter().map(Member::prior).collect();
        assert_eq!(outlook, before.outlook(&priors, &said.iter().collect::<Vec<_>>()), "what it has learned still counts");
    }
}

mod gaps {
    use super::*;

    /// Missing: two rows that are filled for the models, and an hour that is not.
    fn gappy(row: usize) -> f64 {
        let missing = (820..822).contains(&row) || (850..862).contains(&row);
        if missing { f64::NAN } else { load(row) }
    }

    #[test]
    fn there_is_no_forecast_until_a_window_after_the_gap_is_whole_and_the_state_waits() {
        let (champion, frame) = (exact_blend(), frame(ROWS, gappy));
        let mut kept = up_to(3, 799);
        for origin in 800..950 {
            let before = kept.clone();
            let said = champion.forecast(&frame, origin, &mut kept);
            assert_eq!(said.is_some(), frame.can_forecast(origin), "{origin}");
            match said {
                Some(outlook) => {
                    assert!(outlook.steps.iter().chain(&outlook.peaks).all(|step| step.0.iter().all(|value| value.is_finite())));
                    assert_eq!(kept.until, Some(frame.series().timestamp(origin)));
                }
                None => assert_eq!(kept, before, "{origin}"),
            }
        }
        assert!(!frame.can_forecast(870) && frame.can_forecast(862 + 36));
        let mut caught_up = up_to(3, 799);
        champion.forecast(&frame, 949, &mut caught_up).unwrap();
        assert_eq!(caught_up, kept, "however long it could not forecast");
    }

    #[test]
    fn what_was_not_measured_teaches_nothing() {
        let champion = exact_blend();
        // Row 822, beside the filled ones, was measured; they were not.
        let told = |load: &dyn Fn(usize) -> f64| {
            let mut online = up_to(3, 815);
            champion.forecast(&frame(ROWS, load), 821, &mut online).unwrap();
            online
        };
        let missing = told(&gappy);
        let mut until_the_gap = up_to(3, 815);
        champion.forecast(&frame(ROWS, gappy), 819, &mut until_the_gap).unwrap();
        assert_eq!(Online { until: None, ..missing.clone() }, Online { until: None, ..until_the_gap });
        assert_ne!(missing, told(&load));
        let held = told(&|row| if (820..822).contains(&row) { load(819) } else { load(row) });
        assert_ne!(missing, held, "a filled value is no measurement");
    }

    #[test]
    fn the_largest_value_of_a_span_with_a_gap_is_not_known() {
        let champion = Champion::new(vec![plain(PlainModel::LastValue)]);
        // Both frames differ in one missing row; what steps learn from the row after it is the same, what peaks learn is not.
        let learned = |load: &dyn Fn(usize) -> f64| {
            let mut online = up_to(1, 820);
            champion.forecast(&frame(ROWS, load), 821, &mut online).unwrap();
            serde_json::to_value(&online).unwrap()
        };
        let flat = |row: usize| if row == 820 { load(819) } else { load(row) };
        let gap = |row: usize| if row == 820 { f64::NAN } else { load(row) };
        let (flat, gap) = (learned(&flat), learned(&gap));
        assert_eq!(flat["steps"], gap["steps"]);
        let seen = |online: &serde_json::Value| -> Vec<f64> {
            online["peaks"]["seen"].as_array().unwrap().iter().map(|seen| seen.as_f64().unwrap()).collect()
        };
        assert_eq!(seen(&flat), [1.0; 12]);
        let mut one_step_only = [0.0; 12];
        one_step_only[0] = 1.0;
        assert_eq!(seen(&gap), one_step_only);
    }
}
