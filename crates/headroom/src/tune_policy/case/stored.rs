//! A group's own history, from its store.

use anyhow::{Context, Result, bail};
use headroom_core::frame::Target;
use headroom_store::keys;
use tokio::runtime::Runtime;

use super::{Args, ConfigFile, History};
use crate::{place::open, stored_history::StoredHistory};

/// Reads history, calendar and learned lead time of the group that `args` name.
///
/// # Errors
/// Where they cannot be read, or there is no history.
pub(super) fn read(args: &Args, runtime: &Runtime) -> Result<History> {
    let url = args.store.as_deref().context("give either `--trace` or `--store`")?;
    runtime.block_on(read_from(args, url))
}

async fn read_from(args: &Args, url: &str) -> Result<History> {
    let store = open(url).await.with_context(|| format!("opening the store `{url}`"))?;
    let store = store.as_ref();
    let id = args.group.as_deref();
    let file = match &args.config {
        Some(path) => ConfigFile::read(path, id)?,
        None => match store.get(keys::FLEET).await.with_context(|| format!("reading `{}`", keys::FLEET))? {
            Some(object) => ConfigFile::of_text(&String::from_utf8_lossy(&object.bytes), keys::FLEET, id)?,
            None => bail!("the store `{url}` has no `{}`: name the fleet's file with `--config`", keys::FLEET),
        },
    };
    let StoredHistory { group, trace, workload } = StoredHistory::read(store, &file.group).await?;
    Ok(History {
        target: Target::load(group.requests_per_instance, group.step_seconds),
        unit: 1.0,
        trace,
        workload,
        group,
        file: Some(file),
    })
}
