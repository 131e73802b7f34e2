//! What the documents name is there: every test, a test or a reason in each cell of `docs/reliability.md`, and a check of `headroom doctor`
//! or a reason in each entry of `docs/runbook.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The heads of the tables of faults, and of places.
const MATRIX: [&str; 3] = ["fault", "what Headroom does", "shown by"];
const PLACES: [&str; 2] = ["place", "folder"];

const FAULTS: [&str; 10] =
    ["absent", "late", "slow", "partial", "malformed", "duplicated", "reordered", "forbidden", "gone for a day", "back again"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A table, under the heading that it stands under.
struct Table {
    heading: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut heading, mut within) = (String::new(), false);
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            heading = title.trim_start_matches('#').trim().to_owned();
        }
        let Some(found) = cells(line) else {
            within = false;
            continue;
        };
        match tables.last_mut().filter(|_| within) {
            None => tables.push(Table { heading: heading.clone(), head: found, rows: Vec::new() }),
            Some(_) if found.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':')) => {}
            Some(table) => table.rows.push(found),
        }
        within = true;
    }
    tables
}

/// What stands in back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A test by its place, its file below that, and its name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named<'a> {
    place: &'a str,
    file: &'a str,
    name: &'a str,
}

/// The tests that `text` names, as `place/file::test`.
fn named(text: &str) -> Vec<Named<'_>> {
    quoted(text)
        .filter_map(|quoted| {
            let (path, name) = quoted.split_once("::")?;
            let (place, file) = path.split_once('/')?;
            let is_word =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let is_path = file.split('/').all(|part| is_word(&part.replace('-', "_")));
            (is_path && is_word(name)).then_some(Named { place, file, name })
        })
        .collect()
}

/// Where each place is.
fn places(tables: &[Table]) -> BTreeMap<String, PathBuf> {
    let table = tables.iter().find(|table| table.head == PLACES).expect("a table of places");
    let of = |row: &Vec<String>| (row[0].trim_matches('`').to_owned(), PathBuf::from(row[1].trim_matches('`')));
    table.rows.iter().map(of).collect()
}

/// Why there is no such test, where there is none.
fn missing(test: &Named<'_>, places: &BTreeMap<String, PathBuf>) -> Option<String> {
    let Named { place, file, name } = test;
    let Some(folder) = places.get(*place) else { return Some(format!("`{place}/{file}::{name}`: there is no place `{place}`")) };
    let found = ["rs", "py"].into_iter().find_map(|kind| {
        let path = folder.join(format!("{file}.{kind}"));
        fs::read_to_string(root().join(&path)).ok().map(|text| (path, text))
    });
    let Some((path, text)) = found else {
        return Some(format!("`{place}/{file}::{name}`: there is no file `{file}` in {}", folder.display()));
    };
    let is_there = if path.extension().is_some_and(|kind| kind == "py") { is_method(&text, name) } else { is_test(&text, name) };
    (!is_there).then(|| format!("`{place}/{file}::{name}`: {} has no such test", path.display()))
}

fn is_method(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(&format!("def {name}(")))
}

/// Whether `text` has a function of that name with the attribute of a test right above it.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_function = |line: &str| line.starts_with(&format!("fn {name}(")) || line.starts_with(&format!("async fn {name}("));
    let attributes = |at: usize| lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).copied().collect::<Vec<_>>();
    let is_attribute = |line: &str| line == "#[test]" || line.starts_with("#[tokio::test");
    lines.iter().enumerate().any(|(at, line)| is_function(line) && attributes(at).into_iter().any(is_attribute))
}

#[test]
fn every_test_that_is_named_exists() {
    let matrix = read("docs/reliability.md");
    let places = places(&tables(&matrix));
    let mut absent = Vec::new();
    for (document, at_least) in [("docs/reliability.md", 100), ("docs/security.md", 10), ("docs/runbook.md", 0)] {
        let text = read(document);
        let named: BTreeSet<Named<'_>> = text.lines().flat_map(named).collect();
        assert!(named.len() >= at_least, "{document} names {} tests: is the way of naming them another one?", named.len());
        absent.extend(named.iter().filter_map(|test| missing(test, &places)).map(|line| format!("{document}: {line}")));
    }
    assert!(absent.is_empty(), "tests are named that there are not:\n{}", absent.join("\n"));
}

#[test]
fn every_cell_of_the_fault_matrix_has_a_test_or_a_reason() {
    let text = read("docs/reliability.md");
    let mut wrong = Vec::new();
    let tables = tables(&text);
    let matrix: Vec<&Table> = tables.iter().filter(|table| table.head == MATRIX).collect();
    assert!(matrix.len() > 20, "{} tables: has their head changed?", matrix.len());
    for Table { heading, rows, .. } in matrix {
        let mut faults: Vec<&str> = Vec::new();
        for row in rows {
            let [fault, what, shown] = &row[..] else {
                wrong.push(format!("{heading}: {} cells in `{}`", row.len(), row.join(" | ")));
                continue;
            };
            faults.extend(fault.split(", "));
            let reason = shown.split("none: ").nth(1).is_some_and(|reason| reason.len() > 10);
            if named(shown).is_empty() && !reason {
                wrong.push(format!("{heading}, {fault}: neither a test nor a reason: {shown}"));
            }
            if what.is_empty() || (what == "–" && !reason) {
                wrong.push(format!("{heading}, {fault}: nothing is said of what Headroom does"));
            }
        }
        if faults.iter().collect::<BTreeSet<_>>() != FAULTS.iter().collect() || faults.len() != FAULTS.len() {
            wrong.push(format!("{heading}: has {faults:?}, and not each of {FAULTS:?} once"));
        }
    }
    assert!(wrong.is_empty(), "docs/reliability.md:\n{}", wrong.join("\n"));
}

/// The titles of the sections of a document.
fn titles(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim()).collect()
}

#[test]
fn every_alarm_has_its_entry_in_the_runbook() {
    let (template, runbook) = (read("infra/template.yaml"), read("docs/runbook.md"));
    let alarms: Vec<&str> =
        template.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: !Sub ${AWS::StackName}-")).collect();
    assert!(alarms.len() >= 10, "{alarms:?}: are alarms named in another way?");
    let titles = titles(&runbook);
    let missing: Vec<&&str> = alarms.iter().filter(|alarm| !titles.contains(**alarm)).collect();
    assert!(missing.is_empty(), "docs/runbook.md has no entry for {missing:?}");
}

/// What the text of a literal says whatever is put into it: its longest part without a placeholder.
fn fixed_part(literal: &str) -> &str {
    let parts = literal.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    parts.max_by_key(|part| part.len()).unwrap_or_default().trim()
}

#[test]
fn everything_that_the_page_calls_wrong_has_its_entry_in_the_runbook() {
    let (source, runbook) = (read("crates/dashboard-api/src/group/health.rs"), read("docs/runbook.md"));
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    // What is short is a name.
    let clauses: BTreeSet<&str> =
        code.flat_map(|line| line.split('"').skip(1).step_by(2)).map(fixed_part).filter(|part| part.len() > 12).collect();
    assert!(clauses.len() >= 14, "{clauses:?}: are clauses written in another way?");
    let runbook = runbook.split_whitespace().collect::<Vec<_>>().join(" ");
    let missing: Vec<&&str> = clauses.iter().filter(|clause| !runbook.contains(**clause)).collect();
    assert!(missing.is_empty(), "docs/runbook.md has no entry for {missing:#?}");
}

/// The source of `headroom doctor`, without its tests.
fn doctor() -> String {
    fn sources(folder: &Path, found: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push_str(text.split("#[cfg(test)]\nmod tests {").next().unwrap());
            }
        }
    }
    let mut found = String::new();
    sources(&root().join("crates/headroom/src/doctor"), &mut found);
    found
}

/// The entries of the runbook: each title, without the star of those that no alarm tells of, and what stands below.
fn entries(runbook: &str) -> Vec<(&str, &str)> {
    fn entry(section: &str) -> (&str, &str) {
        let (title, text) = section.split_once('\n').expect("a title ends with its line");
        (title.trim_end_matches(" *"), text.split("\n## ").next().unwrap_or_default())
    }
    runbook.split("\n### ").skip(1).map(entry).collect()
}

#[test]
fn every_entry_of_the_runbook_says_which_check_finds_it_or_why_none_does() {
    let (runbook, doctor) = (read("docs/runbook.md"), doctor());
    // A check is a constant that is its name; a finding names its entry, and the alarms are their own.
    let checks: BTreeSet<&str> =
        doctor.split(": &str = \"").skip(1).filter_map(|rest| rest.split_once('"').map(|(name, _)| name)).collect();
    assert!(checks.len() > 20, "{checks:?}: are checks named in another way?");
    let pointed_to =
        |title: &str| doctor.contains(&format!(".see(\"{title}\")")) || doctor.contains(&format!("    \"{title}\",\n"));
    let entries = entries(&runbook);
    assert!(entries.len() > 25, "{} entries: are they headed in another way?", entries.len());
    let mut wrong = Vec::new();
    for (title, text) in entries {
        let Some((_, says)) = text.split_once("**Doctor:** ") else {
            wrong.push(format!("{title}: nothing is said of the doctor"));
            continue;
        };
        let says = says.split("\n- ").next().unwrap_or_default().trim();
        if let Some(named) = says.strip_prefix("yes: ") {
            let named: Vec<&str> = quoted(named.split('.').next().unwrap_or_default()).collect();
            let absent: Vec<&&str> = named.iter().filter(|name| !checks.contains(**name)).collect();
            if named.is_empty() || !absent.is_empty() {
                wrong.push(format!("{title}: names {named:?}, and the doctor has no check {absent:?}"));
            }
            if !pointed_to(title) {
                wrong.push(format!("{title}: no finding points to it"));
            }
        } else if says.strip_prefix("no: ").is_none_or(|reason| reason.len() < 10) {
            wrong.push(format!("{title}: neither `yes: ` with a check nor `no: ` with a reason: {says}"));
        } else if pointed_to(title) {
            wrong.push(format!("{title}: a finding points to it, and it says {says}"));
        }
    }
    assert!(wrong.is_empty(), "docs/runbook.md:\n{}", wrong.join("\n"));
}

#[test]
fn what_the_doctor_points_to_stands_in_the_runbook() {
    let (runbook, doctor) = (read("docs/runbook.md"), doctor());
    let titles: BTreeSet<&str> = titles(&runbook).into_iter().map(|title| title.trim_end_matches(" *")).collect();
    let named: BTreeSet<&str> =
        doctor.split(".see(\"").skip(1).filter_map(|rest| rest.split_once('"').map(|(title, _)| title)).collect();
    assert!(named.len() > 10, "{named:?}: do findings point to their entries in another way?");
    let missing: Vec<&&str> = named.iter().filter(|title| !titles.contains(**title)).collect();
    assert!(missing.is_empty(), "docs/runbook.md has no entry {missing:?}");
}

/// The targets of the links of `text`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The name by which a heading can be linked to.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>();
    kept.trim().replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for document in ["docs/reliability.md", "docs/security.md", "docs/runbook.md"] {
        for link in links(&read(document)).filter(|link| !link.starts_with("https://")) {
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { PathBuf::from(document) } else { Path::new("docs").join(path) };
            let is_there = match fs::read_to_string(root().join(&target)) {
                Ok(text) => place.is_empty() || titles(&text).into_iter().any(|title| anchor(title) == place),
                Err(_) => place.is_empty() && root().join(&target).is_dir(),
            };
            if !is_there {
                broken.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links lead nowhere:\n{}", broken.join("\n"));
}
