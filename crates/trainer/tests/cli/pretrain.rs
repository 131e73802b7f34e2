//! `trainer pretrain`, as a trial.

use std::fs;

use crate::{contents, fresh_folder, refused, sample, trainer};

#[test]
fn makes_a_model_that_predicts_any_history() {
    let folder = fresh_folder("pretrain");
    let run = trainer(&folder, &["pretrain", "--out", "model", "--share", "0.01", "--seed", "5"]).worked();
    for column in ["WQL / last value", "shop", "8 d"] {
        assert!(run.stdout.contains(column), "{}", run.stdout);
    }
    let card: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("model/card.json")).unwrap()).unwrap();
    assert_eq!((card["model"].as_str(), card["target"]["kind"].as_str()), (Some("default"), Some("load")));
    assert_eq!(card["command"], "trainer pretrain --out model --share 0.01 --seed 5");
    let data = sample().join("data.csv");
    let predicted = trainer(&folder, &["predict", "--data", data.to_str().unwrap(), "--model", "model"]).worked();
    assert!(predicted.stdout.contains("load"), "{}", predicted.stdout);
}

#[test]
fn a_share_that_is_none_is_refused_and_writes_nothing() {
    let folder = fresh_folder("pretrain-refused");
    for share in ["0", "1.5", "NaN"] {
        refused(&folder, &["pretrain", "--out", "model", "--share", share], &["`--share`", "above 0 up to 1"]);
    }
    assert!(contents(&folder).is_empty());
}
