//! A plan for people.

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, TableComponent, presets::NOTHING};
use headroom_core::{
    Action, Decision, Group,
    decision::Outcome,
    fleet::{Apply, RiskSource},
    ports::CapacityState,
};
use jiff::SignedDuration;

use super::{
    Planned,
    group::{Ahead, Cost, GroupPlan},
};
use crate::moments::{clock, span};

/// All groups, a line each.
pub(crate) fn table(plans: &[Planned<'_>]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(["group", "desired", "in service", "bounds", "load", "age", "ahead", "wants", "then", "an hour", "mode"]);
    for planned in plans {
        table.add_row(row(planned));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn row(planned: &Planned<'_>) -> [String; 11] {
    let none = || "-".to_owned();
    let Planned { group, plan, .. } = planned;
    let id = group.id.clone();
    let mode = planned.mode().name().to_owned();
    let Ok(plan) = plan else {
        return [id, none(), none(), none(), none(), none(), none(), none(), "failed".to_owned(), none(), mode];
    };
    let Some(plan) = plan else {
        return [id, none(), none(), none(), none(), none(), none(), none(), none(), none(), mode];
    };
    let size = |size: fn(&CapacityState) -> String| plan.capacity.as_ref().map_or_else(none, size);
    let decision = &plan.decision;
    [
        id,
        size(|size| size.desired.to_string()),
        size(|size| size.in_service.to_string()),
        size(|size| format!("{} to {}", size.min, size.max)),
        decision.load.map_or_else(none, |load| format!("{load:.1}")),
        plan.measured_seconds_ago.map_or_else(none, |seconds| span(SignedDuration::from_secs(seconds))),
        plan.ahead.as_ref().map_or_else(none, |ahead| format!("{:.1}", ahead.peak)),
        decision.required.to_string(),
        decision.desired.to_string(),
        plan.cost_per_hour.as_ref().map_or_else(none, |cost| format!("{:.2} -> {:.2}", cost.now, cost.then)),
        mode,
    ]
}

/// One group, with everything that is known.
pub(crate) fn block(planned: &Planned<'_>) -> Vec<String> {
    let Planned { group, plan, .. } = planned;
    let mut lines = vec![heading(planned)];
    let mut tell = |name: &str, text: String| lines.push(format!("  {name:<11} {text}"));
    let plan = match plan {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            tell("mode", "`off`: nothing is looked at and nothing is done".to_owned());
            return lines;
        }
        Err(error) => {
            let style = AnsiColor::Red.on_default().bold();
            tell("failed", format!("{style}{error:#}{style:#}"));
            return lines;
        }
    };
    let decision = &plan.decision;
    tell("now", plan.capacity.as_ref().map_or_else(|| "the cloud does not tell its size".to_owned(), sizes));
    tell("load", load(plan));
    tell("ahead", plan.ahead.as_ref().map_or_else(|| "no forecast".to_owned(), |ahead| expected(group, decision, ahead)));
    let until = if decision.apply == Apply::Floor { " as its minimum" } else { "" };
    tell("wants", format!("{}{until}, before anything holds it back", count(decision.required)));
    let style = style(decision);
    let when = if plan.already_decided {
        format!(" (decided {}, {})", clock(decision.at), outcome(&decision.outcome))
    } else {
        String::new()
    };
    tell("decision", format!("{style}{}{style:#}{when}", decision.sentence));
    for obstacle in &plan.in_the_way {
        tell("in the way", obstacle.clone());
    }
    if let Some(Cost { now, then }) = plan.cost_per_hour {
        tell("costs", format!("{now:.2} an hour now, {then:.2} then"));
    }
    lines
}

fn heading(planned: &Planned<'_>) -> String {
    let Planned { group, .. } = planned;
    let bold = Style::new().bold();
    let place = [group.region.as_deref(), group.auto_scaling_group.as_deref()];
    let place: Vec<&str> = [group.provider.as_str()].into_iter().chain(place.into_iter().flatten()).collect();
    format!("{bold}group `{}`{bold:#}, {}, mode `{}`", group.id, place.join(" "), planned.mode().name())
}

fn sizes(found: &CapacityState) -> String {
    let CapacityState { desired, min, max, in_service, pending, unit } = found;
    let boots = if *pending > 0 { format!(", {pending} on the way") } else { String::new() };
    let unit = if *unit > 1 { format!(", in units of {unit}") } else { String::new() };
    format!("desired {desired}, in service {in_service}{boots}, minimum {min}, maximum {max}{unit}")
}

fn load(plan: &GroupPlan) -> String {
    let decision = &plan.decision;
    let (Some(load), Some(until), Some(ago)) = (decision.load, decision.measured_until, plan.measured_seconds_ago) else {
        return "nothing measured".to_owned();
    };
    format!("{load:.2} instances' worth, measured until {}, {} ago", clock(until), span(SignedDuration::from_secs(ago)))
}

fn expected(group: &Group, decision: &Decision, ahead: &Ahead) -> String {
    let Ahead { model, version, next, peak, quantile, until, predictable, trusted } = ahead;
    let minutes = until.duration_since(decision.at).as_mins();
    let source = match group.risk().source {
        RiskSource::Configured => "configured",
        RiskSource::Money => "from price and cost of a violation",
        RiskSource::Default => "by default",
    };
    let version = version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let trust = match (trusted, predictable) {
        (false, _) => "; demoted, so the measured load decides",
        (true, false) => "; not predictable",
        (true, true) => "",
    };
    let percent = quantile * 100.0;
    format!(
        "up to {peak:.2} within {minutes} min ({percent:.1} % sure, {source}), {next:.2} likely in the next step; model `{model}`{version}{trust}"
    )
}

fn count(instances: u32) -> String {
    if instances == 1 { "1 instance".to_owned() } else { format!("{instances} instances") }
}

fn style(decision: &Decision) -> Style {
    match decision.action {
        _ if decision.alarm => AnsiColor::Red.on_default().bold(),
        Action::ScaleOut => AnsiColor::Green.on_default().bold(),
        Action::ScaleIn => AnsiColor::Cyan.on_default().bold(),
        Action::Hold => Style::new(),
    }
}

/// What came of a decision that a tick made before.
fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pending => "not carried out yet".to_owned(),
        Outcome::Unchanged => "nothing to write".to_owned(),
        Outcome::Applied => "carried out".to_owned(),
        Outcome::NotAllowed => "the mode forbids it".to_owned(),
        Outcome::AwaitingApproval { until } => format!("waits for an operator until {}", clock(*until)),
        Outcome::Rejected => "refused by an operator".to_owned(),
        Outcome::Expired => "not answered in time".to_owned(),
        Outcome::Superseded => "a later tick took over".to_owned(),
        Outcome::Stopped => "stopped by the kill switch".to_owned(),
        Outcome::InsufficientCapacity { error } | Outcome::Failed { error } => format!("failed: {error}"),
    }
}
