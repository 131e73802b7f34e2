//! Hours of the week with a size of their own, for the policy `schedule`.

use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// A day of the week, as `fleet.toml` writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// The whole week.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// One `[[group.schedule]]`: so many instances at those hours of those days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleEntry {
    /// Names the entry in reasons.
    pub name: String,
    /// The days on which it starts. Every day by default.
    #[serde(default = "every_day")]
    pub days: Vec<Day>,
    /// When it starts, on the group's clock, for example `"08:00"`.
    pub start: Time,
    /// When it ends, on the group's clock. At or before `start`, it ends on the next day, so that `"00:00"` is midnight.
    pub end: Time,
    /// Instances from `start` to `end`. They are there at `start`: they are asked for a lead time before.
    pub instances: u32,
}

fn every_day() -> Vec<Day> {
    Day::ALL.to_vec()
}

/// One happening of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheduled<'a> {
    /// The entry.
    pub entry: &'a ScheduleEntry,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

impl ScheduleEntry {
    /// Its happening that starts on `date`. A clock time that the change to summer time leaves out is the moment after the gap,
    /// one that comes twice in autumn is the first.
    fn on(&self, date: Date, zone: &TimeZone) -> Option<Scheduled<'_>> {
        if !self.days.iter().any(|day| day.weekday() == date.weekday()) {
            return None;
        }
        let last = if self.end > self.start { date } else { date.tomorrow().ok()? };
        let moment = |date: Date, time: Time| zone.to_timestamp(date.to_datetime(time)).ok();
        Some(Scheduled { entry: self, start: moment(date, self.start)?, end: moment(last, self.end)? })
    }
}

/// What of `entries` is in force at some moment of `from..=until`: the one with the most instances, of equals the one that
/// comes first in the file.
pub(crate) fn largest_between<'a>(
    entries: &'a [ScheduleEntry],
    zone: &TimeZone,
    from: Timestamp,
    until: Timestamp,
) -> Option<Scheduled<'a>> {
    let first = from.to_zoned(zone.clone()).date().yesterday().ok()?;
    let last = until.to_zoned(zone.clone()).date();
    let mut largest: Option<Scheduled<'a>> = None;
    for entry in entries {
        let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= last);
        let in_force = dates.filter_map(|date| entry.on(date, zone)).find(|one| one.start <= until && one.end > from);
        if let Some(one) = in_force.filter(|one| largest.is_none_or(|known| one.entry.instances > known.entry.instances)) {
            largest = Some(one);
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(days: &str, start: &str, end: &str, instances: u32) -> ScheduleEntry {
        toml::from_str(&format!("name = \"x\"\ndays = [{days}]\nstart = \"{start}\"\nend = \"{end}\"\ninstances = {instances}"))
            .unwrap()
    }

    fn at(entries: &[ScheduleEntry], zone: &str, moment: &str) -> Option<u32> {
        let moment: Timestamp = moment.parse().unwrap();
        largest_between(entries, &TimeZone::get(zone).unwrap(), moment, moment).map(|one| one.entry.instances)
    }

    #[test]
    fn hours_are_those_of_the_groups_clock() {
        let office = [entry("\"mon\", \"fri\"", "08:00", "18:00", 9)];
        for (moment, expected) in [
            ("2026-11-27T06:59:59Z", None),
            ("2026-11-27T07:00:00Z", Some(9)),
            ("2026-11-27T16:59:59Z", Some(9)),
            ("2026-11-27T17:00:00Z", None),
            ("2026-11-28T12:00:00Z", None),
        ] {
            assert_eq!(at(&office, "Europe/Berlin", moment), expected, "{moment}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_starts_on() {
        let night = [entry("\"fri\"", "22:00", "06:00", 3), entry("", "00:00", "00:00", 50)];
        assert_eq!(at(&night, "UTC", "2026-11-28T05:59:00Z"), Some(3), "Saturday morning");
        assert_eq!(at(&night, "UTC", "2026-11-27T05:59:00Z"), None, "Friday morning");
        assert_eq!(at(&[entry("\"fri\"", "00:00", "00:00", 4)], "UTC", "2026-11-27T23:59:59Z"), Some(4), "the whole day");
    }

    #[test]
    fn the_largest_of_those_in_force_counts() {
        let both = [entry("\"fri\"", "08:00", "18:00", 3), entry("\"fri\"", "12:00", "13:00", 7)];
        assert_eq!(at(&both, "UTC", "2026-11-27T11:00:00Z"), Some(3));
        assert_eq!(at(&both, "UTC", "2026-11-27T12:00:00Z"), Some(7));
    }

    #[test]
    fn clock_changes_neither_lose_nor_repeat_an_entry() {
        // In Berlin the clock jumped from 02:00 to 03:00 on 29 March 2026, and back from 03:00 to 02:00 on 25 October.
        let gap = [entry("\"sun\"", "02:30", "04:00", 5)];
        assert_eq!(at(&gap, "Europe/Berlin", "2026-03-29T01:29:00Z"), None);
        assert_eq!(at(&gap, "Europe/Berlin", "2026-03-29T01:31:00Z"), Some(5), "03:31, which would have been 02:31");
        assert_eq!(at(&gap, "Europe/Berlin", "2026-03-29T02:00:00Z"), None, "04:00");
        assert_eq!(at(&gap, "Europe/Berlin", "2026-10-25T00:30:00Z"), Some(5), "02:30 for the first time");
        assert_eq!(at(&gap, "Europe/Berlin", "2026-10-25T02:59:00Z"), Some(5), "03:59");
        // All of it falls into the gap: 02:15 and 02:45 are 03:15 and 03:45 there.
        let within = [entry("\"sun\"", "02:15", "02:45", 5)];
        assert_eq!(at(&within, "Europe/Berlin", "2026-03-29T01:30:00Z"), Some(5), "03:30");
    }
}
