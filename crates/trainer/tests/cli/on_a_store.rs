//! `import`, `train`, `predict` and `rollback` on a store in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::{contents, copy_of, fresh_folder, on_files::assert_forecast, refused, sample, store_url, trainer};

/// What happened to a store that was filled, trained twice, and asked after each training.
pub(crate) struct Trained {
    /// The folder that holds `store`. Shared by the tests: copy it before changing anything.
    pub(crate) folder: PathBuf,
    first_forecast: String,
    second_forecast: String,
    train_stdout: String,
    train_stderr: String,
}

pub(crate) fn trained_store() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = fresh_folder("trained");
        let url = store_url(&folder);
        import(&folder, &sample().join("data.csv").display().to_string());
        let train = |seed| {
            let args = ["train", "--store", &url, "--group", "web", "--seed", seed, "--even-if-worse"];
            trainer(&folder, &args).worked()
        };
        let first = train("1");
        let first_forecast = predict(&folder);
        train("2");
        let second_forecast = predict(&folder);
        Trained { folder, first_forecast, second_forecast, train_stdout: first.stdout, train_stderr: first.stderr }
    })
}

fn import(folder: &Path, csv: &str) -> String {
    let run = trainer(folder, &["import", "--csv", csv, "--group", "web", "--store", &store_url(folder)]).worked();
    assert_eq!(run.stdout, "");
    run.stderr
}

fn predict(folder: &Path) -> String {
    trainer(folder, &["predict", "--store", &store_url(folder), "--group", "web", "--json", "-"]).worked().stdout
}

fn rollback(folder: &Path) -> String {
    trainer(folder, &["rollback", "--group", "web", "--store", &store_url(folder)]).worked().stdout
}

#[test]
fn importing_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let csv = sample().join("data.csv");
    let said = import(folder.path(), &csv.display().to_string());
    assert!(said.contains("group `web`: 576 rows added, 0 changed, in 2 day objects"), "{said}");
    let before = contents(folder.path());
    for day in ["2026-06-01", "2026-06-02"] {
        let path = folder.path().join(format!("store/history/group=web/date={day}.csv"));
        assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 289, "a header and a day of five minutes");
    }
    let said = import(folder.path(), &csv.display().to_string());
    assert!(said.contains("0 rows added, 0 changed, in 0 day objects"), "{said}");
    assert!(contents(folder.path()) == before);
}

#[test]
fn a_csv_of_some_columns_completes_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let rows =
        |header: &str, value: &str| format!("timestamp,{header}\n2026-06-01T00:00:00Z,{value}\n2026-06-01T00:05:00Z,{value}\n");
    for (header, value) in [("cpu_utilization", "50"), ("request_count", "7"), ("cpu_utilization", "60")] {
        fs::write(folder.path().join("part.csv"), rows(header, value)).unwrap();
        import(folder.path(), "part.csv");
    }
    let day = fs::read_to_string(folder.path().join("store/history/group=web/date=2026-06-01.csv")).unwrap();
    assert!(day.contains("\n2026-06-01T00:00:00Z,60,,7,,\n2026-06-01T00:05:00Z,60,,7,,\n"), "{day}");
}

#[test]
fn training_a_group_lets_it_serve() {
    let trained = trained_store();
    let forecast: serde_json::Value = serde_json::from_str(&trained.first_forecast).unwrap();
    assert_forecast(&forecast, "2026-06-03T00:00:00Z");
    assert_eq!(forecast["group"], "web");
    let version = forecast["model"]["version"].as_str().unwrap();
    assert!(
        trained.train_stderr.contains(&format!("group `web` is served by `{version}` from now on")),
        "{}",
        trained.train_stderr
    );
    assert!(trained.train_stdout.contains(version) && !trained.train_stdout.contains("served by"), "{}", trained.train_stdout);
    let cpu = 20.0;
    let median = forecast["steps"][0][1].as_f64().unwrap();
    assert!((0.0..2.0 * cpu / 100.0).contains(&median), "a load in instances, not in percent: {median}");
}

#[test]
fn rolling_back_serves_the_first_version_again_and_then_has_nowhere_to_go() {
    let trained = trained_store();
    assert_ne!(trained.first_forecast, trained.second_forecast);
    let copy = copy_of(&trained.folder);
    assert_eq!(predict(copy.path()), trained.second_forecast);
    let first: serde_json::Value = serde_json::from_str(&trained.first_forecast).unwrap();
    let said = rollback(copy.path());
    assert!(
        said.contains(&format!("group `web` is served by `{}` again", first["model"]["version"].as_str().unwrap())),
        "{said}"
    );
    assert_eq!(predict(copy.path()), trained.first_forecast);
    let url = store_url(copy.path());
    refused(
        copy.path(),
        &["rollback", "--group", "web", "--store", &url],
        &["group `web`", "no earlier version", "trainer train --group web"],
    );
    assert_eq!(predict(copy.path()), trained.first_forecast);
}

/// Settings that train in a moment.
const QUICK: &str = r#"{"hidden": 8, "head": 16, "rounds_max": 2, "batches_per_round": 20}"#;

#[test]
fn the_file_of_a_group_of_minutes_stays_in_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let url = store_url(folder.path());
    let rows = |step: usize| -> String {
        (0..12).map(|i| format!("2026-06-01T{:02}:{:02}:00Z,5\n", i * step / 60, i * step % 60)).collect()
    };
    let write = |name: &str, step: usize| {
        fs::write(folder.path().join(name), format!("timestamp,cpu_utilization\n{}", rows(step))).unwrap();
    };
    write("minutes.csv", 1);
    write("fives.csv", 5);
    write("hours.csv", 60);
    let fleet = "[[group]]\nid = \"fast\"\nstep_seconds = 60\n[[group]]\nid = \"web\"\n";
    fs::create_dir_all(folder.path().join("store/config")).unwrap();
    fs::write(folder.path().join("store/config/fleet.toml"), fleet).unwrap();
    let args = |csv, group| ["import", "--csv", csv, "--group", group, "--store", &*url];
    let day = |group: &str| {
        let path = folder.path().join(format!("store/history/group={group}/date=2026-06-01.csv"));
        fs::read_to_string(path).unwrap().lines().count() - 1
    };
    trainer(folder.path(), &args("minutes.csv", "fast")).worked();
    assert_eq!(day("fast"), 12);
    trainer(folder.path(), &args("minutes.csv", "web")).worked();
    assert_eq!(day("web"), 2, "the third step has two minutes only");
    let said = trainer(folder.path(), &args("minutes.csv", "unlisted")).worked().stderr;
    assert!(said.contains("note: `config/fleet.toml` has no group `unlisted`"), "{said}");
    assert_eq!(day("unlisted"), 2);
    refused(folder.path(), &args("fives.csv", "fast"), &["`fives.csv`", "steps of 300 s", "`step_seconds` = 60"]);
    refused(folder.path(), &args("hours.csv", "web"), &["`hours.csv`", "steps of 3600 s", "`step_seconds` = 300"]);
}

#[test]
fn metrics_are_imported_for_a_fleet_and_not_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let url = store_url(folder.path());
    refused(folder.path(), &["import", "--store", &url], &["no `config/fleet.toml`", "`--config`", "`--csv`"]);
    fs::write(folder.path().join("fleet.toml"), "[[group]]\nid = \"web\"\nmode = \"off\"\n").unwrap();
    let import = ["import", "--store", &url, "--config", "fleet.toml", "--json"];
    refused(folder.path(), &[&import[..], &["-", "--group", "api"]].concat(), &["no group `api`", "`web`"]);
    refused(folder.path(), &import[..5], &["mode `off`"]);
}

#[test]
fn a_fleet_is_trained_and_the_young_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (path, url) = (folder.path(), store_url(folder.path()));
    fs::write(path.join("quick.json"), QUICK).unwrap();
    fs::write(path.join("fleet.toml"), "[[group]]\nid = \"young\"\n[[group]]\nid = \"web\"\n").unwrap();
    let args = ["train", "--config", "fleet.toml", "--store", &url, "--settings", "quick.json", "--even-if-worse"];
    refused(path, &[&args[..], &["--group", "young"]].concat(), &["group `young`: there is no history"]);
    import(path, &sample().join("data.csv").display().to_string());
    let run = trainer(path, &args).worked();
    assert!(run.stderr.contains("note: group `young` is passed over: there is no history"), "{}", run.stderr);
    assert!(run.stderr.contains("group `web` is served by `20260629T000000Z-"), "{}", run.stderr);
    let row = |id: &str| run.stdout.lines().rfind(|line| line.trim_start().starts_with(id)).unwrap_or_default();
    assert!(row("young").trim_end().ends_with("too little history yet"), "{}", run.stdout);
    assert!(row("web").contains(" 576 ") && row("web").trim_end().ends_with("yes"), "{}", run.stdout);
    // One that fails fails the run, after the others.
    let day = path.join("store/history/group=young/date=2026-06-01.csv");
    fs::create_dir_all(day.parent().unwrap()).unwrap();
    fs::write(day, "no table").unwrap();
    let run = trainer(path, &args);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error: group `young`: ") && run.stderr.contains("group `web` is served by"), "{}", run.stderr);
    assert!(run.stderr.ends_with("error: 1 of 2 groups were not trained: young\n"), "{}", run.stderr);
}

#[test]
fn a_group_without_a_model_is_forecast_by_the_default_one() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &sample().join("data.csv").display().to_string());
    let forecast: serde_json::Value = serde_json::from_str(&predict(folder.path())).unwrap();
    assert_forecast(&forecast, "2026-06-03T00:00:00Z");
    assert_eq!(forecast["model"]["name"], "default");
    let median = forecast["steps"][0][1].as_f64().unwrap();
    assert!((0.0..0.6).contains(&median), "a load in instances, not in percent: {median}");
}
