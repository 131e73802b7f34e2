//! The small running state of a group, `state/group=<id>.json`.

use headroom_core::{Decision, anomaly::ERRORS_MAX, feedback::Feedback, policy::Need};
use headroom_store::{Store, StoreError, journal, keys};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::forecasting::Calibration;

/// What one tick leaves for the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupState {
    /// Version of this record's form.
    pub format: u32,
    /// The last decision.
    pub last: Option<Decision>,
    /// What the ticks of the last hours needed, oldest first.
    pub needs: Vec<Need>,
    /// What the last forecast expected of the steps after its origin.
    pub expected: Vec<Expected>,
    /// Errors of one-step forecasts (measured - expected, in instance-equivalents), oldest first.
    pub errors: Vec<f64>,
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

/// Needs are remembered this long; no stabilization window is longer.
const NEEDS_KEPT: SignedDuration = SignedDuration::from_hours(3);

impl GroupState {
    /// The present form of the record.
    pub const FORMAT: u32 = 1;

    pub(crate) fn fresh() -> Self {
        Self {
            format: Self::FORMAT,
            last: None,
            needs: Vec::new(),
            expected: Vec::new(),
            errors: Vec::new(),
            flagged: None,
            feedback: Feedback::default(),
            calibration: None,
        }
    }

    /// The state of `group`; a fresh one where none is stored, or where what is stored cannot be read: it holds nothing
    /// that the next ticks would not find out again.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn read(store: &dyn Store, group: &str) -> Result<Self, StoreError> {
        let Some(object) = store.get(&keys::state(group)).await? else { return Ok(Self::fresh()) };
        match serde_json::from_slice::<Self>(&object.bytes) {
            Ok(state) if state.format == Self::FORMAT => Ok(state),
            Ok(state) => {
                tracing::warn!(group, format = state.format, "the group's state has another format: starting afresh");
                Ok(Self::fresh())
            }
            Err(error) => {
                tracing::warn!(group, %error, "the group's state cannot be read: starting afresh");
                Ok(Self::fresh())
            }
        }
    }

    /// Takes in the decisions up to `tick` that were recorded and did not get into the state: a run ended between the
    /// two, or the state was lost. A journal that cannot be read is told where the next decision is recorded.
    pub(crate) async fn catch_up(&mut self, store: &dyn Store, group: &str, tick: Timestamp) {
        let (from, to) = (tick - NEEDS_KEPT, tick + SignedDuration::from_secs(1));
        let mut recorded: Vec<Decision> = journal::read_days(store, keys::decisions, group, from, to).await.unwrap_or_default();
        recorded.sort_by_key(|decision| decision.tick);
        for decision in recorded {
            if Some(decision.tick) > self.tick() {
                self.remember(decision);
            }
        }
    }

    /// Stores the state, unless a later tick has stored its own.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn write(&self, store: &dyn Store, group: &str) -> Result<(), StoreError> {
        let key = keys::state(group);
        let bytes = serde_json::to_vec(self)
            .map_err(|error| StoreError::Other { key: key.clone(), message: format!("writing JSON: {error}") })?;
        headroom_store::update(store, &key, |stored| {
            let newer = stored
                .and_then(|stored| serde_json::from_slice::<Self>(stored).ok())
                .is_some_and(|stored| stored.tick() > self.tick());
            Ok((!newer).then(|| bytes.clone()))
        })
        .await?;
        Ok(())
    }

    fn tick(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|decision| decision.tick)
    }

    /// Takes in a decision.
    pub(crate) fn remember(&mut self, decision: Decision) {
        let oldest = decision.at - NEEDS_KEPT;
        self.needs.retain(|need| need.at >= oldest && need.at < decision.at);
        self.needs.push(Need { at: decision.at, required: decision.required });
        self.last = Some(decision);
    }

    /// Takes in an error of a one-step forecast.
    pub(crate) fn remember_error(&mut self, error: f64) {
        self.errors.push(error);
        let surplus = self.errors.len().saturating_sub(ERRORS_MAX);
        self.errors.drain(..surplus);
    }
}
