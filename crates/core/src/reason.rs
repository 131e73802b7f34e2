//! Why a capacity was chosen: reasons as data; the words for them are in `words`.

mod words;

pub(crate) use words::amount_to;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{decision::Action, feedback::Demotion};

/// Why the reactive rule decides in place of a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoForecast {
    /// No model has been trained for the group, and the default one does not serve it: it needs six hours of history in steps
    /// of five minutes.
    NoModel,
    /// The model cannot be used; the text says why.
    UnusableModel(String),
    /// The last hours have gaps that are too long to forecast from.
    GapsInHistory,
    /// The model's forecasts were worse than the reactive rule for long enough.
    Demoted(Demotion),
}

/// One thing that shaped a decision. Loads are in instance-equivalents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The forecast asks for so many instances.
    PeakAhead {
        /// Largest load ahead, at the quantile.
        load: f64,
        /// The risk level.
        quantile: f64,
        /// How far the look-ahead reaches, in minutes from now.
        within_minutes: i64,
        /// Instances that carry it.
        required: u32,
    },
    /// Nothing beat the last value on the group's history: what is expected is the load measured now and how far it usually
    /// moves.
    NotPredictable,
    /// An event is announced within the look-ahead or goes on.
    Event {
        /// Its name.
        name: String,
        /// Its kind.
        event_kind: String,
        /// When it is at full strength.
        start: Timestamp,
        /// When it ends.
        end: Timestamp,
    },
    /// No forecast: capacity follows the load measured now.
    Reactive {
        /// Why there is none.
        because: NoForecast,
        /// Load measured last.
        load: f64,
        /// The utilization aimed at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<f64>,
        /// Instances that carry it.
        required: u32,
    },
    /// The policy `reactive`: capacity follows the load measured now.
    Tracking {
        /// Load measured last.
        load: f64,
        /// The utilization aimed at.
        target: f64,
        /// Instances that carry it.
        required: u32,
    },
    /// An entry of the schedule is in force before capacity that is asked for later could be there.
    Schedule {
        /// Its name.
        name: String,
        /// Instances that it asks for.
        instances: u32,
        /// When it starts or started.
        start: Timestamp,
        /// When it ends.
        end: Timestamp,
    },
    /// No entry of the schedule is in force.
    Unscheduled {
        /// Instances outside of the schedule.
        instances: u32,
    },
    /// Raised to what the load measured now needs.
    ReactiveFloor {
        /// Load measured last.
        load: f64,
        /// Instances that carry it.
        required: u32,
    },
    /// Predicted CPU is above the upper bound: one more.
    CpuAbove {
        /// Predicted CPU in percent.
        cpu_percent: f64,
        /// The bound in percent.
        threshold_percent: f64,
    },
    /// Predicted CPU is below the lower bound: one fewer.
    CpuBelow {
        /// Predicted CPU in percent.
        cpu_percent: f64,
        /// The bound in percent.
        threshold_percent: f64,
    },
    /// Predicted CPU is between the bounds.
    CpuWithin {
        /// Predicted CPU in percent.
        cpu_percent: f64,
        /// Lower bound in percent.
        low_percent: f64,
        /// Upper bound in percent.
        high_percent: f64,
    },
    /// Raised to whole units of capacity.
    WholeUnits {
        /// The unit.
        unit: u32,
        /// What was wanted.
        wanted: u32,
        /// What that makes.
        instances: u32,
    },
    /// Raised to the group's minimum.
    Minimum {
        /// The minimum.
        instances: u32,
        /// What was wanted.
        wanted: u32,
    },
    /// Raised to what an operator has allocated.
    Allocated {
        /// Instances that were allocated.
        instances: u32,
        /// Until when.
        until: Timestamp,
        /// Who allocated them.
        by: String,
    },
    /// Cut to the group's maximum.
    Maximum {
        /// The maximum.
        instances: u32,
        /// What was wanted.
        wanted: u32,
    },
    /// Scale-in waits: more was needed within the stabilization window.
    Stabilizing {
        /// Most that was needed within the window.
        needed: u32,
        /// The window in minutes.
        window_minutes: u32,
    },
    /// Scale-in waits: more is expected to be needed again soon.
    NeededSoon {
        /// Most that is expected to be needed soon.
        needed: u32,
        /// When, in minutes from now.
        in_minutes: i64,
    },
    /// Scale-in waits until an event has ramped up.
    EventHold {
        /// The event's name.
        name: String,
    },
    /// Scale-in waits: capacity was changed a moment ago.
    Cooldown {
        /// When.
        changed_at: Timestamp,
        /// The wait in minutes.
        cooldown_minutes: u32,
    },
    /// Scale-in waits: the load fell below half of what was expected.
    SuddenDrop {
        /// The tick that saw it first.
        since: Timestamp,
        /// The load measured then.
        load: f64,
        /// The lowest that was expected of it.
        expected: f64,
        /// The wait in minutes.
        hold_minutes: u32,
    },
    /// Scale-in waits: capacity went up and down too often.
    FlapBudget {
        /// Changes of direction within three hours.
        reversals: u32,
        /// As many as are allowed.
        reversals_max: u32,
        /// When the oldest of the changes is forgotten.
        until: Timestamp,
    },
    /// Only so many at once.
    StepLimit {
        /// Which way.
        action: Action,
        /// The limit.
        limit: u32,
        /// What was wanted.
        wanted: u32,
    },
    /// Someone else changed the capacity, and is left alone.
    ForeignWriter {
        /// When it was noticed.
        at: Timestamp,
        /// What we had left.
        expected: u32,
        /// What was found.
        found: u32,
        /// Until when it is left alone.
        until: Timestamp,
    },
    /// The cloud tells of the size that our own last change replaced: nothing is removed at this tick.
    LateSize {
        /// When that change was decided.
        at: Timestamp,
        /// Instances that the cloud tells of.
        told: u32,
        /// Instances that were asked for.
        asked: u32,
    },
    /// The cloud gave less than was asked for.
    Shortage {
        /// Instances asked for.
        wanted: u32,
        /// Instances in service.
        got: u32,
        /// Requests so far that brought too little.
        attempts: u32,
        /// No larger request before.
        retry_at: Timestamp,
    },
    /// Metrics have been missing or stale for so long that someone has to look.
    HoldExpired {
        /// For how long, in minutes.
        blind_minutes: i64,
        /// How long capacity is held, in minutes.
        hold_minutes: u32,
        /// Where the operator wants capacity to go then; none where it stays.
        instances: Option<u32>,
    },
    /// Metrics are too old to act on: capacity is held.
    StaleMetrics {
        /// Age of the newest observation in seconds.
        age_seconds: i64,
        /// The age from which they count as stale.
        limit_seconds: i64,
    },
    /// There is no observation at all: capacity is held.
    NoMetrics,
    /// Stored history cannot be read.
    HistoryUnreadable {
        /// What is wrong.
        problem: String,
    },
    /// The business calendar cannot be read: events are not known, and nothing is removed meanwhile.
    CalendarUnreadable {
        /// What is wrong.
        problem: String,
    },
    /// The last decision is dated so far ahead that a clock was wrong: it is set aside, and nothing is removed at this tick.
    FutureDecision {
        /// The tick that it is dated.
        tick: Timestamp,
    },
    /// The mode forbids the write.
    ModeForbids {
        /// The mode, as in the configuration.
        mode: String,
    },
    /// The kill switch stops every write.
    KillSwitch {
        /// What it stops.
        scope: Scope,
        /// Who threw it.
        by: String,
        /// Why.
        why: String,
    },
    /// The kill switch cannot be read: it counts as thrown.
    KillSwitchUnreadable {
        /// What is wrong.
        problem: String,
    },
    /// The decision waits for an operator.
    AwaitingApproval {
        /// From then on it is not carried out any more.
        until: Timestamp,
    },
    /// No operator answered in time.
    ApprovalExpired {
        /// Until when there was time.
        until: Timestamp,
    },
    /// An operator let it pass.
    Approved {
        /// Who.
        by: String,
    },
    /// An operator refused it.
    Rejected {
        /// Who.
        by: String,
    },
    /// A later decision has taken its place.
    Superseded {
        /// The tick of the later decision.
        tick: Timestamp,
    },
}

/// What a kill switch stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One group.
    Group,
    /// Every group.
    Fleet,
}
