//! The command line, run as a user runs it.

mod bad_input;
mod generate;
mod on_files;
mod on_a_store;
mod pretrain;
mod readable_oddities;
mod tune;
mod usage;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use assert_cmd::Command;

/// What one run said, and how it ended.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Fails the test unless the run did its work.
    #[track_caller]
    fn worked(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self
    }

    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }
}

/// The moment that artefacts bear: 2026-06-29T00:00:00Z.
const SOURCE_DATE_EPOCH: &str = "1782691200";

/// Runs `trainer` with these arguments in `folder`.
fn trainer(folder: &Path, args: &[&str]) -> Run {
    let output = Command::cargo_bin("trainer")
        .unwrap()
        .current_dir(folder)
        .args(args)
        .env("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH)
        // The same numbers without candle's second thread, which waits by spinning.
        .env("CANDLE_NUM_THREADS", "1")
        .output()
        .unwrap();
    Run {
        code: output.status.code().expect("an exit status"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `trainer`, which has to refuse with one line that starts with `error: ` and holds all of `parts`, and has to
/// leave every file in `folder` as it was.
#[track_caller]
fn refused(folder: &Path, args: &[&str], parts: &[&str]) -> String {
    let before = contents(folder);
    let run = trainer(folder, args);
    let line = &run.stderr;
    assert_eq!(run.code, 1, "{args:?}: {line}");
    assert_eq!(run.stdout, "", "{args:?}");
    assert!(line.starts_with("error: ") && line.ends_with('\n') && line.lines().count() == 1, "{args:?}: {line}");
    for part in parts {
        assert!(line.contains(part), "{args:?}: no `{part}` in {line}");
    }
    assert!(contents(folder) == before, "{args:?} changed {:?}", changed(&before, &contents(folder)));
    line.clone()
}

type Contents = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Every file below `folder` with its bytes, and every folder.
fn contents(folder: &Path) -> Contents {
    let mut found = Contents::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
            found.insert(path, None);
        } else {
            found.insert(path.clone(), Some(fs::read(&path).unwrap()));
        }
    }
    found
}

fn changed<'a>(before: &'a Contents, after: &'a Contents) -> Vec<&'a PathBuf> {
    before.keys().chain(after.keys()).filter(|&path| before.get(path) != after.get(path)).collect()
}

/// A copy of `from`, so that a test can damage it.
fn copy_of(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for (path, bytes) in contents(from) {
        let target = to.path().join(path.strip_prefix(from).unwrap());
        match bytes {
            None => fs::create_dir_all(&target).unwrap(),
            Some(bytes) => {
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::write(&target, bytes).unwrap();
            }
        }
    }
    to
}

/// `file://` and the store in `folder`.
fn store_url(folder: &Path) -> String {
    format!("file://{}", folder.join("store").display())
}

/// An empty folder of this run of the tests, below the build folder.
fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trainer-cli").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder with two days of the reference history (`data.csv`), its `calendar.json`, and a `model` trained on them.
/// Shared by the tests: copy it before changing anything.
fn sample() -> &'static Path {
    static SAMPLE: OnceLock<(PathBuf, Run)> = OnceLock::new();
    &SAMPLE.get_or_init(make_sample).0
}

fn make_sample() -> (PathBuf, Run) {
    let folder = fresh_folder("sample");
    let generate = ["generate", "--profile", "reference", "--days", "2", "--out", "data.csv", "--calendar-out", "calendar.json"];
    trainer(&folder, &generate).worked();
    let run = trainer(&folder, &["train", "--data", "data.csv", "--calendar", "calendar.json", "--out", "model"]).worked();
    fs::write(folder.join("train.stdout"), &run.stdout).unwrap();
    fs::write(folder.join("train.stderr"), &run.stderr).unwrap();
    (folder, run)
}
