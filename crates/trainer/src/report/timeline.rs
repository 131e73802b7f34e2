//! Forecast against actual, with bands.

use std::ops::Range;

use headroom_core::quantiles::LEVELS;
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use super::{
    Point, Report,
    axes::{Axis, day_starts, days_before, seconds, value_range},
    canvas::{Canvas, Size, draw},
    days::{Day, Q90, days, worst},
    figures::{Picture, figure, legend},
    ink::{INNER_BAND, Ink, OUTER_BAND},
    lines::runs,
    numbers::{axis_label, duration, number, share, short_duration},
    tables::table,
};

/// Days that the first pictures show.
const LAST_DAYS: i32 = 3;

/// What is shown of the timeline in one row of pictures.
struct Extract<'a> {
    id: &'static str,
    heading: String,
    points: &'a [Point],
    start: Timestamp,
    end: Timestamp,
}

/// The last days and the worst day.
pub(super) fn section(report: &Report) -> Markup {
    let days = days(report);
    let worst = worst(&days);
    let extracts: Vec<Extract<'_>> =
        [last_days(report), worst.and_then(|day| whole_day(report, day.date))].into_iter().flatten().collect();
    if extracts.is_empty() || report.horizons.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Forecast against actual" }
            @if let Some(zone) = report.time_zone.iana_name() { p.caption { "Times and days are those of " (zone) "." } }
            (legend(&[
                ("line measured", "measured"),
                ("line champion", "forecast: the middle (0.5)"),
                ("band inner", "0.1 to 0.9"),
                ("band outer", "0.9 to 0.99"),
            ]))
            @for extract in &extracts {
                h3 { (extract.heading) }
                @let axis = value_axis(report, extract.points);
                @for (k, &horizon) in report.horizons.iter().enumerate() {
                    (picture(report, extract, &axis, k, horizon))
                }
            }
            (day_table(report, &days, worst))
        }
    }
}

fn last_days(report: &Report) -> Option<Extract<'_>> {
    let end = report.timeline.last()?.timestamp;
    let first = report.timeline.first()?.timestamp;
    let start = days_before(end, LAST_DAYS);
    let heading = if start > first { format!("The last {LAST_DAYS} days") } else { "The whole test part".to_owned() };
    extract(report, "last", heading, start.max(first), end)
}

fn whole_day(report: &Report, date: Date) -> Option<Extract<'_>> {
    let start = date.to_zoned(report.time_zone.clone()).ok()?.timestamp();
    let end = date.tomorrow().ok()?.to_zoned(report.time_zone.clone()).ok()?.timestamp();
    let farthest = duration(report.step_seconds * i64::try_from(*report.horizons.last()?).ok()?);
    let heading = format!("The worst day, {farthest} ahead: {}", date.strftime("%A, %-d %B %Y"));
    extract(report, "worst", heading, start, end)
}

/// A line needs a beginning and an end.
fn extract<'a>(report: &'a Report, id: &'static str, heading: String, start: Timestamp, end: Timestamp) -> Option<Extract<'a>> {
    let from = report.timeline.partition_point(|point| point.timestamp < start);
    let to = report.timeline.partition_point(|point| point.timestamp <= end);
    (start < end && from < to).then(|| Extract { id, heading, points: &report.timeline[from..to], start, end })
}

/// One axis for all horizons, so that the pictures compare. Few, very wide bands do not flatten everything else: above one
/// and a half times what was measured and expected, the band may leave the picture.
fn value_axis(report: &Report, points: &[Point]) -> ValueAxis {
    let (mut low, mut high, mut highest) = (f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for point in points {
        for quantiles in (0..report.horizons.len()).filter_map(|k| point.forecast(k)) {
            low = low.min(quantiles.0[0]);
            high = high.max(quantiles.0[Q90]);
            highest = highest.max(quantiles.0[LEVELS.len() - 1]);
        }
        if let Some(actual) = point.measured() {
            low = low.min(actual);
            high = high.max(actual);
        }
    }
    let range = value_range(low, highest.min(1.5 * high).max(high));
    let mut remarks = Vec::new();
    if range.start > 0.0 {
        remarks.push(format!("The axis starts at {}, not at 0.", axis_label(range.start, range.start)));
    }
    if highest > range.end {
        remarks.push(format!("The band leaves the picture: it reaches up to {}.", number(highest)));
    }
    ValueAxis { range, remarks: remarks.join(" "), unit: report.unit.clone() }
}

struct ValueAxis {
    range: Range<f64>,
    remarks: String,
    unit: String,
}

fn picture(report: &Report, extract: &Extract<'_>, axis: &ValueAxis, k: usize, horizon: usize) -> Markup {
    let ahead = duration(report.step_seconds * i64::try_from(horizon).unwrap_or(i64::MAX));
    let title = format!("Forecast made {ahead} before");
    let judged: Vec<(f64, f64, bool)> = extract
        .points
        .iter()
        .filter_map(|point| {
            let (actual, quantiles) = (point.measured()?, point.forecast(k)?);
            Some((actual, (actual - quantiles.median()).abs(), actual <= quantiles.0[Q90]))
        })
        .collect();
    let count = judged.len().max(1) as f64;
    let error = judged.iter().map(|(_, error, _)| error).sum::<f64>() / count;
    let covered = judged.iter().filter(|(_, _, below)| *below).count() as f64 / count;
    let summary = if judged.is_empty() {
        "No row was both measured and forecast.".to_owned()
    } else {
        format!("Mean absolute error {}; {:.1} % of the rows at or below the 0.9 quantile.", number(error), 100.0 * covered)
    };
    let gaps = extract.points.iter().filter(|point| point.measured().is_none()).count();
    let description = format!(
        "{} every {}, from {} to {}. {summary} Rows without a measurement: {gaps}.",
        report.target,
        duration(report.step_seconds),
        extract.start.to_zoned(report.time_zone.clone()).strftime("%-d %B %Y %H:%M"),
        extract.end.to_zoned(report.time_zone.clone()).strftime("%-d %B %Y %H:%M %Z"),
    );
    let drawn = |size: Size| {
        let y = Axis::values(axis.range.clone(), 6);
        let x = Axis::time(extract.start, extract.end, &report.time_zone, f64::from(size.width - size.right) - 40.0);
        let midnights = day_starts(extract.start, extract.end, &report.time_zone);
        draw(size, &x, &y, |canvas| paint(canvas, extract.points, k, report.spacing_seconds() as f64, &midnights))
    };
    let picture = Picture {
        id: format!("{}-{horizon}", extract.id),
        title,
        description,
        caption: html! { "In " (axis.unit) ". " (summary) @if !axis.remarks.is_empty() { " " (axis.remarks) } },
    };
    let sizes = [Size { width: 960, height: 250, right: 34 }, Size { width: 342, height: 220, right: 34 }];
    figure(&picture, &sizes, &drawn)
}

fn paint(canvas: &mut Canvas<'_>, points: &[Point], k: usize, spacing: f64, midnights: &[f64]) {
    for &midnight in midnights {
        canvas.upright(midnight);
    }
    let forecasts = runs(points.iter().map(|point| (seconds(point.timestamp), point.forecast(k))), spacing);
    for run in &forecasts {
        let between = |low: usize, high: usize| -> Vec<(f64, [f64; 2])> {
            let mut band: Vec<_> = run.iter().map(|(x, quantiles)| (*x, [quantiles.0[low], quantiles.0[high]])).collect();
            if let [(x, values)] = band[..] {
                // A step alone is as wide as a step.
                band = vec![(x - spacing / 4.0, values), (x + spacing / 4.0, values)];
            }
            band
        };
        canvas.band(&between(2, 4), Ink::Champion, OUTER_BAND);
        canvas.band(&between(0, 2), Ink::Champion, INNER_BAND);
    }
    for run in &forecasts {
        let middle: Vec<_> = run.iter().map(|(x, quantiles)| (*x, quantiles.median())).collect();
        canvas.line(&middle, Ink::Champion, 1.5);
    }
    for run in runs(points.iter().map(|point| (seconds(point.timestamp), point.measured())), spacing) {
        canvas.line(&run, Ink::Measured, 1.25);
    }
}

fn day_table(report: &Report, days: &[Day], worst: Option<&Day>) -> Markup {
    let ahead = |horizon: &usize| short_duration(report.step_seconds * i64::try_from(*horizon).unwrap_or(i64::MAX));
    let mut header = vec!["day".to_owned(), "rows".to_owned(), "mean".to_owned()];
    header.extend(report.horizons.iter().map(|horizon| format!("MAE at {}", ahead(horizon))));
    header.extend(report.horizons.iter().map(|horizon| format!("cover 0.9 at {}", ahead(horizon))));
    let rows = days.iter().map(|day| {
        let mut cells = vec![day.date.strftime("%a %-d %b %Y").to_string(), day.rows.to_string(), number(day.mean)];
        cells.extend(day.errors.iter().map(|&error| number(error)));
        cells.extend(day.covered.iter().map(|&covered| share(covered)));
        (worst == Some(day), cells)
    });
    html! {
        details {
            summary { "Day by day" }
            (table("How each day went", &header, rows))
        }
    }
}
