//! What was found, for people.

use anstyle::{AnsiColor, Style};

use super::finding::{Finding, Severity};

/// All findings, those of the fleet first, then group by group.
pub(crate) fn lines(findings: &[Finding]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut heading: Option<Option<&str>> = None;
    for finding in findings {
        let group = finding.group.as_deref();
        if heading != Some(group) {
            if heading.is_some() {
                lines.push(String::new());
            }
            let bold = Style::new().bold();
            let name = group.map_or_else(|| "fleet".to_owned(), |group| format!("group `{group}`"));
            lines.push(format!("{bold}{name}{bold:#}"));
            heading = Some(group);
        }
        lines.extend(of(finding));
    }
    lines
}

fn of(finding: &Finding) -> Vec<String> {
    let Finding { severity, thing, what, why, cure, runbook, .. } = finding;
    let (word, style) = match severity {
        Severity::Ok => ("ok", AnsiColor::Green.on_default()),
        Severity::Unknown => ("unknown", AnsiColor::Cyan.on_default()),
        Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
    };
    // A problem of several lines, such as those of a configuration, keeps its lines.
    let what = what.replace('\n', &format!("\n{INDENT}"));
    let mut lines = vec![format!("  {style}{word:<8}{style:#} {thing:<17} {what}")];
    lines.extend(why.as_ref().map(|why| format!("{INDENT}{why}")));
    lines.extend(cure.as_ref().map(|cure| format!("{INDENT}$ {cure}")));
    let runbook = runbook.filter(|_| *severity != Severity::Ok);
    lines.extend(runbook.map(|entry| format!("{INDENT}docs/runbook.md: {entry}")));
    lines
}

/// Below what was found.
const INDENT: &str = "                             ";

/// How many there are of each kind.
pub(crate) fn summary(findings: &[Finding]) -> String {
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let unknown = match count(Severity::Unknown) {
        0 => String::new(),
        some => format!(", {some} unknown"),
    };
    format!(
        "{}, {}{unknown}, {} ok",
        many(count(Severity::Error), "error"),
        many(count(Severity::Warning), "warning"),
        count(Severity::Ok)
    )
}
