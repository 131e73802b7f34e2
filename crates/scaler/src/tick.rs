//! One tick of one group, and of a fleet.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt, stream};
use headroom_core::{
    Calendar, Decision, Fleet, Group, Reason,
    decision::Outcome,
    fleet::Mode,
    panics,
    policy::{LateSize, Situation, decide, instances_at},
    ports::{CapacityState, PortError, WriteCapacity},
};
use headroom_store::{
    Store, StoreError, Version,
    controls::{self, Control},
    keys, load_calendar,
};
use jiff::Timestamp;

use crate::{
    apply::{Cloud, apply, keep_to_mode},
    claim::{Claim, Claimed, claim, settle},
    floor, record,
    sight::{Seen, Sight},
    state::GroupState,
    stored_sight::{Scaler, StoredSight},
};

/// Why a tick had no decision.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The group's size cannot be read.
    #[error("reading the capacity of group `{group}`")]
    Capacity {
        /// The group.
        group: String,
        /// What the cloud said.
        source: PortError,
    },
    /// The state cannot be read or written, or what was decided cannot be recorded.
    #[error("reading or recording what was decided for group `{group}`")]
    Store {
        /// The group.
        group: String,
        /// What the store said.
        source: StoreError,
    },
    /// Our own bug. The group keeps its size, or was set already.
    #[error("the tick of group `{group}` panicked: {message}; the next tick tries again, and someone has to look")]
    Panicked {
        /// The group.
        group: String,
        /// What the panic said.
        message: String,
    },
}

/// So many groups tick at the same time: enough to hide the waiting, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// Ticks every group of `fleet` that is not off: the group's id and what came of it, in the fleet's order. One group's
/// failure stops no other, nor does a panic; it is logged here.
pub async fn tick_fleet(
    scaler: &Scaler,
    fleet: &Fleet,
    cloud: &dyn WriteCapacity,
    store: &dyn Store,
    now: Timestamp,
) -> Vec<(String, Result<Decision, TickError>)> {
    let calendar = load_calendar(store).await.map_err(|error| error.to_string());
    let groups = fleet.groups.iter().filter(|group| group.mode != Mode::Off);
    // Made at once and run a few at a time; a closure inside the stream would tie the future to this thread.
    let ticks: Vec<_> = groups.map(|group| tick_or_log(scaler, group, &calendar, cloud, store, now)).collect();
    stream::iter(ticks).buffered(AT_ONCE).collect().await
}

async fn tick_or_log(
    scaler: &Scaler,
    group: &Group,
    calendar: &Result<Calendar, String>,
    cloud: &dyn WriteCapacity,
    store: &dyn Store,
    now: Timestamp,
) -> (String, Result<Decision, TickError>) {
    let ticked = tick(scaler, group, calendar, Cloud::ReadWrite(cloud), store, now);
    // What a panic leaves half done goes with its tick. What outlives it is whole: objects are written as one, a run that did not
    // come back from its claim is known, and a model is kept once it is loaded.
    let result = AssertUnwindSafe(ticked)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(TickError::Panicked { group: group.id.clone(), message: panics::said(&*panic).to_owned() }));
    match &result {
        Ok(_) => {}
        Err(error @ TickError::Panicked { .. }) => tracing::error!(group = %group.id, "{error}"),
        Err(error) => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::warn!(group = %group.id, cause, "{error}");
        }
    }
    (group.id.clone(), result)
}

/// Observes, forecasts, decides, applies and records, once per step of `group`: a tick that was recorded is given back
/// as it was. `calendar` may be an error, whose text then becomes a reason. What operators want of the group counts before what is
/// configured, see [`controls::effective`]; `cloud` is the most that may be done, and the mode in force leaves no more of it than it
/// allows.
///
/// # Errors
/// [`TickError`] where there could be no decision, or none could be recorded.
pub async fn tick(
    scaler: &Scaler,
    group: &Group,
    calendar: &Result<Calendar, String>,
    cloud: Cloud<'_>,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Decision, TickError> {
    tick_with(&StoredSight { scaler, calendar, store }, group, cloud, store, now).await
}

/// The same for whatever `sight` shows.
///
/// # Errors
/// [`TickError`] where there could be no decision, or none could be recorded.
///
/// # Panics
/// Where what was decided lies outside of the group's bounds, which can only be our own bug.
pub async fn tick_with(
    sight: &dyn Sight,
    group: &Group,
    cloud: Cloud<'_>,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Decision, TickError> {
    let control = controls::read(store, Some(&group.id)).await;
    let group = &in_force(group, control.as_ref(), now);
    let run = Run { group, control: &control, cloud: cloud.within(group.mode), store, tick: tick_of(group, now), now };
    for _ in 0..STARTS_MAX {
        if let Some(decision) = run.once(sight).await? {
            return Ok(decision);
        }
    }
    Err(run.in_store(StoreError::Conflict { key: keys::state(&group.id) }))
}

/// `group` as its operators want it. Where nobody can tell, as it is configured; then nothing is written, see [`apply`].
fn in_force(group: &Group, control: Result<&Control, &StoreError>, now: Timestamp) -> Group {
    match control {
        Ok(control) => controls::effective(group, control, now),
        Err(error) => {
            let id = &group.id;
            tracing::warn!(group = %id, %error, "group `{id}`: what operators want of it cannot be read, so nothing is written");
            group.clone()
        }
    }
}

/// A run starts again where an earlier tick has gone on meanwhile; so many of those do not overlap.
const STARTS_MAX: usize = 5;

/// The tick that `now` belongs to: the start of its step.
pub(crate) fn tick_of(group: &Group, now: Timestamp) -> Timestamp {
    let step = group.step_seconds;
    Timestamp::from_second(now.as_second().div_euclid(step) * step).expect("a moment close to now")
}

/// One run of one tick of one group.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    /// As it is to be decided for.
    pub(crate) group: &'a Group,
    /// What operators want of it, as read when the run began.
    pub(crate) control: &'a Result<Control, StoreError>,
    /// As much of it as the mode allows.
    pub(crate) cloud: Cloud<'a>,
    pub(crate) store: &'a dyn Store,
    pub(crate) tick: Timestamp,
    pub(crate) now: Timestamp,
}

impl Run<'_> {
    /// The tick from beginning to end; none where an earlier tick has gone on meanwhile and this one has to start again.
    async fn once(&self, sight: &dyn Sight) -> Result<Option<Decision>, TickError> {
        let Self { group, store, tick, now, .. } = *self;
        let (mut state, found) = GroupState::find(store, &group.id).await.map_err(|error| self.in_store(error))?;
        let dated_ahead = state.dated_ahead(now);
        match dated_ahead {
            Some(_) => state.set_future_aside(store, group, tick, now).await,
            None => state.catch_up(store, group, tick).await,
        }
        if let Some(last) = state.last.as_ref().filter(|last| last.tick >= tick) {
            return Ok(Some(last.clone()));
        }
        state.expect_strays(now);
        state.keep_to(group.apply);
        let (capacity, late) = self.describe(&state).await?;
        state.recognise(capacity.desired);
        let mut seen = sight.look(group, &mut state, now).await;
        seen.troubles.extend(late.map(|late| late.reason()));
        if let Some(tick) = dated_ahead {
            tracing::warn!(group = %group.id, dated = %tick, "group `{}`: a decision that is dated ahead is set aside", group.id);
            seen.troubles.push(Reason::FutureDecision { tick });
        }

        let mut decision = self.decide(&mut state, capacity, &seen);
        keep_to_mode(&mut decision, self.cloud);
        let answer = self.control.as_ref().ok().and_then(|control| control.answer.as_ref());
        state.approvals.consult(&mut decision, group, answer);

        match claim(&state, &decision, found, self).await.map_err(|error| self.in_store(error))? {
            Claimed::Changed => Ok(None),
            Claimed::Theirs(theirs) => self.leave_to(&theirs, decision).await.map(Some),
            Claimed::Ours(version) => {
                apply(&mut decision, &state, self).await;
                let finished = self.finish(state, &mut decision, &seen, version).await;
                record::log(&decision);
                finished.map_err(|error| self.in_store(error))?;
                Ok(Some(decision))
            }
        }
    }

    /// The size of the group, as it is seen by whoever sets its minimum or its desired capacity, and whether it was told late.
    async fn describe(&self, state: &GroupState) -> Result<(CapacityState, Option<LateSize>), TickError> {
        let found = self.cloud.reader().describe(self.group).await;
        let mut found = found.map_err(|source| TickError::Capacity { group: self.group.id.clone(), source })?;
        let size = floor::size(self.group, &mut found);
        let late = state.past.late_size(self.group, *size, self.now);
        *size = late.map_or(*size, |late| late.least());
        Ok((floor::view(self.group, state.own_minimum, found), late))
    }

    /// Takes in what was found, and decides.
    fn decide(&self, state: &mut GroupState, capacity: CapacityState, seen: &Seen) -> Decision {
        let Self { tick, now, .. } = *self;
        let group = &floor::bounded(self.group, capacity);
        let past = &mut state.past;
        past.observe(group, capacity, seen.measured, now);
        past.lead_time.measure(&seen.observations, group.step_seconds);
        if let Some(load) = seen.peak_load {
            past.ledger.know_need(instances_at(load, group.max_utilization));
        }
        let decision = decide(&Situation {
            group,
            now,
            tick,
            capacity,
            measured: seen.measured,
            forecast: seen.forecast.as_ref().map_err(Clone::clone),
            past,
            lead_time_seconds: past.lead_time_seconds(group),
            events: &seen.events,
            troubles: seen.troubles.clone(),
        });
        Decision { accuracy: state.feedback.accuracy(), ..decision }
    }

    /// What becomes of `decision` where another run has claimed the same tick or a later one.
    async fn leave_to(&self, theirs: &GroupState, mut decision: Decision) -> Result<Decision, TickError> {
        let newest = theirs.newest().unwrap_or(self.tick);
        if let Some(same) = theirs.last.as_ref().filter(|last| last.tick == self.tick) {
            return Ok(same.clone());
        }
        decision.note(Reason::Superseded { tick: newest });
        decision.outcome = Outcome::Superseded;
        record::log(&decision);
        if newest > self.tick {
            // The run that has the same tick records it.
            record::decision(self.store, &decision).await.map_err(|error| self.in_store(error))?;
        }
        Ok(decision)
    }

    /// Keeps what the tick leaves. Each record is tried, whatever became of the others: a forecast that cannot be stored takes
    /// no decision along.
    async fn finish(
        &self,
        mut state: GroupState,
        decision: &mut Decision,
        seen: &Seen,
        claimed: Version,
    ) -> Result<(), StoreError> {
        let Self { group, store, .. } = *self;
        state.claim = Some(Claim::over(decision));
        state.remember(group, decision.clone());
        state.past.expect(seen.forecast.as_ref().ok());
        state.keep(seen.forecast_made.as_ref());
        // The journal comes first: where the run dies now, the next one finds there what was done.
        let mut decided = record::decisions(store, decision, &mut state.unrecorded).await;
        let outcome = decision.outcome.clone();
        let settled = settle(state, decision, claimed, self).await;
        if decision.outcome != outcome {
            // A later tick has taken over.
            decided = decided.and(record::decision(store, decision).await);
        }
        let recorded = record::seen(store, group, seen.forecast_made.as_ref(), seen.anomaly.as_ref()).await;
        decided.and(settled).and(recorded)
    }

    fn in_store(&self, source: StoreError) -> TickError {
        TickError::Store { group: self.group.id.clone(), source }
    }
}
