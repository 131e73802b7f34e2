//! `train`, `predict` and `evaluate` on files.

use std::{fs, path::Path};

use headroom_core::model_card::{ModelCard, weights_digest};
use serde_json::Value;

use crate::{copy_of, sample, trainer};

/// Twelve steps of five quantiles that are in order, the first right after `end`.
#[track_caller]
pub(crate) fn assert_forecast(forecast: &Value, end: &str) {
    assert_eq!(forecast["origin"], end);
    assert_eq!(forecast["step_seconds"], 300);
    assert_eq!(forecast["levels"], serde_json::json!([0.1, 0.5, 0.9, 0.95, 0.99]));
    for part in ["steps", "peaks"] {
        let steps = forecast[part].as_array().unwrap();
        assert_eq!(steps.len(), 12);
        for step in steps {
            let values: Vec<f64> = step.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
            assert_eq!(values.len(), 5);
            assert!(values.windows(2).all(|pair| 0.0 <= pair[0] && pair[0] <= pair[1]), "{values:?}");
        }
    }
}

fn predict(folder: &Path, more: &[&str]) -> crate::Run {
    let args = ["predict", "--data", "data.csv", "--calendar", "calendar.json", "--model", "model"];
    trainer(folder, &[&args, more].concat())
}

#[test]
fn training_writes_weights_and_the_card_that_describes_them() {
    let folder = sample();
    let weights = fs::read(folder.join("model/weights.safetensors")).unwrap();
    let card = ModelCard::from_json(&fs::read(folder.join("model/card.json")).unwrap()).unwrap();
    assert_eq!(card.weights_sha256, weights_digest(&weights));
    let champion = card.champion(&weights).unwrap();
    assert!(champion.to_safetensors() == weights);
    assert_eq!((card.data.source.as_str(), card.data.rows, card.data.calendar), ("data.csv", 576, true));
    assert_eq!(card.created_at.to_string(), "2026-06-29T00:00:00Z", "SOURCE_DATE_EPOCH");
    assert_eq!(card.command, "trainer train --data data.csv --calendar calendar.json --out model");
    assert_eq!(fs::read_dir(folder.join("model")).unwrap().count(), 2, "nothing else is left in the folder");
}

#[test]
fn training_shows_scores_on_standard_output_and_progress_on_standard_error() {
    let folder = sample();
    let (stdout, stderr) =
        (fs::read_to_string(folder.join("train.stdout")).unwrap(), fs::read_to_string(folder.join("train.stderr")).unwrap());
    for part in ["of the last value", "candidate", "blend", "boosted trees", "MAE 1", "last value", "lstm", "linear"] {
        assert!(stdout.contains(part), "no `{part}` in {stdout}");
    }
    assert!(!stdout.contains("training lstm"), "{stdout}");
    assert!(stderr.contains("training lstm: batch 300 of at most ") && stderr.contains("best on validation"), "{stderr}");
    assert!(stderr.contains("wrote `model/weights.safetensors` and `model/card.json`"), "{stderr}");
    assert!(!stderr.contains('\u{1b}') && !stderr.contains('\r'), "plain lines where there is no terminal: {stderr:?}");
}

#[test]
fn a_prediction_follows_the_end_of_the_data() {
    let run = predict(sample(), &["--json", "-"]).worked();
    let forecast = run.json();
    assert_forecast(&forecast, "2026-06-03T00:00:00Z");
    assert_eq!(forecast["group"], "data");
    let card = ModelCard::from_json(&fs::read(sample().join("model/card.json")).unwrap()).unwrap();
    assert_eq!((&forecast["model"]["name"], &forecast["model"]["version"]), (&card.model.into(), &card.version.into()));
    assert!(run.stderr.contains("2026-06-03T00:00:00Z") && run.stderr.contains("2026-06-03T00:55:00Z"), "{}", run.stderr);
    assert!(!run.stderr.contains("2026-06-03T01:00:00Z"), "{}", run.stderr);
}

#[test]
fn json_goes_to_a_file_or_to_standard_output_and_is_the_same() {
    let folder = copy_of(sample());
    let plain = predict(folder.path(), &[]).worked();
    let to_file = predict(folder.path(), &["--json", "out/forecast.json"]).worked();
    let to_stdout = predict(folder.path(), &["--json", "-"]).worked();
    assert_eq!(fs::read_to_string(folder.path().join("out/forecast.json")).unwrap(), to_stdout.stdout);
    assert_eq!(plain.stdout, to_file.stdout, "people read the table on standard output");
    assert_eq!((plain.stderr.as_str(), to_file.stderr.as_str()), ("", ""));
    assert_eq!(to_stdout.stderr, plain.stdout, "unless programs read that");
}

#[test]
fn the_table_holds_twelve_steps() {
    let run = predict(sample(), &[]).worked();
    for minute in (0..60).step_by(5) {
        assert!(run.stdout.contains(&format!("2026-06-03T00:{minute:02}:00Z")), "{minute} in {}", run.stdout);
    }
    for level in ["q0.1", "q0.5", "q0.9", "q0.95", "q0.99"] {
        assert!(run.stdout.contains(level), "{level}");
    }
}

#[test]
fn evaluation_prints_every_model_and_nothing_but_json_for_programs() {
    let run = trainer(sample(), &["evaluate", "--data", "data.csv", "--calendar", "calendar.json", "--json", "-"]).worked();
    let results = run.json();
    let names: Vec<&str> = results.as_array().unwrap().iter().map(|result| result["model"].as_str().unwrap()).collect();
    assert!(names.starts_with(&["last value"]) && names.ends_with(&["boosted trees", "lstm", "blend", "champion"]), "{names:?}");
    for result in results.as_array().unwrap() {
        assert_eq!((&result["trace"], &result["target"]), (&"data".into(), &"request_count".into()));
        // 576 rows: the test part is rows 460 to 575, the last origin has twelve rows after it.
        assert_eq!((&result["origins"], &result["grid_rows"]), (&104.into(), &576.into()));
        assert!(result["mae"]["h1"].as_f64().unwrap() > 0.0);
    }
    for part in ["training lstm: ", "104 origins", "champion ("] {
        assert!(run.stderr.contains(part), "no `{part}` in {}", run.stderr);
    }
}

#[test]
fn every_kind_of_network_is_trained_where_that_is_asked_for() {
    let folder = copy_of(sample());
    let all = trainer(folder.path(), &["evaluate", "--data", "data.csv", "--all-networks", "--json", "all.json"]).worked();
    for part in ["training attention lstm: ", "training ensemble 5/5: "] {
        assert!(all.stderr.contains(part), "no `{part}` in {}", all.stderr);
    }
    for model in ["lstm", "attention lstm", "lstm ensemble"] {
        assert!(all.stdout.lines().any(|line| line.trim().starts_with(model)), "no `{model}` in {}", all.stdout);
    }
}

/// What makes a page ask for something beside itself.
const REFERENCES: [&str; 8] = ["<link", "<iframe", "<object", "src=", "@import", "url(", "fetch(", "https://"];

#[test]
fn a_report_is_one_page_that_needs_nothing_else() {
    let folder = copy_of(sample());
    let args = ["evaluate", "--data", "data.csv", "--calendar", "calendar.json", "--report", "out/report.html", "--json", "-"];
    let run = trainer(folder.path(), &args).worked();
    assert!(run.stderr.contains("wrote `out/report.html`"), "{}", run.stderr);
    let written: Vec<_> = fs::read_dir(folder.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(written, ["report.html"]);
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    for reference in REFERENCES {
        let at = page.find(reference);
        assert!(at.is_none(), "{}", at.map_or("", |at| page.get(at..at + 80).unwrap_or(reference)));
    }
    assert!(!page.replace("http://www.w3.org/", "").contains("http://"), "names of namespaces are no references");
    assert!(page.contains("<svg"), "pictures are inside");
    // It shows what the programs get.
    for result in run.json().as_array().unwrap() {
        let model = result["model"].as_str().unwrap();
        assert!(model == "best naive" || page.contains(model), "no `{model}`");
    }
    for fact in ["request_count", "576", "104"] {
        assert!(page.contains(fact), "no `{fact}`");
    }
}
