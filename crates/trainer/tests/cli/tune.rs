//! `tune`: interrupted, resumed, damaged on purpose, and what it finds put to use.

use std::{fs, path::Path};

use trainer::Settings;

use crate::{Run, copy_of, refused, sample, trainer};

const TUNE: [&str; 7] = ["tune", "--data", "data.csv", "--calendar", "calendar.json", "--record", "out/tune.jsonl"];

fn tune(folder: &Path, more: &[&str]) -> Run {
    trainer(folder, &[&TUNE, more].concat())
}

fn record(folder: &Path) -> Vec<String> {
    fs::read_to_string(folder.join("out/tune.jsonl")).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

/// The record without the seconds, which differ from run to run.
fn timeless(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line.split(",\"seconds\":").next().unwrap()).collect()
}

#[test]
fn a_search_that_was_interrupted_goes_on_as_if_it_had_not_been() {
    let (whole, broken) = (copy_of(sample()), copy_of(sample()));
    let at_once = tune(whole.path(), &["--seed", "6", "--trials", "4", "--json", "tune.json"]).worked();
    let wanted = record(whole.path());
    assert_eq!(wanted.len(), 5, "a line about the search, then one for each trial");

    tune(broken.path(), &["--seed", "6", "--trials", "3"]).worked();
    // The machine died while it wrote the third trial.
    let torn: String = record(broken.path()).concat();
    fs::write(broken.path().join("out/tune.jsonl"), &torn[..torn.len() - 40]).unwrap();
    let resumed = tune(broken.path(), &["--seed", "6", "--trials", "4", "--json", "tune.json"]).worked();
    assert!(resumed.stderr.contains("the last line was torn off and is dropped"), "{}", resumed.stderr);
    assert!(resumed.stderr.contains("`out/tune.jsonl` holds 2 finished trial(s)"), "{}", resumed.stderr);
    assert!(!resumed.stderr.contains("trial 1,") && resumed.stderr.contains("trial 2,"), "{}", resumed.stderr);
    assert_eq!(timeless(&record(broken.path())), timeless(&wanted));

    let read =
        |folder: &Path| -> serde_json::Value { serde_json::from_slice(&fs::read(folder.join("tune.json")).unwrap()).unwrap() };
    let (one, other) = (read(whole.path()), read(broken.path()));
    assert_eq!((&one["best"]["candidate"], &one["gain"]), (&other["best"]["candidate"], &other["gain"]));
    assert_eq!(one["trials"].as_array().unwrap().len(), 4);
    for part in ["4 trials", "defaults", "dropout", "the defaults alone differ by "] {
        assert!(at_once.stdout.contains(part), "no `{part}` in {}", at_once.stdout);
    }
}

#[test]
fn a_budget_that_is_used_up_trains_nothing_and_prints_the_same_table() {
    let folder = copy_of(sample());
    // Shorter than any trial: the one that has begun is finished.
    let first = tune(folder.path(), &["--budget", "1s", "--trials", "1"]).worked();
    let before = record(folder.path());
    assert_eq!(before.len(), 2);
    let again = tune(folder.path(), &["--trials", "1"]).worked();
    assert_eq!((again.stdout, record(folder.path())), (first.stdout, before));
    assert_eq!(
        again.stderr,
        "`out/tune.jsonl` holds 1 finished trial(s)\nnothing is trained: the budget is used up; a larger one goes on from here\n"
    );
}

#[test]
fn the_settings_that_it_writes_are_those_that_train_and_evaluate_use() {
    let folder = copy_of(sample());
    let run = tune(folder.path(), &["--trials", "1", "--out", "best.json"]).worked();
    assert!(run.stderr.contains("wrote `best.json`"), "{}", run.stderr);
    assert_eq!(Settings::from_json(&fs::read(folder.path().join("best.json")).unwrap()).unwrap(), Settings::default());
    fs::write(folder.path().join("small.json"), r#"{"hidden": 8, "rounds_max": 1, "seed": 5}"#).unwrap();
    let lstm = |args: &[&str]| {
        let evaluate = ["evaluate", "--data", "data.csv", "--calendar", "calendar.json", "--json", "-"];
        let results = trainer(folder.path(), &[&evaluate, args].concat()).worked().json();
        results.as_array().unwrap().iter().find(|result| result["model"] == "lstm").unwrap()["mae"].clone()
    };
    let defaults = lstm(&[]);
    assert_eq!(lstm(&["--settings", "best.json"]), defaults);
    let small = lstm(&["--settings", "small.json"]);
    assert_ne!(small, defaults);
    assert_eq!(lstm(&["--settings", "small.json", "--seed", "5"]), small, "the seed of the file");
    assert_ne!(lstm(&["--settings", "small.json", "--seed", "6"]), small, "a seed beside the file");
    let train = ["train", "--data", "data.csv", "--calendar", "calendar.json", "--settings", "small.json", "--out", "small"];
    let run = trainer(folder.path(), &train).worked();
    assert_ne!(run.stdout, fs::read_to_string(folder.path().join("train.stdout")).unwrap());
}

#[test]
fn what_cannot_be_used_is_refused_and_stays_as_it_was() {
    let folder = copy_of(sample());
    let at = |name: &str| folder.path().join(name);
    tune(folder.path(), &["--trials", "1"]).worked();
    let refuses = |more: &[&str], parts: &[&str]| refused(folder.path(), &[&TUNE[..], &["--trials", "2"], more].concat(), parts);
    refuses(&["--seed", "8"], &["out/tune.jsonl", "seed 7, not 8", "--seed 7"]);
    refuses(&["--target", "cpu_utilization"], &["`request_count`, not on `cpu_utilization`", "--target request_count"]);
    refuses(&["--out", "model"], &["model", "name a file, not a folder"]);
    refuses(&["--json", "model"], &["model", "name a file, not a folder"]);

    let tune_on = |record: &str, parts: &[&str]| {
        let args = ["tune", "--data", "data.csv", "--calendar", "calendar.json", "--trials", "2", "--record", record];
        refused(folder.path(), &args, &[&[record], parts].concat());
    };
    tune_on("data.csv", &["line 1", "no record of `trainer tune`", "name another file"]);
    tune_on("model/weights.safetensors", &["line 1", "no record of `trainer tune`", "name another file"]);
    tune_on("model", &["name a file, not a folder"]);
    tune_on("data.csv/tune.jsonl", &["a part of the path is a file"]);
    let text = fs::read_to_string(at("out/tune.jsonl")).unwrap();
    fs::write(at("damaged.jsonl"), format!("{text}garbage\n")).unwrap();
    tune_on("damaged.jsonl", &["line 3", "delete this line and those after it"]);

    fs::write(
        at("other.csv"),
        fs::read_to_string(at("data.csv")).unwrap().lines().take(500).map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    let other = ["tune", "--calendar", "calendar.json", "--trials", "2", "--record", "out/tune.jsonl", "--data"];
    refused(folder.path(), &[&other[..], &["other.csv"]].concat(), &["out/tune.jsonl", "other data", "name another file"]);
    refused(folder.path(), &[&other[..], &["nowhere.csv"]].concat(), &["nowhere.csv", "check the path"]);
    let without = ["tune", "--data", "data.csv", "--trials", "2", "--record", "out/tune.jsonl"];
    refused(folder.path(), &without, &["another calendar", "name another file"]);

    fs::write(
        at("short.csv"),
        fs::read_to_string(at("data.csv")).unwrap().lines().take(61).map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    let short = ["tune", "--data", "short.csv", "--trials", "2", "--record", "new/tune.jsonl"];
    refused(folder.path(), &short, &["short.csv", "use a longer history"]);
}

#[test]
fn damaged_settings_are_refused() {
    let folder = copy_of(sample());
    let commands: [&[&str]; 2] = [&["train", "--data", "data.csv", "--out", "model"], &["evaluate", "--data", "data.csv"]];
    for command in commands {
        for (text, parts) in [
            ("", &["EOF"][..]),
            ("hidden = 3", &["not understood"]),
            (r#"{"hiden": 3}"#, &["unknown field `hiden`"]),
            (r#"{"hidden": 0, "batch": 0}"#, &["`hidden` is 0: choose 2 to 1024", "`batch` is 0: choose 1 to 8192"]),
        ] {
            fs::write(folder.path().join("bad.json"), text).unwrap();
            let args = [command, &["--settings", "bad.json"]].concat();
            refused(folder.path(), &args, &[&["bad.json"], parts].concat());
        }
        refused(folder.path(), &[command, &["--settings", "nowhere.json"]].concat(), &["nowhere.json", "check the path"]);
    }
}

#[test]
fn wrong_use_tells_the_usage() {
    let folder = copy_of(sample());
    let cases: [(&[&str], &str); 6] = [
        (&["--budget", "0s"], "give it at least 1s"),
        (&["--budget=-5m"], "give it at least 1s"),
        (&["--budget", "10"], "write it like 90s, 10m or 2h"),
        (&["--budget", "soon"], "write it like 90s, 10m or 2h"),
        (&["--trials", "0"], "0 is not in 1.."),
        (&["--seed", "one"], "invalid digit"),
    ];
    for (more, part) in cases {
        let run = tune(folder.path(), more);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{more:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{more:?}: {}", run.stderr);
    }
    assert_eq!(trainer(folder.path(), &["tune", "--data", "data.csv"]).code, 2, "a search without a record");
}
