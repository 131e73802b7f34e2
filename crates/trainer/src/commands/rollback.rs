//! `trainer rollback`: the previous model serves again.

use anyhow::Result;
use headroom_store::models;

use crate::files::{open_store, print, wait};

/// Serve the previous model version of a group again
#[derive(clap::Args)]
#[command(after_help = "Example:\n  trainer rollback --group web --store file:///var/lib/headroom")]
pub(crate) struct Args {
    /// The group
    #[arg(long, value_name = "ID")]
    group: String,
    /// Where its models are: file:///path
    #[arg(long, value_name = "URL")]
    store: String,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let store = open_store(&args.store, &args.group)?;
    let current = wait(async { Ok(models::rollback(store.as_ref(), &args.group).await?) })?;
    print(&format!("group `{}` is served by `{}` again", args.group, current.version));
    Ok(())
}
