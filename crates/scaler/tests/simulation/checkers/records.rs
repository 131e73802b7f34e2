//! What was recorded is what the cloud saw.

use std::collections::{BTreeMap, BTreeSet};

use headroom_core::{Decision, decision::Outcome};
use headroom_sim::faults::{Answer, CloudWrite};
use jiff::Timestamp;

use super::{Facts, sizes};
use crate::run::{End, Event, Run};

pub(super) fn check(run: &Run, facts: &Facts<'_>) -> Result<(), String> {
    let group = &run.group;
    let failed: fn(&Event) -> bool = |event| matches!(event, Event::StoreFailed);
    let has = |kind: fn(&Event) -> bool| run.events.iter().any(kind);
    let returned = match &run.end {
        End::Decided(returned) => returned,
        // The cloud did not tell the size, the store failed, or too many runs met.
        End::Failed(error) => {
            let met = facts.episode.runs.len() > 1;
            let excused = met || has(failed) || !has(|event| matches!(event, Event::Described { .. }));
            return if excused { Ok(()) } else { Err(format!("records: a run fails without need: {error}")) };
        }
        End::Died => return Ok(()),
    };
    if has(failed) {
        return Ok(());
    }
    let tick = run.tick(group);
    let lines: Vec<CloudWrite> = run.wrote().map(|index| facts.line(index)).collect();
    let mut sized = lines.iter().filter(|line| sizes(group, line.asked).is_some());
    let first = sized.next();
    let Some(recorded) = run.recorded() else {
        let theirs = facts.journal.contains_key(&tick) || facts.episode.runs.len() > 1 || returned.tick > tick;
        return match (lines.is_empty(), theirs || returned.outcome == Outcome::Superseded) {
            (false, _) => Err(format!("records: {:?} was written and nothing recorded", lines[0])),
            // Whether it is recorded later, [`Writers`] watches.
            (true, false) if returned.tick == tick => Ok(()),
            (true, false) => Err(format!("records: the tick {tick} left no record")),
            (true, true) => Ok(()),
        };
    };
    if *recorded != **returned {
        return Err(format!("records: {:?} was recorded and {:?} returned", recorded.outcome, returned.outcome));
    }
    match first {
        None => unwritten(recorded, &lines)?,
        Some(line) => written(recorded, line, sizes(group, line.asked).unwrap_or_default())?,
    }
    let overtaken = matches!(recorded.outcome, Outcome::Superseded | Outcome::Failed { .. });
    if sized.next().is_some() && !overtaken {
        return Err(format!("records: {lines:?} for one decision"));
    }
    Ok(())
}

fn unwritten(recorded: &Decision, lines: &[CloudWrite]) -> Result<(), String> {
    let given_back = lines.iter().any(|line| line.answer != Answer::Done);
    match recorded.outcome {
        Outcome::Applied | Outcome::InsufficientCapacity { .. } => {
            Err(format!("records: {:?} was recorded, and the cloud saw nothing", recorded.outcome))
        }
        Outcome::Failed { .. } if !given_back => Err("records: a failure was recorded, and the cloud saw nothing".to_owned()),
        _ => Ok(()),
    }
}

fn written(recorded: &Decision, line: &CloudWrite, asked: u32) -> Result<(), String> {
    if asked != recorded.desired {
        return Err(format!("records: {} was recorded, and the cloud saw {asked}", recorded.desired));
    }
    let same = match (&recorded.outcome, line.answer) {
        (Outcome::Applied, Answer::Done) => true,
        (Outcome::InsufficientCapacity { .. }, Answer::Short) => true,
        (Outcome::Failed { .. }, Answer::Lost | Answer::Throttled | Answer::OutOfBounds) => true,
        // It was overtaken, and could not put back what the later one left.
        (Outcome::Failed { error }, Answer::Done) => error.starts_with("putting back"),
        (Outcome::Superseded, _) => true,
        _ => false,
    };
    if same { Ok(()) } else { Err(format!("records: {:?} was recorded, and the cloud said {:?}", recorded.outcome, line.answer)) }
}

/// Which runs wrote for which tick.
#[derive(Debug, Default)]
pub(super) struct Writers {
    by_tick: BTreeMap<Timestamp, usize>,
    /// Ticks that are over without a record of them.
    owed: BTreeSet<Timestamp>,
}

impl Writers {
    /// Of all runs of a tick one writes.
    pub(super) fn check(&mut self, facts: &Facts<'_>) -> Result<(), String> {
        if facts.episode.lost_state {
            self.by_tick.clear();
            self.owed.clear();
        }
        for run in &facts.episode.runs {
            if let End::Decided(decision) = &run.end
                && decision.tick == run.tick(&run.group)
                && !facts.journal.contains_key(&decision.tick)
                // The run that it was left to may have died.
                && decision.outcome != Outcome::Superseded
            {
                self.owed.insert(decision.tick);
            }
        }
        let went_well = facts.all_went_well() && facts.episode.runs.len() == 1 && facts.episode.runs[0].recorded().is_some();
        self.owed.retain(|tick| !facts.journal.contains_key(tick));
        // So many are waited with, at least.
        while self.owed.len() > 30 {
            self.owed.pop_first();
        }
        if let Some(tick) = self.owed.first().filter(|_| went_well) {
            return Err(format!("records: the tick {tick} is over, and the journal does not know it"));
        }
        for run in &facts.episode.runs {
            if run.wrote().next().is_none() {
                continue;
            }
            let tick = run.tick(&run.group);
            let runs = self.by_tick.entry(tick).or_default();
            *runs += 1;
            if *runs > 1 {
                return Err(format!("records: {runs} runs wrote for the tick {tick}"));
            }
        }
        while self.by_tick.len() > 50 {
            self.by_tick.pop_first();
        }
        Ok(())
    }
}
