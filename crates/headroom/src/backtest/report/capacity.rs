//! Capacity against demand over the whole replay, a picture for each policy.

use headroom_sim::Minute;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use trainer::report::{
    axes::{Axis, day_starts, seconds},
    canvas::{Canvas, Size, draw},
    figures::{Picture, figure, legend},
    ink::Ink,
};

use super::{
    columns::{Column, columns, stairs},
    families::ink_of,
    numbers::{count, hours, percent},
    part::Part,
};

const SIZES: [Size; 2] = [Size { width: 960, height: 170, right: 34 }, Size { width: 342, height: 160, right: 34 }];

/// The pictures reach to so many times the highest demand: what has more in service leaves them, rather than flatten all others.
const TIMES_MAX: f64 = 2.0;

/// Share of the height that the marks below zero take.
const STRIP: f64 = 0.07;

/// Fewest pixels that a mark is wide.
const MARK_MIN: f64 = 2.0;

/// How opaque the area up to the instances in service is.
pub(super) const AREA: f64 = 0.22;

/// A picture for each policy, all on the same axes.
pub(super) fn section(part: &Part<'_>) -> Markup {
    if part.backtest.replays.iter().all(|policy| policy.replay.minutes.is_empty()) {
        return html! {};
    }
    let widest = part.backtest.world.minutes.div_ceil(SIZES[1].width as usize);
    html! {
        section {
            (part.heading("Capacity against demand"))
            p.caption {
                "Instances, each policy at its default."
                @if widest > 1 {
                    " A pixel may stand for several minutes: for the highest demand of them, and for the fewest instances in service, which need not be
                     in the same minute. What is red was missing in one and the same minute."
                }
            }
            (legend(&[
                ("line measured", "demand"),
                ("band champion inner", "in service (each policy has its colour)"),
                ("band violation", "missing; below zero, minutes with a violation"),
            ]))
            @let high = highest(part);
            @for policy in &part.backtest.replays {
                @if !policy.replay.minutes.is_empty() {
                    (picture(part, &policy.name, policy.replay.from, &policy.replay.minutes, high))
                }
            }
        }
    }
}

/// One axis for all policies, so that the pictures compare.
fn highest(part: &Part<'_>) -> f64 {
    let minutes = || part.backtest.replays.iter().flat_map(|policy| &policy.replay.minutes);
    let demand = minutes().map(|minute| minute.demand).max().unwrap_or(0).max(1);
    let in_service = minutes().map(|minute| minute.in_service).max().unwrap_or(0);
    f64::from(in_service.max(demand)).min(TIMES_MAX * f64::from(demand))
}

fn picture(part: &Part<'_>, name: &str, from: Timestamp, minutes: &[Minute], high: f64) -> Markup {
    let result = part.policy(name);
    let told = result.map_or_else(String::new, |policy| {
        let (missing, share) = (count(policy.violation_minutes), percent(policy.violation_share));
        format!("{} instance-hours, {missing} violation minutes ({share})", hours(policy.instance_hours))
    });
    let demands = || minutes.iter().map(|minute| minute.demand);
    let served = || minutes.iter().map(|minute| minute.in_service);
    let picture = Picture {
        id: part.id(&format!("capacity-{name}")),
        title: name.to_owned(),
        description: format!(
            "Demand between {} and {} instances, in service between {} and {}; {told}.",
            demands().min().unwrap_or(0),
            demands().max().unwrap_or(0),
            served().min().unwrap_or(0),
            served().max().unwrap_or(0)
        ),
        caption: html! {
            (told) "."
            @if f64::from(served().max().unwrap_or(0)) > high {
                " It leaves the picture: up to " (served().max().unwrap_or(0)) " were in service."
            }
        },
    };
    let time = |minute: usize| seconds(from) + 60.0 * minute as f64;
    let end = part.backtest.world.to;
    let top = 1.04 * high;
    let values = Axis { range: -STRIP * top..top, ticks: Axis::values(0.0..top, 6).ticks };
    figure(&picture, &SIZES, &|size| {
        let width = size.width_of_axes(&values);
        let instants = Axis::time(from, end, &TimeZone::UTC, width);
        let columns = columns(minutes, width as usize);
        let mark_min = MARK_MIN * (instants.range.end - instants.range.start) / width;
        let midnights = day_starts(from, end, &TimeZone::UTC);
        draw(size, &instants, &values, |canvas| {
            // A line for each midnight of many would hide what lies above them.
            for &midnight in midnights.iter().filter(|_| midnights.len() <= 31) {
                canvas.line(&[(midnight, 0.0), (midnight, top)], Ink::Grid, 1.0);
            }
            paint(canvas, &columns, &time, name, mark_min);
        })
    })
}

fn paint(canvas: &mut Canvas<'_>, columns: &[Column], time: &dyn Fn(usize) -> f64, name: &str, mark_min: f64) {
    let end = columns.last().map_or(0.0, |column| time(column.first + column.minutes));
    let line =
        |value: fn(&Column) -> u32| stairs(columns.iter().map(|column| (time(column.first), f64::from(value(column)))), end);
    let in_service = line(|column| column.in_service_min);
    let area: Vec<_> = in_service.iter().map(|&(x, y)| (x, [0.0, y])).collect();
    canvas.band(&area, ink_of(name), AREA);
    canvas.line(&in_service, ink_of(name), 1.0);
    canvas.line(&line(|column| column.demand_max), Ink::Measured, 1.0);
    canvas.line(&[(columns.first().map_or(0.0, |column| time(column.first)), 0.0), (end, 0.0)], Ink::Label, 1.0);
    for run in columns.chunk_by(|a, b| a.missing.is_some() == b.missing.is_some()) {
        let spans = run.iter().filter_map(|column| Some((column.first, column.first + column.minutes, column.missing?)));
        let corners: Vec<_> =
            spans.flat_map(|(first, end, missing)| [first, end].map(|minute| (time(minute), missing.map(f64::from)))).collect();
        let (Some(&(start, _)), Some(&(end, _))) = (corners.first(), corners.last()) else { continue };
        canvas.band(&corners, Ink::Violation, 1.0);
        canvas.band(&[(start, [f64::MIN, 0.0]), (end.max(start + mark_min), [f64::MIN, 0.0])], Ink::Violation, 1.0);
    }
}
