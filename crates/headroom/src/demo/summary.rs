//! What it came to, beside static peak and the plain threshold rule.

use comfy_table::{CellAlignment, Table, TableComponent, presets::NOTHING};
use headroom_sim::{
    Account, SimulatedCloud,
    policies::{StaticPeak, Threshold},
    replay,
};
use jiff::Timestamp;
use serde::Serialize;
use trainer::TrainedModel;

use super::{Args, scenario::Scenario};

/// The result of a demo.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    trace: String,
    from: Timestamp,
    to: Timestamp,
    ticks: u64,
    model: String,
    model_version: String,
    price_per_hour: f64,
    policies: Vec<PolicyResult>,
}

/// What one policy came to over the same minutes.
#[derive(Debug, Serialize)]
struct PolicyResult {
    name: &'static str,
    instance_hours: f64,
    cost: f64,
    violation_minutes: u64,
    violation_share: f64,
    unserved_share: f64,
    scale_outs: u64,
    scale_ins: u64,
}

impl PolicyResult {
    fn new(name: &'static str, account: &Account, price_per_hour: f64) -> Self {
        Self {
            name,
            instance_hours: account.instance_hours(),
            cost: account.instance_hours() * price_per_hour,
            violation_minutes: account.violation_minutes,
            violation_share: account.violation_share(),
            unserved_share: account.unserved_share(),
            scale_outs: account.scale_outs,
            scale_ins: account.scale_ins,
        }
    }
}

impl Summary {
    /// Replays the minutes that the cloud has seen through the plain policies.
    pub(crate) fn new(args: &Args, scenario: &Scenario, cloud: &SimulatedCloud, model: &TrainedModel, ticks: u64) -> Self {
        let &Args { seed, price_per_hour, .. } = args;
        let own = cloud.account();
        let minutes = usize::try_from(own.minutes).expect("a replay that fits into memory");
        let (workload, rules) = (&scenario.workload, &scenario.rules);
        let peak = replay(workload, *rules, seed, &mut StaticPeak::of(workload, rules), minutes).account;
        let threshold = replay(workload, *rules, seed, &mut Threshold::default(), minutes).account;
        Self {
            trace: scenario.name.clone(),
            from: scenario.start(),
            to: cloud.now(),
            ticks,
            model: model.card.model.clone(),
            model_version: model.card.version.clone(),
            price_per_hour,
            policies: [("headroom", own), ("threshold", threshold), ("static-peak", peak)]
                .map(|(name, account)| PolicyResult::new(name, &account, price_per_hour))
                .into(),
        }
    }

    /// For people.
    pub(crate) fn report(&self) -> String {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
        table.set_header(["policy", "instance-hours", "cost", "violation minutes", "of the time", "unserved", "out", "in"]);
        for policy in &self.policies {
            table.add_row([
                policy.name.to_owned(),
                format!("{:.1}", policy.instance_hours),
                format!("{:.2}", policy.cost),
                policy.violation_minutes.to_string(),
                format!("{:.2} %", policy.violation_share * 100.0),
                format!("{:.2} %", policy.unserved_share * 100.0),
                policy.scale_outs.to_string(),
                policy.scale_ins.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!("\n{} ticks from {} to {}\n{table}", self.ticks, self.from, self.to)
    }
}
