//! The choice in an operator's own file.

use std::path::PathBuf;

use headroom_core::Fleet;
use tempfile::TempDir;

use super::{Case, Findings, Setting, case, defaults, found};
use crate::tune_policy::{edit::edited, findings::Verdict, write};

const FLEET: &str = r#"# Our fleet.
[defaults]
provider = "simulated"  # for now

[[group]]
# The shop's front.
id = "web"
max_instances = 60   # the account's limit

# How sure: asked for by the on-call team.
risk_quantile = 0.97 # since May

# Slow boots.
scale_out_limit = 10  # see the runbook

[group.metrics.request_count]
namespace = "AWS/ApplicationELB"
metric = "RequestCount"

# The other one.
[[group]]
id = "api"
"#;

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The lines of `new` that `old` has not, and the other way round.
fn difference<'a>(old: &'a str, new: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let only = |a: &'a str, b: &'a str| a.lines().filter(|line| !b.lines().any(|other| other == *line)).collect();
    (only(old, new), only(new, old))
}

#[test]
fn values_change_in_place_and_everything_else_stays() {
    let setting = Setting { risk_quantile: 0.985, scale_out_limit: Some(10), scale_in_limit: Some(3), ..defaults() };
    let text = edited(FLEET, "web", &setting, &lines(&["because", "of this"])).unwrap();
    let (gone, new) = difference(FLEET, &text);
    assert_eq!(gone, ["risk_quantile = 0.97 # since May"]);
    assert_eq!(
        new,
        [
            "# tune-policy: because",
            "# tune-policy: of this",
            "risk_quantile = 0.985 # since May",
            "stabilization_minutes = 5",
            "sudden_drop_hold_minutes = 15",
            "scale_in_limit = 3"
        ]
    );
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no `{part}`: {text}"));
    assert!(at("on-call team") < at("# tune-policy: because") && at("of this") < at("risk_quantile"));
    assert!(at("scale_in_limit") < at("[group.metrics.request_count]"), "before the tables of the group: {text}");
    let (before, after) = (Fleet::from_toml(FLEET).unwrap(), Fleet::from_toml(&text).unwrap());
    assert_eq!(after.groups[0], setting.on(&before.groups[0]));
    assert_eq!(after.groups[1], before.groups[1]);
}

#[test]
fn later_evidence_takes_the_place_of_earlier_one() {
    let first = edited(FLEET, "web", &Setting { risk_quantile: 0.9, ..defaults() }, &lines(&["old", "older"])).unwrap();
    let setting = Setting { risk_quantile: 0.95, ..defaults() };
    let second = edited(&first, "web", &setting, &lines(&["new"])).unwrap();
    assert_eq!(second, edited(FLEET, "web", &setting, &lines(&["new"])).unwrap());
    assert_eq!(edited(&second, "web", &setting, &lines(&["new"])).unwrap(), second);
}

#[test]
fn a_limit_that_goes_leaves_what_was_written_about_it() {
    let text = edited(FLEET, "web", &defaults(), &lines(&["why"])).unwrap();
    assert!(!text.contains("scale_out_limit"), "{text}");
    assert!(text.contains("# Slow boots.\n# see the runbook\n# tune-policy: why\nrisk_quantile = 0.99"), "{text}");
    assert_eq!(Fleet::from_toml(&text).unwrap().groups[0].scale_out_limit, None);
}

#[test]
fn a_group_without_any_of_them_gets_them_at_its_end() {
    let text = edited(FLEET, "api", &defaults(), &lines(&["why"])).unwrap();
    let end =
        "id = \"api\"\n# tune-policy: why\nrisk_quantile = 0.99\nstabilization_minutes = 5\nsudden_drop_hold_minutes = 15\n";
    assert!(text.ends_with(end), "{text}");
    assert!(text.starts_with(FLEET.trim_end()), "{text}");
}

#[test]
fn what_is_no_table_of_its_own_is_refused() {
    let inline = "group = [{ id = \"web\", provider = \"simulated\" }]\n";
    let error = edited(inline, "web", &defaults(), &[]).unwrap_err().to_string();
    assert_eq!(error, "group `web` is no table of its own: write it as `[[group]]`");
}

/// A search for a group of a file that wastes instances.
fn wasteful(folder: &TempDir) -> (PathBuf, Case, Findings) {
    let path = folder.path().join("fleet.toml");
    let fleet = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\nrisk_quantile = 0.9999\nstabilization_minutes = 180\n";
    std::fs::write(&path, fleet).unwrap();
    let (args, case) = case(folder.path(), &format!("--config {} --write", path.display()));
    let findings = found(&args, &case);
    (path, case, findings)
}

#[test]
fn a_choice_is_written_once_it_is_confirmed_and_the_file_has_not_changed() {
    let folder = TempDir::new().unwrap();
    let (path, case, mut findings) = wasteful(&folder);
    let read = || std::fs::read_to_string(&path).unwrap();
    let before = read();
    assert_eq!(findings.verdict, Verdict::Confirmed, "{}", findings.why);

    findings.verdict = Verdict::Worse { because: "it rains".to_owned() };
    let told = write(&path, &case, &findings).unwrap();
    assert!(told.ends_with("stays as it is: on the second half the choice is worse: it rains"), "{told}");
    findings.verdict = Verdict::Kept;
    assert!(write(&path, &case, &findings).unwrap().ends_with("the choice is what is configured"));
    assert_eq!(read(), before);

    findings.verdict = Verdict::Confirmed;
    let told = write(&path, &case, &findings).unwrap();
    assert!(told.starts_with("wrote the choice for group `web` into `"), "{told}");
    let group = Fleet::from_toml(&read()).unwrap().groups.remove(0);
    assert_eq!(Setting::of(&group), findings.chosen.setting);

    let error = write(&path, &case, &findings).unwrap_err().to_string();
    assert!(error.contains("changed while this was running: nothing was written"), "{error}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file is left: {left:?}");
}
