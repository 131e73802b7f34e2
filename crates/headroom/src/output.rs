//! Files that a command writes, `-` being standard output.

use std::{io::Write, path::Path};

use anyhow::{Context, Result};

/// Finds out before the work whether its result could be written.
///
/// # Errors
/// Where it could not.
pub(crate) fn check_writable(path: &Path) -> Result<()> {
    if path.as_os_str() == "-" {
        return Ok(());
    }
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.map(drop).with_context(|| format!("writing `{}`: choose a file in a folder that you may write to", path.display()))
}

/// Writes `text` whole.
///
/// # Errors
/// Where the file cannot be written. A reader of standard output that went away is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if path.as_os_str() == "-" {
        let _ = std::io::stdout().write_all(text.as_bytes());
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("writing `{}`", path.display()))
}

/// Writes `value` as JSON.
///
/// # Errors
/// As [`write()`].
pub(crate) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value).context("writing JSON")?;
    write(path, &format!("{json}\n"))
}
