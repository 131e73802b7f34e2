//! Calibration: whether as much lies below a quantile as it says.

use headroom_core::{forecast::HORIZON, quantiles::LEVELS};
use maud::{Markup, html};

use super::{
    Coverage, Report,
    axes::{Axis, UnitAhead},
    canvas::{Size, draw},
    figures::{Picture, figure, legend},
    ink::Ink,
    numbers::{duration, share},
    tables::table,
};

/// The level that the second picture is about.
const LEVEL: f64 = 0.9;

/// Half of a wide page, and a narrow one.
const SIZES: [Size; 2] = [Size { width: 466, height: 330, right: 20 }, Size { width: 342, height: 290, right: 20 }];

/// Two pictures of the champion's coverage, before and after calibration, and their numbers.
pub(super) fn section(report: &Report) -> Markup {
    let Some(after) = report.champion().map(|champion| champion.coverage) else { return html! {} };
    let before = report.uncalibrated;
    let inks = match before {
        Some(_) => vec![("ring before", "before online calibration"), ("dot champion", "after it")],
        None => vec![("dot champion", "champion")],
    };
    html! {
        section {
            h2 { "Calibration" }
            (legend(&inks))
            div.pair {
                (by_level(before, after))
                (by_horizon(report, before, after))
            }
            (tables(report, before, after))
        }
    }
}

fn by_level(before: Option<Coverage>, after: Coverage) -> Markup {
    let told = LEVELS.iter().zip(after.levels).map(|(level, observed)| format!("{level}: {}", share(observed)));
    let picture = Picture {
        id: "levels".to_owned(),
        title: "Share of measured values at or below each quantile".to_owned(),
        description: format!("Level and observed share: {}.", told.collect::<Vec<_>>().join("; ")),
        caption: html! {
            "Across: the quantile's level. Up: the share of measured values at or below it. On the diagonal a quantile keeps its
             word; below it, it is too low."
        },
    };
    let axis = Axis::values(0.0..1.0, 6);
    let drawn = |size: Size| {
        draw(size, &axis, &axis, |canvas| {
            canvas.line(&[(0.0, 0.0), (1.0, 1.0)], Ink::Label, 1.0);
            for (coverage, ink, filled) in series(before, after) {
                let line: Vec<_> = LEVELS.into_iter().zip(coverage.levels).filter(|(_, share)| share.is_finite()).collect();
                canvas.line(&line, ink, 1.25);
                for &dot in &line {
                    canvas.dot(dot, ink, filled);
                }
            }
        })
    };
    figure(&picture, &SIZES, &drawn)
}

fn by_horizon(report: &Report, before: Option<Coverage>, after: Coverage) -> Markup {
    let shares = series(before, after).into_iter().flat_map(|(coverage, ..)| coverage.q90_by_horizon);
    let lowest = shares.filter(|share| share.is_finite()).fold(0.8, f64::min);
    let start = if lowest < 0.8 { ((lowest - 0.02) * 10.0).floor() / 10.0 } else { 0.8 };
    let unit = UnitAhead::of(HORIZON, report.step_seconds).name();
    let told = after.q90_by_horizon.iter().enumerate();
    let told = told.map(|(h, &observed)| format!("{}: {}", duration(report.step_seconds * (h + 1) as i64), share(observed)));
    let picture = Picture {
        id: "covered".to_owned(),
        title: format!("Share at or below the {LEVEL} quantile by {unit} ahead"),
        description: format!("{}.", told.collect::<Vec<_>>().join("; ")),
        caption: html! {
            "Share of measured values at or below the " (LEVEL) " quantile, by " (unit) " ahead; the straight line is what it says."
            @if start > 0.0 { " The axis starts at " (share_label(start)) ", not at 0." }
        },
    };
    let (x, y) = (Axis::steps_ahead(HORIZON, report.step_seconds, 3), Axis::values(start.max(0.0)..1.0, 6));
    let drawn = |size: Size| {
        draw(size, &x, &y, |canvas| {
            canvas.line(&[(1.0, LEVEL), (HORIZON as f64, LEVEL)], Ink::Label, 1.0);
            for (coverage, ink, filled) in series(before, after) {
                let line = coverage.q90_by_horizon.iter().enumerate().map(|(h, &share)| ((h + 1) as f64, share));
                let line: Vec<_> = line.filter(|(_, share)| share.is_finite()).collect();
                canvas.line(&line, ink, 1.25);
                for &dot in &line {
                    canvas.dot(dot, ink, filled);
                }
            }
        })
    };
    figure(&picture, &SIZES, &drawn)
}

fn share_label(value: f64) -> String {
    format!("{value:.1}")
}

/// What is drawn, the later above.
fn series(before: Option<Coverage>, after: Coverage) -> Vec<(Coverage, Ink, bool)> {
    let before = before.map(|before| (before, Ink::Before, false));
    before.into_iter().chain([(after, Ink::Champion, true)]).collect()
}

fn tables(report: &Report, before: Option<Coverage>, after: Coverage) -> Markup {
    let columns = |first: &str| {
        let mut header = vec![first.to_owned()];
        if before.is_some() {
            header.extend(["before".to_owned(), "after".to_owned()]);
        } else {
            header.push("observed".to_owned());
        }
        header
    };
    let cells = |name: String, before: Option<f64>, after: f64| {
        let mut cells = vec![name];
        cells.extend(before.map(share));
        cells.push(share(after));
        (false, cells)
    };
    let levels = (0..LEVELS.len()).map(|k| cells(LEVELS[k].to_string(), before.map(|before| before.levels[k]), after.levels[k]));
    let horizons = (0..HORIZON).map(|h| {
        let ahead = duration(report.step_seconds * (h + 1) as i64);
        cells(ahead, before.map(|before| before.q90_by_horizon[h]), after.q90_by_horizon[h])
    });
    html! {
        details {
            summary { "The same as tables" }
            div.pair {
                (table("Coverage by quantile", &columns("quantile"), levels))
                (table("Coverage of the 0.9 quantile by horizon", &columns("0.9 quantile, ahead"), horizons))
            }
        }
    }
}
