//! The page, from top to bottom.

use jiff::Timestamp;
use maud::{Markup, html};
use trainer::report::document::document;

use super::{
    super::Replay,
    capacity, days,
    families::HEADROOM,
    frontier, headline, hour, index,
    numbers::{count, knob},
    part::Part,
    policies,
};

/// Rules beyond those that all pages share.
const STYLE: &str = include_str!("report.css");

/// One trace on a page of its own.
pub(super) fn of_one(part: &Part<'_>) -> Markup {
    let content = html! {
        header {
            h1 { "Backtest of " (part.about.trace) }
            (lead(part))
        }
        (sections(part))
    };
    document(&format!("{}: backtest", part.about.trace), STYLE, &content)
}

/// Several traces; `parts` are those of `replays`.
pub(super) fn of_many(replays: &[Replay], parts: &[Part<'_>]) -> Markup {
    let title = format!("Backtest of {} traces", parts.len());
    let content = html! {
        (index::section(&title, replays, parts))
        @for part in parts {
            article id=(part.id("top")) {
                header {
                    h2.trace { (part.about.trace) }
                    (lead(part))
                    p.back { a href="#index" { "All traces" } }
                }
                (sections(part))
            }
        }
    };
    document(&title, STYLE, &content)
}

fn sections(part: &Part<'_>) -> Markup {
    html! {
        (policies::section(part))
        (frontier::section(part))
        (capacity::section(part))
        (hour::section(part))
        (days::section(part))
    }
}

/// What came of it, and what it was made with.
fn lead(part: &Part<'_>) -> Markup {
    let world = &part.backtest.world;
    let notes = part.about.notes.iter().cloned().chain(unpredictable(part));
    html! {
        p.verdict { (headline::verdict(part)) }
        @for sentence in headline::details(part) { p.detail { (sentence) } }
        ul.notes { @for note in notes { li { (note) } } }
        dl {
            @for (name, value) in facts(part) { div { dt { (name) } dd { (value) } } }
        }
        p.caption {
            "The world, the same for all policies: the trace's " (world.main_column) ", scaled so that the 99th percentile of the history takes "
            (knob(Some(world.peak_instances))) " instances, minute by minute; " (world.rules.instances_min) " to "
            (world.rules.instances_max) " instances; " (world.rules.boot_delay_seconds) " s from launch to service"
            @if world.rules.boot_jitter_seconds > 0 { ", give or take up to " (world.rules.boot_jitter_seconds) " s" }
            "; metrics " (world.rules.metric_delay_seconds) " s late; demand is the fewest instances of which none has more than "
            (knob(Some(world.rules.max_utilization * 100.0))) " % to do, and a violation is a minute with fewer in service. Times and days are UTC."
        }
    }
}

fn unpredictable(part: &Part<'_>) -> Option<String> {
    let told =
        "No model forecast the history better than its last value, so headroom follows that with room for its usual changes.";
    (!part.about.predictable && part.headroom().is_some()).then(|| told.to_owned())
}

fn facts(part: &Part<'_>) -> Vec<(&'static str, String)> {
    let (about, world) = (part.about, &part.backtest.world);
    let mut facts = vec![
        ("Trace", about.source.trim_matches('`').to_owned()),
        ("Replayed", span(world.from, world.to)),
        ("Minutes", count(world.minutes as u64)),
        ("History before it", span(about.history_from, about.history_to)),
        ("Price of an instance-hour", knob(Some(world.price_per_hour))),
    ];
    if part.backtest.policies.iter().any(|policy| policy.name == HEADROOM) {
        let predictable = if about.predictable { "yes" } else { "no" };
        facts.push(("Model", format!("{}, trained on {} rows", about.model, count(about.history_rows as u64))));
        facts.push(("Predictable", predictable.to_owned()));
        facts.push(("Default quantile", knob(Some(about.default_quantile))));
    }
    facts.push(("Seed", world.seed.to_string()));
    facts
}

fn span(from: Timestamp, to: Timestamp) -> String {
    format!("{} to {}", from.strftime("%-d %b %Y %H:%M"), to.strftime("%-d %b %Y %H:%M"))
}
