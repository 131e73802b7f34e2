//! A search is the same however often it is interrupted, and never sees the test part.

use headroom_core::frame::Split;
use proptest::prelude::*;
use trainer::{
    Settings,
    tune::{
        Outcome, Search, Trial, next,
        record::{About, Record, RecordError},
        space,
    },
};

use crate::{frame_of, reference, small};

fn about(defaults: Settings) -> About {
    About::new("ab12".to_owned(), None, "cpu_utilization", defaults)
}

/// Trials whose losses are made up, so that some lead and some diverge.
fn made_up(trials: usize, defaults: &Settings) -> Vec<Trial> {
    let mut done = Vec::new();
    while done.len() < trials {
        let plan = next(defaults, &done);
        let loss = 1.0 / 3.0 + ((plan.candidate * 7 + plan.run * 3) % 5) as f64;
        let outcome = (plan.candidate != 3).then_some(Outcome { loss, validation_loss: loss.sqrt(), rounds: 9, best_round: 3 });
        done.push(Trial { seconds: 0.1 * done.len() as f64, plan, outcome });
    }
    done
}

fn written(about: &About, trials: &[Trial]) -> Vec<u8> {
    let lines: String = trials.iter().map(Trial::line).collect();
    format!("{}{lines}", about.line()).into_bytes()
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let about = about(Settings { seed: u64::MAX, ..Settings::default() });
    let trials = made_up(30, &about.defaults);
    assert!(trials.iter().any(|trial| trial.outcome.is_none()) && trials.iter().any(|trial| trial.plan.run == 2));
    let bytes = written(&about, &trials);
    assert_eq!(Record::read(&bytes, &about), Ok(Record { trials, whole: bytes.len() }));
    assert_eq!(Record::read(b"", &about), Ok(Record { trials: Vec::new(), whole: 0 }));
}

#[test]
fn records_of_other_searches_are_refused_with_the_cure() {
    let ours = about(Settings::default());
    let with = |change: &dyn Fn(&mut About)| {
        let mut theirs = ours.clone();
        change(&mut theirs);
        Record::read(&written(&theirs, &[]), &ours).unwrap_err()
    };
    assert_eq!(with(&|theirs| theirs.data_sha256.push('0')), RecordError::OtherData);
    assert_eq!(with(&|theirs| theirs.calendar_sha256 = Some("cd".to_owned())), RecordError::OtherCalendar);
    assert_eq!(with(&|theirs| theirs.space += 1), RecordError::OtherVersion);
    assert_eq!(with(&|theirs| theirs.format += 1), RecordError::OtherVersion);
    assert_eq!(with(&|theirs| theirs.defaults.hidden += 1), RecordError::OtherVersion);
    assert!(with(&|theirs| theirs.defaults.seed = 8).to_string().ends_with("search with `--seed 8`"));
    assert!(with(&|theirs| theirs.target = "network_in".to_owned()).to_string().ends_with("search with `--target network_in`"));
}

#[test]
fn damage_is_named_by_its_line() {
    let about = about(Settings::default());
    let trials = made_up(6, &about.defaults);
    let text = String::from_utf8(written(&about, &trials)).unwrap();
    let read = |text: &str| Record::read(text.as_bytes(), &about);
    for other in ["garbage", "garbage\n", "{}\n", "timestamp,cpu_utilization\n2026-06-01T00:00:00Z,1\n", "\n\n"] {
        assert_eq!(read(other), Err(RecordError::NoRecord), "{other:?}");
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let with = |line: usize, text: &str| {
        let mut lines = lines.clone();
        lines[line - 1] = text;
        read(&lines.concat())
    };
    for damaged in ["\n", "{}\n", "\u{0}\u{0}\u{0}\n", &lines[3].replace("\"seconds\":", "\"seconds\":-")] {
        assert!(matches!(with(4, damaged), Err(RecordError::NoTrial { line: 4, .. })), "{damaged:?}");
    }
    assert_eq!(with(4, lines[4]), Err(RecordError::OtherTrial { line: 4 }), "a line twice");
    assert_eq!(with(4, ""), Err(RecordError::OtherTrial { line: 4 }), "a line lost");
    let other_settings = lines[5].replace("\"batches_per_round\":50", "\"batches_per_round\":51");
    assert_eq!(with(6, &other_settings), Err(RecordError::OtherTrial { line: 6 }));
}

proptest! {
    #[test]
    fn a_record_torn_anywhere_loses_at_most_the_last_trial(cut in 0.0..1.0_f64) {
        let about = about(Settings::default());
        let trials = made_up(5, &about.defaults);
        let bytes = written(&about, &trials);
        let head = about.line().len();
        let cut = head + (cut * (bytes.len() - head) as f64) as usize;
        let record = Record::read(&bytes[..cut], &about).unwrap();
        let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count() - 1;
        prop_assert_eq!(&record.trials, &trials[..whole]);
        prop_assert_eq!(next(&about.defaults, &record.trials), if whole < 5 { trials[whole].plan.clone() } else { next(&about.defaults, &trials) });
        prop_assert!(cut - record.whole < bytes.len() - head && bytes[..record.whole].ends_with(b"\n"));
    }
}

#[test]
fn trials_do_not_depend_on_the_test_part_and_are_the_same_again() {
    let rows = reference(3);
    let frame = frame_of(&rows);
    let split = Split::with_test(frame.rows());
    let mut changed = rows.clone();
    for row in &mut changed[split.validation_end..] {
        row.cpu_utilization = row.cpu_utilization.map(|cpu| 90.0 - cpu / 2.0);
        row.request_count = row.request_count.map(|requests| 3.0 * requests);
        row.network_in = None;
    }
    let changed = frame_of(&changed);
    let (one, other) = (Search::new(&frame, split), Search::new(&changed, split));
    let mut done = Vec::new();
    for _ in 0..2 {
        let plan = next(&small(), &done);
        let outcome = one.run(&plan, &mut |_| {}).unwrap();
        assert!(outcome.is_some_and(|outcome| outcome.loss > 0.0 && outcome.validation_loss > 0.0));
        assert_eq!(one.run(&plan, &mut |_| {}).unwrap(), outcome, "the same again");
        assert_eq!(other.run(&plan, &mut |_| {}).unwrap(), outcome, "another test part");
        done.push(Trial { plan, outcome, seconds: 1.0 });
    }
    assert_ne!(done[0].outcome, done[1].outcome, "another seed");
}

#[test]
fn the_documented_space_is_the_one_that_is_searched() {
    let page = include_str!("../../../../docs/tuning.md");
    for dimension in space() {
        let row = format!("| `{}` | {} |", dimension.setting, dimension.values);
        assert!(page.lines().any(|line| line == row), "docs/tuning.md lacks {row}");
    }
}

#[test]
fn a_trial_is_judged_as_the_contest_judges() {
    let frame = frame_of(&reference(3));
    let split = Split::with_test(frame.rows());
    let outcome = Search::new(&frame, split).run(&next(&small(), &[]), &mut |_| {}).unwrap().unwrap();
    let contest = trainer::contest::compete(&frame, split, &small(), trainer::Networks::WherePaying, &mut |_, _| {}).unwrap();
    let lstm = (0..contest.members.len()).map(trainer::contest::Choice::Alone).find(|choice| contest.name(*choice) == "lstm");
    let (_, judged) = contest.of(lstm.unwrap());
    assert_eq!(judged.loss, outcome.loss);
}

#[test]
fn what_cannot_be_trained_at_all_is_an_error_and_what_diverges_is_an_outcome() {
    let frame = frame_of(&reference(3)[..60]);
    let error = Search::new(&frame, Split::with_test(60)).run(&next(&small(), &[]), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("use a longer history"), "{error}");
    let frame = frame_of(&reference(3));
    let mut plan = next(&small(), &[]);
    plan.settings.learning_rate = 1e30;
    assert_eq!(Search::new(&frame, Split::with_test(frame.rows())).run(&plan, &mut |_| {}).unwrap(), None);
}
