//! Error by horizon.

use headroom_core::forecast::HORIZON;
use maud::{Markup, html};

use super::{
    ModelResult, Report, Role,
    axes::{Axis, UnitAhead},
    canvas::{Canvas, LETTER, Size, draw},
    figures::{Picture, figure, legend},
    ink::Ink,
    lines::apart,
    numbers::{duration, number, short_duration},
    tables::table,
};

/// A model whose error is more than so many times the yardstick's is left out of the picture, where it would press all
/// others to the bottom; the table has it.
const TIMES_MAX: f64 = 3.0;

/// Letters of a label at the end of a line.
const LETTERS_MAX: usize = 22;

/// Pixels between two of these labels.
const DISTANCE: f64 = 13.0;

/// Mean absolute error of every model, by how far ahead it forecasts.
pub(super) fn section(report: &Report) -> Markup {
    let limit = report.yardstick().map_or(f64::INFINITY, |model| TIMES_MAX * model.mean_error());
    let measured = report.models.iter().filter(|model| model.mae.iter().all(|error| error.is_finite()));
    let (shown, beyond): (Vec<_>, Vec<_>) =
        measured.partition(|model| model.role == Role::Champion || model.mean_error() <= limit);
    if shown.is_empty() {
        return html! {};
    }
    let unit = UnitAhead::of(HORIZON, report.step_seconds).name();
    let picture = Picture {
        id: "horizons".to_owned(),
        title: format!("Mean absolute error by {unit} ahead"),
        description: description(report, &shown),
        caption: html! {
            "Mean absolute error of the middle forecast, in " (report.unit) ", by " (unit) " ahead. Lower is better."
            @if !beyond.is_empty() {
                " Off the picture, with more than " (TIMES_MAX) " times the error of " (report.yardstick) ": "
                (beyond.iter().map(|model| format!("{} ({})", model.label(), number(model.mean_error()))).collect::<Vec<_>>().join(", "))
                "."
            }
        },
    };
    let letters = shown.iter().map(|model| shortened(model).chars().count()).max().unwrap_or(0);
    let right = 22 + (letters as f64 * LETTER).ceil() as u32;
    let labels = shown.len() as f64 * DISTANCE;
    let sizes = [(960, 340), (342, 300)].map(|(width, height)| Size { width, height: height.max(labels as u32 + 60), right });
    let drawn = |size: Size| {
        let highest = shown.iter().flat_map(|model| model.mae).fold(0.0, f64::max);
        let y = Axis::values(0.0..if highest > 0.0 { 1.05 * highest } else { 1.0 }, 6);
        let x = Axis::steps_ahead(HORIZON, report.step_seconds, if size.width < 600 { 3 } else { 1 });
        draw(size, &x, &y, |canvas| paint(canvas, &shown, size, y.range.end))
    };
    let mut header = vec!["model".to_owned()];
    header.extend((1..=HORIZON).map(|h| short_duration(report.step_seconds * h as i64)));
    header.push("mean".to_owned());
    let rows = report.models.iter().map(|model| {
        let mut cells = vec![model.label()];
        cells.extend(model.mae.iter().map(|&error| number(error)));
        cells.push(number(model.mean_error()));
        (model.role == Role::Champion, cells)
    });
    html! {
        section {
            h2 { "Error by horizon" }
            (legend(&[("line champion", "champion"), ("line learned", "learned"), ("line plain", "plain")]))
            (figure(&picture, &sizes, &drawn))
            details {
                summary { "The same as a table" }
                (table("Mean absolute error by horizon", &header, rows))
            }
        }
    }
}

fn description(report: &Report, shown: &[&ModelResult]) -> String {
    let (near, far) = (duration(report.step_seconds), duration(report.step_seconds * HORIZON as i64));
    let lines = shown.iter().map(|model| {
        format!("{}: {} at {near}, {} at {far}", model.label(), number(model.mae[0]), number(model.mae[HORIZON - 1]))
    });
    format!("{}.", lines.collect::<Vec<_>>().join("; "))
}

fn shortened(model: &ModelResult) -> String {
    let label = model.label();
    if label.chars().count() <= LETTERS_MAX {
        return label;
    }
    label.chars().take(LETTERS_MAX - 1).chain(['…']).collect()
}

fn paint(canvas: &mut Canvas<'_>, shown: &[&ModelResult], size: Size, top: f64) {
    let mut ordered = shown.to_vec();
    ordered.sort_by_key(|model| rank(model.role));
    for model in &ordered {
        let line: Vec<_> = model.mae.iter().enumerate().map(|(h, &error)| ((h + 1) as f64, error)).collect();
        canvas.line(&line, ink_of(model.role), if model.role == Role::Champion { 3.0 } else { 1.5 });
    }
    ordered.sort_by(|a, b| b.mae[HORIZON - 1].total_cmp(&a.mae[HORIZON - 1]));
    let height = size.height_of_axes();
    let ends: Vec<f64> = ordered.iter().map(|model| height * (1.0 - model.mae[HORIZON - 1] / top)).collect();
    for ((model, end), moved) in ordered.iter().zip(&ends).zip(apart(&ends, DISTANCE, 0.0, height)) {
        let end_of_line = (HORIZON as f64, model.mae[HORIZON - 1]);
        canvas.end_label(end_of_line, moved - end, &shortened(model), ink_of(model.role), model.role == Role::Champion);
    }
}

/// The colour of a model.
pub(super) fn ink_of(role: Role) -> Ink {
    match role {
        Role::Plain => Ink::Plain,
        Role::Learned => Ink::Learned,
        Role::Champion => Ink::Champion,
    }
}

/// What is drawn later lies above.
fn rank(role: Role) -> u8 {
    match role {
        Role::Plain => 0,
        Role::Learned => 1,
        Role::Champion => 2,
    }
}
