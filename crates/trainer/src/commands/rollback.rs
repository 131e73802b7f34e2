//! `trainer rollback`: the previous model serves again.

use anyhow::{Context, Result, bail};
use headroom_store::models;

use crate::files::{open_store, print, wait};

/// Serve the previous model version of a group again
#[derive(clap::Args)]
#[command(after_help = "Example:\n  trainer rollback --group web --store file:///var/lib/headroom")]
pub(crate) struct Args {
    /// The group
    #[arg(long, value_name = "ID")]
    group: String,
    /// Where its models are: file:///path or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    store: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let store = open_store(&args.store, &args.group)?;
    let (store, group) = (store.as_ref(), args.group.as_str());
    let current = wait(async {
        let now = models::current(store, group).await?;
        if let Some(now) = now.filter(|now| now.previous.is_empty()) {
            bail!(
                "group `{group}` is served by `{}`, and there is no earlier version to go back to: train another with `trainer train --group {group}`",
                now.version
            );
        }
        models::rollback(store, group).await.with_context(|| format!("group `{group}`"))
    })?;
    print(&format!("group `{}` is served by `{}` again", args.group, current.version));
    Ok(())
}
