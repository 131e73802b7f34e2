//! The page around the pictures.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Report, bars, calibration,
    canvas::{Size, view_box},
    horizons,
    ink::Ink,
    numbers::{duration, number},
    timeline,
};

const STYLE: &str = include_str!("page.css");

/// Forbids the page to load anything, which it never needs to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What a picture says in words.
pub(super) struct Picture {
    /// Unlike any other on the page.
    pub(super) id: String,
    pub(super) title: String,
    /// For those who do not see it: what it shows, with its main numbers.
    pub(super) description: String,
    /// For all, below it.
    pub(super) caption: Markup,
}

pub(super) fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (report.title) ": forecasts evaluated" }
                style { (PreEscaped(STYLE)) (PreEscaped(Ink::style_sheet())) }
            }
            body {
                main {
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
                }
            }
        }
    }
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

/// What the signs of pictures mean: class and name of each.
pub(super) fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        ul.legend {
            @for (sign, name) in entries { li { span class=(format!("sign {sign}")) aria-hidden="true" {} (name) } }
        }
    }
}

/// A picture, drawn once for wide pages and once for narrow ones, where the same letters need more of the room.
pub(super) fn figure(picture: &Picture, sizes: &[Size; 2], drawn: &dyn Fn(Size) -> String) -> Markup {
    html! {
        figure {
            figcaption {
                strong { (picture.title) }
            }
            @for (name, &size) in ["wide", "narrow"].into_iter().zip(sizes) {
                @let id = format!("{}-{name}", picture.id);
                svg class=(name) viewBox=(view_box(size)) role="img" aria-labelledby=(format!("{id}-title {id}-text")) {
                    title id=(format!("{id}-title")) { (picture.title) }
                    desc id=(format!("{id}-text")) { (picture.description) }
                    (PreEscaped(drawn(size)))
                }
            }
            p.caption { (picture.caption) }
        }
    }
}
