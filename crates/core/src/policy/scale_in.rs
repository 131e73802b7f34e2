//! What scale-in waits for. Each guard raises what is wanted, at most to what is there.

use jiff::SignedDuration;

use super::{Change, Situation, past::KEPT, sudden_drop};
use crate::{fleet::PolicyName, reason::Reason};

/// One guard.
type Guard = fn(&Situation<'_>, u32, &mut Vec<Reason>) -> u32;

/// What every policy waits for.
const ALWAYS: [Guard; 5] = [trouble, event_ramp, sudden_drop::hold, cooldown, flap_budget];

/// `wanted`, as far as nothing asks to wait.
pub(super) fn waits(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let of_policy: &[Guard] = match situation.group.policy {
        PolicyName::Headroom => &[whole_look_ahead, stabilization],
        PolicyName::Reactive | PolicyName::Schedule => &[stabilization],
        // The plain rule removes one at a time and stays plain.
        PolicyName::Threshold => &[],
    };
    of_policy.iter().chain(&ALWAYS).fold(wanted, |wanted, guard| {
        if wanted < situation.capacity.desired { guard(situation, wanted, reasons) } else { wanted }
    })
}

/// An instance that is expected to be needed again within so many minutes stays: starting it anew costs more than keeping it.
const KEEP_MINUTES: u32 = 30;

/// Instances go only where they are not expected to be needed again soon. What has to be there for sure is the planner's
/// business; this asks for what is as likely as not, since a high quantile of half an hour ahead would keep nearly everything.
fn whole_look_ahead(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let Ok(forecast) = &situation.forecast else { return wanted };
    let steps = forecast.steps_until((situation.now + minutes(KEEP_MINUTES)).max(situation.look_ahead()));
    let needed_until = |h: usize| situation.instances_for(forecast.peaks[h].median());
    let needed = needed_until(steps - 1).min(situation.capacity.desired);
    if needed <= wanted {
        return wanted;
    }
    let first = (0..steps).find(|&h| needed_until(h) >= needed).unwrap_or(steps - 1);
    let in_minutes = forecast.step_start(first).duration_since(situation.now).as_mins().max(0);
    reasons.push(Reason::NeededSoon { needed, in_minutes });
    needed
}

/// Instances go only where none of the decisions within the stabilization window needed them.
fn stabilization(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let window_minutes = situation.group.stabilization_minutes;
    let since = situation.now - minutes(window_minutes);
    let recent = situation.past.needs.iter().filter(|need| need.at >= since && need.at < situation.now);
    let needed = recent.map(|need| need.required).max().unwrap_or(0).min(situation.capacity.desired);
    if needed <= wanted {
        return wanted;
    }
    reasons.push(Reason::Stabilizing { needed, window_minutes });
    needed
}

/// No instance goes on what is not known: the sale that capacity was raised for may be minutes away. The trouble is a reason
/// already.
fn trouble(situation: &Situation<'_>, wanted: u32, _: &mut Vec<Reason>) -> u32 {
    if situation.keeps_all() { situation.capacity.desired } else { wanted }
}

/// No instance goes from the moment an event's crowd could be prepared for until its ramp has been climbed.
fn event_ramp(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let climbing = |occurrence: &&crate::occurrences::Occurrence| {
        occurrence.ramp_start() <= situation.look_ahead() && situation.now < occurrence.start
    };
    let Some(event) = situation.events.occurrences().iter().find(climbing) else { return wanted };
    reasons.push(Reason::EventHold { name: event.name.clone() });
    situation.capacity.desired
}

/// No instance goes so soon after a change.
fn cooldown(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let cooldown_minutes = situation.group.cooldown_minutes;
    let recent = |change: &&Change| situation.now < change.at + minutes(cooldown_minutes) && change.at <= situation.now;
    let Some(change) = situation.past.changes.iter().rev().find(recent) else { return wanted };
    reasons.push(Reason::Cooldown { changed_at: change.at, cooldown_minutes });
    situation.capacity.desired
}

/// Capacity that has gone up and down too often lately goes down no more: the instances that this costs are cheaper than those
/// that are started and stopped. What has begun to go down may go on.
fn flap_budget(situation: &Situation<'_>, wanted: u32, reasons: &mut Vec<Reason>) -> u32 {
    let since = situation.now - KEPT;
    let recent = || situation.past.changes.iter().filter(|change| change.at >= since && change.at <= situation.now);
    let raises = |change: &Change| change.to > change.from;
    let (Some(oldest), Some(newest)) = (recent().next(), recent().next_back()) else { return wanted };
    let reversals = recent().zip(recent().skip(1)).filter(|(earlier, later)| raises(earlier) != raises(later)).count();
    let reversals = u32::try_from(reversals).unwrap_or(u32::MAX);
    let reversals_max = situation.group.reversals_max;
    if reversals < reversals_max || !raises(newest) {
        return wanted;
    }
    reasons.push(Reason::FlapBudget { reversals, reversals_max, until: oldest.at + KEPT });
    situation.capacity.desired
}

fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(count))
}
