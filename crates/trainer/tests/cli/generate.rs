//! `trainer generate`.

use std::fs;

use headroom_core::{Calendar, Series, observation_csv::read_observations};

use crate::{refused, trainer};

#[test]
fn a_seed_decides_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |seed: &str, name: &str| {
        let run =
            trainer(folder.path(), &["generate", "--profile", "shop", "--days", "2", "--seed", seed, "--out", name]).worked();
        assert_eq!(run.stdout, "", "the file is the result; the message is for people");
        assert!(run.stderr.contains("wrote 576 rows") && run.stderr.contains(name), "{}", run.stderr);
        fs::read(folder.path().join(name)).unwrap()
    };
    let first = bytes("5", "a.csv");
    assert!(first == bytes("5", "b.csv"));
    assert!(first != bytes("6", "c.csv"));
}

#[test]
fn every_profile_makes_rows_and_a_calendar_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for profile in ["reference", "shop", "api", "batch", "flash"] {
        let args = [
            "generate",
            "--profile",
            profile,
            "--days",
            "3",
            "--start",
            "2026-03-01T00:00:00Z",
            "--out",
            "deep/down/data.csv",
            "--calendar-out",
            "calendar.json",
        ];
        trainer(folder.path(), &args).worked();
        let reading = read_observations(&fs::read(folder.path().join("deep/down/data.csv")).unwrap()[..]).unwrap();
        assert_eq!(reading.remarks, [""; 0]);
        let series = Series::from_observations(&reading.observations).unwrap();
        assert_eq!((series.rows(), series.step_seconds()), (864, 300), "{profile}");
        assert_eq!(series.timestamp(0).to_string(), "2026-03-01T00:00:00Z");
        let calendar = Calendar::from_json(&fs::read_to_string(folder.path().join("calendar.json")).unwrap()).unwrap();
        assert_eq!(calendar.is_empty(), ["api", "batch"].contains(&profile), "{profile}");
    }
}

#[test]
fn a_history_beyond_the_year_9999_and_a_place_that_cannot_be_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.csv"), "kept").unwrap();
    let generate = |more: &[&str], parts: &[&str]| {
        refused(folder.path(), &[&["generate", "--profile", "api", "--days", "40"], more].concat(), parts);
    };
    generate(&["--start", "9999-12-01T00:00:00Z", "--out", "old.csv"], &["--start", "start earlier"]);
    generate(&["--out", "old.csv/data.csv"], &["old.csv/data.csv", "name a folder"]);
    generate(&["--out", "."], &["name a file"]);
    // The calendar cannot be written, so the history is not touched either.
    generate(&["--out", "old.csv", "--calendar-out", "old.csv/c.json"], &["old.csv/c.json", "name a folder"]);
}
