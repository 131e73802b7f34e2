//! The rule by which an event repeats: read, held within bounds, and asked for the moments of a span.
//!
//! A rule comes from whoever may write the calendar, and every tick reads it: so what it can cost is bounded when it is read.

use chrono::{Datelike, Days, Months, NaiveDateTime, NaiveTime, TimeZone as _, Timelike};
use jiff::{SignedDuration, Timestamp};
use rrule::{Frequency, RRule, RRuleSet};

/// The shortest `INTERVAL` of a rule by the minute: no step of a group is shorter than a minute, and most have five.
const MINUTES_MIN: u16 = 5;

/// The most times a day that one event may happen: every five minutes.
const TIMES_A_DAY_MAX: usize = 288;

/// The largest `COUNT`. Rules with one are walked from their start, since only that tells how many are left.
const COUNT_MAX: u32 = 10_000;

/// The longest rule: all 366 days of a year by their numbers take 1,456.
const RULE_LENGTH_MAX: usize = 2_000;

/// Rules by the hour or minute start in this year or later.
const SUB_DAILY_YEAR_MIN: i16 = 2000;

/// A checked rule with the moment from which it counts.
#[derive(Debug, Clone)]
pub(crate) struct Recurrence(RRuleSet);

impl Recurrence {
    /// Reads an RFC 5545 rule for an event that first starts at `start`.
    ///
    /// # Errors
    /// What is wrong with the rule, and the cure.
    pub(crate) fn read(text: &str, start: &jiff::Zoned) -> Result<Self, String> {
        if text.len() > RULE_LENGTH_MAX {
            return Err(format!("`repeat` has {} characters: at most {RULE_LENGTH_MAX} are allowed", text.len()));
        }
        // The parser takes lines, and bytes for characters.
        if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(format!(
                "`repeat` has {odd:?} in it: write one rule without spaces or line breaks, as FREQ=WEEKLY;BYDAY=TU"
            ));
        }
        let cure = "write an RFC 5545 rule like FREQ=WEEKLY;BYDAY=TU";
        let said = |problem: String| format!("`repeat` is `{text}`: {problem}");
        let parse = |rule: &str| {
            let zone = start.time_zone().iana_name().unwrap_or("UTC");
            let whole = format!("DTSTART;TZID={zone}:{}\nRRULE:{rule}", start.strftime("%Y%m%dT%H%M%S"));
            whole.parse().map(Self).map_err(|error| said(format!("{error}: {cure}")))
        };
        let read = parse(text)?;
        read.check_frequency(start.year()).map_err(said)?;
        let read = read.by_the_day(text).map_or(Ok(read), |by_the_day| parse(&by_the_day))?;
        read.check().map_err(said)?;
        Ok(read)
    }

    /// A rule by the hour or minute whose days are all alike, as a rule by the day with lists: the library leaves out days of
    /// others (seen with FREQ=MINUTELY;INTERVAL=5;BYHOUR=9;BYDAY=MO), and is quicker with these.
    fn by_the_day(&self, text: &str) -> Option<String> {
        let rule = self.rule();
        let (start, interval) = (self.0.get_dt_start(), u32::from(rule.get_interval()));
        let every = |period: u32, interval: u32, phase: u32| (0..period).filter(move |unit| unit % interval == phase % interval);
        let listed = |list: &[u8], unit: u32| list.is_empty() || list.iter().any(|one| u32::from(*one) == unit);
        let (hours, minutes): (Vec<u32>, Vec<u32>) = match rule.get_freq() {
            Frequency::Minutely if 60 % interval == 0 => (
                (0..24).filter(|hour| listed(rule.get_by_hour(), *hour)).collect(),
                every(60, interval, start.minute()).filter(|minute| listed(rule.get_by_minute(), *minute)).collect(),
            ),
            Frequency::Hourly if 24 % interval == 0 => (
                every(24, interval, start.hour()).filter(|hour| listed(rule.get_by_hour(), *hour)).collect(),
                rule.get_by_minute().iter().map(|minute| u32::from(*minute)).collect(),
            ),
            _ => return None,
        };
        if hours.is_empty() || minutes.is_empty() {
            return None;
        }
        let list = |units: &[u32]| units.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let replaced = ["FREQ=", "INTERVAL=", "BYHOUR=", "BYMINUTE="];
        let is_kept = |part: &&str| !replaced.iter().any(|name| part.to_ascii_uppercase().starts_with(name));
        let kept = text.split(';').filter(is_kept).map(|part| format!(";{part}")).collect::<String>();
        Some(format!("FREQ=DAILY;BYHOUR={};BYMINUTE={}{kept}", list(&hours), list(&minutes)))
    }

    fn check_frequency(&self, year: i16) -> Result<(), String> {
        let rule = self.rule();
        let (freq, interval) = (rule.get_freq(), rule.get_interval());
        match freq {
            _ if interval == 0 => Err("INTERVAL is 0: write one from 1 up, or leave it out".to_owned()),
            Frequency::Secondly => Err("no event repeats by the second: write FREQ=MINUTELY;INTERVAL=5 or slower".to_owned()),
            Frequency::Minutely if interval < MINUTES_MIN => {
                Err(format!("by the minute it needs an INTERVAL of at least {MINUTES_MIN}: write FREQ=MINUTELY;INTERVAL=5"))
            }
            Frequency::Hourly | Frequency::Minutely if year < SUB_DAILY_YEAR_MIN => {
                Err(format!("by the hour or minute it must not start in {year}: set `start` to {SUB_DAILY_YEAR_MIN} or later"))
            }
            Frequency::Hourly | Frequency::Minutely if !rule.get_by_set_pos().is_empty() => {
                Err("BYSETPOS needs a rule by the day or slower: leave it out".to_owned())
            }
            Frequency::Minutely if 60 % interval != 0 && self.is_narrowed() => Err(format!(
                "with other BY parts, INTERVAL={interval} must divide the hour: write 5, 6, 10, 12, 15, 20, 30 or 60"
            )),
            Frequency::Hourly if 24 % interval != 0 && self.is_narrowed() => {
                Err(format!("with other BY parts, INTERVAL={interval} must divide the day: write 1, 2, 3, 4, 6, 8, 12 or 24"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a rule by the hour or minute passes over some of its hours or days.
    fn is_narrowed(&self) -> bool {
        let rule = self.rule();
        let is_hourly = rule.get_freq() == Frequency::Hourly;
        // The library keeps days counted from the end of a month for itself, but shows them.
        let text = rule.to_string();
        ["BYMONTH=", "BYMONTHDAY=", "BYYEARDAY=", "BYWEEKNO=", "BYDAY=", "BYHOUR="].iter().any(|part| text.contains(part))
            || (!is_hourly && !rule.get_by_minute().is_empty())
    }

    fn check(&self) -> Result<(), String> {
        let rule = self.rule();
        if let Some(count) = rule.get_count().filter(|count| *count > COUNT_MAX) {
            return Err(format!("COUNT is {count}: write at most {COUNT_MAX}, or UNTIL in its place"));
        }
        let times = self.times_a_day();
        if times > TIMES_A_DAY_MAX {
            return Err(format!(
                "it happens up to {times} times a day: at most {TIMES_A_DAY_MAX} are allowed, every five minutes"
            ));
        }
        // The library gives up after a hundred thousand steps in vain, which are centuries of days.
        if self.0.clone().limit().into_iter().next().is_none() {
            return Err("it never happens: correct it, or leave `repeat` out".to_owned());
        }
        Ok(())
    }

    /// How often it happens on one day, at most.
    fn times_a_day(&self) -> usize {
        let rule = self.rule();
        let (hours, minutes, seconds) = (rule.get_by_hour().len(), rule.get_by_minute().len(), rule.get_by_second().len());
        let every = |units: u16| usize::from((units / rule.get_interval()).max(1));
        match rule.get_freq() {
            Frequency::Secondly => usize::MAX,
            Frequency::Minutely => every(1440) * seconds,
            Frequency::Hourly => every(24) * minutes * seconds,
            _ => hours * minutes * seconds,
        }
    }

    /// How often it happens in a day of the long run, at most.
    pub(crate) fn mean_times_a_day(&self) -> f64 {
        let rule = self.rule();
        let any_day =
            !rule.get_by_weekday().is_empty() || !rule.get_by_week_no().is_empty() || !rule.get_by_year_day().is_empty();
        let one_day = !any_day && rule.get_by_month_day().len() == 1;
        let days = match rule.get_freq() {
            Frequency::Weekly => rule.get_by_weekday().len() as f64 / 7.0,
            Frequency::Monthly if one_day => 1.0 / 28.0,
            Frequency::Yearly if one_day && rule.get_by_month().len() == 1 => 1.0 / 365.0,
            _ => 1.0,
        };
        self.times_a_day() as f64 * days
    }

    /// The starts from `earliest` to `latest`, in the order of the rule.
    pub(crate) fn between(&self, earliest: Timestamp, latest: Timestamp) -> impl Iterator<Item = Timestamp> {
        // Where a clock is set back, local times of one day are not in the order of time.
        let over = latest.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX).as_second();
        let starts =
            self.near(earliest).limit().into_iter().map(|start| start.timestamp()).take_while(move |start| *start <= over);
        let starts = starts.filter_map(|start| Timestamp::from_second(start).ok());
        starts.filter(move |start| (earliest..=latest).contains(start))
    }

    /// The same rule with a start that lies shortly before `earliest`: moved on by whole periods, which the rule does not tell
    /// from the start that was written. One with a COUNT stays.
    fn near(&self, earliest: Timestamp) -> RRuleSet {
        let start = *self.0.get_dt_start();
        let zone = start.timezone();
        let moved = |periods: u32| {
            let local = self.moved(start.naive_local(), periods)?;
            zone.from_local_datetime(&local).single().map(|start| RRuleSet::new(start).rrule(self.rule().clone()))
        };
        let Some(until) = chrono::DateTime::from_timestamp(earliest.as_second(), 0) else { return self.0.clone() };
        let periods = self.periods(start.naive_local(), until.with_timezone(&zone).naive_local());
        // A local time that a change of the clock leaves out or has twice is no start: then a period earlier.
        (periods.saturating_sub(8).max(1)..=periods).rev().find_map(moved).unwrap_or_else(|| self.0.clone())
    }

    /// Whole periods that fit between `start` and `until` with at least one to spare; none where the start must stay.
    fn periods(&self, start: NaiveDateTime, until: NaiveDateTime) -> u32 {
        let rule = self.rule();
        if rule.get_count().is_some() {
            return 0;
        }
        let months =
            12 * (i64::from(until.year()) - i64::from(start.year())) + i64::from(until.month()) - i64::from(start.month());
        let whole = match self.period() {
            Period::Months(period) => months / i64::from(period),
            // A day to spare, as one of another offset may begin earlier.
            Period::Days(period) => ((until - start).num_days() - 1) / i64::from(period),
        };
        u32::try_from(whole - 1).unwrap_or(0)
    }

    fn moved(&self, start: NaiveDateTime, periods: u32) -> Option<NaiveDateTime> {
        match self.period() {
            // Only the month counts: a 31st must not become a 30th.
            Period::Months(period) => {
                let first = start.date().with_day(1)?.and_time(NaiveTime::MIN);
                first.checked_add_months(Months::new(period.checked_mul(periods)?))
            }
            Period::Days(period) => start.checked_add_days(Days::new(u64::from(period) * u64::from(periods))),
        }
    }

    /// After how many days or months the rule stands as it stood at its start.
    fn period(&self) -> Period {
        let interval = u32::from(self.rule().get_interval());
        match self.rule().get_freq() {
            Frequency::Yearly => Period::Months(12 * interval),
            Frequency::Monthly => Period::Months(interval),
            Frequency::Weekly => Period::Days(7 * interval),
            Frequency::Daily => Period::Days(interval),
            Frequency::Hourly => Period::Days(interval / greatest_common_divisor(interval, 24)),
            Frequency::Minutely | Frequency::Secondly => Period::Days(interval / greatest_common_divisor(interval, 1440)),
        }
    }

    fn rule(&self) -> &RRule {
        self.0.get_rrule().first().expect("what was read has one rule")
    }
}

enum Period {
    Days(u32),
    Months(u32),
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(rule: &str, start: &str) -> Recurrence {
        Recurrence::read(rule, &start.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_event_every_five_minutes_is_whole_over_400_days() {
        let rule = read("FREQ=MINUTELY;INTERVAL=5", "2000-01-01T00:00[UTC]");
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let starts: Vec<_> = rule.between(from, from + SignedDuration::from_hours(400 * 24)).collect();
        assert_eq!((starts.len(), starts[0]), (400 * 288 + 1, from));
        assert!(starts.windows(2).all(|pair| pair[1].duration_since(pair[0]) == SignedDuration::from_mins(5)));
    }

    #[test]
    fn a_rule_by_the_minute_or_hour_leaves_out_no_day() {
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (rule, per_week) in [
            ("FREQ=MINUTELY;INTERVAL=5;BYHOUR=9,17;BYDAY=MO", 24),
            ("freq=minutely;interval=60;bymonth=1,2;byday=mo,tu", 48),
            ("FREQ=HOURLY;INTERVAL=2;BYHOUR=9,10;BYDAY=SU;BYMINUTE=0,30", 2),
            ("FREQ=MINUTELY;INTERVAL=90", 112),
        ] {
            let weeks = from..=from + SignedDuration::from_hours(24 * 7 * 8) - SignedDuration::from_secs(1);
            let count = read(rule, "2020-03-27T00:00[UTC]").between(*weeks.start(), *weeks.end()).count();
            assert_eq!(count, 8 * per_week, "{rule}");
        }
    }

    fn rules() -> impl Strategy<Value = String> {
        let days = "(;BYDAY=(MO|TU,FR|SA,SU))?";
        let months = "(;BYMONTH=(2|3,11))?";
        let hours = "(;BYHOUR=(2|9,17))?";
        let forms = [
            format!("FREQ=MINUTELY;INTERVAL=(5|15|30|60){hours}{days}{months}"),
            "FREQ=MINUTELY;INTERVAL=(7|45|90|1000)".to_owned(),
            format!("FREQ=HOURLY;INTERVAL=(1|2|3|24){hours}{days}{months}"),
            "FREQ=HOURLY;INTERVAL=(5|7|36|100)(;BYMINUTE=0,20)?".to_owned(),
            format!("FREQ=DAILY;INTERVAL=(1|2|3|10){hours}{months}"),
            format!("FREQ=WEEKLY;INTERVAL=(1|2|3){hours}{days}(;WKST=SU)?"),
            format!("FREQ=MONTHLY;INTERVAL=(1|2|5)(;BYMONTHDAY=(1|31|-1))?{hours}"),
            "FREQ=MONTHLY;BYDAY=(1MO|-1FR|TU,TH;BYSETPOS=-1)".to_owned(),
            "FREQ=YEARLY(;INTERVAL=2)?(;BYMONTH=(2|11);BYDAY=4TH|;BYMONTHDAY=29|;BYWEEKNO=20|;BYYEARDAY=1,-1)?".to_owned(),
        ];
        prop::strategy::Union::new(forms.map(|form| prop::string::string_regex(&form).unwrap()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Moving the start on leaves out nothing and makes nothing up.
        #[test]
        fn what_is_asked_late_is_what_the_rule_says_from_its_start(
            rule in rules(),
            start in prop::sample::select(vec![
                "2022-03-27T01:30[Europe/Berlin]", "2022-01-31T02:30[Europe/Berlin]", "2020-02-29T23:55[America/New_York]",
                "2021-10-31T02:15[Europe/Berlin]", "2022-06-15T09:00[UTC]", "2022-01-01T00:00[Asia/Kathmandu]",
            ]),
            day in 0_i64..1_500,
        ) {
            let rule = Recurrence::read(&rule, &start.parse().unwrap());
            prop_assume!(rule.is_ok());
            let rule = rule.unwrap();
            let from = Timestamp::from_second(1_640_995_200 + 86_400 * day + 12_345).unwrap();
            let to = from + SignedDuration::from_hours(24 * 40);
            let whole: Vec<_> = rule.0.clone().limit().into_iter().map(|start| start.timestamp())
                .take_while(|start| *start <= to.as_second() + 86_400)
                .filter(|start| (from.as_second()..=to.as_second()).contains(start)).collect();
            let asked: Vec<_> = rule.between(from, to).map(Timestamp::as_second).collect();
            prop_assert_eq!(asked, whole);
        }
    }
}
