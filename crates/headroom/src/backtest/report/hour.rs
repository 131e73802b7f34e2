//! The worst hour, minute by minute.

use headroom_sim::{Minute, measures::WorstHour};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use maud::{Markup, html};
use trainer::report::{
    axes::{Axis, seconds},
    canvas::{Canvas, Size, draw},
    figures::{Picture, figure, legend},
    ink::Ink,
    tables::table,
};

use super::{
    capacity::AREA,
    columns::stairs,
    families::{HEADROOM, TARGET_TRACKING, ink_of},
    numbers::count,
    part::Part,
};

/// Minutes of the hour.
const HOUR: usize = 60;

/// Minutes shown before and after it.
const AROUND: usize = 15;

/// Before the hour, decisions that led to it.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);

const SIZES: [Size; 2] = [Size { width: 960, height: 280, right: 24 }, Size { width: 342, height: 240, right: 24 }];

/// The worst hour of `headroom` with its reasons, and that of target tracking.
pub(super) fn section(part: &Part<'_>) -> Markup {
    let shown: Vec<&str> = [HEADROOM, TARGET_TRACKING].into_iter().filter(|name| part.replay(name).is_some()).collect();
    if shown.is_empty() {
        return html! {};
    }
    html! {
        section {
            (part.heading("The worst hour, minute by minute"))
            p.caption { "The sixty minutes in a row in which most instances were missing, with what came right before and after." }
            @for name in shown {
                h3.policy { (name) }
                @if let Some(hour) = part.policy(name).and_then(|policy| policy.worst_hour) {
                    (closely(part, name, &hour))
                    @if name == HEADROOM { (reasons(part, hour.from)) }
                } @else {
                    p { "It never had fewer instances in service than demand: there is no worst hour." }
                }
            }
        }
    }
}

/// One policy's hour as a picture and as a table.
fn closely(part: &Part<'_>, name: &str, hour: &WorstHour) -> Markup {
    let minutes = part.replay(name).map_or(&[][..], |replay| &replay.minutes);
    let first = hour.first.saturating_sub(AROUND);
    let last = (hour.first + HOUR + AROUND).min(minutes.len());
    let around = &minutes[first.min(last)..last];
    let from = hour.from - SignedDuration::from_mins(i64::try_from(hour.first - first).unwrap_or(0));
    let told = format!(
        "{} of its minutes are violations; {} instance-minutes of demand were not in service.",
        count(hour.violation_minutes),
        count(hour.unserved_instance_minutes)
    );
    let span = format!("{} UTC", hour.from.strftime("%A, %-d %B %Y, from %H:%M"));
    let picture = Picture {
        id: part.id(&format!("hour-{name}")),
        title: span,
        description: format!("Load, demand, desired and in service, minute by minute. {told}"),
        caption: html! { (told) " Between the upright lines is the hour." },
    };
    let drawn = |size: Size| {
        let highest = around.iter().map(|minute| f64::from(minute.demand.max(minute.desired).max(minute.in_service)));
        let high = around.iter().map(|minute| minute.load).chain(highest).filter(|value| value.is_finite()).fold(1.0, f64::max);
        let values = Axis::values(0.0..1.05 * high, 6);
        let end = from + SignedDuration::from_mins(around.len() as i64);
        let times = quarters(from, end, if size.width > 600 { 15 } else { 30 });
        draw(size, &times, &values, |canvas| paint(canvas, name, from, around, hour))
    };
    html! {
        (legend(&[
            ("line measured", "demand"),
            ("line plain", "load (instances' worth)"),
            (if name == HEADROOM { "band champion inner" } else { "band reactive inner" }, "in service"),
            (if name == HEADROOM { "line thin champion" } else { "line thin reactive" }, "desired"),
            ("band violation", "missing"),
        ]))
        (figure(&picture, &SIZES, &drawn))
        details {
            summary { "The hour as a table" }
            (hour_table(hour.from, &minutes[hour.first.min(last)..(hour.first + HOUR).min(minutes.len())]))
        }
    }
}

/// An axis of time, labelled at every so many minutes of the clock.
fn quarters(from: Timestamp, to: Timestamp, every_minutes: i64) -> Axis {
    let step = 60 * every_minutes;
    let first = (from.as_second() + step - 1).div_euclid(step) * step;
    let instants = (0..).map(|count| first + count * step).take_while(|second| *second <= to.as_second());
    let ticks = instants.filter_map(|second| {
        let instant = Timestamp::from_second(second).ok()?;
        Some((second as f64, instant.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()))
    });
    Axis { range: seconds(from)..seconds(to), ticks: ticks.collect() }
}

fn paint(canvas: &mut Canvas<'_>, name: &str, from: Timestamp, minutes: &[Minute], hour: &WorstHour) {
    let time = |minute: usize| seconds(from) + 60.0 * minute as f64;
    let end = time(minutes.len());
    let line = |value: &dyn Fn(&Minute) -> f64| {
        stairs(minutes.iter().enumerate().map(|(index, minute)| (time(index), value(minute))), end)
    };
    let in_service = line(&|minute| f64::from(minute.in_service));
    let area: Vec<_> = in_service.iter().map(|&(x, y)| (x, [0.0, y])).collect();
    canvas.band(&area, ink_of(name), AREA);
    for (index, minute) in minutes.iter().enumerate().filter(|(_, minute)| minute.is_violation()) {
        let missing = [minute.in_service, minute.demand].map(f64::from);
        canvas.band(&[(time(index), missing), (time(index + 1), missing)], Ink::Violation, 0.55);
    }
    for edge in [seconds(hour.from), (seconds(hour.from) + 60.0 * HOUR as f64).min(end)] {
        canvas.upright(edge);
    }
    canvas.line(&line(&|minute| minute.load), Ink::Plain, 1.25);
    canvas.line(&in_service, ink_of(name), 2.5);
    canvas.line(&line(&|minute| f64::from(minute.desired)), ink_of(name), 1.0);
    canvas.line(&line(&|minute| f64::from(minute.demand)), Ink::Measured, 1.5);
}

fn hour_table(from: Timestamp, minutes: &[Minute]) -> Markup {
    let header = ["minute", "load", "demand", "desired", "in service", "missing"].map(str::to_owned);
    let rows = minutes.iter().zip(0..).map(|(minute, index)| {
        let cells = [
            (from + SignedDuration::from_mins(index)).to_zoned(TimeZone::UTC).strftime("%H:%M").to_string(),
            format!("{:.2}", minute.load),
            minute.demand.to_string(),
            minute.desired.to_string(),
            minute.in_service.to_string(),
            minute.missing().to_string(),
        ];
        (minute.is_violation(), cells.to_vec())
    });
    table("Minute by minute", &header, rows)
}

/// What headroom said of its decisions in the hour, and before it, since what serves was decided earlier.
fn reasons(part: &Part<'_>, from: Timestamp) -> Markup {
    let within = |start: Timestamp, end: Timestamp| -> Vec<&(Timestamp, String)> {
        part.reasons.iter().filter(|(at, _)| (start..end).contains(at)).collect()
    };
    let before = within(from - BEFORE, from);
    let during = within(from, from + SignedDuration::from_mins(HOUR as i64));
    html! {
        @if !during.is_empty() { h4 { "Its decisions in this hour" } (sentences(&during)) }
        @if !before.is_empty() {
            details { summary { "Its decisions in the hour before" } (sentences(&before)) }
        }
    }
}

fn sentences(reasons: &[&(Timestamp, String)]) -> Markup {
    html! {
        ol.reasons {
            @for (at, sentence) in reasons {
                li { time datetime=(at) { (at.to_zoned(TimeZone::UTC).strftime("%H:%M")) } span { (sentence) } }
            }
        }
    }
}
