//! The latest decision stands, nobody is accused of what we did ourselves, and what was raised is given back in the end.

use std::collections::BTreeMap;

use headroom_core::{
    Decision, Reason,
    decision::Outcome,
    fleet::{Apply, Approval, Mode, PolicyName},
};
use headroom_sim::{
    FaultKind, FaultyCloud,
    faults::{ForeignWish, Writer},
};
use jiff::Timestamp;

use super::{Facts, sizes, was_late};
use crate::{
    run::{Event, Run},
    setting::Setting,
};

/// What is known of the group's size.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Lines that the cloud's log had when the size was read for a decision that was kept.
    log_len: usize,
    /// Whether the stored state was lost since: what a run wrote that died, nobody knows then.
    lost: bool,
}

impl Known {
    pub(super) fn check(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        self.accuses_nobody(facts)?;
        knows_the_minimum(facts)?;
        latest_stands(facts)
    }

    fn accuses_nobody(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        let described = |run: &Run| {
            run.events.iter().rev().find_map(|event| if let Event::Described { lines, .. } = event { Some(*lines) } else { None })
        };
        self.lost |= facts.episode.lost_state;
        for run in &facts.episode.runs {
            // One that was overtaken may have seen what the later one wrote.
            let decided = run.decision().filter(|decision| decision.outcome != Outcome::Superseded);
            let Some((decision, lines)) = decided.zip(described(run)) else { continue };
            let accuses = |reason: &Reason| matches!(reason, Reason::ForeignWriter { at, .. } if *at == decision.at);
            let news = facts.episode.cloud.log_from(self.log_len);
            let news = news.iter().take(lines.saturating_sub(self.log_len));
            if !self.lost && decision.reasons.iter().any(accuses) && news.into_iter().all(|line| line.by == Writer::Port) {
                let told = crate::operator::line(decision);
                return Err(format!("order: someone else is accused, and nobody else wrote: {told}"));
            }
        }
        if facts.all_went_well() {
            // On a size that was told late nobody is accused yet.
            let is_kept = |run: &&Run| run.recorded().is_some_and(|decision| !was_late(decision));
            let kept = facts.episode.runs.iter().filter(is_kept).filter_map(described);
            if let Some(log_len) = kept.min() {
                (self.log_len, self.lost) = (log_len, false);
            }
        }
        Ok(())
    }
}

/// What the group's minimum was before it was raised is not forgotten, unless someone else changed it.
fn knows_the_minimum(facts: &Facts<'_>) -> Result<(), String> {
    let setting = facts.episode.setting;
    if minimum_is_moved(setting) {
        return Ok(());
    }
    // One that was overtaken may have seen what the later one wrote.
    let decisions = facts.episode.runs.iter().filter_map(|run| run.decision());
    let mut decisions = decisions.filter(|decision| decision.outcome != Outcome::Superseded);
    let own = setting.rules.instances_min;
    match decisions.find(|decision| decision.before.min != own) {
        None => Ok(()),
        Some(decision) => Err(format!("order: the group's own minimum is {own}, not {}", decision.before.min)),
    }
}

/// Whether nobody can know in the end what the group's minimum was: someone else changes it, or the stored state is lost some time.
/// The journal tells it then, but not for ever, and not once the owner has gone from `floor` to `desired`.
fn minimum_is_moved(setting: &Setting) -> bool {
    let moves = |kind: &FaultKind| {
        matches!(kind, FaultKind::ForeignWriter { wish: ForeignWish::AnyMinimum, .. } | FaultKind::StateLost { .. })
    };
    setting.plan.faults().iter().any(|fault| moves(&fault.kind))
}

/// Once all runs have ended, the group's size is what the latest of them left.
fn latest_stands(facts: &Facts<'_>) -> Result<(), String> {
    if !facts.all_went_well() || facts.others_wrote() {
        return Ok(());
    }
    let thrown = |event: &Event| matches!(event, Event::ReadControl { thrown: true, .. });
    if facts.episode.runs.iter().any(|run| run.events.iter().any(thrown)) {
        // Nothing is put back while the kill switch is thrown.
        return Ok(());
    }
    let decided = facts.episode.runs.iter().filter_map(|run| Some((run, run.recorded()?)));
    let Some((run, decision)) = decided.max_by_key(|(_, decision)| decision.tick) else { return Ok(()) };
    let unsure = |decision: &Decision| matches!(decision.outcome, Outcome::Failed { .. });
    if facts.episode.runs.iter().filter_map(|run| run.recorded()).any(unsure) {
        return Ok(());
    }
    let size = facts.episode.cloud.size();
    let found = match run.group.apply {
        Apply::Desired => size.desired,
        Apply::Floor => size.min,
    };
    let before = decision.before.desired;
    let stands = match decision.outcome {
        Outcome::Applied => found == decision.desired,
        // What was there is not what was told.
        _ if was_late(decision) || run.was_told_late() => true,
        Outcome::InsufficientCapacity { .. } => (before..=decision.desired).contains(&found),
        _ => found == before,
    };
    if !stands && facts.log.iter().all(|line| sizes(&run.group, line.asked).is_some()) {
        return Err(format!("order: the group has {found}, and {} was {:?}", decision.desired, decision.outcome));
    }
    Ok(())
}

/// Operators come by and runs follow within so many minutes.
const APPROVAL_MINUTES_MIN: u32 = 20;

/// Nothing has gone wrong for hours, and there has been no load for as long as scale-in waits.
pub(super) fn at_the_end(setting: &Setting, cloud: &FaultyCloud, journal: &BTreeMap<Timestamp, Decision>) -> Result<(), String> {
    let (_, group) = setting.phases.last().expect("there is a phase");
    let Some((_, decision)) = journal.last_key_value() else { return Err("end: nothing was ever decided".to_owned()) };
    // A group without instances has no CPU to measure.
    let size = cloud.size();
    let unmeasured = group.requests_per_instance.is_none() && size.in_service == 0;
    if decision.alarm && !unmeasured {
        return Err("end: there is an alarm without need".to_owned());
    }
    if unmeasured || group.mode != Mode::Active || group.policy == PolicyName::Schedule {
        return Ok(());
    }
    let one_by_one = group.policy == PolicyName::Threshold || group.scale_in_limit.is_some();
    let unanswered = group.approval != Approval::None && group.approval_minutes < APPROVAL_MINUTES_MIN;
    if unanswered || (one_by_one && (group.cooldown_minutes > 0 || group.approval != Approval::None)) {
        // It takes longer than the simulation, or than operators have.
        return Ok(());
    }
    if minimum_is_moved(setting) {
        return Ok(());
    }
    let own = setting.rules.instances_min;
    let max = group.max_instances.unwrap_or(u32::MAX).max(own).min(size.max);
    let wanted = group.min_instances.unwrap_or(0).max(own).max(1).min(max);
    let found = match group.apply {
        Apply::Desired => size.desired,
        Apply::Floor => size.min,
    };
    if found != wanted {
        return Err(format!("end: {found} instances without any load, where {wanted} would do"));
    }
    Ok(())
}
