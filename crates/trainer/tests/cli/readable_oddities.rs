//! Files that are unusual and can be read all the same: a note says so.

use std::{fs, path::Path};

use crate::{Run, copy_of, sample, store_url, trainer};

const PLAIN: &str = "timestamp,cpu_utilization\n2026-06-01T00:00:00Z,10\n2026-06-01T00:05:00Z,20\n2026-06-01T00:10:00Z,30\n";

fn import(folder: &Path, text: &str) -> (Run, Vec<u8>) {
    let _ = fs::remove_dir_all(folder.join("store"));
    fs::write(folder.join("web.csv"), text).unwrap();
    let run = trainer(folder, &["import", "--csv", "web.csv", "--group", "web", "--store", &store_url(folder)]).worked();
    let day = fs::read(folder.join("store/history/group=web/date=2026-06-01.csv")).unwrap();
    (run, day)
}

#[test]
fn each_oddity_is_noted_with_file_and_line_and_read_as_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, expected) = import(folder.path(), PLAIN);
    assert!(!plain.stderr.contains("note"), "{}", plain.stderr);
    let cases = [
        (format!("\u{feff}{PLAIN}"), "line 1: the byte order mark"),
        (PLAIN.replace('\n', "\r\n"), "line 1: lines end in CRLF"),
        (PLAIN.replace("00:05:00Z", "02:05:00+02:00"), "line 3: timestamps carry different UTC offsets"),
    ];
    for (text, note) in cases {
        let (run, day) = import(folder.path(), &text);
        assert!(run.stderr.starts_with(&format!("note: `web.csv`: {note}")), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 2, "the note and what was done: {}", run.stderr);
        assert_eq!(day, expected);
    }
    let all = format!("\u{feff}{}", PLAIN.replace("00:05:00Z", "02:05:00+02:00").replace('\n', "\r\n"));
    let (run, day) = import(folder.path(), &all);
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("note: `web.csv`: line ")).count(), 3, "{}", run.stderr);
    assert_eq!(day, expected);
}

#[test]
fn rows_out_of_order_twice_or_off_the_grid_end_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let (_, expected) = import(folder.path(), PLAIN);
    let text = "timestamp,cpu_utilization\n2026-06-01T00:10:00Z,30\n2026-06-01T00:05:00Z,19\n2026-06-01T00:05:00Z,20\n2026-06-01T00:00:01Z,10\n";
    let (_, day) = import(folder.path(), text);
    assert_eq!(day, expected);
}

#[test]
fn a_forecast_from_an_odd_file_is_that_of_the_plain_one() {
    let folder = copy_of(sample());
    let predict = |data: &str| trainer(folder.path(), &["predict", "--data", data, "--model", "model", "--json", "-"]).worked();
    let plain = predict("data.csv");
    let text = fs::read_to_string(folder.path().join("data.csv")).unwrap();
    fs::create_dir(folder.path().join("odd")).unwrap();
    fs::write(folder.path().join("odd/data.csv"), format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    let odd = predict("odd/data.csv");
    assert_eq!(plain.stdout, odd.stdout);
    assert_eq!(odd.stderr.matches("note: `odd/data.csv`: line 1: ").count(), 2, "{}", odd.stderr);
}
