//! One table over several files: each model's WQL relative to the best naive forecast's.

use comfy_table::presets::ASCII_MARKDOWN;
use trainer::evaluate::{BEST_NAIVE, CHAMPION, Evaluation};

use crate::table::table;

/// The columns: models that every file may have.
const MODELS: [&str; 7] =
    ["linear", "exponential smoothing", "boosted trees", "lstm", "attention lstm", "lstm ensemble", CHAMPION];

/// The table for people.
pub(super) fn text(files: &[Vec<Evaluation>]) -> String {
    rows(files).to_string()
}

/// The table as Markdown.
pub(super) fn markdown(files: &[Vec<Evaluation>]) -> String {
    let mut table = rows(files);
    table.load_preset(ASCII_MARKDOWN);
    format!("{table}\n")
}

fn rows(files: &[Vec<Evaluation>]) -> comfy_table::Table {
    let mut header = vec!["trace"];
    header.extend(MODELS);
    header.extend(["serves", "MAE 1 / last", "cover 0.9", "0.95", "0.99"]);
    let mut rows: Vec<Vec<String>> = files.iter().map(|results| row(results)).collect();
    let mean = |model: &str| {
        let ratios: Vec<f64> = files.iter().filter_map(|results| relative(results, model)).collect();
        let logarithms = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
        // A model that was not tried everywhere has no mean to compare.
        if ratios.len() == files.len() && !ratios.is_empty() { ratio(Some(logarithms.exp())) } else { ratio(None) }
    };
    let mut last = vec!["geometric mean".to_owned()];
    last.extend(MODELS.map(mean));
    last.extend(std::iter::repeat_n(String::new(), 5));
    rows.push(last);
    table(&header, rows)
}

fn row(results: &[Evaluation]) -> Vec<String> {
    let mut row = vec![results.first().map_or_else(String::new, |result| result.facts.trace.clone())];
    row.extend(MODELS.map(|model| ratio(relative(results, model))));
    if let Some(champion) = find(results, CHAMPION) {
        let last_value = find(results, "last value").map(|last| champion.score.mae.h1 / last.score.mae.h1);
        let coverage = &champion.score.coverage;
        row.push(champion.chosen.clone().unwrap_or_default());
        row.push(ratio(last_value));
        row.extend([coverage.q90, coverage.q95, coverage.q99].map(|share| format!("{share:.3}")));
    }
    row
}

fn find<'a>(results: &'a [Evaluation], model: &str) -> Option<&'a Evaluation> {
    results.iter().find(|result| result.model == model)
}

/// WQL of `model` over that of the best naive forecast in hindsight.
fn relative(results: &[Evaluation], model: &str) -> Option<f64> {
    Some(find(results, model)?.score.wql? / find(results, BEST_NAIVE)?.score.wql?)
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}
