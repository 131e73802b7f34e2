//! One trace's part of the page.

use headroom_sim::{Backtest, PolicyResult, Replay};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{super::Replay as Traced, About, families::HEADROOM};

/// What one trace's part is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) backtest: &'a Backtest,
    pub(super) about: &'a About,
    pub(super) reasons: &'a [(Timestamp, String)],
    /// Which part of a page with several it is; none on a page of its own.
    pub(super) number: Option<usize>,
}

impl<'a> Part<'a> {
    pub(super) fn of(replay: &'a Traced, number: Option<usize>) -> Self {
        let Traced { backtest, about, reasons, is_second: _ } = replay;
        Self { backtest, about, reasons, number }
    }

    /// An identifier that no other part has.
    pub(super) fn id(&self, name: &str) -> String {
        self.number.map_or_else(|| name.to_owned(), |number| format!("trace-{number}-{name}"))
    }

    /// The heading of a section: one level lower where the page has several parts.
    pub(super) fn heading(&self, text: &str) -> Markup {
        if self.number.is_some() {
            html! { h3.section { (text) } }
        } else {
            html! { h2 { (text) } }
        }
    }

    /// How the policy `name` did at its default.
    pub(super) fn policy(&self, name: &str) -> Option<&'a PolicyResult> {
        self.backtest.policies.iter().find(|policy| policy.name == name)
    }

    pub(super) fn headroom(&self) -> Option<&'a PolicyResult> {
        self.policy(HEADROOM)
    }

    /// Its minutes; none of a backtest that was read from JSON.
    pub(super) fn replay(&self, name: &str) -> Option<&'a Replay> {
        let replay = self.backtest.replays.iter().find(|policy| policy.name == name).map(|policy| &policy.replay);
        replay.filter(|replay| !replay.minutes.is_empty())
    }

    /// `total` of the whole replay, per 24 hours; 0 of nothing.
    pub(super) fn per_day(&self, total: f64) -> f64 {
        let days = self.backtest.world.minutes as f64 / 1440.0;
        if days > 0.0 { total / days } else { 0.0 }
    }

    /// The names of the families on the frontier, in their order.
    pub(super) fn families(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for point in &self.backtest.frontier {
            if !names.contains(&point.name.as_str()) {
                names.push(&point.name);
            }
        }
        names
    }
}
