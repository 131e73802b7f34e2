//! The `fleet.toml` that configures a group.

use std::path::Path;

use anyhow::{Context, Result};
use headroom_core::{Fleet, Group};

use super::NoLimit;
use crate::stored_history::chosen;

/// A fleet's file, and one group of it.
pub(crate) struct ConfigFile {
    /// What it says of the group.
    pub(crate) group: Group,
    /// Limits that `[defaults]` has: a group cannot take them back.
    default_limits: [bool; 2],
}

impl ConfigFile {
    /// Reads a file. `id` chooses the group; it may be left out where there is only one.
    ///
    /// # Errors
    /// Where the file cannot be read or has no such group.
    pub(crate) fn read(path: &Path, id: Option<&str>) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?;
        Self::of_text(&text, &path.display().to_string(), id)
    }

    /// The same of the text of what is called `name`.
    ///
    /// # Errors
    /// Where it is no fleet, or has no such group.
    pub(crate) fn of_text(text: &str, name: &str, id: Option<&str>) -> Result<Self> {
        let fleet = Fleet::from_toml(text).with_context(|| format!("reading `{name}`"))?;
        let group = chosen(&fleet, name, id)?;
        let document: toml_edit::Document<&str> =
            toml_edit::Document::parse(text).with_context(|| format!("reading `{name}`"))?;
        let has = |key: &str| document.get("defaults").and_then(|defaults| defaults.get(key)).is_some();
        Ok(Self { group: group.clone(), default_limits: ["scale_out_limit", "scale_in_limit"].map(has) })
    }

    /// What stands for no limit: where all groups have one by default, the most instances that there may be.
    pub(crate) fn no_limit(&self, instances_max: u32) -> NoLimit {
        let [scale_out, scale_in] = self.default_limits.map(|limited| limited.then_some(instances_max.max(1)));
        NoLimit { scale_out, scale_in }
    }
}
