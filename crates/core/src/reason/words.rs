//! Reasons in words: a clause each, for the sentence that a person reads.

use jiff::Timestamp;

use super::{NoForecast, Reason, Scope};
use crate::decision::Action;

impl Reason {
    /// Whether it keeps the decision from being carried out.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(
            self,
            Self::ModeForbids { .. }
                | Self::KillSwitch { .. }
                | Self::KillSwitchUnreadable { .. }
                | Self::AwaitingApproval { .. }
                | Self::ApprovalExpired { .. }
                | Self::Rejected { .. }
                | Self::Superseded { .. }
        )
    }

    /// Whether it leaves unknown what a removal has to know: then no instance goes, and someone has to look.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        matches!(self, Self::CalendarUnreadable { .. } | Self::FutureDecision { .. })
    }

    /// The clause that a person reads, without capital or full stop.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::PeakAhead { load, quantile, within_minutes, required } => format!(
                "load of up to {} expected within {within_minutes} min ({} sure), which takes {}",
                amount(*load),
                percent(*quantile),
                instances(*required)
            ),
            Self::NotPredictable => {
                "no model forecasts this group better than its last value, so capacity follows that with room for its usual changes"
                    .to_owned()
            }
            Self::Event { name, start, end, .. } => {
                format!("`{name}` runs from {} to {} UTC", clock(start), clock(end))
            }
            Self::Reactive { because, load, target, required } => {
                let why = match because {
                    NoForecast::NoModel => "no model has been trained yet, and the default one needs six hours of history".to_owned(),
                    NoForecast::UnusableModel(problem) => format!("the model cannot be used ({problem})"),
                    NoForecast::GapsInHistory => "the last hours have gaps too long to forecast from".to_owned(),
                    NoForecast::Demoted(demotion) => demotion.clause(),
                };
                let cure = if matches!(because, NoForecast::Demoted(_)) { "; retrain it with `trainer train`" } else { "" };
                let (load, takes) = (amount(*load), instances(*required));
                let at = target.map_or_else(String::new, |target| format!(" at {} utilization", percent(target)));
                format!("{why}, so capacity follows the load of {load} measured now, which takes {takes}{at}{cure}")
            }
            Self::Tracking { load, target, required } => format!(
                "the load of {} measured now takes {} at {} utilization",
                amount(*load),
                instances(*required),
                percent(*target)
            ),
            Self::Schedule { name, instances: count, start, end } => {
                format!("the schedule `{name}` asks for {} from {} to {} UTC", instances(*count), clock(start), clock(end))
            }
            Self::Unscheduled { instances: count } => format!("no schedule is in force, which leaves {}", instances(*count)),
            Self::ReactiveFloor { load, required } => {
                format!("the load of {} measured now already takes {}", amount(*load), instances(*required))
            }
            Self::CpuAbove { cpu_percent, threshold_percent } => {
                format!("predicted CPU of {} % is above {threshold_percent:.0} %, which adds one", whole(*cpu_percent))
            }
            Self::CpuBelow { cpu_percent, threshold_percent } => {
                format!("predicted CPU of {} % is below {threshold_percent:.0} %, which removes one", whole(*cpu_percent))
            }
            Self::CpuWithin { cpu_percent, low_percent, high_percent } => {
                format!("predicted CPU of {} % lies between {low_percent:.0} % and {high_percent:.0} %", whole(*cpu_percent))
            }
            Self::WholeUnits { unit, wanted, instances } => {
                format!("capacity comes in units of {unit}, which makes {instances} of {wanted}")
            }
            Self::Minimum { instances: min, wanted } => format!("the minimum is {min}, where {wanted} would do"),
            Self::Allocated { instances: count, until, by } => {
                format!("{} allocated by {by} until {} UTC", are(*count), clock(until))
            }
            Self::Maximum { instances: max, wanted } => format!("the maximum is {max}, where {wanted} would be needed"),
            Self::Stabilizing { needed, window_minutes } => {
                format!("{} needed within the last {window_minutes} min, and scale-in waits that long", were(*needed))
            }
            Self::NeededSoon { needed, in_minutes } => {
                format!("{} expected to be needed in {in_minutes} min, so no more are removed", are(*needed))
            }
            Self::EventHold { name } => format!("nothing is removed while `{name}` ramps up"),
            Self::Cooldown { changed_at, cooldown_minutes } => format!(
                "nothing is removed within {cooldown_minutes} min of a change, and the last one was at {} UTC",
                changed_at.strftime("%H:%M")
            ),
            Self::SuddenDrop { since, load, expected, hold_minutes } => format!(
                "the load fell to {} at {} UTC where at least {} was expected, which may be a fault in front of the group, so \
                 nothing is removed for {hold_minutes} min",
                amount(*load),
                since.strftime("%H:%M"),
                amount(*expected)
            ),
            Self::FlapBudget { reversals, reversals_max, until } => format!(
                "capacity changed direction {reversals} times within three hours (limit {reversals_max}), so nothing is removed before \
                 {} UTC",
                until.strftime("%H:%M")
            ),
            Self::StepLimit { action, limit, wanted } => {
                let changes = if *action == Action::ScaleIn { "removes" } else { "adds" };
                format!("one decision {changes} at most {}, on the way to {wanted}", instances(*limit))
            }
            Self::ForeignWriter { at, expected, found, until } => format!(
                "someone else changed capacity from {expected} to {found} (seen at {} UTC), which is left alone until {} UTC",
                at.strftime("%H:%M"),
                until.strftime("%H:%M")
            ),
            Self::LateSize { at, told, asked } => format!(
                "the cloud still tells of {} where {asked} were asked for at {} UTC, so nothing is removed at this tick",
                instances(*told),
                at.strftime("%H:%M")
            ),
            Self::Shortage { wanted, got, attempts, retry_at } => {
                let tried = if *attempts == 1 { "one request".to_owned() } else { format!("{attempts} requests") };
                format!(
                    "the cloud is short of instances: {wanted} were asked for and {got} are in service after {tried}, so no more are \
                     asked for before {} UTC",
                    retry_at.strftime("%H:%M")
                )
            }
            Self::HoldExpired { blind_minutes, hold_minutes, instances: to } => {
                let goes = match to {
                    Some(count) => format!("capacity goes to the {} that are configured for this", instances(*count)),
                    None => "capacity stays as it is".to_owned(),
                };
                format!("metrics have been missing for {blind_minutes} min (limit {hold_minutes} min), so {goes}, and someone has to look")
            }
            Self::StaleMetrics { age_seconds, limit_seconds } => format!(
                "the newest metrics are {} min old (limit {} min), which is too old to act on",
                age_seconds / 60,
                limit_seconds / 60
            ),
            Self::NoMetrics => "there are no metrics yet to act on".to_owned(),
            Self::HistoryUnreadable { problem } => format!("the stored history cannot be read ({problem})"),
            Self::CalendarUnreadable { problem } => {
                format!("events are not known, for the calendar cannot be read ({problem}), so nothing is removed until it can be")
            }
            Self::FutureDecision { tick } => format!(
                "the last decision is dated {} UTC, which has not come yet, so a clock was wrong: that decision is set aside, and \
                 nothing is removed at this tick",
                clock(tick)
            ),
            Self::ModeForbids { mode } => format!("mode `{mode}` does not allow this write"),
            Self::KillSwitch { scope, by, why } => {
                let of = match scope {
                    Scope::Group => "this group",
                    Scope::Fleet => "the whole fleet",
                };
                format!("the kill switch of {of} was thrown by {by} ({why}), so nothing is written")
            }
            Self::KillSwitchUnreadable { problem } => {
                format!("nothing is written, for the kill switch cannot be read ({problem}) and may have been thrown")
            }
            Self::AwaitingApproval { until } => format!("this waits for an operator's approval until {} UTC", clock(until)),
            Self::ApprovalExpired { until } => format!("no operator had approved it by {} UTC", clock(until)),
            Self::Approved { by } => format!("approved by {by}"),
            Self::Rejected { by } => format!("refused by {by}"),
            Self::Superseded { tick } => format!("the decision of {} UTC has taken its place", clock(tick)),
        }
    }
}

/// From here on a number is told by its order of magnitude: digits would fill the page.
const HUGE: f64 = 1e6;

/// A load for reading.
fn amount(load: f64) -> String {
    amount_to(load, 1)
}

/// The same with so many decimals, where it is no larger than loads are.
pub(crate) fn amount_to(load: f64, decimals: usize) -> String {
    if load.abs() < HUGE { format!("{load:.decimals$}") } else { format!("{load:.1e}") }
}

/// A percentage for reading, without its decimals.
fn whole(percent: f64) -> String {
    if percent.abs() < HUGE { format!("{percent:.0}") } else { format!("{percent:.1e}") }
}

/// A share for reading, as exact as it needs to be: `99 %`, `99.9 %`.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths % 10.0 == 0.0 { format!("{:.0} %", tenths / 10.0) } else { format!("{:.1} %", tenths / 10.0) }
}

fn clock(moment: &Timestamp) -> String {
    moment.strftime("%d %b %H:%M").to_string()
}

fn instances(count: u32) -> String {
    if count == 1 { "1 instance".to_owned() } else { format!("{count} instances") }
}

fn were(count: u32) -> String {
    format!("{} {}", instances(count), if count == 1 { "was" } else { "were" })
}

fn are(count: u32) -> String {
    format!("{} {}", instances(count), if count == 1 { "is" } else { "are" })
}
