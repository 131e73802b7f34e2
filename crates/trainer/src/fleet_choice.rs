//! Which groups a command works on: those of a fleet file, else of the store's fleet; one of them where it is named.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use headroom_core::{Fleet, Group, fleet::FleetError};
use headroom_store::{Store, keys};

use crate::files::read_text;

/// A fleet and where it was read.
pub(crate) struct NamedFleet {
    /// The file, or the key in the store.
    pub(crate) name: String,
    /// The groups.
    pub(crate) fleet: Fleet,
}

/// The fleet of the file `config`, else of the store, where either is.
pub(crate) async fn read_fleet(config: Option<&Path>, store: &dyn Store) -> Result<Option<NamedFleet>> {
    let name = config.map_or_else(|| keys::FLEET.to_owned(), |path| path.display().to_string());
    let text = match config {
        Some(path) => Some(read_text(path)?),
        None => store.get(keys::FLEET).await?.map(|object| String::from_utf8_lossy(&object.bytes).into_owned()),
    };
    let Some(text) = text else { return Ok(None) };
    let fleet = Fleet::from_toml(&text).map_err(|error| in_one_line(&name, &error))?;
    Ok(Some(NamedFleet { name, fleet }))
}

impl NamedFleet {
    /// The group `id`.
    pub(crate) fn group(&self, id: &str) -> Result<&Group> {
        self.fleet.group(id).with_context(|| {
            let known: Vec<String> = self.fleet.groups.iter().map(|group| format!("`{}`", group.id)).collect();
            format!("`{}` has no group `{id}`: choose one of {}", self.name, known.join(", "))
        })
    }

    /// The fleet, or of it the group `id` alone.
    pub(crate) fn narrowed(self, id: Option<&str>) -> Result<Fleet> {
        let Some(id) = id else { return Ok(self.fleet) };
        Ok(Fleet { groups: vec![self.group(id)?.clone()] })
    }
}

/// What is said where there is no fleet and none can be done without.
pub(crate) fn no_fleet(cure: &str) -> anyhow::Error {
    anyhow!("the store has no `{}`: {cure}", keys::FLEET)
}

/// The group `id` of the fleet that `read_fleet` finds; without a fleet, one with every default.
pub(crate) async fn one_group(config: Option<&Path>, store: &dyn Store, id: &str) -> Result<Group> {
    match read_fleet(config, store).await? {
        Some(fleet) => Ok(fleet.group(id)?.clone()),
        None => Ok(Group::simulated(id)),
    }
}

/// The groups of the fleet that `read_fleet` finds, or `id` alone. Without a fleet it takes a name.
pub(crate) async fn some_groups(config: Option<&Path>, store: &dyn Store, id: Option<&str>) -> Result<Fleet> {
    match (read_fleet(config, store).await?, id) {
        (Some(fleet), id) => fleet.narrowed(id),
        (None, Some(id)) => Ok(Fleet { groups: vec![Group::simulated(id)] }),
        (None, None) => bail!(no_fleet("name a group with `--group`, or a fleet with `--config`")),
    }
}

/// Every problem of a fleet. The parser draws the place of an error over several lines: the first says where, the last
/// says what.
fn in_one_line(name: &str, error: &FleetError) -> anyhow::Error {
    let line = |problem: &String| match (problem.lines().next(), problem.lines().last()) {
        (Some(first), Some(last)) if first != last => format!("{first}: {last}"),
        _ => problem.clone(),
    };
    anyhow!("reading `{name}`: {}", error.problems.iter().map(line).collect::<Vec<_>>().join("; "))
}
