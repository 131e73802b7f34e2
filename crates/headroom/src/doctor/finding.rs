//! What the doctor finds.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// As it should be.
    Ok,
    /// It cannot be found out from here: someone else has to look.
    Unknown,
    /// It works, and worse than it could.
    Warning,
    /// It does not work, or does not do what it should.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The group that it concerns; none where it is the whole fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    /// What was looked at: the same words for the same check.
    pub(crate) thing: &'static str,
    /// What was found.
    pub(crate) what: String,
    /// Why that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<&'static str>,
    /// The command that cures it, or that finds out more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cure: Option<String>,
    /// The entry of `docs/runbook.md` that has more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runbook: Option<&'static str>,
}

impl Finding {
    fn of(severity: Severity, thing: &'static str, what: impl Into<String>) -> Self {
        Self { severity, group: None, thing, what: what.into(), why: None, cure: None, runbook: None }
    }

    /// All is well.
    pub(crate) fn ok(thing: &'static str, what: impl Into<String>) -> Self {
        Self::of(Severity::Ok, thing, what)
    }

    /// It cannot be found out from here.
    pub(crate) fn unknown(thing: &'static str, what: impl Into<String>) -> Self {
        Self::of(Severity::Unknown, thing, what)
    }

    /// It could be better.
    pub(crate) fn warning(thing: &'static str, what: impl Into<String>) -> Self {
        Self::of(Severity::Warning, thing, what)
    }

    /// Someone has to act.
    pub(crate) fn error(thing: &'static str, what: impl Into<String>) -> Self {
        Self::of(Severity::Error, thing, what)
    }

    /// An error where the group is written to, else a warning of what it would be then.
    pub(crate) fn error_if(writes: bool, thing: &'static str, what: impl Into<String>) -> Self {
        Self::of(if writes { Severity::Error } else { Severity::Warning }, thing, what)
    }

    /// The same with why it matters.
    pub(crate) fn because(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    /// The same with the command that cures it.
    pub(crate) fn cured_by(self, command: impl Into<String>) -> Self {
        Self { cure: Some(command.into()), ..self }
    }

    /// The same with the entry of the runbook that has more.
    pub(crate) fn see(self, entry: &'static str) -> Self {
        Self { runbook: Some(entry), ..self }
    }

    /// The same of one group.
    pub(crate) fn of_group(self, group: &str) -> Self {
        Self { group: Some(group.to_owned()), ..self }
    }
}
