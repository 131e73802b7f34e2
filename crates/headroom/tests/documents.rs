//! What the documents name is there: every test of `docs/reliability.md`, and a test or a reason in each of its cells.

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
fn every_test_of_the_fault_matrix_exists() {
    let text = read("docs/reliability.md");
    let places = places(&tables(&text));
    let named: BTreeSet<Named<'_>> = text.lines().flat_map(named).collect();
    assert!(named.len() > 100, "{} tests are named: is the way of naming them another one?", named.len());
    let missing: Vec<String> = named.iter().filter_map(|test| missing(test, &places)).collect();
    assert!(missing.is_empty(), "docs/reliability.md names what is not there:\n{}", missing.join("\n"));
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
