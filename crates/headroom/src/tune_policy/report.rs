//! What was found, for people on a terminal.

use comfy_table::Table;
use headroom_core::fleet::RiskSource;

use super::{
    evidence::{asked, fields, moment, verdict},
    figures::{Figures, Halves},
    findings::{Candidate, Findings, Span},
    references::Reference,
    setting::Setting,
};
use crate::backtest::table::{knob, plain_table, right};

/// Everything but the single trials.
pub(crate) fn text(findings: &Findings) -> String {
    let Findings { choosing, confirming, evaluated, .. } = findings;
    let halves = [
        ("first half, by which settings were chosen", choosing, choosing_of as Pick),
        ("second half, which only confirms", confirming, confirming_of),
    ];
    let tables = halves.map(|(title, span, pick)| format!("{}\n{}", headline(title, span), figures(findings, pick)));
    let warnings: String = findings.warnings.iter().map(|warning| format!("\nwarning: {warning}")).collect();
    format!(
        "\n{}: `{}` learned from {} to {}; {:.1} instances' worth at the 99th percentile, lead time {} s\n\
         asked for: {}\n{} settings tried\n\n{}\n\n{}\n\n{}\n\nthe choice, and the cheapest other settings\n{}\n\nchosen: {}\n{}{warnings}",
        findings.source,
        findings.model,
        moment(findings.history.from),
        moment(findings.history.to),
        findings.peak_instances,
        findings.lead_time_seconds,
        asked(&findings.objective),
        evaluated.len(),
        settings(findings),
        tables[0],
        tables[1],
        alternatives(findings),
        findings.why,
        verdict(findings),
    )
}

type Pick = fn(&Halves) -> &Figures;

fn choosing_of(halves: &Halves) -> &Figures {
    &halves.choosing
}

fn confirming_of(halves: &Halves) -> &Figures {
    &halves.confirming
}

fn headline(title: &str, span: &Span) -> String {
    format!("{title}: {:.1} hours from {} to {}", span.hours(), moment(span.from), moment(span.to))
}

fn settings(findings: &Findings) -> Table {
    let source = match findings.risk_source {
        RiskSource::Configured => "configured",
        RiskSource::Money => "configured (quantile from money)",
        RiskSource::Default => "configured (quantile by default)",
    };
    let from_money = from_money(findings).map(|candidate| ("from money", candidate.setting));
    let columns: Vec<(&str, Setting)> = std::iter::once((source, findings.configured.setting))
        .chain(from_money)
        .chain([("chosen", findings.chosen.setting)])
        .collect();
    let mut table = plain_table(std::iter::once("").chain(columns.iter().map(|(name, _)| *name)));
    for (at, (name, _)) in fields(&findings.chosen.setting).into_iter().enumerate() {
        let values = columns.iter().map(|(_, setting)| cells(setting)[at].clone());
        table.add_row(std::iter::once(name.to_owned()).chain(values));
    }
    right(&mut table);
    table
}

/// What money alone would say, where it is not what is configured.
fn from_money(findings: &Findings) -> Option<Candidate> {
    findings.from_money.filter(|candidate| candidate.setting != findings.configured.setting)
}

/// In the order of [`fields`].
fn cells(setting: &Setting) -> [String; 5] {
    let limit = |limit: Option<u32>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    [
        knob(Some(setting.risk_quantile)),
        format!("{} min", setting.stabilization_minutes),
        format!("{} min", setting.sudden_drop_hold_minutes),
        limit(setting.scale_out_limit),
        limit(setting.scale_in_limit),
    ]
}

/// One half of every policy.
fn figures(findings: &Findings, pick: Pick) -> Table {
    let total = findings.prices.violation_cost_per_minute.map(|_| "in all");
    let header = ["policy", "instance-hours", "cost", "violation minutes", "of the time"];
    let mut table = plain_table(header.into_iter().chain(total));
    let from_money = from_money(findings).map(|candidate| ("from money".to_owned(), candidate.halves));
    let reference = |reference: &Reference| {
        let at = reference.knob.map_or_else(String::new, |at| format!(" at {}", knob(Some(at))));
        (format!("{}{at}", reference.name), reference.halves)
    };
    let rows = [("configured".to_owned(), findings.configured.halves)]
        .into_iter()
        .chain(from_money)
        .chain([("chosen".to_owned(), findings.chosen.halves)])
        .chain([reference(&findings.target_tracking), reference(&findings.static_peak)]);
    for (name, halves) in rows {
        let figures = pick(&halves);
        let row = [
            name,
            format!("{:.1}", figures.instance_hours),
            format!("{:.2}", figures.cost),
            figures.violation_minutes.to_string(),
            share(figures),
        ];
        table.add_row(row.into_iter().chain(figures.total.map(|total| format!("{total:.2}"))));
    }
    right(&mut table);
    table
}

fn alternatives(findings: &Findings) -> Table {
    let header = ["quantile", "window", "drop hold", "out", "in", "first half", "violations", "second half", "violations"];
    let mut table = plain_table(header);
    for candidate in std::iter::once(&findings.chosen).chain(&findings.alternatives) {
        let Halves { choosing, confirming } = &candidate.halves;
        let money = |figures: &Figures| format!("{:.2}", findings.objective.money(figures));
        let halves = [money(choosing), share(choosing), money(confirming), share(confirming)];
        table.add_row(cells(&candidate.setting).into_iter().chain(halves));
    }
    right(&mut table);
    table
}

fn share(figures: &Figures) -> String {
    format!("{:.2} %", figures.violation_share * 100.0)
}
