//! The business calendar.

use std::collections::BTreeSet;

use headroom_core::{Calendar, Fleet};
use headroom_store::keys;
use jiff::{SignedDuration, Timestamp};

use crate::{
    doctor::{commands::Commands, facts::Facts, finding::Finding},
    moments::clock,
};

const CALENDAR: &str = "calendar";

/// Events are looked for this far ahead and back: every yearly one comes once.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Whether it can be read, whether anything is still ahead, and whom it names.
pub(crate) fn all(fleet: &Fleet, facts: &Facts, commands: &Commands<'_>) -> Vec<Finding> {
    let calendar = match &facts.calendar {
        Ok(calendar) => calendar,
        Err(error) => {
            let why = "no event is known: capacity comes after the load of a sale, not before it";
            let show = commands.show(keys::CALENDAR);
            return vec![Finding::error(CALENDAR, error.to_string()).because(why).cured_by(show).see("A broken object")];
        }
    };
    let mut findings = vec![ahead(calendar, facts.now)];
    findings.extend(strangers(calendar, fleet));
    findings.extend(zone(calendar, fleet));
    findings
}

/// What is announced.
fn ahead(calendar: &Calendar, now: Timestamp) -> Finding {
    let events = calendar.events().count();
    if calendar.is_empty() {
        return Finding::ok(CALENDAR, format!("`{}` announces nothing", keys::CALENDAR));
    }
    if events == 0 {
        let what = "the legacy form tells of a sale for as long as it stands: nothing is known ahead";
        return Finding::warning(CALENDAR, what).because("capacity can come before a sale only where its start is announced");
    }
    let ahead = calendar.timeline(None, now, now + YEAR);
    let next = ahead.occurrences().iter().find(|event| event.end > now);
    if let Some(next) = next {
        return Finding::ok(CALENDAR, format!("next is `{}`, from {} to {}", next.name, clock(next.start), clock(next.end)));
    }
    let past = calendar.timeline(None, now - YEAR, now);
    let last = past.occurrences().iter().max_by_key(|event| event.end);
    let last = last.map_or_else(String::new, |event| format!("; the last, `{}`, ended {}", event.name, clock(event.end)));
    Finding::warning(CALENDAR, format!("a calendar in the past: none of its events is still ahead{last}"))
        .because("a sale that is not announced is seen only when its load is there")
}

/// Groups that the fleet does not have.
fn strangers(calendar: &Calendar, fleet: &Fleet) -> Vec<Finding> {
    let named: BTreeSet<(&str, &str)> = calendar
        .events()
        .flat_map(|event| event.groups.iter().flatten().map(|group| (event.name.as_str(), group.as_str())))
        .filter(|(_, group)| fleet.group(group).is_none())
        .collect();
    let why = "the event is announced to nobody: correct its `groups`";
    let finding = |(event, group)| {
        Finding::warning(CALENDAR, format!("event `{event}` names group `{group}`, which the fleet does not have")).because(why)
    };
    named.into_iter().map(finding).collect()
}

/// Whether the calendar's clock is that of the groups.
fn zone(calendar: &Calendar, fleet: &Fleet) -> Option<Finding> {
    let name = |zone: &jiff::tz::TimeZone| zone.iana_name().unwrap_or("UTC").to_owned();
    let own = name(calendar.time_zone());
    let local = calendar.events().any(|event| event.time_zone.is_none() && event.start.parse::<Timestamp>().is_err());
    let group = fleet.groups.iter().find(|group| name(&group.time_zone) != own && name(&group.time_zone) != "UTC")?;
    local.then(|| {
        let what = format!(
            "times without a zone are told by the clock of {own}, group `{}` lives by {}",
            group.id,
            name(&group.time_zone)
        );
        Finding::warning(CALENDAR, what)
            .because("an event that starts hours off does not help: give the calendar its `time_zone`")
    })
}
