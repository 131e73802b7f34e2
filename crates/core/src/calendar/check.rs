//! What an event of the calendar may say. Every tick works through the calendar, so that what it can ask for is bounded here.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::{CheckedEvent, Event};
use crate::recurrence::Recurrence;

/// The longest event: as much as is learned from.
const DURATION_DAYS_MAX: i64 = 400;

/// The longest climb before an event, and fall after it: a week.
const RAMP_MINUTES_MAX: u32 = 7 * 24 * 60;

/// The strongest event: a thousand times the ordinary load more. The largest sales multiply it by some ten, and what goes from next to
/// nothing to a crowd at one moment by some hundred.
pub(crate) const INTENSITY_MAX: f64 = 1_000.0;

/// The longest name, and kind.
const NAME_LENGTH_MAX: usize = 200;

/// The most groups that an event may name.
const GROUPS_MAX: usize = 1_000;

/// How often all events may repeat in a day together: as often as seven that happen every five minutes.
const TIMES_A_DAY_MAX: f64 = 2_016.0;

/// The years in which events may start and end.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=9000;

/// A name for an error: without control characters, and not longer than a name may be.
pub(super) fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_LENGTH_MAX).collect()
}

pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("`time_zone` is `{}`, which is not an IANA time zone: write one like `Europe/Berlin`", shortened(name))
    })
}

/// What no event says alone.
pub(super) fn check_events(events: &[CheckedEvent]) -> Result<(), String> {
    let times: f64 = events.iter().filter_map(|event| event.rule.as_ref()).map(Recurrence::mean_times_a_day).sum();
    if times > TIMES_A_DAY_MAX {
        let cure = "make them rarer, or announce several by one";
        return Err(format!(
            "`events` repeat up to {times:.0} times a day: at most {TIMES_A_DAY_MAX} are allowed together, {cure}"
        ));
    }
    Ok(())
}

pub(super) fn check(event: Event, calendar_zone: &TimeZone) -> Result<CheckedEvent, String> {
    check_name("name", &event.name)?;
    check_name("kind", &event.kind)?;
    if let Some(groups) = event.groups.as_ref().filter(|groups| groups.len() > GROUPS_MAX) {
        return Err(format!("`groups` has {}: at most {GROUPS_MAX} are allowed, leave it out for all", groups.len()));
    }
    let zone = event.time_zone.as_deref().map_or_else(|| Ok(calendar_zone.clone()), time_zone)?;
    let start = moment("start", &event.start, &zone)?;
    let duration = duration(&event, &start, &zone)?;
    if event.ramp_minutes > RAMP_MINUTES_MAX {
        return Err(format!("`ramp_minutes` is {}: write at most {RAMP_MINUTES_MAX}, a week", event.ramp_minutes));
    }
    if !(event.intensity.is_finite() && event.intensity >= 0.0) {
        return Err(format!("`intensity` is {}: write a number from 0 up", event.intensity));
    }
    if event.intensity > INTENSITY_MAX {
        return Err(format!("`intensity` is {}: write at most {INTENSITY_MAX}", event.intensity));
    }
    let rule = event.repeat.as_deref().map(|rule| Recurrence::read(rule, &start)).transpose()?;
    Ok(CheckedEvent { event, start, duration, rule })
}

fn check_name(field: &str, text: &str) -> Result<(), String> {
    if let Some(control) = text.chars().find(|c| c.is_control()) {
        return Err(format!("`{field}` has the control character {control:?} in it: remove it"));
    }
    let length = text.chars().count();
    if length > NAME_LENGTH_MAX {
        return Err(format!("`{field}` has {length} characters: write at most {NAME_LENGTH_MAX}"));
    }
    Ok(())
}

fn duration(event: &Event, start: &jiff::Zoned, zone: &TimeZone) -> Result<SignedDuration, String> {
    let (field, duration) = match (&event.end, event.duration_minutes) {
        (Some(_), Some(_)) => return Err("has both `end` and `duration_minutes`: keep one of them".to_owned()),
        (None, None) => return Err("has neither `end` nor `duration_minutes`: add one of them".to_owned()),
        (Some(end), None) => {
            let end_moment = moment("end", end, zone)?;
            if end_moment <= *start {
                return Err(format!("ends at {end}, not after it starts at {}: correct `end`", event.start));
            }
            ("end", start.duration_until(&end_moment))
        }
        (None, Some(0)) => return Err("`duration_minutes` is 0: give it a length".to_owned()),
        (None, Some(minutes)) => ("duration_minutes", SignedDuration::from_mins(i64::from(minutes))),
    };
    if duration > SignedDuration::from_hours(24 * DURATION_DAYS_MAX) {
        let days = duration.as_hours() / 24;
        return Err(format!(
            "`{field}` makes it {days} days long: at most {DURATION_DAYS_MAX} are allowed, announce it in parts"
        ));
    }
    Ok(duration)
}

fn moment(field: &str, text: &str, zone: &TimeZone) -> Result<jiff::Zoned, String> {
    let shown = shortened(text);
    let moment = if let Ok(absolute) = text.parse::<Timestamp>() {
        absolute.to_zoned(zone.clone())
    } else {
        let local: civil::DateTime =
            text.parse().map_err(|_| format!("`{field}` is `{shown}`, not a date and time: write it like 2026-11-27T00:00"))?;
        local.to_zoned(zone.clone()).map_err(|error| format!("`{field}` is `{shown}`: {error}"))?
    };
    if !YEARS.contains(&moment.year()) {
        return Err(format!("`{field}` is `{shown}`: write a year from {} to {}", YEARS.start(), YEARS.end()));
    }
    Ok(moment)
}
