//! Nothing is written that the mode, the kill switch or an operator does not allow.

use headroom_core::{
    Action, Group,
    fleet::{Approval, Mode},
    ports::CapacityState,
};
use headroom_store::controls::{Answer, Verdict};
use jiff::{SignedDuration, Timestamp};

use super::{Facts, is_fresh, sizes};
use crate::run::{Event, Run};

pub(super) fn check(run: &Run, facts: &Facts<'_>) -> Result<(), String> {
    let group = &run.group;
    let mut seen = Seen::default();
    for event in &run.events {
        match event {
            Event::Described { size, .. } => seen.size = Some(*size),
            Event::ReadControl { fleet: true, thrown, .. } => seen.fleet = Some(*thrown),
            Event::ReadControl { fleet: false, thrown, answer, .. } => {
                seen.group = Some(*thrown);
                seen.answers.extend(answer.clone());
            }
            Event::Wrote(index) => {
                if !group.mode.writes() {
                    return Err(format!("limits: mode `{}` wrote {:?}", group.mode.name(), facts.line(*index)));
                }
                let Some(asked) = sizes(group, facts.line(*index).asked) else { continue };
                if (seen.fleet, seen.group) != (Some(false), Some(false)) {
                    return Err(format!("limits: wrote {asked}, and the kill switch was thrown, or nobody looked"));
                }
                if !seen.wrote {
                    seen.check(asked, run, group, facts)?;
                }
                // What is put back needs another look at the switch.
                (seen.fleet, seen.group, seen.wrote) = (None, None, true);
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a run has seen by now.
#[derive(Default)]
struct Seen {
    size: Option<CapacityState>,
    fleet: Option<bool>,
    group: Option<bool>,
    answers: Vec<Answer>,
    wrote: bool,
}

impl Seen {
    fn check(&self, asked: u32, run: &Run, group: &Group, facts: &Facts<'_>) -> Result<(), String> {
        let Some(size) = self.size else { return Err(format!("limits: wrote {asked} without a look at the group")) };
        let before = match group.apply {
            headroom_core::fleet::Apply::Desired => size.desired,
            headroom_core::fleet::Apply::Floor => size.min,
        };
        let action = Action::between(before, asked);
        if group.mode == Mode::ScaleOutOnly && asked < before {
            return Err(format!("limits: mode `scale-out-only` went from {before} to {asked}"));
        }
        if asked < before && !is_fresh(run.look(), group, run.now) && group.blind_instances.is_none() {
            return Err(format!("limits: from {before} to {asked} without fresh metrics"));
        }
        let needed = match group.approval {
            Approval::None => false,
            Approval::ScaleIn => action == Action::ScaleIn,
            Approval::All => true,
        };
        if needed && !self.answers.iter().any(|answer| allows(answer, action, asked, run.now, group, facts)) {
            return Err(format!("limits: from {before} to {asked}, and no operator approved that: {:?}", self.answers.last()));
        }
        Ok(())
    }
}

/// Whether `answer` lets a change to `asked` pass at `now`.
fn allows(answer: &Answer, action: Action, asked: u32, now: Timestamp, group: &Group, facts: &Facts<'_>) -> bool {
    let far_enough = match action {
        Action::ScaleIn => asked >= answer.desired,
        Action::ScaleOut | Action::Hold => asked <= answer.desired,
    };
    let limit = SignedDuration::from_mins(i64::from(group.approval_minutes.max(90)));
    let in_time = facts.journal.get(&answer.tick).is_none_or(|proposal| now < proposal.at + limit);
    answer.verdict == Verdict::Approved && answer.action == action && far_enough && in_time
}
