//! The plan of one group: what the scaler's next tick would do.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use headroom_core::{
    Calendar, Decision, Forecast, Group,
    decision::Outcome,
    fleet::{Apply, Approval, Mode},
    ports::{CapacityState, ReadCapacity},
};
use headroom_store::{Overlay, Store, controls, journal, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState, Scaler, Seen, Sight, StoredSight, TickError, tick_with};
use serde::Serialize;

use super::preview::Preview;
use crate::moments::clock;

/// What would be done to one group, and why.
#[derive(Debug, Serialize)]
pub(crate) struct GroupPlan {
    /// The group.
    pub(crate) group: String,
    /// Whether the scaler has decided the tick of this moment already: then the decision is the one it recorded.
    pub(crate) already_decided: bool,
    /// The group's size, as its cloud tells it.
    pub(crate) capacity: Option<CapacityState>,
    /// How long ago the newest measured step ended, in seconds.
    pub(crate) measured_seconds_ago: Option<i64>,
    /// What is expected, where there is a forecast.
    pub(crate) ahead: Option<Ahead>,
    /// The decision, with every reason. Its outcome is what the tick would come to.
    pub(crate) decision: Decision,
    /// What stands in the way of a change of capacity, now or at any tick.
    pub(crate) in_the_way: Vec<String>,
    /// What the group costs, where a price is known.
    pub(crate) cost_per_hour: Option<Cost>,
}

/// What is expected. Loads are in instance-equivalents.
#[derive(Debug, Serialize)]
pub(crate) struct Ahead {
    /// The model.
    pub(crate) model: String,
    /// Its version.
    pub(crate) version: Option<String>,
    /// Median of the load of the first step.
    pub(crate) next: f64,
    /// The largest load until `until`, at the quantile.
    pub(crate) peak: f64,
    /// The group's risk.
    pub(crate) quantile: f64,
    /// When capacity that is asked for now and one step later is there.
    pub(crate) until: Timestamp,
    /// False where nothing beat the last value on the group's history.
    pub(crate) predictable: bool,
    /// Whether the decision rests on it: a model that was demoted only goes on forecasting.
    pub(crate) trusted: bool,
}

/// Cost of an hour, in the currency of the price.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    /// Of the capacity that is asked for now.
    pub(crate) now: f64,
    /// Of what it would be once the decision is carried out.
    pub(crate) then: f64,
}

/// The scaler's own sight, which keeps what it saw.
struct Watched<'a> {
    sight: StoredSight<'a>,
    made: Mutex<Option<(Forecast, bool)>>,
}

#[async_trait]
impl Sight for Watched<'_> {
    async fn look(&self, group: &Group, state: &mut GroupState, now: Timestamp) -> Seen {
        let seen = self.sight.look(group, state, now).await;
        let made = seen.forecast_made.clone().map(|made| (made, seen.forecast.is_ok()));
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = made;
        seen
    }
}

/// Runs the scaler's tick of `group` at `now` on `cloud`, which can only be read, and on `overlay`, which keeps to itself what is
/// written.
///
/// # Errors
/// Those of the tick.
pub(crate) async fn plan(
    scaler: &Scaler,
    group: &Group,
    calendar: &Result<Calendar, String>,
    cloud: &dyn ReadCapacity,
    overlay: &Overlay<'_>,
    now: Timestamp,
) -> Result<GroupPlan, TickError> {
    let preview = Preview::of(cloud);
    let sight = StoredSight { scaler, calendar, store: overlay };
    let watched = Watched { sight, made: Mutex::default() };
    let decision = tick_with(&watched, group, Cloud::ReadWrite(&preview), overlay, now).await?;
    let already_decided = decision.at != now;
    let made = watched.made.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (capacity, made) = if already_decided {
        // The tick did not have to look.
        (cloud.describe(group).await.ok(), recorded_forecast(overlay, &decision).await.map(|made| (made, true)))
    } else {
        (preview.found(), made)
    };
    Ok(GroupPlan {
        group: group.id.clone(),
        already_decided,
        measured_seconds_ago: decision.measured_until.map(|until| now.duration_since(until).as_secs()),
        ahead: made.map(|(made, trusted)| ahead(group, &decision, &made, trusted)),
        in_the_way: in_the_way(group, &decision, overlay).await,
        cost_per_hour: group.price_per_hour.zip(capacity).map(|(price, found)| cost(price, found, &decision)),
        capacity,
        decision,
    })
}

/// The forecast that the tick of `decision` recorded.
async fn recorded_forecast(store: &dyn Store, decision: &Decision) -> Option<Forecast> {
    let (from, to) = (decision.at - SignedDuration::from_hours(1), decision.at);
    let recorded: Vec<Forecast> = journal::read_days(store, keys::forecasts, &decision.group, from, to).await.ok()?;
    recorded.into_iter().rfind(|forecast| (from..=to).contains(&forecast.origin))
}

fn ahead(group: &Group, decision: &Decision, made: &Forecast, trusted: bool) -> Ahead {
    // As far as the policy looks: until what is asked for now and one step later is there.
    let lead = decision.lead_time_seconds.unwrap_or(group.lead_time_seconds);
    let until = decision.at + SignedDuration::from_secs(lead + group.step_seconds);
    let quantile = group.risk_quantile();
    Ahead {
        model: made.model.name.clone(),
        version: made.model.version.clone(),
        next: made.steps[0].median(),
        peak: made.peak_until(until, quantile),
        quantile,
        until,
        predictable: made.predictable,
        trusted,
    }
}

fn cost(price: f64, found: CapacityState, decision: &Decision) -> Cost {
    let then = match decision.apply {
        Apply::Desired => decision.desired,
        // The cloud's own policies decide what is above the minimum.
        Apply::Floor => found.desired.max(decision.desired),
    };
    Cost { now: f64::from(found.desired) * price, then: f64::from(then) * price }
}

/// Who has set a mode that is not the configured one, for people.
async fn whose_mode(group: &Group, mode: Mode, store: &dyn Store) -> String {
    let control = controls::read(store, Some(&group.id)).await.ok();
    let order = control.and_then(|control| control.mode).filter(|order| order.mode == mode && mode != group.mode);
    order.map_or_else(String::new, |order| format!(", set by {} on {} ({})", order.by, clock(order.at), order.why))
}

async fn in_the_way(group: &Group, decision: &Decision, store: &dyn Store) -> Vec<String> {
    let mut found = Vec::new();
    let mode = decision.mode;
    let whose = whose_mode(group, mode, store).await;
    match mode {
        Mode::Active => {}
        Mode::ScaleOutOnly => found.push(format!("mode `scale-out-only`{whose}: no scale-in")),
        Mode::Observe | Mode::Off => found.push(format!("mode `{}`{whose}: nothing is written", mode.name())),
    }
    match controls::kill_switch(store, &group.id).await {
        Ok(None) => {}
        Ok(Some((_, stop))) => {
            found.push(format!("the kill switch, since {} by {}: {}", clock(stop.at), stop.by, stop.why));
        }
        Err(error) => found.push(format!("the kill switch cannot be read, which counts as thrown: {error}")),
    }
    match (&decision.outcome, group.approval) {
        (Outcome::AwaitingApproval { until }, _) => found.push(format!("it waits for an operator until {}", clock(*until))),
        (Outcome::Rejected, _) => found.push("an operator refused it".to_owned()),
        (Outcome::Expired, _) => found.push("no operator answered in time: it is proposed anew".to_owned()),
        (_, Approval::All) => found.push("approval `all`: every change waits for an operator".to_owned()),
        (_, Approval::ScaleIn) => found.push("approval `scale-in`: scale-in waits for an operator".to_owned()),
        (_, Approval::None) => {}
    }
    found
}
