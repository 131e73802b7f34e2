//! Results for people, on a terminal.

use comfy_table::{CellAlignment, Row, Table, TableComponent, presets::NOTHING};
use headroom_sim::{Backtest, FrontierPoint};

use super::{Replay, summary::SHARES};

/// All policies of one trace, and the cheapest setting of each at three levels of violations.
pub(crate) fn results(backtest: &Backtest) -> String {
    let world = &backtest.world;
    let mut table = plain_table([
        "policy",
        "knob",
        "instance-hours",
        "x clairvoyant",
        "cost",
        "violation minutes",
        "of the time",
        "worst day",
        "out",
        "in",
        "reversals",
    ]);
    for policy in &backtest.policies {
        table.add_row([
            policy.name.clone(),
            knob(policy.knob),
            format!("{:.1}", policy.instance_hours),
            format!("{:.2}", 1.0 + policy.regret),
            format!("{:.2}", policy.cost),
            policy.violation_minutes.to_string(),
            format!("{:.2} %", policy.violation_share * 100.0),
            policy.worst_day_violation_minutes.to_string(),
            policy.scale_outs.to_string(),
            policy.scale_ins.to_string(),
            policy.reversals.to_string(),
        ]);
    }
    let mut frontier = plain_table(["cheapest setting (knob)", "at or below 2 %", "1 %", "0.5 %"]);
    let mut names: Vec<&str> = backtest.frontier.iter().map(|point| point.name.as_str()).collect();
    names.dedup();
    for name in names {
        let cell = |share: f64| match backtest.cheapest_within(name, share) {
            Some(point) if point.knob.is_some() => format!("{:.1} ({})", point.instance_hours, setting(point)),
            Some(point) => format!("{:.1}", point.instance_hours),
            None => "never".to_owned(),
        };
        let cells = SHARES.map(cell);
        frontier.add_row(std::iter::once(name.to_owned()).chain(cells));
    }
    right(&mut table);
    right(&mut frontier);
    format!(
        "\n{}: {} minutes from {} to {}, load by {}\n{table}\n\ninstance-hours at the cheapest setting with so many violation minutes\n{frontier}",
        backtest.trace, world.minutes, world.from, world.to, world.main_column
    )
}

/// One line a trace.
pub(crate) fn traces(replays: &[Replay]) -> String {
    let mut table = plain_table(super::summary::HEADER);
    for row in super::summary::rows(replays) {
        table.add_row(row);
    }
    right(&mut table);
    format!("\n{table}\n{}", super::summary::means(replays).join("\n"))
}

/// Where a point's knob stands, and what else was set; nothing of a family without a knob.
pub(crate) fn setting(point: &FrontierPoint) -> String {
    let Some(_) = point.knob else { return String::new() };
    let variant = point.variant.as_ref().map(|variant| format!(", {variant}"));
    format!("{}{}", knob(point.knob), variant.unwrap_or_default())
}

/// A knob's setting, without needless digits.
pub(crate) fn knob(knob: Option<f64>) -> String {
    knob.map_or_else(|| "-".to_owned(), |knob| format!("{}", (knob * 1e6).round() / 1e6))
}

/// A table without a frame.
pub(crate) fn plain_table(header: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(header);
    table
}

/// Numbers stand to the right; the first column is a name.
pub(crate) fn right(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
