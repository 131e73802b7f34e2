//! The history that models learn from.

use std::collections::BTreeSet;

use headroom_core::{Column, Group, Observation, series::FORECAST_STEP_SECONDS};
use headroom_store::StoreError;
use jiff::{SignedDuration, Timestamp};

use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::{clock, span},
};

const HISTORY: &str = "history";
const LOAD: &str = "load";

/// Shorter than this, no week has been seen twice: what Mondays are like is a guess.
const DAYS_MIN: f64 = 14.0;

/// Gaps are counted over the last two weeks: forecasts look back one, and a younger gap can be filled from the cloud.
const GAPS_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A share of missing steps that forecasts bear without harm.
const MISSING_SHARE_MAX: f64 = 0.02;

/// The columns are those of the newest day.
const COLUMNS_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Length, gaps, and what load can be told from.
pub(crate) fn all(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let group = facts.group;
    let rows = match &facts.history {
        Ok(rows) => rows,
        Err(error @ StoreError::Corrupt { .. }) => {
            let why = "a day that cannot be read is missing from every forecast";
            return vec![Finding::error(HISTORY, error.to_string()).because(why).see("Its record cannot be read")];
        }
        Err(error) => return vec![Finding::error(HISTORY, error.to_string())],
    };
    let Some(first) = rows.first() else {
        let why = "without six hours of it nothing can be forecast, and without any nothing decided";
        let finding = Finding::error(HISTORY, "there is none of the last 63 days").because(why).cured_by(commands.import(group));
        return vec![finding.see("Nothing yet")];
    };
    let mut findings = vec![length(group, rows, first, commands)];
    findings.extend(gaps(group, rows, commands));
    findings.extend(load(group, rows));
    findings
}

/// How many days `rows` reach over.
pub(super) fn days(rows: &[Observation]) -> f64 {
    let span = rows.first().zip(rows.last()).map(|(first, last)| last.timestamp.duration_since(first.timestamp));
    span.map_or(0.0, |span| span.as_secs_f64() / 86_400.0)
}

fn length(group: &Group, rows: &[Observation], first: &Observation, commands: &Commands<'_>) -> Finding {
    let days = days(rows);
    let what = format!("{days:.1} days, since {}", clock(first.timestamp));
    if days >= DAYS_MIN {
        return Finding::ok(HISTORY, what);
    }
    Finding::warning(HISTORY, what).because("the shape of a week is learned from two of them").cured_by(commands.import(group))
}

/// Steps of five minutes without any load, on which forecasts are made.
fn gaps(group: &Group, rows: &[Observation], commands: &Commands<'_>) -> Option<Finding> {
    let count_known = rows.iter().any(|row| row.in_service_instances.is_some());
    let step = |moment: Timestamp| moment.as_second().div_euclid(FORECAST_STEP_SECONDS);
    let since = rows.last()?.timestamp - GAPS_WITHIN;
    let recent = rows.iter().filter(|row| row.timestamp >= since);
    let measured: BTreeSet<i64> = recent
        .filter(|row| row.load(group.requests_per_instance, count_known).is_some())
        .map(|row| step(row.timestamp))
        .collect();
    let (first, last) = (*measured.first()?, *measured.last()?);
    let all = last - first + 1;
    let missing = all - i64::try_from(measured.len()).unwrap_or(i64::MAX);
    let share = missing as f64 / all as f64;
    if share <= MISSING_SHARE_MAX {
        return None;
    }
    let ends = measured.iter().zip(measured.iter().skip(1));
    let (before, after) = ends.max_by_key(|(before, after)| *after - *before)?;
    let from = Timestamp::from_second((before + 1) * FORECAST_STEP_SECONDS).ok()?;
    let length = SignedDuration::from_secs((after - before - 1) * FORECAST_STEP_SECONDS);
    let what = format!(
        "{:.0} % of the steps of the last two weeks have no load, the longest gap is {} from {}",
        share * 100.0,
        span(length),
        clock(from)
    );
    Some(
        Finding::warning(HISTORY, what)
            .because("forecasts are less sure after a gap, and none is made while one is too long to bridge")
            .cured_by(commands.import(group)),
    )
}

/// Whether the newest rows have the columns that load is told from.
fn load(group: &Group, rows: &[Observation]) -> Option<Finding> {
    let since = rows.last()?.timestamp - COLUMNS_WITHIN;
    let has = |column: Column| rows.iter().any(|row| row.timestamp > since && row.get(column).is_some());
    if group.requests_per_instance.is_some() {
        return Some(if has(Column::RequestCount) {
            Finding::ok(LOAD, "is told from `request_count`")
        } else {
            Finding::error(LOAD, "the rows of the last day have no `request_count`")
                .because("`requests_per_instance` asks for load in requests: give the group `[group.metrics.request_count]`")
        });
    }
    Some(match (has(Column::CpuUtilization), has(Column::InServiceInstances)) {
        (true, true) => Finding::ok(LOAD, "is told from `cpu_utilization` and `in_service_instances`"),
        (true, false) => Finding::error(LOAD, "the rows of the last day have no `in_service_instances`")
            .because("load is CPU times instances: without their number it is that of one instance, or not known at all"),
        (false, _) => Finding::error(LOAD, "the rows of the last day have no `cpu_utilization`")
            .because("load is CPU times instances: without it nothing is forecast and capacity is held"),
    })
}
