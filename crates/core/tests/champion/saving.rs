//! Saved and read again: every kind of member, and what is missing or damaged.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use headroom_core::{
    champion::{Champion, Member, MemberCard},
    forecasters::Forecaster,
    lstm::LoadError,
    online::Online,
};

use crate::{DAY, ROWS, bits, every_kind, lstm, trees, whole};

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

fn refusal(cards: &[MemberCard], weights: &BTreeMap<String, Tensor>) -> String {
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
    let floats = Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap();
    assert!(replaced("lstm/head.bias", floats.clone()).contains("`head.bias` has shape [3, 2]"));
    replaced("boosted_trees/q0.5", floats);
    let trees = whole["boosted_trees/q0.9"].to_vec1::<u8>().unwrap();
    let cut = Tensor::from_vec(trees[..trees.len() / 2].to_vec(), trees.len() / 2, &Device::Cpu).unwrap();
    assert!(replaced("boosted_trees/q0.9", cut).contains("boosted trees"));
}
