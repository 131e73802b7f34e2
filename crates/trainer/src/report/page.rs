//! What the page of an evaluation says, from top to bottom.

use maud::{Markup, html};

use super::{
    Report, bars, calibration,
    document::document,
    horizons,
    numbers::{duration, number},
    timeline,
};

pub(super) fn page(report: &Report) -> Markup {
    let content = html! {
        header {
            h1 { (report.title) }
            p.sub { (report.target) ", every " (duration(report.step_seconds)) }
            @if let Some(verdict) = verdict(report) { p.verdict { (verdict) } }
            @if !report.notes.is_empty() { ul.notes { @for note in &report.notes { li { (note) } } } }
            @if !report.facts.is_empty() {
                dl { @for (name, value) in &report.facts { div { dt { (name) } dd { (value) } } } }
            }
        }
        (timeline::section(report))
        (horizons::section(report))
        (calibration::section(report))
        (bars::section(report))
    };
    document(&format!("{}: forecasts evaluated", report.title), "", &content)
}

/// How the champion compares, in a sentence.
fn verdict(report: &Report) -> Option<String> {
    let champion = report.champion()?;
    let ratio = report.relative_loss(champion)?;
    let percent = ((ratio - 1.0).abs() * 100.0).round();
    let compared = match percent {
        0.0 => "as much as".to_owned(),
        percent if ratio < 1.0 => format!("{percent} % less than"),
        percent => format!("{percent} % more than"),
    };
    Some(format!(
        "The {} has a weighted quantile loss of {}: {compared} {}, the best naive forecast in hindsight.",
        champion.label(),
        number(champion.wql?),
        report.yardstick
    ))
}
