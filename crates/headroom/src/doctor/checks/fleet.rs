//! The configuration.

use std::collections::BTreeMap;

use headroom_core::Fleet;
use headroom_store::keys;

use crate::doctor::{commands::Commands, facts::Facts, finding::Finding};

/// What it is called.
pub(crate) const CONFIGURATION: &str = "configuration";

/// Whether the store has the fleet that was named: functions read it there.
pub(crate) fn stored(fleet: &Fleet, facts: &Facts, commands: &Commands<'_>) -> Vec<Finding> {
    let groups = if fleet.groups.len() == 1 { "1 group".to_owned() } else { format!("{} groups", fleet.groups.len()) };
    let Some(path) = commands.config else {
        return vec![Finding::ok(CONFIGURATION, format!("`{}` has {groups}", keys::FLEET))];
    };
    let read = Finding::ok(CONFIGURATION, format!("`{}` has {groups}", path.display()));
    let why = "collector, scaler and trainer read the fleet there";
    let warning = |what: String| Finding::warning(CONFIGURATION, what).because(why).cured_by(commands.put(path, keys::FLEET));
    let differs = match &facts.stored_fleet {
        Ok(Some(stored)) if stored == fleet => None,
        Ok(Some(_)) => Some(warning(format!("`{}` of the store is another than `{}`", keys::FLEET, path.display()))),
        Ok(None) => Some(warning(format!("the store has no `{}`", keys::FLEET))),
        Err(error) => Some(Finding::error(CONFIGURATION, error.to_string()).because(why)),
    };
    std::iter::once(read).chain(differs).collect()
}

/// Groups that are one and the same in the cloud.
pub(crate) fn twins(fleet: &Fleet) -> Vec<Finding> {
    let mut named: BTreeMap<(Option<&str>, &str), Vec<&str>> = BTreeMap::new();
    for group in &fleet.groups {
        if let Some(name) = &group.auto_scaling_group {
            named.entry((group.region.as_deref(), name)).or_default().push(&group.id);
        }
    }
    let twins = named.into_iter().filter(|(_, ids)| ids.len() > 1);
    let found = |((_, name), ids): ((Option<&str>, &str), Vec<&str>)| {
        let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        Finding::error(CONFIGURATION, format!("{} are all the Auto Scaling group `{name}`", ids.join(" and ")))
            .because("each would undo what the other sets: leave one of them")
    };
    twins.map(found).collect()
}
