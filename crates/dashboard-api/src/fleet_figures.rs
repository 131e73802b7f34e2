//! `/api/dashboard`: figures of the whole fleet.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use headroom_core::{Group, fleet::Mode};
use headroom_store::{Store, history};
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    access::Viewer,
    buckets::{self, largest},
    group::{Glance, glance::required, health::Level},
    history::counts_instances,
    numbers::rounded,
    params::{Params, SPAN, Span, SpanQuery},
    problem::Problem,
};

/// What was spent and saved today, over all groups that have a price.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct SavingsToday {
    /// How many groups that are.
    groups: usize,
    /// What their instances cost.
    cost: f64,
    /// What fixed sizes for the highest needs would have cost more; below zero, less.
    against_static_peak: f64,
    /// What target tracking would have cost more; below zero, less.
    against_target_tracking: f64,
}

/// The fleet in figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stats {
    /// The moment that this tells of.
    now: Timestamp,
    /// Groups of the configuration.
    groups: usize,
    /// Groups of which nothing is known to be wrong.
    ok: usize,
    /// Groups that are worth a look.
    watch: usize,
    /// Groups that someone has to look at.
    alarm: usize,
    /// Groups that nothing is known of, or that are off.
    unknown: usize,
    /// Groups that nothing is written for, by a kill switch.
    stopped: usize,
    /// Groups whose decisions are carried out.
    writing: usize,
    /// Changes that wait for an operator.
    awaiting_approval: usize,
    /// Instances that take load.
    instances_in_service: u32,
    /// Instances asked for.
    instances_desired: u32,
    /// Instances that the next hour may take, over all groups that have a forecast.
    next_hour_peak_required: u32,
    /// None where no group has a price.
    #[schema(required)]
    savings_today: Option<SavingsToday>,
}

/// The fleet in figures
#[utoipa::path(get, path = "/dashboard/stats", tag = "dashboard", security(("bearer" = ["viewer"])), responses((status = 200, body = Stats)))]
pub(crate) async fn stats(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Json<Stats>, Problem> {
    params.only(&[])?;
    let view = app.views.newest(&app.state).await?;
    Ok(Json(figures(view.answer.now, &view.answer.groups)))
}

fn figures(now: Timestamp, groups: &[Glance]) -> Stats {
    let count = |keep: &dyn Fn(&Glance) -> bool| groups.iter().filter(|group| keep(group)).count();
    let level = |level: Level| count(&|group| group.health.level == level);
    let capacity = |size: fn(&crate::group::glance::Capacity) -> u32| {
        groups.iter().filter_map(|group| group.capacity.as_ref()).map(size).fold(0, u32::saturating_add)
    };
    Stats {
        now,
        groups: groups.len(),
        ok: level(Level::Ok),
        watch: level(Level::Watch),
        alarm: level(Level::Alarm),
        unknown: level(Level::Unknown),
        stopped: count(&|group| group.stopped.is_some()),
        writing: count(&|group| matches!(group.mode, Mode::Active | Mode::ScaleOutOnly) && group.stopped.is_none()),
        awaiting_approval: count(&|group| group.proposal.is_some()),
        instances_in_service: capacity(|capacity| capacity.in_service),
        instances_desired: capacity(|capacity| capacity.desired),
        next_hour_peak_required: groups
            .iter()
            .filter_map(|group| group.peak.as_ref())
            .map(|peak| peak.required)
            .fold(0, u32::saturating_add),
        savings_today: savings(now, groups),
    }
}

fn savings(now: Timestamp, groups: &[Glance]) -> Option<SavingsToday> {
    let day = headroom_store::keys::day(now);
    let today = groups.iter().filter_map(|group| group.savings).map(|savings| savings.today).filter(|today| today.day == day);
    let sum = today.fold(SavingsToday::default(), |sum, today| SavingsToday {
        groups: sum.groups + 1,
        cost: sum.cost + today.cost,
        against_static_peak: sum.against_static_peak + today.against_static_peak,
        against_target_tracking: sum.against_target_tracking + today.against_target_tracking,
    });
    (sum.groups > 0).then(|| SavingsToday {
        cost: rounded(sum.cost),
        against_static_peak: rounded(sum.against_static_peak),
        against_target_tracking: rounded(sum.against_target_tracking),
        ..sum
    })
}

/// The fleet in one bucket of time.
#[derive(Debug, Serialize, ToSchema)]
struct FleetRow {
    /// Start of the bucket.
    timestamp: Timestamp,
    /// Sum of the groups' largest loads, in instance-equivalents.
    load: f64,
    /// Sum of the fewest instances that carry them.
    required: u32,
    /// Sum of the instances in service; none where a group does not tell.
    #[schema(required)]
    in_service: Option<f64>,
    /// How many groups have a load in this bucket.
    groups: usize,
}

/// The fleet's past.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FleetHistory {
    /// Where the span begins.
    from: Timestamp,
    /// Where it ends.
    to: Timestamp,
    /// Length of what one row stands for.
    bucket_seconds: i64,
    /// In the order of time.
    rows: Vec<FleetRow>,
}

/// So many groups are read at the same time.
const AT_ONCE: usize = 16;

/// Steps of five minutes: what groups with shorter ones are summed to.
const STEP_SECONDS: i64 = 300;

/// A sum over all groups is dear to make, and an older one does no harm for so long.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Sums that were made a moment ago, by span.
pub(crate) struct Histories(Cache<(i64, i64), Arc<FleetHistory>>);

impl Default for Histories {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(32).time_to_live(KEPT_FOR).build())
    }
}

/// What the whole fleet did
#[utoipa::path(
    get, path = "/dashboard/history", tag = "dashboard", security(("bearer" = ["viewer"])), params(SpanQuery),
    responses((status = 200, body = FleetHistory))
)]
pub(crate) async fn history(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Response, Problem> {
    params.only(&SPAN)?;
    let Span { from, to } = params.span(app.state.now())?;
    let length = buckets::length_seconds(to.duration_since(from).as_secs(), STEP_SECONDS);
    // Whole buckets only, so that a sum stays as it is until the next one has passed.
    let whole = |moment: Timestamp| moment - SignedDuration::from_secs(moment.as_second().rem_euclid(length));
    let (from, to) = (whole(from), whole(to));
    let summed = app.histories.0.try_get_with((from.as_second(), to.as_second()), async {
        let fleet = app.state.fleet.fleet().await?;
        sum(&*app.state.store, &fleet.groups, from, to, length).await.map(Arc::new)
    });
    let summed = summed.await.map_err(|problem: Arc<Problem>| (*problem).clone())?;
    Ok(Json(&*summed).into_response())
}

async fn sum(store: &dyn Store, groups: &[Group], from: Timestamp, to: Timestamp, length: i64) -> Result<FleetHistory, Problem> {
    let reads: Vec<_> = groups.iter().map(|group| of_group(store, group, from, to, length)).collect();
    let mut all: BTreeMap<Timestamp, FleetRow> = BTreeMap::new();
    let mut read = stream::iter(reads).buffered(AT_ONCE);
    while let Some(rows) = read.next().await {
        for (start, load, needed, in_service) in rows? {
            let row = all.entry(start).or_insert(FleetRow {
                timestamp: start,
                load: 0.0,
                required: 0,
                in_service: Some(0.0),
                groups: 0,
            });
            row.load += load;
            // Metrics may be absurd, and what they take with them.
            row.required = row.required.saturating_add(needed);
            row.in_service = row.in_service.zip(in_service).map(|(sum, more)| sum + more);
            row.groups += 1;
        }
    }
    let short = |row: FleetRow| FleetRow { load: rounded(row.load), in_service: row.in_service.map(rounded), ..row };
    Ok(FleetHistory { from, to, bucket_seconds: length, rows: all.into_values().map(short).collect() })
}

/// One group's buckets: largest load, what it takes, fewest instances.
async fn of_group(
    store: &dyn Store,
    group: &Group,
    from: Timestamp,
    to: Timestamp,
    length: i64,
) -> Result<Vec<(Timestamp, f64, u32, Option<f64>)>, Problem> {
    let rows = history::read(store, &group.id, from, to).await?;
    let known = counts_instances(&rows);
    let buckets = buckets::fill(rows, length, |row| row.timestamp);
    let of_bucket = |(start, rows): (Timestamp, Vec<headroom_core::Observation>)| {
        let load = largest(rows.iter().map(|row| row.load(group.requests_per_instance, known)))?;
        let fewest = buckets::smallest(rows.iter().map(|row| row.in_service_instances));
        Some((start, load, required(load, group), fewest))
    };
    Ok(buckets.into_iter().filter_map(of_bucket).collect())
}
