//! One group of a store: from its history to the model that serves it.

use headroom_core::{
    Calendar, Group, Series,
    frame::{Frame, Split, Target},
    series::SeriesError,
};
use headroom_store::{Store, StoreError, history, models};
use jiff::{SignedDuration, Timestamp};

use crate::{
    card::{Provenance, TrainedModel, train_model_while},
    contest::Networks,
    succession::{self, Succession},
    training::{Settings, TrainError, Watch},
};

/// So much of a history is learned from at most, its newest part: thirteen months hold every season once, and the memory that
/// training takes grows with its rows.
const HISTORY_MAX: SignedDuration = SignedDuration::from_hours(24 * 400);

/// How groups are trained.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Settings of the networks.
    pub settings: Settings,
    /// Which networks are trained.
    pub networks: Networks,
    /// The command that is running, for the card.
    pub command: String,
    /// Whether a new model serves even where it is worse than what serves, or nothing can tell.
    pub even_if_worse: bool,
    /// When the models are made.
    pub now: Timestamp,
}

/// A model that was trained, and whether it serves now.
#[derive(Debug)]
pub struct GroupTrained {
    /// The model.
    pub trained: TrainedModel,
    /// Whether it serves, and why.
    pub succession: Succession,
}

/// Why a group was not trained.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// Nothing was ever stored of it.
    #[error("there is no history: check the name, or add some with `trainer import --group {group}`")]
    NoHistory {
        /// The group.
        group: String,
    },
    /// Nobody has configured it, or it is `off`.
    #[error("the fleet has no group `{group}` that is not `off`: correct the name, or the fleet")]
    NotInFleet {
        /// The group.
        group: String,
    },
    /// The history has nothing that load is counted in.
    #[error(
        "the history has no `request_count`, which `requests_per_instance` counts load in: import that column, or leave the setting out"
    )]
    NoRequests,
    /// The history has nothing that load is counted in.
    #[error(
        "the history has no `cpu_utilization` to count load in: import that column, or set `requests_per_instance` for the group in the fleet"
    )]
    NoCpu,
    /// The history is no series.
    #[error(transparent)]
    Series(#[from] SeriesError),
    /// There is too little to learn from, or our own bug.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The store did not give the history, or take the model.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run has to end before this group could have been trained.
    #[error(
        "there was no time left in this run to train it: name fewer groups per event, as in {{\"groups\": [\"{group}\"]}}, or train it with `trainer train --group {group}`"
    )]
    OutOfTime {
        /// The group.
        group: String,
    },
    /// Our own bug.
    #[error("the training panicked: {message}; what serves goes on serving, and someone has to look")]
    Panicked {
        /// What the panic said.
        message: String,
    },
}

impl GroupError {
    /// Whether time alone cures it: the group has too little history yet.
    #[must_use]
    pub fn is_too_young(&self) -> bool {
        use TrainError::{NothingToValidate, TooFewRows};
        matches!(
            self,
            Self::NoHistory { .. }
                | Self::Series(SeriesError::TooShort { .. })
                | Self::Train(TooFewRows { .. } | NothingToValidate { .. })
        )
    }
}

/// Trains `group` on its history, at most the newest 400 days of it, and lets the model serve where it is no worse than what
/// serves on rows that neither has seen. The calling thread does the work, so whatever else runs on it waits.
///
/// # Errors
/// [`GroupError`]; what serves goes on serving.
pub async fn train_group(
    group: &Group,
    calendar: &Calendar,
    store: &dyn Store,
    plan: &Plan,
    watch: &mut Watch<'_>,
) -> Result<GroupTrained, GroupError> {
    let id = &group.id;
    let target = Target::load(group.requests_per_instance, group.step_seconds);
    let series = series_of(store, id).await?;
    let frame = target.frame(&series, calendar, Some(id))?;
    check(&frame, target)?;
    let provenance = Provenance {
        source: format!("history of group `{id}`"),
        command: plan.command.clone(),
        calendar: !calendar.is_empty(),
        target,
        now: plan.now,
    };
    let split = Split::with_test(frame.rows());
    let trained = match train_model_while(&frame, split, &plan.settings, plan.networks, provenance, watch) {
        Err(TrainError::Stopped) => return Err(GroupError::OutOfTime { group: id.clone() }),
        trained => trained?,
    };
    let before = succession::serving(store, id, &trained.card).await?;
    let succession = succession::judge(&trained, &frame, before.as_ref(), plan.even_if_worse);
    if succession.serves {
        models::publish(store, id, &trained.card.version, &trained.weights, &trained.card.to_json()).await?;
    }
    Ok(GroupTrained { trained, succession })
}

async fn series_of(store: &dyn Store, group: &str) -> Result<Series, GroupError> {
    let mut rows = history::read_all(store, group).await?;
    let Some(newest) = rows.last().map(|row| row.timestamp) else {
        return Err(GroupError::NoHistory { group: group.to_owned() });
    };
    rows.retain(|row| newest.duration_since(row.timestamp) < HISTORY_MAX);
    Ok(Series::from_observations(&rows)?.at_forecast_step())
}

fn check(frame: &Frame, target: Target) -> Result<(), GroupError> {
    if !frame.values().iter().all(|value| value.is_nan()) {
        return Ok(());
    }
    match target {
        Target::Load { requests_per_instance: Some(_) } => Err(GroupError::NoRequests),
        _ => Err(GroupError::NoCpu),
    }
}
