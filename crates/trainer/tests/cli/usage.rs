//! Help, and wrong use.

use crate::trainer;

const COMMANDS: [&str; 7] = ["generate", "import", "train", "tune", "evaluate", "predict", "rollback"];

#[test]
fn help_of_every_command_has_an_example_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for command in COMMANDS {
        let run = trainer(folder.path(), &[command, "--help"]).worked();
        let (_, examples) = run.stdout.split_once("Example").unwrap_or_else(|| panic!("{command} has no example"));
        assert!(examples.contains(&format!("  trainer {command} --")), "{examples}");
        assert_eq!(run.stderr, "");
    }
    let run = trainer(folder.path(), &["--help"]).worked();
    assert!(COMMANDS.iter().all(|command| run.stdout.contains(&format!("  {command}"))), "{}", run.stdout);
    assert!(trainer(folder.path(), &["--version"]).worked().stdout.starts_with("trainer "));
}

#[test]
fn wrong_use_ends_with_status_2_and_tells_the_usage() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [&[&str]; 33] = [
        &[],
        &["fly"],
        &["generate"],
        &["generate", "--profile", "moon", "--out", "a.csv"],
        &["generate", "--profile", "shop", "--days", "0", "--out", "a.csv"],
        &["generate", "--profile", "shop", "--start", "yesterday", "--out", "a.csv"],
        &["generate", "--profile", "shop"],
        &["import", "--csv", "a.csv", "--group", "web"],
        &["import", "--csv", "a.csv", "--store", "file:///x"],
        &["import", "--csv", "a.csv", "--group", "web", "--store", "file:///x", "--days", "3"],
        &["import", "--store", "file:///x", "--days", "64"],
        &["import", "--store", "file:///x", "--hourly-days", "456"],
        &["train"],
        &["train", "--data", "a.csv"],
        &["train", "--out", "m"],
        &["train", "--data", "a.csv", "--out", "m", "--store", "file:///x"],
        &["train", "--data", "a.csv", "--out", "m", "--group", "web"],
        &["train", "--data", "a.csv", "--out", "m", "--target", "is_sale_active"],
        &["train", "--data", "a.csv", "--out", "m", "--seed", "one"],
        &["train", "--data", "a.csv", "--out", "m", "--attention"],
        &["train", "--data", "a.csv", "--out", "m", "--config", "fleet.toml"],
        &["train", "--data", "a.csv", "--out", "m", "--even-if-worse"],
        &["train", "--store", "file:///x", "--out", "m"],
        &["train", "--store", "file:///x", "--calendar", "c.json"],
        &["train", "--store", "file:///x", "--target", "cpu_utilization"],
        &["evaluate"],
        &["evaluate", "--data", "a.csv", "--report"],
        &["predict", "--data", "a.csv", "--model", "m", "--group", "web"],
        &["predict", "--store", "file:///x", "--group", "web", "--model", "m"],
        &["predict", "--store", "file:///x", "--group", "web", "--calendar", "c.json"],
        &["predict", "--data", "a.csv"],
        &["predict", "--store", "file:///x"],
        &["rollback", "--group", "web"],
    ];
    for args in cases {
        let run = trainer(folder.path(), args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(run.stderr.contains("Usage: trainer") || run.stderr.contains("--help"), "{args:?}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
