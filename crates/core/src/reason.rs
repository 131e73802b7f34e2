//! Why a capacity was chosen: reasons as data, and the sentence a person reads.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::feedback::Demotion;

/// Why the reactive rule decides in place of a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        /// Instances that carry it.
        required: u32,
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
    /// Raised to the group's minimum.
    Minimum {
        /// The minimum.
        instances: u32,
        /// What was wanted.
        wanted: u32,
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
    /// Scale-in waits: more will be needed before the look-ahead of an hour ends.
    NeededSoon {
        /// Most that is needed within the hour.
        needed: u32,
        /// When, in minutes from now.
        in_minutes: i64,
    },
    /// Scale-in waits until an event has ramped up.
    EventHold {
        /// The event's name.
        name: String,
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
    /// The business calendar cannot be read: events are not known.
    CalendarUnreadable {
        /// What is wrong.
        problem: String,
    },
    /// The mode forbids the write.
    ModeForbids {
        /// The mode, as in the configuration.
        mode: String,
    },
}

impl Reason {
    /// The clause that a person reads, without capital or full stop.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::PeakAhead { load, quantile, within_minutes, required } => format!(
                "load of up to {load:.1} expected within {within_minutes} min ({:.0} % sure), which takes {}",
                quantile * 100.0,
                instances(*required)
            ),
            Self::NotPredictable => {
                "no model forecasts this group better than its last value, so capacity follows that with room for its usual changes"
                    .to_owned()
            }
            Self::Event { name, start, end, .. } => {
                format!("`{name}` runs from {} to {} UTC", start.strftime("%d %b %H:%M"), end.strftime("%d %b %H:%M"))
            }
            Self::Reactive { because, load, required } => {
                let why = match because {
                    NoForecast::NoModel => "no model has been trained yet, and the default one needs six hours of history".to_owned(),
                    NoForecast::UnusableModel(problem) => format!("the model cannot be used ({problem})"),
                    NoForecast::GapsInHistory => "the last hours have gaps too long to forecast from".to_owned(),
                    NoForecast::Demoted(demotion) => demotion.clause(),
                };
                let cure = if matches!(because, NoForecast::Demoted(_)) { "; retrain it with `trainer train`" } else { "" };
                let takes = instances(*required);
                format!("{why}, so capacity follows the load of {load:.1} measured now, which takes {takes}{cure}")
            }
            Self::ReactiveFloor { load, required } => {
                format!("the load of {load:.1} measured now already takes {}", instances(*required))
            }
            Self::CpuAbove { cpu_percent, threshold_percent } => {
                format!("predicted CPU of {cpu_percent:.0} % is above {threshold_percent:.0} %, which adds one")
            }
            Self::CpuBelow { cpu_percent, threshold_percent } => {
                format!("predicted CPU of {cpu_percent:.0} % is below {threshold_percent:.0} %, which removes one")
            }
            Self::CpuWithin { cpu_percent, low_percent, high_percent } => {
                format!("predicted CPU of {cpu_percent:.0} % lies between {low_percent:.0} % and {high_percent:.0} %")
            }
            Self::Minimum { instances: min, wanted } => format!("the minimum is {min}, where {wanted} would do"),
            Self::Maximum { instances: max, wanted } => format!("the maximum is {max}, where {wanted} would be needed"),
            Self::Stabilizing { needed, window_minutes } => {
                format!("{} needed within the last {window_minutes} min, and scale-in waits that long", were(*needed))
            }
            Self::NeededSoon { needed, in_minutes } => {
                format!("{} needed in {in_minutes} min, so no more are removed", will_be(*needed))
            }
            Self::EventHold { name } => format!("nothing is removed while `{name}` ramps up"),
            Self::StaleMetrics { age_seconds, limit_seconds } => format!(
                "the newest metrics are {} min old (limit {} min), so capacity is held",
                age_seconds / 60,
                limit_seconds / 60
            ),
            Self::NoMetrics => "there are no metrics yet, so capacity is held".to_owned(),
            Self::HistoryUnreadable { problem } => format!("the stored history cannot be read ({problem})"),
            Self::CalendarUnreadable { problem } => format!("events are not known, for the calendar cannot be read ({problem})"),
            Self::ModeForbids { mode } => format!("mode `{mode}` does not allow this write"),
        }
    }
}

fn instances(count: u32) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

fn were(count: u32) -> String {
    format!("{} {}", instances(count), if count == 1 { "was" } else { "were" })
}

fn will_be(count: u32) -> String {
    format!("{} will be", instances(count))
}
