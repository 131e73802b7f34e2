//! The choice as a `[[group]]` of a `fleet.toml`, with its evidence.

use super::{
    evidence::{comments, fields},
    findings::Findings,
};

/// A group with nothing but its name and the chosen settings.
pub(crate) fn toml(findings: &Findings) -> String {
    let mut text = String::new();
    text.extend(comments(findings).iter().map(|line| format!("# {line}\n")));
    text.push_str("[[group]]\n");
    text.push_str(&format!("id = {}\n", toml_edit::Value::from(findings.group.as_str())));
    for (name, value) in fields(&findings.chosen.setting) {
        text.push_str(&match value {
            Some(value) => format!("{name} = {value}\n"),
            None => format!("# {name} is left out: no limit\n"),
        });
    }
    text
}
