//! What cannot be used: one line that names file, line and cure, and everything stays as it was.

use std::{fs, path::Path};

use headroom_core::features::FEATURE_SET_VERSION;

use crate::{copy_of, on_a_store::trained_store, refused, sample, store_url, trainer};

/// A sample with a trained store beside it, to be damaged.
fn folder() -> tempfile::TempDir {
    let folder = copy_of(sample());
    let store = copy_of(&trained_store().folder);
    fs::rename(store.path().join("store"), folder.path().join("store")).unwrap();
    folder
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let before = fs::read_to_string(path).unwrap();
    let after = change(before.clone());
    assert_ne!(before, after, "nothing was damaged");
    fs::write(path, after).unwrap();
}

/// Every command that reads a CSV file.
fn all_refuse_csv(folder: &Path, csv: &str, parts: &[&str]) {
    let url = store_url(folder);
    let commands: [&[&str]; 4] = [
        &["train", "--data", csv, "--out", "model"],
        &["evaluate", "--data", csv, "--json", "scores.json"],
        &["predict", "--data", csv, "--model", "model", "--json", "-"],
        &["import", "--csv", csv, "--group", "web", "--store", &url],
    ];
    for args in commands {
        refused(folder, args, &[&[csv], parts].concat());
    }
}

#[test]
fn csv_files() {
    let folder = folder();
    let cases: [(&[u8], &[&str]); 12] = [
        (b"", &["the file is empty", "write a header"]),
        (b"\n\n", &["the file is empty", "write a header"]),
        (b"timestamp,cpu_utilization\n", &["line 1: ", "add at least two rows"]),
        (b"time,cpu_utilization\n2026-06-01T00:00:00Z,1\n", &["line 1: ", "no `timestamp` column", "`time`"]),
        (b"timestamp,color\n2026-06-01T00:00:00Z,1\n", &["line 1: ", "add one of them"]),
        (
            b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1\n2026-06-01T00:05:00Z,high\n",
            &["line 3: ", "`high`", "write a number"],
        ),
        (b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,-1\n", &["line 2: ", "negative", "write a number"]),
        (
            b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1e300\n",
            &["line 2: ", "more than a step can have", "write a number"],
        ),
        (b"timestamp,cpu_utilization\n2026-06-01 at noon,1\n", &["line 2: ", "`2026-06-01 at noon`", "write it like"]),
        (b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1,2\n", &["line 2: ", "as many fields as the header"]),
        (
            b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1\n2026-06-01T00:05:00Z,\xff\n",
            &["line 3: ", "save the file as UTF-8"],
        ),
        (b"timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1\n", &["1 row(s)", "at least two are needed"]),
    ];
    for (bytes, parts) in cases {
        fs::write(folder.path().join("bad.csv"), bytes).unwrap();
        all_refuse_csv(folder.path(), "bad.csv", parts);
    }
    all_refuse_csv(folder.path(), "nowhere.csv", &["check the path"]);
    all_refuse_csv(folder.path(), "store", &["name a file, not a folder"]);
}

#[test]
fn too_short_a_history() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("data.csv")).unwrap();
    let short = |rows: usize| text.lines().take(1 + rows).map(|line| format!("{line}\n")).collect::<String>();
    fs::write(folder.path().join("short.csv"), short(30)).unwrap();
    refused(
        folder.path(),
        &["train", "--data", "short.csv", "--out", "model"],
        &["short.csv", "too few rows", "use a longer history"],
    );
    refused(folder.path(), &["evaluate", "--data", "short.csv"], &["short.csv", "use a longer history"]);
    let predict = ["predict", "--data", "short.csv", "--model", "model"];
    refused(folder.path(), &predict, &["short.csv", "30 rows", "36", "use a longer history"]);
    // The last hour was not measured, but the row after it was.
    let gap: String = short(100) + text.lines().nth(113).unwrap() + "\n";
    fs::write(folder.path().join("short.csv"), gap).unwrap();
    refused(folder.path(), &predict, &["short.csv", "gap of more than 6", "fill it"]);
}

#[test]
fn a_history_that_the_model_was_not_made_for() {
    let folder = folder();
    let rows = |column: &str, minutes: usize| -> String {
        let row = |i: usize| format!("2026-06-{:02}T{:02}:{:02}:00Z,5\n", 1 + i / 1440, i / 60 % 24, i % 60);
        format!("timestamp,{column}\n") + &(0..60).map(|i| row(i * minutes)).collect::<String>()
    };
    let predict = ["predict", "--data", "other.csv", "--model", "model"];
    fs::write(folder.path().join("other.csv"), rows("request_count", 60)).unwrap();
    refused(folder.path(), &predict, &["other.csv", "3600 s", "300 s", "trainer train"]);
    fs::write(folder.path().join("other.csv"), rows("cpu_utilization", 5)).unwrap();
    refused(folder.path(), &predict, &["other.csv", "`request_count`", "trainer train"]);
    let args = ["train", "--data", "other.csv", "--out", "model", "--target", "network_in"];
    refused(folder.path(), &args, &["other.csv", "`network_in`", "choose one of `cpu_utilization`"]);
}

#[test]
fn model_cards() {
    let folder = folder();
    let path = folder.path().join("model/card.json");
    let whole = fs::read_to_string(&path).unwrap();
    let predict = ["predict", "--data", "data.csv", "--model", "model", "--json", "forecast.json"];
    let refuse = |damaged: &str, parts: &[&str]| {
        assert_ne!(whole, damaged, "nothing was damaged");
        fs::write(&path, damaged).unwrap();
        refused(folder.path(), &predict, &[&["model/card.json", "trainer train"], parts].concat());
    };
    let line = 1 + whole.lines().position(|line| line.contains("feature_set_version")).unwrap();
    refuse(
        &whole.replace(&format!("\"feature_set_version\": {FEATURE_SET_VERSION}"), "\"feature_set_version\": 99"),
        &[&format!("line {line}: "), "feature set 99", "trainer rollback"],
    );
    refuse(&whole.replace("\"format\": 2", "\"format\": 1"), &["line ", "format 1"]);
    let half = &whole[..whole.len() / 2];
    refuse(half, &[&format!("line {}: ", half.lines().count())]);
    refuse("", &["line 1: "]);
    refuse(&whole.replace("\"hidden\": ", "\"hidden_units\": "), &["line ", "hidden"]);
    fs::remove_file(&path).unwrap();
    refused(folder.path(), &predict, &["model/card.json", "trainer train --out model"]);
}

#[test]
fn weights() {
    let folder = folder();
    let version = |name: &str| {
        let forecast = fs::read_to_string(folder.path().join(name)).unwrap();
        serde_json::from_str::<serde_json::Value>(&forecast).unwrap()["version"].as_str().unwrap().to_owned()
    };
    let serving = version("store/models/group=web/current.json");
    let key = format!("models/group=web/{serving}/weights.safetensors");
    let stored = folder.path().join("store").join(&key);
    let path = folder.path().join("model/weights.safetensors");
    let (whole, other) = (fs::read(&path).unwrap(), fs::read(&stored).unwrap());
    assert_ne!(whole, other);
    let url = store_url(folder.path());
    let cure = ["trainer train", "trainer rollback"];
    for damaged in [&whole[..whole.len() - 1], &whole[..100], &[], &other] {
        fs::write(&path, damaged).unwrap();
        let args = ["predict", "--data", "data.csv", "--model", "model"];
        refused(folder.path(), &args, &[&["model/weights.safetensors"], &cure[..]].concat());
    }
    for damaged in [&other[..other.len() - 1], &whole] {
        fs::write(&stored, damaged).unwrap();
        let args = ["predict", "--store", &url, "--group", "web", "--json", "-"];
        refused(folder.path(), &args, &[&[key.as_str()], &cure[..]].concat());
    }
    fs::remove_file(&stored).unwrap();
    refused(folder.path(), &["predict", "--store", &url, "--group", "web"], &[&[key.as_str()], &cure[..]].concat());
    fs::remove_file(&path).unwrap();
    refused(
        folder.path(),
        &["predict", "--data", "data.csv", "--model", "model"],
        &["model/weights.safetensors", "check the path"],
    );
}

#[test]
fn calendars() {
    let folder = folder();
    let backwards = "{\"time_zone\": \"UTC\",\n \"events\": [\n  {\"name\": \"launch\", \"start\": \"2026-06-02T10:00\",\n   \"end\": \"2026-06-02T09:00\"}]}\n";
    let cases: [(&[u8], &[&str]); 4] = [
        (backwards.as_bytes(), &["line 3: ", "event `launch`", "correct `end`"]),
        (b"{\n\"events\": 3}", &["line 2: ", "a calendar looks like"]),
        (b"{\n\n\"\xff\": 1}", &["line 3: ", "save the file as UTF-8"]),
        (b"{\"time_zone\": \"Europe/Atlantis\"}", &["line 1: ", "`Europe/Atlantis`", "write one like"]),
    ];
    let url = store_url(folder.path());
    fs::create_dir_all(folder.path().join("store/config")).unwrap();
    for (bytes, parts) in cases {
        fs::write(folder.path().join("bad.json"), bytes).unwrap();
        let commands: [&[&str]; 3] = [
            &["train", "--data", "data.csv", "--calendar", "bad.json", "--out", "model"],
            &["evaluate", "--data", "data.csv", "--calendar", "bad.json", "--json", "-"],
            &["predict", "--data", "data.csv", "--calendar", "bad.json", "--model", "model"],
        ];
        for args in commands {
            refused(folder.path(), args, &[&["bad.json"], parts].concat());
        }
        fs::write(folder.path().join("store/config/business_calendar.json"), bytes).unwrap();
        for command in ["train", "predict"] {
            let args = [command, "--store", &url, "--group", "web"];
            refused(folder.path(), &args, &[&["config/business_calendar.json"], parts].concat());
        }
    }
    let args = ["train", "--data", "data.csv", "--calendar", "none.json", "--out", "model"];
    refused(folder.path(), &args, &["none.json", "check the path"]);
}

#[test]
fn groups_and_fleets() {
    let folder = folder();
    let url = store_url(folder.path());
    refused(folder.path(), &["predict", "--store", &url, "--group", "nope"], &["`nope`", "trainer train --group nope"]);
    refused(folder.path(), &["train", "--store", &url, "--group", "nope"], &["`nope`", "no history", "trainer import"]);
    refused(folder.path(), &["rollback", "--store", &url, "--group", "nope"], &["`nope`", "trainer train"]);
    refused(folder.path(), &["predict", "--store", &url, "--group", "../web"], &["`../web`", "use letters"]);
    refused(folder.path(), &["train", "--store", &url], &["config/fleet.toml", "--group"]);

    let train = ["train", "--store", &url, "--config", "fleet.toml", "--group", "nope"];
    refused(folder.path(), &train, &["fleet.toml", "check the path"]);
    let fleet = |text: &str, parts: &[&str]| {
        fs::write(folder.path().join("fleet.toml"), text).unwrap();
        refused(folder.path(), &train, &[&["fleet.toml"], parts].concat());
    };
    fleet("[[group]]\nid = \"web\"\n", &["no group `nope`", "choose one of `web`"]);
    fleet("[[group]]\nid = \"web\"\nmin = 3\n", &["line 3", "unknown field `min`"]);
    fleet("[[group]]\nid = \"a b\"\n[[group]]\nid = \"web\"\nstep_seconds = 7\n", &["use letters", "`step_seconds` = 7"]);
    // A store's own fleet is read where none is named.
    edit(&folder.path().join("fleet.toml"), |_| "[[group]]\nid = \"api\"\n".to_owned());
    fs::create_dir_all(folder.path().join("store/config")).unwrap();
    fs::rename(folder.path().join("fleet.toml"), folder.path().join("store/config/fleet.toml")).unwrap();
    refused(folder.path(), &["train", "--store", &url, "--group", "web"], &["config/fleet.toml", "choose one of `api`"]);
    refused(folder.path(), &["train", "--store", &url], &["group `api`", "no history"]);
}

#[test]
fn a_history_without_the_column_that_load_is_counted_in() {
    let folder = tempfile::tempdir().unwrap();
    let url = store_url(folder.path());
    let import = |column: &str, group: &str| {
        let rows: String = (0..12).map(|i| format!("2026-06-01T00:{:02}:00Z,5\n", 5 * i)).collect();
        fs::write(folder.path().join("rows.csv"), format!("timestamp,{column}\n{rows}")).unwrap();
        trainer(folder.path(), &["import", "--csv", "rows.csv", "--group", group, "--store", &url]).worked();
    };
    import("request_count", "web");
    refused(
        folder.path(),
        &["train", "--store", &url, "--group", "web"],
        &["group `web`", "no `cpu_utilization`", "set `requests_per_instance`"],
    );
    import("cpu_utilization", "api");
    fs::write(folder.path().join("fleet.toml"), "[[group]]\nid = \"api\"\nrequests_per_instance = 100\n").unwrap();
    refused(
        folder.path(),
        &["train", "--store", &url, "--config", "fleet.toml"],
        &["group `api`", "no `request_count`", "leave the setting out"],
    );
}

#[test]
fn stores() {
    let folder = folder();
    let path = folder.path().join("store").display().to_string();
    let on_a_file = format!("file://{}", folder.path().join("data.csv").display());
    let cases: [(&str, &[&str]); 4] = [
        (&path, &[&path, "write file:///"]),
        ("store", &["`store`", "write file:///"]),
        ("gs://bucket/prefix", &["gs://bucket/prefix", "write file:///"]),
        (&on_a_file, &["data.csv"]),
    ];
    for (store, parts) in cases {
        let commands: [&[&str]; 4] = [
            &["import", "--csv", "data.csv", "--group", "web", "--store", store],
            &["train", "--group", "web", "--store", store],
            &["predict", "--group", "web", "--store", store],
            &["rollback", "--group", "web", "--store", store],
        ];
        for args in commands {
            refused(folder.path(), args, parts);
        }
    }
    // A day object that someone broke is named and left alone.
    let url = store_url(folder.path());
    let key = "history/group=web/date=2026-06-01.csv";
    edit(&folder.path().join("store").join(key), |text| text.replacen("00:05:00Z,", "00:05:00Z,much", 1));
    for command in ["train", "predict"] {
        refused(folder.path(), &[command, "--store", &url, "--group", "web"], &[key, "line 3: ", "write a number"]);
    }
}

#[test]
fn places_that_cannot_be_written() {
    let folder = folder();
    let cure = "name a folder instead";
    refused(
        folder.path(),
        &["train", "--data", "data.csv", "--out", "data.csv/model"],
        &["data.csv/model/weights.safetensors", cure],
    );
    refused(
        folder.path(),
        &["train", "--data", "data.csv", "--out", "calendar.json"],
        &["calendar.json/weights.safetensors", cure],
    );
    let json = "data.csv/out.json";
    refused(folder.path(), &["evaluate", "--data", "data.csv", "--json", json], &[json, cure]);
    let report = "data.csv/out.html";
    refused(folder.path(), &["evaluate", "--data", "data.csv", "--report", report], &[report, cure]);
    refused(folder.path(), &["evaluate", "--data", "data.csv", "--report", "model"], &["`model`", "name a file"]);
    // Before any work: what is to be evaluated was not even looked for.
    refused(folder.path(), &["evaluate", "--data", "nowhere.csv", "--report", report], &[report, cure]);
    refused(folder.path(), &["predict", "--data", "data.csv", "--model", "model", "--json", json], &[json, cure]);
    // The weights could be written and the card could not: neither is.
    fs::create_dir_all(folder.path().join("half/card.json")).unwrap();
    refused(folder.path(), &["train", "--data", "data.csv", "--out", "half"], &["half/card.json", "name a file"]);
}
