//! What the documents name is there: every test, and a test or a reason in each cell of `docs/reliability.md`.

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

const NOT_SHOWN_YET: &str = "Not shown yet";

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

/// The numbers of the list of what is not shown yet that `cell` points to.
fn not_shown(cell: &str) -> Vec<u32> {
    let parts = cell.match_indices("not shown yet (");
    parts.filter_map(|(at, found)| cell[at + found.len()..].split_once(')')?.0.parse().ok()).collect()
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
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
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
            let points = not_shown(shown);
            if named(shown).is_empty() && !reason && points.is_empty() {
                wrong.push(format!("{heading}, {fault}: neither a test nor a reason: {shown}"));
            }
            if what.is_empty() || (what == "–" && !reason) {
                wrong.push(format!("{heading}, {fault}: nothing is said of what Headroom does"));
            }
            used.extend(points);
        }
        if faults.iter().collect::<BTreeSet<_>>() != FAULTS.iter().collect() || faults.len() != FAULTS.len() {
            wrong.push(format!("{heading}: has {faults:?}, and not each of {FAULTS:?} once"));
        }
    }
    let list = text.split_once(&format!("# {NOT_SHOWN_YET}\n")).map_or("", |(_, list)| list);
    let listed: BTreeSet<u32> = list.lines().filter_map(|line| line.split_once(". ")?.0.parse().ok()).collect();
    if listed != used {
        wrong.push(format!("the list of what is not shown yet has {listed:?}, the tables point to {used:?}"));
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
