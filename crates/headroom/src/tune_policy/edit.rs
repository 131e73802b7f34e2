//! The choice in an operator's own `fleet.toml`: comments and layout stay.

use std::{io::Write as _, path::Path};

use anyhow::{Context, Result, bail};
use toml_edit::{DocumentMut, Table, Value};

use super::{
    case::{Case, ConfigFile},
    evidence::{comments, fields},
    findings::Findings,
    setting::Setting,
};

/// What every line of evidence begins with, so that the next search takes it away again.
const MARK: &str = "# tune-policy: ";

/// Finds out before the work whether its result could be written.
///
/// # Errors
/// Where it could not.
pub(crate) fn check(path: &Path, case: &Case) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?;
    edited(&text, &case.group.id, &Setting::of(&case.group), &[]).with_context(|| format!("editing `{}`", path.display()))?;
    let file = std::fs::OpenOptions::new().append(true).open(path);
    file.map(drop).with_context(|| format!("writing `{}`: allow this user to write it", path.display()))
}

/// Writes the choice and its evidence into the file at `path`, whole or not at all.
///
/// # Errors
/// Where the file cannot be read or written, or says something else of the group than when the search began.
pub(crate) fn write(path: &Path, case: &Case, findings: &Findings) -> Result<()> {
    let context = || format!("writing `{}`", path.display());
    let text = std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?;
    let name = path.display().to_string();
    let now = ConfigFile::of_text(&text, &name, Some(&case.group.id))?;
    if case.file.as_ref().is_some_and(|file| file.group != now.group) {
        bail!("`{name}` changed while this was running: nothing was written; run it again");
    }
    let edited = edited(&text, &case.group.id, &findings.chosen.setting, &comments(findings)).with_context(context)?;
    let then = ConfigFile::of_text(&edited, &name, Some(&case.group.id)).with_context(context)?;
    if then.group != findings.chosen.setting.on(&now.group) {
        bail!("`{name}` is written in a way that cannot be edited: take the values from `--out`");
    }
    replace(path, &edited).with_context(context)
}

/// Puts `text` in the place of the file, with its rights, through links.
fn replace(path: &Path, text: &str) -> Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().context("a file lies in a folder")?;
    let mut file = tempfile::Builder::new().prefix(".fleet-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// `text` with the values of `setting` in the table of group `id`, and `evidence` above the first of them.
pub(super) fn edited(text: &str, id: &str, setting: &Setting, evidence: &[String]) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let groups = document.get_mut("group").and_then(|groups| groups.as_array_of_tables_mut());
    let table = groups.and_then(|groups| groups.iter_mut().find(|group| group.get("id").and_then(|id| id.as_str()) == Some(id)));
    let Some(table) = table else { bail!("group `{id}` is no table of its own: write it as `[[group]]`") };
    drop_evidence(table);
    let mut orphans = Vec::new();
    for (name, value) in fields(setting) {
        match value {
            Some(value) => set(table, name, value),
            None => orphans.extend(remove(table, name)),
        }
    }
    let names = fields(setting).map(|(name, _)| name);
    let first = table.iter().map(|(key, _)| key.to_owned()).find(|key| names.contains(&key.as_str()));
    if let Some(mut first) = first.and_then(|first| table.key_mut(&first)) {
        let before = first.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        let added = orphans.into_iter().chain(evidence.iter().map(|line| format!("{MARK}{line}")));
        let added: String = added.map(|line| format!("{line}\n")).collect();
        first.leaf_decor_mut().set_prefix(format!("{before}{added}"));
    }
    Ok(document.to_string())
}

/// Sets a value and keeps what is written beside it.
fn set(table: &mut Table, name: &str, mut value: Value) {
    match table.get_mut(name).and_then(|item| item.as_value_mut()) {
        Some(old) if same(old, &value) => {}
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(name, value.into());
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_integer().zip(b.as_integer()), a.as_float().zip(b.as_float())) {
        (Some((a, b)), _) => a == b,
        (_, Some((a, b))) => a == b,
        _ => false,
    }
}

/// Removes a value; what was written above and beside it is given back, for another place.
fn remove(table: &mut Table, name: &str) -> Vec<String> {
    let Some((key, item)) = table.remove_entry(name) else { return Vec::new() };
    let above = key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let beside = item.as_value().and_then(|value| value.decor().suffix()).and_then(|suffix| suffix.as_str()).unwrap_or_default();
    let lines = above.lines().chain(beside.lines()).map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// Takes away the evidence of an earlier search, wherever in the table it is.
fn drop_evidence(table: &mut Table) {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        let Some(mut key) = table.key_mut(&key) else { continue };
        let Some(prefix) = key.leaf_decor().prefix().and_then(|prefix| prefix.as_str()) else { continue };
        if prefix.contains(MARK.trim_end()) {
            let kept: String = prefix.split_inclusive('\n').filter(|line| !line.trim_start().starts_with(MARK)).collect();
            key.leaf_decor_mut().set_prefix(kept);
        }
    }
}
