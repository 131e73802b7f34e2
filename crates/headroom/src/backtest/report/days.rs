//! Day by day: event days apart from ordinary ones, and what was saved on each.

use headroom_sim::{
    PolicyResult,
    measures::{Day, DaySum},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maud::{Markup, html};
use trainer::report::{
    axes::{Axis, seconds},
    canvas::{Canvas, Size, draw},
    figures::{Picture, figure, legend},
    ink::Ink,
    tables::table,
};

use super::{
    families::{HEADROOM, STATIC_PEAK, TARGET_TRACKING},
    numbers::{bare_percent, count, hours, money},
    part::Part,
};

const SIZES: [Size; 2] = [Size { width: 960, height: 220, right: 34 }, Size { width: 342, height: 200, right: 34 }];

/// Most pixels that a bar is wide.
const BAR_MAX: f64 = 56.0;

/// Kinds of days, and what was saved on each day.
pub(super) fn section(part: &Part<'_>) -> Markup {
    html! {
        section {
            (part.heading("Event days, ordinary days, day by day"))
            (kinds(part))
            @if let Some(headroom) = part.headroom() { (savings(part, headroom)) }
        }
    }
}

/// Instance-hours per 24 hours and violations of both kinds of days.
fn kinds(part: &Part<'_>) -> Markup {
    let events = part.backtest.policies.first().map_or(0, |policy| policy.event_days.days);
    let ordinary = part.backtest.policies.first().map_or(0, |policy| policy.ordinary_days.days);
    if events == 0 {
        return html! { p.caption { "No day of the replay has an event." } };
    }
    let header = [
        "policy",
        "event days: instance-hours per 24 h",
        "violation minutes",
        "%",
        "ordinary days: instance-hours per 24 h",
        "violation minutes",
        "%",
    ]
    .map(str::to_owned);
    let rows = part.backtest.policies.iter().map(|policy| {
        let cells =
            std::iter::once(policy.name.clone()).chain([&policy.event_days, &policy.ordinary_days].into_iter().flat_map(sums));
        (policy.name == HEADROOM, cells.collect())
    });
    html! {
        p.caption { "Days with an event: " (count(events)) "; without: " (count(ordinary)) "." }
        (table("Event days and ordinary days", &header, rows))
    }
}

fn sums(sum: &DaySum) -> [String; 3] {
    let per = |value: f64, minutes: f64| if sum.minutes > 0 { value / (sum.minutes as f64 / minutes) } else { f64::NAN };
    [
        hours(per(sum.instance_hours, 1440.0)),
        count(sum.violation_minutes),
        if sum.minutes > 0 { bare_percent(per(sum.violation_minutes as f64, 1.0)) } else { "-".to_owned() },
    ]
}

/// One day of headroom beside the same day of a reference.
struct Saved {
    date: Date,
    event: bool,
    money: f64,
}

fn savings(part: &Part<'_>, headroom: &PolicyResult) -> Markup {
    let price = part.backtest.world.price_per_hour;
    let references = [(STATIC_PEAK, "static peak"), (TARGET_TRACKING, "target tracking")];
    let references: Vec<(&PolicyResult, &str)> =
        references.into_iter().filter_map(|(name, words)| Some((part.policy(name)?, words))).collect();
    if references.is_empty() {
        return html! {};
    }
    let saved = |reference: &PolicyResult| -> Vec<Saved> {
        let pairs = headroom.days.iter().zip(&reference.days);
        let of = |(ours, theirs): (&Day, &Day)| Saved {
            date: ours.date,
            event: ours.event,
            money: price * (theirs.instance_hours - ours.instance_hours),
        };
        pairs.map(of).collect()
    };
    let any_event = headroom.days.iter().any(|day| day.event);
    let signs = [("band champion", "saved"), ("band reactive", "cost more"), ("band seasonal soft", "a day with an event")];
    html! {
        (legend(&signs[..if any_event { 3 } else { 2 }]))
        @for (reference, words) in &references {
            (bars(part, reference, words, &saved(reference)))
        }
        details {
            summary { "Day by day as a table" }
            (day_table(headroom, &references, &|reference| saved(reference)))
        }
    }
}

fn bars(part: &Part<'_>, reference: &PolicyResult, words: &str, days: &[Saved]) -> Markup {
    let total: f64 = days.iter().map(|day| day.money).sum();
    let dearer = days.iter().filter(|day| day.money < 0.0).count() as u64;
    let told = format!("In all {}; on {} of {} days it cost more.", money(total), count(dearer), count(days.len() as u64));
    let picture = Picture {
        id: part.id(&format!("saved-{}", reference.name)),
        title: format!("Saved against {words}, day by day"),
        description: told.clone(),
        caption: html! { "In the unit of the price; below 0 it cost more. " (told) " The first and the last day may be parts of a day." },
    };
    let low = days.iter().map(|day| day.money).fold(0.0, f64::min);
    let high = days.iter().map(|day| day.money).fold(0.0, f64::max);
    let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
    let values = Axis::values((if low < 0.0 { low - margin } else { 0.0 })..high + margin, 5);
    let Some((first, last)) = days.first().zip(days.last()) else { return html! {} };
    let (start, end) = (start_of(first.date), last.date.tomorrow().map_or(part.backtest.world.to, start_of));
    figure(&picture, &SIZES, &|size| {
        let instants = Axis::time(start, end, &TimeZone::UTC, size.width_of_axes(&values));
        draw(size, &instants, &values, |canvas| paint(canvas, days, &instants, size.width_of_axes(&values)))
    })
}

fn paint(canvas: &mut Canvas<'_>, days: &[Saved], instants: &Axis, width: f64) {
    const DAY: f64 = 86_400.0;
    let seconds_per_pixel = (instants.range.end - instants.range.start) / width;
    let half = (0.38 * DAY).min(BAR_MAX / 2.0 * seconds_per_pixel);
    for day in days {
        let start = seconds(start_of(day.date));
        if day.event {
            canvas.band(&[(start, [f64::MIN, f64::MAX]), (start + DAY, [f64::MIN, f64::MAX])], Ink::Seasonal, 0.18);
        }
        let noon = start + DAY / 2.0;
        let ink = if day.money < 0.0 { Ink::Reactive } else { Ink::Champion };
        let height = [day.money.min(0.0), day.money.max(0.0)];
        canvas.band(&[(noon - half, height), (noon + half, height)], ink, 1.0);
    }
    canvas.line(&[(instants.range.start, 0.0), (instants.range.end, 0.0)], Ink::Label, 1.0);
}

fn start_of(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

fn day_table(
    headroom: &PolicyResult,
    references: &[(&PolicyResult, &str)],
    saved: &dyn Fn(&PolicyResult) -> Vec<Saved>,
) -> Markup {
    let mut header = ["day", "event", "minutes", "headroom: instance-hours", "violation minutes"].map(str::to_owned).to_vec();
    for (_, words) in references {
        header.extend([format!("{words}: instance-hours"), "violation minutes".to_owned(), "saved".to_owned()]);
    }
    let sides: Vec<_> = references.iter().map(|(reference, _)| (reference, saved(reference))).collect();
    let rows = headroom.days.iter().enumerate().map(|(index, day)| {
        let mut cells = vec![
            day.date.strftime("%a %-d %b %Y").to_string(),
            if day.event { "yes" } else { "" }.to_owned(),
            count(day.minutes),
            hours(day.instance_hours),
            count(day.violation_minutes),
        ];
        for (reference, saved) in &sides {
            let theirs = &reference.days[index];
            cells.extend([hours(theirs.instance_hours), count(theirs.violation_minutes), money(saved[index].money)]);
        }
        (day.event, cells)
    });
    table("Day by day", &header, rows)
}
