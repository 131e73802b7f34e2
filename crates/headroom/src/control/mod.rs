//! What operators tell scalers that run: `headroom stop`, `resume`, `approve` and `reject`. It is stored, and acts at the next
//! write, without a deploy.

mod answer;
mod record;
mod switch;

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail};
use headroom_core::{Fleet, fleet::is_group_id};
use headroom_store::{Store, keys};
use serde::Serialize;

use crate::{output, place, terminal::Lines};

pub(crate) use answer::{ApproveArgs, RejectArgs, approve, reject};
pub(crate) use switch::{ResumeArgs, StopArgs, resume, stop};

/// Words for the record, which others will read on one line.
fn one_line(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) || text.chars().count() > 500 {
        return Err("use one line of at most 500 characters".to_owned());
    }
    Ok(text.to_owned())
}

/// Where the scaler keeps what it does, and who speaks.
#[derive(clap::Args)]
struct Place {
    /// The scaler's store: file:///path, or s3://bucket/prefix
    #[arg(long, value_name = "URL")]
    store: String,
    /// Who does this, for the record; by default the name of the user
    #[arg(long, value_name = "NAME", value_parser = one_line)]
    by: Option<String>,
    /// Write what was done for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Place {
    /// Opens the store, which some scaler must have used or been configured in: an order in any other would reach nobody.
    async fn open(&self) -> Result<Arc<dyn Store>> {
        if let Some(path) = &self.json {
            output::check_writable(path)?;
        }
        let url = &self.store;
        let store = place::open(url).await.with_context(|| format!("opening the store `{url}`"))?;
        let used = async || -> Result<bool> {
            Ok(store.get(keys::FLEET).await?.is_some() || !store.list(keys::STATES).await?.is_empty())
        };
        if !used().await.with_context(|| format!("reading the store `{url}`"))? {
            bail!("no scaler uses the store `{url}`: it has neither `{}` nor a group's state: correct `--store`", keys::FLEET);
        }
        Ok(store)
    }

    fn by(&self) -> String {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.by.clone().or_else(user).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "an operator".to_owned())
    }

    /// Tells what was done, for people and for programs.
    fn tell(&self, lines: &[String], done: &impl Serialize) -> Result<()> {
        let to_stderr = self.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
        lines.iter().for_each(|line| Lines { to_stderr }.print(line));
        self.json.as_ref().map_or(Ok(()), |path| output::write_json(path, done))
    }
}

/// Checks that the scaler has a group of that name: an order to any other would reach nobody.
async fn check_group(store: &dyn Store, group: &str) -> Result<()> {
    if !is_group_id(group) {
        bail!("`--group` is `{group}`: use letters, digits, `-` and `_`");
    }
    let known = known_groups(store).await?;
    if known.iter().any(|id| id == group) {
        return Ok(());
    }
    let names: Vec<String> = known.iter().map(|id| format!("`{id}`")).collect();
    bail!("there is no group `{group}` in this store: it has {}", names.join(", "))
}

/// The groups of the fleet that is configured in the store; without one that can be read, those that have a state.
async fn known_groups(store: &dyn Store) -> Result<Vec<String>> {
    let fleet = store.get(keys::FLEET).await.with_context(|| format!("reading `{}`", keys::FLEET))?;
    let text = fleet.and_then(|object| String::from_utf8(object.bytes).ok());
    if let Some(fleet) = text.and_then(|text| Fleet::from_toml(&text).ok()) {
        return Ok(fleet.groups.into_iter().map(|group| group.id).collect());
    }
    let states = store.list(keys::STATES).await.context("reading the groups' states")?;
    Ok(states.iter().filter_map(|key| keys::group_of_state(key)).map(str::to_owned).collect())
}
