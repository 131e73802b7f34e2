//! Where a fleet is: its configuration, and the store that its scaler uses.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use headroom_core::{Fleet, fleet::is_group_id};
use headroom_store::{Store, load_fleet};

use crate::{output, terminal::Lines};

/// A fleet and its store, on the command line.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The fleet; without it, `config/fleet.toml` of the store
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,
    /// The scaler's store: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    pub(crate) store: String,
    /// Only this group
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<String>,
    /// Write the same for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Place {
    /// Finds out before the work whether its result could be written, and where the lines for people go.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn lines(&self) -> Result<Lines> {
        if let Some(path) = &self.json {
            output::check_writable(path)?;
        }
        Ok(Lines { to_stderr: self.json.as_ref().is_some_and(|path| path.as_os_str() == "-") })
    }

    /// Opens the store, which must be there.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>> {
        open(&self.store).await.with_context(|| format!("opening the store `{}`", self.store))
    }

    /// The fleet as configured.
    ///
    /// # Errors
    /// Where there is none, or it is not a fleet: all its problems at once.
    pub(crate) async fn fleet(&self, store: &dyn Store) -> Result<Fleet> {
        match &self.config {
            Some(path) => read_fleet(path),
            None => load_fleet(store).await.with_context(|| format!("reading the store `{}`", self.store)),
        }
    }

    /// `fleet` without any group that was not asked for.
    ///
    /// # Errors
    /// Where it has no such group.
    pub(crate) fn narrow(&self, mut fleet: Fleet) -> Result<Fleet> {
        let Some(id) = &self.group else { return Ok(fleet) };
        if !is_group_id(id) {
            bail!("`--group` is `{id}`: use letters, digits, `-` and `_`");
        }
        if fleet.group(id).is_none() {
            let known: Vec<String> = fleet.groups.iter().map(|group| format!("`{}`", group.id)).collect();
            bail!("the fleet has no group `{id}`: it has {}", known.join(", "));
        }
        fleet.groups.retain(|group| group.id == *id);
        Ok(fleet)
    }
}

/// The fleet of a file.
///
/// # Errors
/// Where it cannot be read, or is not a fleet: all its problems at once.
pub(crate) fn read_fleet(path: &Path) -> Result<Fleet> {
    let text = std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?;
    Fleet::from_toml(&text).with_context(|| format!("reading `{}`", path.display()))
}

/// Opens a store that must be there: whoever reads it, or leaves word in it for a scaler, has no use for a new one.
///
/// # Errors
/// Where the URL names no store.
#[cfg(feature = "aws")]
pub(crate) async fn open(url: &str) -> Result<Arc<dyn Store>> {
    if url.starts_with("s3://") {
        return Ok(headroom_aws::open_store(url).await?);
    }
    Ok(headroom_store::url::open_existing(url)?)
}

/// Opens a store that must be there: whoever reads it, or leaves word in it for a scaler, has no use for a new one.
///
/// # Errors
/// Where the URL names no store.
#[cfg(not(feature = "aws"))]
pub(crate) async fn open(url: &str) -> Result<Arc<dyn Store>> {
    if url.starts_with("s3://") {
        bail!("this build has no AWS: build `headroom` with `--features aws`");
    }
    Ok(headroom_store::url::open_existing(url)?)
}
