//! On missing or stale metrics nothing is removed, for a bounded time; then someone is called. Fresh metrics end that at once.

use headroom_core::{Decision, Group, Reason, decision::Outcome, fleet::PolicyName, policy::Measured};
use jiff::{SignedDuration, Timestamp};

use super::{Facts, bounds::bounds, is_fresh, keeps_all};
use crate::run::Event;

/// What one decision tells by itself.
pub(super) fn check(decision: &Decision, group: &Group, look: Option<Measured>) -> Result<(), String> {
    let blind = decision.reasons.iter().any(|reason| matches!(reason, Reason::StaleMetrics { .. } | Reason::NoMetrics));
    let expired = is_expired(decision);
    if decision.alarm != (expired || keeps_all(decision)) {
        return Err("blind: the alarm and its reason go together".to_owned());
    }
    if is_fresh(look, group, decision.at) {
        return if blind || expired { Err("blind: metrics are fresh again".to_owned()) } else { Ok(()) };
    }
    if !blind {
        return Err("blind: nothing is said of metrics that are missing or stale".to_owned());
    }
    let Decision { desired, before, .. } = *decision;
    let (min, max) = bounds(decision, group);
    let allowed = match group.blind_instances.filter(|_| expired) {
        Some(instances) => {
            let instances = instances.clamp(min, max);
            (instances.min(before.desired)..=instances.max(before.desired)).contains(&desired)
        }
        None => desired == before.desired || (group.policy == PolicyName::Schedule && desired > before.desired),
    };
    let allocated = group.allocated.as_ref().map_or(0, |order| order.instances.clamp(min, max));
    let allowed = allowed || (desired > before.desired && desired == allocated);
    if allowed { Ok(()) } else { Err(format!("blind: from {} to {desired} without metrics", before.desired)) }
}

fn is_expired(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::HoldExpired { .. }))
}

/// How long metrics have been missing or stale, at least and at most.
#[derive(Debug, Default)]
pub(super) struct Streak {
    /// Since no earlier than this.
    earliest: Option<Timestamp>,
    /// Since no later than this.
    latest: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Streak {
    pub(super) fn check(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        // Of runs that overlap, it is open which one's memory stays.
        let overlap = facts.episode.runs.len() > 1;
        if facts.episode.lost_state || overlap {
            self.latest = None;
        }
        for run in &facts.episode.runs {
            let group = &run.group;
            let looked = run.events.iter().any(|event| matches!(event, Event::Looked(_)));
            if !looked {
                continue;
            }
            let now = run.now;
            let fresh = is_fresh(run.look(), group, now);
            let decision = run.decision().filter(|decision| decision.outcome != Outcome::Superseded);
            let sure = !overlap && run.went_well() && decision.is_some() && self.last.is_none_or(|last| last < now);
            self.last = self.last.max(Some(now));
            if fresh {
                self.latest = None;
                if sure {
                    self.earliest = None;
                }
                continue;
            }
            if !sure {
                self.latest = None;
            }
            let number = run.look().filter(|measured| measured.load.is_finite());
            let stale = number.map(|measured| measured.until + SignedDuration::from_secs(group.stale_after_seconds));
            self.earliest = Some(self.earliest.unwrap_or(now).min(now));
            let earliest = stale.into_iter().chain(self.earliest).min().unwrap_or(now);
            let Some(decision) = decision else { continue };
            let hold = SignedDuration::from_mins(i64::from(group.hold_minutes));
            if is_expired(decision) && now.duration_since(earliest) < hold {
                return Err(format!("blind: metrics are missing since {earliest} only, and the hold is {hold:?}"));
            }
            let latest = self.latest.unwrap_or(now);
            if sure {
                self.latest = Some(latest);
            }
            let latest = stale.into_iter().chain(Some(latest)).min().unwrap_or(now);
            if !is_expired(decision) && now.duration_since(latest) >= hold {
                return Err(format!("blind: metrics are missing since {latest}, the hold is {hold:?}, and nobody is called"));
            }
        }
        Ok(())
    }
}
