//! The small running state of a group, `state/group=<id>.json`.

use headroom_core::{Decision, Forecast, Group, anomaly::ERRORS_MAX, feedback::Feedback, policy::Past};
use headroom_store::{Expect, Store, StoreError, Version, journal, keys};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    approval::Approvals,
    claim::{Claim, Stray},
    floor,
    forecasting::Calibration,
};

/// What one tick leaves for the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupState {
    /// Version of this record's form.
    pub format: u32,
    /// The last decision.
    pub last: Option<Decision>,
    /// The last tick that a run was about to carry out.
    #[serde(default)]
    pub claim: Option<Claim>,
    /// What runs that have not come back may still write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<Stray>,
    /// Decisions of the last ticks that could not be recorded in the journal yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecorded: Vec<Decision>,
    /// What decisions depend on.
    #[serde(default)]
    pub past: Past,
    /// What waits for an operator, and what was refused.
    #[serde(default)]
    pub approvals: Approvals,
    /// The group's own minimum, while it is raised above that (`apply = "floor"`).
    #[serde(default)]
    pub own_minimum: Option<u32>,
    /// What the last forecast expected of the steps after its origin.
    pub expected: Vec<Expected>,
    /// Errors of one-step forecasts (measured - expected, in instance-equivalents), oldest first.
    pub errors: Vec<f64>,
    /// The newest forecast, trusted or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// Start of the step that was flagged last.
    #[serde(default)]
    pub flagged: Option<Timestamp>,
    /// How good past forecasts were, and what follows from it.
    #[serde(default)]
    pub feedback: Feedback,
    /// What recent errors taught about the model that serves.
    #[serde(default)]
    pub calibration: Option<Calibration>,
}

/// What a forecast expected of one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Start of the step.
    pub timestamp: Timestamp,
    /// Median of the load, in instance-equivalents.
    pub load: f64,
}

/// The form of a record, whatever else it holds.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Decisions of this long are taken in where the state was lost: no window looks back further.
const NEEDS_KEPT: SignedDuration = SignedDuration::from_hours(3);

impl GroupState {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;

    pub(crate) fn fresh() -> Self {
        Self {
            format: Self::FORMAT,
            last: None,
            claim: None,
            strays: Vec::new(),
            unrecorded: Vec::new(),
            past: Past::default(),
            approvals: Approvals::default(),
            own_minimum: None,
            expected: Vec::new(),
            errors: Vec::new(),
            forecast: None,
            flagged: None,
            feedback: Feedback::default(),
            calibration: None,
        }
    }

    /// The state of `group`; a fresh one where none is stored, or where what is stored cannot be read: it holds nothing
    /// that the next ticks would not find out again.
    ///
    /// # Errors
    /// Where the store does not answer, or a newer version of this program wrote the state: that is left as it is.
    pub async fn read(store: &dyn Store, group: &str) -> Result<Self, StoreError> {
        Ok(Self::find(store, group).await?.0)
    }

    /// The same, with what must still hold when it is replaced.
    pub(crate) async fn find(store: &dyn Store, group: &str) -> Result<(Self, Expect), StoreError> {
        let Some(object) = store.get(&keys::state(group)).await? else { return Ok((Self::fresh(), Expect::Absent)) };
        if let Ok(Form { format }) = serde_json::from_slice(&object.bytes)
            && format > Self::FORMAT
        {
            let message = format!(
                "it has format {format}, which a newer version wrote, and this one knows format {}: run that version, or take the \
                 object away, and the next tick starts afresh",
                Self::FORMAT
            );
            return Err(StoreError::Corrupt { key: keys::state(group), message });
        }
        let state = match serde_json::from_slice::<Self>(&object.bytes) {
            Ok(state) if state.format == Self::FORMAT => state,
            Ok(state) => {
                tracing::warn!(group, format = state.format, "the group's state has another format: starting afresh");
                Self::fresh()
            }
            Err(error) => {
                tracing::warn!(group, %error, "the group's state cannot be read: starting afresh");
                Self::fresh()
            }
        };
        Ok((state, Expect::Version(object.version)))
    }

    /// Stores the state where `expect` still holds.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it does not; else where the store does not answer.
    pub(crate) async fn put(&self, store: &dyn Store, group: &str, expect: Expect) -> Result<Version, StoreError> {
        let key = keys::state(group);
        let bytes = serde_json::to_vec(self)
            .map_err(|error| StoreError::Other { key: key.clone(), message: format!("writing JSON: {error}") })?;
        store.put(&key, &bytes, expect).await
    }

    /// Takes in the decisions up to `tick` that were recorded and did not get into the state: a run ended between the
    /// two, or the state was lost. A journal that cannot be read is told where the next decision is recorded; a decision that says that it was made
    /// hours before or after its tick is no decision of ours.
    pub(crate) async fn catch_up(&mut self, store: &dyn Store, group: &Group, tick: Timestamp) {
        if self.last.is_some() && self.unfinished().is_none() {
            return;
        }
        let (from, to) = (tick - NEEDS_KEPT, tick + SignedDuration::from_secs(1));
        let mut recorded: Vec<Decision> =
            journal::read_days(store, keys::decisions, &group.id, from, to).await.unwrap_or_default();
        recorded.sort_by_key(|decision| decision.tick);
        for decision in recorded {
            let is_of_its_tick = decision.at.duration_since(decision.tick).abs() <= NEEDS_KEPT;
            if Some(decision.tick) > self.decided() && decision.tick <= tick && is_of_its_tick {
                self.remember(group, decision);
            }
        }
    }

    /// The last tick that is over.
    fn decided(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|decision| decision.tick)
    }

    /// The claim of a run that has not recorded its tick: it goes on, or it died.
    pub(crate) fn unfinished(&self) -> Option<Claim> {
        self.claim.filter(|claim| Some(claim.tick) > self.decided())
    }

    /// The newest tick that any run has claimed or finished.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.decided().max(self.claim.map(|claim| claim.tick))
    }

    /// Takes in a decision that is over.
    pub(crate) fn remember(&mut self, group: &Group, decision: Decision) {
        self.own_minimum = self.own_minimum_after(group, &decision);
        self.past.remember(group, &decision);
        self.approvals.settle(&decision);
        self.last = Some(decision);
    }

    /// The group's own minimum once `decision` is over. A stray write may still raise it, and where the size was told late it may be
    /// raised already.
    pub(crate) fn own_minimum_after(&self, group: &Group, decision: &Decision) -> Option<u32> {
        let own = floor::own_minimum_after(decision, self.own_minimum);
        let late = self.past.late_size(group, decision.before.desired, decision.at);
        if self.strays.is_empty() && late.is_none() { own } else { own.or(self.own_minimum) }
    }

    /// Keeps the forecast that a tick made; without one, the last one stays. One with a number that is none would not read back,
    /// and the state with it.
    pub(crate) fn keep(&mut self, made: Option<&Forecast>) {
        let numbers = |forecast: &&Forecast| {
            forecast.steps.iter().chain(&forecast.peaks).all(|quantiles| quantiles.0.iter().all(|load| load.is_finite()))
        };
        if let Some(made) = made.filter(numbers) {
            self.forecast = Some(made.clone());
        }
    }

    /// Takes in an error of a one-step forecast.
    pub(crate) fn remember_error(&mut self, error: f64) {
        self.errors.push(error);
        let surplus = self.errors.len().saturating_sub(ERRORS_MAX);
        self.errors.drain(..surplus);
    }
}
