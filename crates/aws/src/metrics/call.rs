//! One `GetMetricData`: which groups share it, its pages, and whose rows its points are.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::{
    Client,
    error::ProvideErrorMetadata,
    primitives::DateTime,
    types::{MetricDataQuery, MetricDataResult, ScanBy, StatusCode},
};
use headroom_core::{Column, Group, Observation, fleet::MetricSource, ports::PortError};
use jiff::Timestamp;

use super::{RIGHT, source};
use crate::fault::Fault;

/// Most metrics that one call may ask for.
pub(super) const QUERIES_MAX: usize = 500;

/// Most points that one answer holds.
pub(super) const POINTS_MAX: i64 = 100_800;

/// Rows by the second at which their step starts.
pub(super) type Rows = BTreeMap<i64, Observation>;

/// The steps of `step_seconds` that start in `first..end`, in seconds of the Unix epoch, of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span<'a> {
    pub(super) region: Option<&'a str>,
    pub(super) step_seconds: i64,
    pub(super) first: i64,
    pub(super) end: i64,
}

impl Span<'_> {
    /// The same in parts of at most `steps` steps; none of a span without steps.
    fn parts(self, steps: i64) -> impl Iterator<Item = Self> {
        let seconds = steps * self.step_seconds;
        let count = (self.end - self.first).max(0).unsigned_abs().div_ceil(seconds.unsigned_abs());
        let starts = (0..count).map(move |part| self.first + part.cast_signed() * seconds);
        starts.map(move |first| Self { first, end: self.end.min(first + seconds), ..self })
    }
}

/// What is asked of one group.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    /// Its place among all windows.
    pub(super) place: usize,
    pub(super) group: &'a Group,
    pub(super) sources: BTreeMap<Column, MetricSource>,
}

/// Groups whose metrics are read in one call.
#[derive(Debug)]
pub(super) struct Call<'a> {
    span: Span<'a>,
    asks: Vec<Ask<'a>>,
}

/// Why CloudWatch did not answer a call.
pub(super) struct Refusal {
    fault: Fault,
    /// It did not understand a metric: without that one it would have answered.
    pub(super) is_of_one_metric: bool,
}

/// What CloudWatch told.
struct Answer {
    rows: Vec<Result<Rows, PortError>>,
    /// The ids of which it did not tell everything.
    incomplete: BTreeSet<String>,
}

/// The fewest calls for `asks`, each within what CloudWatch takes, and in order.
pub(super) fn calls<'a>(span: Span<'a>, asks: Vec<Ask<'a>>) -> Vec<Call<'a>> {
    let most = asks.iter().map(|ask| ask.sources.len()).max().unwrap_or(0);
    let steps_max = POINTS_MAX / i64::try_from(most.max(1)).expect("there are five columns");
    let mut calls = Vec::new();
    for part in span.parts(steps_max) {
        let steps = (part.end - part.first) / part.step_seconds;
        let queries_max = usize::try_from(POINTS_MAX / steps).map_or(QUERIES_MAX, |most| most.min(QUERIES_MAX));
        let mut queries = 0;
        for ask in &asks {
            queries += ask.sources.len();
            match calls.last_mut() {
                Some(Call { span, asks }) if *span == part && queries <= queries_max => asks.push(ask.clone()),
                _ => {
                    queries = ask.sources.len();
                    calls.push(Call { span: part, asks: vec![ask.clone()] });
                }
            }
        }
    }
    calls
}

impl<'a> Call<'a> {
    pub(super) fn region(&self) -> Option<&'a str> {
        self.span.region
    }

    pub(super) fn has_several_groups(&self) -> bool {
        self.asks.len() > 1
    }

    /// Half of the groups, and the others.
    pub(super) fn halves(mut self) -> [Self; 2] {
        let others = self.asks.split_off(self.asks.len() / 2);
        [Self { span: self.span, asks: others }, self]
    }

    /// The failure of the call as that of each of its groups.
    pub(super) fn refused(&self, refusal: &Refusal) -> impl Iterator<Item = (usize, Result<Rows, PortError>)> {
        self.asks.iter().map(|ask| (ask.place, Err(refusal.fault.clone().into_port_error(&thing(ask.group), RIGHT))))
    }

    /// The rows of each group, by its place among all windows.
    pub(super) async fn read(&self, client: &Client) -> Result<Vec<(usize, Result<Rows, PortError>)>, Refusal> {
        let mut queries = self.queries();
        let mut answer = Answer { rows: self.asks.iter().map(|_| Ok(Rows::new())).collect(), incomplete: BTreeSet::new() };
        self.read_pages(client, queries.clone(), &mut answer).await?;
        if !answer.incomplete.is_empty() {
            queries.retain(|query| query.id().is_some_and(|id| answer.incomplete.contains(id)));
            // What came is true even if this fails.
            let _ = self.read_pages(client, queries, &mut answer).await;
        }
        for (place, column) in answer.incomplete.iter().filter_map(|id| parse(id)) {
            let Some(Ask { group, .. }) = self.asks.get(place) else { continue };
            tracing::warn!(
                group = %group.id, %column,
                "CloudWatch could not give all of `{column}` of `{}`: what is missing is read again later", group.id
            );
        }
        Ok(self.asks.iter().map(|ask| ask.place).zip(answer.rows).collect())
    }

    fn queries(&self) -> Vec<MetricDataQuery> {
        let of_group = |(place, ask): (usize, &Ask<'_>)| {
            let query =
                |(column, source): (&Column, &MetricSource)| source::query(id(place, *column), source, self.span.step_seconds);
            ask.sources.iter().map(query).collect::<Vec<_>>()
        };
        self.asks.iter().enumerate().flat_map(of_group).collect()
    }

    async fn read_pages(&self, client: &Client, queries: Vec<MetricDataQuery>, answer: &mut Answer) -> Result<(), Refusal> {
        let request = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            .start_time(DateTime::from_secs(self.span.first))
            .end_time(DateTime::from_secs(self.span.end))
            .scan_by(ScanBy::TimestampAscending);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Refusal {
                is_of_one_metric: error.code().is_some_and(is_of_one_metric),
                fault: Fault::of(&error),
            })?;
            for message in page.messages() {
                let (code, value) = (message.code().unwrap_or("message"), message.value().unwrap_or_default());
                tracing::warn!(groups = self.asks.len(), "CloudWatch says: {code}: {value}");
            }
            for result in page.metric_data_results() {
                self.take(result, answer);
            }
        }
        Ok(())
    }

    /// Puts the points of one metric into the rows of its group. A point that is not there leaves the column absent.
    fn take(&self, result: &MetricDataResult, answer: &mut Answer) {
        let Some(id) = result.id() else { return };
        let Some((place, column)) = parse(id) else { return };
        let (Some(ask), Some(slot)) = (self.asks.get(place), answer.rows.get_mut(place)) else { return };
        match result.status_code() {
            Some(StatusCode::Forbidden) => {
                let thing = thing(ask.group);
                let line = format!("{thing}: `{column}` is forbidden: allow `{RIGHT}` to the role or user that runs this");
                *slot = Err(PortError::Denied(line));
            }
            // The page that ends it says so; nothing is said where nothing is wrong.
            Some(StatusCode::Complete) | None => {
                answer.incomplete.remove(id);
            }
            Some(_) => {
                answer.incomplete.insert(id.to_owned());
            }
        }
        let Ok(rows) = slot else { return };
        let Span { step_seconds, first, end, .. } = self.span;
        for (moment, value) in result.timestamps().iter().zip(result.values()) {
            let second = moment.secs();
            if !(first..end).contains(&second) || !value.is_finite() {
                continue;
            }
            let Ok(start) = Timestamp::from_second(second - second.rem_euclid(step_seconds)) else { continue };
            rows.entry(start.as_second()).or_insert_with(|| Observation::at(start)).set(column, Some(*value));
        }
    }
}

/// The name of a metric within its call: a lower-case letter first, then letters, digits and `_`.
pub(super) fn id(place: usize, column: Column) -> String {
    format!("g{place}_{column}")
}

fn parse(id: &str) -> Option<(usize, Column)> {
    let (place, column) = id.strip_prefix('g')?.split_once('_')?;
    Some((place.parse().ok()?, Column::from_name(column)?))
}

fn thing(group: &Group) -> String {
    format!("metrics of group `{}`", group.id)
}

/// Whether the error is about a metric that was asked for, such as a statistic that there is not.
fn is_of_one_metric(code: &str) -> bool {
    let name = code.strip_suffix("Exception").unwrap_or(code);
    let names = ["InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "MissingRequiredParameter"];
    names.contains(&name) || name.starts_with("Validation")
}
