//! Comparison with the plain models.

use headroom_core::{forecast::HORIZON, quantiles::LEVELS};
use maud::{Markup, html};

use super::{
    ModelResult, Report, Role,
    horizons::ink_of,
    numbers::{maybe, number, share, short_duration},
    tables::table,
};

/// The longest bar, in times the yardstick's loss; what is longer breaks off.
const TIMES_MAX: f64 = 2.5;

/// A bar for each model, the best first, and all numbers.
pub(super) fn section(report: &Report) -> Markup {
    let mut ranked: Vec<(&ModelResult, f64)> =
        report.models.iter().filter_map(|model| Some((model, report.relative_loss(model)?))).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let longest = ranked.last().map_or(1.0, |(_, ratio)| ratio.clamp(1.0, TIMES_MAX));
    html! {
        section {
            h2 { "Comparison with the plain models" }
            @if !ranked.is_empty() {
                p.caption {
                    "Weighted quantile loss (WQL) in times that of " (report.yardstick)
                    ", the best naive forecast in hindsight. Shorter is better; the upright line is 1."
                    @if ranked.iter().any(|(_, ratio)| *ratio > longest) { " A notched bar is longer than drawn." }
                }
                ol.bars style=(format!("--one:{:.2}%", 100.0 / longest)) {
                    @for (model, ratio) in &ranked {
                        li.champion[model.role == Role::Champion] {
                            span.name { (model.label()) }
                            span.track aria-hidden="true" {
                                span.bar.(ink_of(model.role).name()).broken[*ratio > longest]
                                    style=(format!("width:{:.2}%", 100.0 * ratio.min(longest) / longest)) {}
                            }
                            span.value { (format!("{ratio:.3}")) }
                        }
                    }
                }
            }
            (all_numbers(report))
        }
    }
}

fn all_numbers(report: &Report) -> Markup {
    let shown = [1, 3, 6, HORIZON];
    let mut header = vec!["model".to_owned(), "WQL".to_owned(), format!("times {}", report.yardstick), "MAE".to_owned()];
    header.extend(shown.iter().map(|&h| format!("MAE at {}", short_duration(report.step_seconds * h as i64))));
    header.extend(LEVELS.iter().map(|level| format!("cover {level}")));
    header.push("training s".to_owned());
    let rows = report.models.iter().map(|model| {
        let mut cells = vec![model.label(), maybe(model.wql)];
        cells.push(report.relative_loss(model).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}")));
        cells.push(number(model.mean_error()));
        cells.extend(shown.iter().map(|&h| number(model.mae[h - 1])));
        cells.extend(model.coverage.levels.iter().map(|&observed| share(observed)));
        cells.push(format!("{:.1}", model.train_seconds));
        (model.role == Role::Champion, cells)
    });
    table("All numbers", &header, rows)
}
