//! All policies at their defaults, as tables.

use headroom_sim::PolicyResult;
use maud::{Markup, html};
use trainer::report::tables::table;

use super::{
    families::{HEADROOM, described},
    numbers::{bare_percent, count, hours, knob, money, times},
    part::Part,
};

/// What the columns of all three tables mean.
const COLUMNS: [(&str, &str); 20] = [
    ("knob", "What the policy's one setting stood at: see its rule below."),
    ("instance-hours", "Hours billed over all instances, from launch to removal."),
    ("cost", "What they cost at the price of an instance-hour."),
    ("saved a day", "Less cost per 24 hours than static peak, or than target tracking at its default; below 0 it cost more."),
    ("times target tracking", "Cost over that of target tracking at its default."),
    (
        "90 % interval",
        "Nine of ten draws of other such days lie between the two, in blocks of days that followed each other; “-” of fewer than five days.",
    ),
    ("violation minutes", "Minutes with fewer instances in service than demand."),
    ("% of minutes", "Their share of all minutes."),
    ("unserved %", "Share of the demand, in instance-minutes, that was not in service."),
    ("worst day", "The day with the most violation minutes, and how many."),
    ("regret %", "Instance-hours beyond those of the clairvoyant; below 0 is only possible with violations."),
    ("θU %", "How much was missing, relative to demand, on average over all minutes. 0 is best."),
    ("θO %", "How much was too much, likewise. 0 is best."),
    ("τU %", "How long some was missing, of all minutes."),
    ("τO %", "How long some was too much, of all minutes."),
    ("instability %", "How long capacity and demand moved differently."),
    (
        "speedup",
        "How many times as elastic as static peak, the geometric mean over both θ and τ: 0 where static peak never fell short, “-” where it has no number.",
    ),
    ("out", "Times that capacity was raised."),
    ("in", "Times that capacity was cut."),
    ("reversals", "Times that it was cut after it had last been raised, or raised after it had last been cut."),
];

/// Money, violations, closeness and changes; then what the columns and the policies are.
pub(super) fn section(part: &Part<'_>) -> Markup {
    let costs = |policy: &PolicyResult| costs(part, policy).to_vec();
    html! {
        section {
            (part.heading("All policies"))
            p.caption { "Each at its default. Money is in the unit of the price." }
            (of_all(part, "What the policies cost", &COSTS, &costs))
            (of_all(part, "What they let through", &VIOLATIONS, &|policy| violations(policy).to_vec()))
            (of_all(part, "How closely capacity followed demand", &CLOSENESS, &|policy| closeness(policy).to_vec()))
            details.words {
                summary { "What the columns mean" }
                dl.meanings { @for (column, meaning) in COLUMNS { div { dt { (column) } dd { (meaning) } } } }
            }
            (rules(part))
        }
    }
}

/// A row for each policy; the first column is its name.
fn of_all(part: &Part<'_>, name: &str, header: &[&str], cells: &dyn Fn(&PolicyResult) -> Vec<String>) -> Markup {
    let header: Vec<String> = std::iter::once("policy").chain(header.iter().copied()).map(str::to_owned).collect();
    let rows = part.backtest.policies.iter().map(|policy| {
        let row = std::iter::once(policy.name.clone()).chain(cells(policy)).collect();
        (policy.name == HEADROOM, row)
    });
    table(name, &header, rows)
}

fn none() -> String {
    "-".to_owned()
}

const COSTS: [&str; 7] = [
    "knob",
    "instance-hours",
    "cost",
    "saved a day against static peak",
    "saved a day against target tracking",
    "times target tracking",
    "90 % interval",
];

fn costs(part: &Part<'_>, policy: &PolicyResult) -> [String; COSTS.len()] {
    let cost = part.per_day(policy.cost);
    [
        knob(policy.knob),
        hours(policy.instance_hours),
        money(policy.cost),
        money(policy.saved_per_day_against_static_peak),
        money(policy.saved_per_day_against_target_tracking),
        times(cost / (cost + policy.saved_per_day_against_target_tracking)),
        policy.intervals.as_ref().map_or_else(none, |known| {
            let ratio = known.cost_over_target_tracking;
            format!("{} to {}", times(ratio.low), times(ratio.high))
        }),
    ]
}

const VIOLATIONS: [&str; 5] = ["violation minutes", "% of minutes", "90 % interval", "unserved %", "worst day"];

fn violations(policy: &PolicyResult) -> [String; VIOLATIONS.len()] {
    [
        count(policy.violation_minutes),
        bare_percent(policy.violation_share),
        policy.intervals.as_ref().map_or_else(none, |known| {
            let share = known.violation_share;
            format!("{} to {}", bare_percent(share.low), bare_percent(share.high))
        }),
        bare_percent(policy.unserved_share),
        policy
            .worst_day
            .map_or_else(none, |day| format!("{}: {}", day.strftime("%-d %b"), count(policy.worst_day_violation_minutes))),
    ]
}

const CLOSENESS: [&str; 10] = ["regret %", "θU %", "θO %", "τU %", "τO %", "instability %", "speedup", "out", "in", "reversals"];

fn closeness(policy: &PolicyResult) -> [String; CLOSENESS.len()] {
    [
        hours(policy.regret * 100.0),
        bare_percent(policy.theta_u / 100.0),
        bare_percent(policy.theta_o / 100.0),
        bare_percent(policy.tau_u / 100.0),
        bare_percent(policy.tau_o / 100.0),
        bare_percent(policy.instability / 100.0),
        policy.elastic_speedup.map_or_else(none, times),
        count(policy.scale_outs),
        count(policy.scale_ins),
        count(policy.reversals),
    ]
}

fn rules(part: &Part<'_>) -> Markup {
    let known = part.backtest.policies.iter().filter_map(|policy| Some((policy.name.as_str(), described(&policy.name)?)));
    html! {
        details.words {
            summary { "What these policies do" }
            dl.meanings {
                @for (name, family) in known {
                    div {
                        dt { (name) }
                        dd { (family.rule) @if let Some(knob) = family.knob { "; knob: " (knob) } "." }
                    }
                }
            }
        }
    }
}
