//! What must hold after every tick, worked out anew from the cloud's own log and from what runs saw, never from what they
//! remember.

mod blind;
mod bounds;
mod limits;
mod load;
mod order;
mod orders;
mod records;
mod removals;
mod shortage;
mod words;

use std::{
    collections::BTreeMap,
    hash::{Hash as _, Hasher},
};

use headroom_core::{Decision, Group, Reason, decision::Outcome, fleet::Apply, policy::Measured};
use headroom_sim::{
    FaultyCloud,
    faults::{Asked, CloudWrite, Writer},
};
use jiff::Timestamp;

use crate::{
    operator::InForce,
    run::{End, Event, Run},
    setting::Setting,
};

/// What is counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Scale-ins that left less than the measured load takes.
    pub(crate) unsafe_scale_ins: usize,
    /// Runs through which a kill switch was thrown.
    pub(crate) stopped: usize,
    /// Runs through which the mode was `observe`.
    pub(crate) watched: usize,
    /// Decisions while instances were allocated.
    pub(crate) allocated: usize,
    /// Decisions on a size that was told late.
    pub(crate) late: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.unsafe_scale_ins += other.unsafe_scale_ins;
        self.stopped += other.stopped;
        self.watched += other.watched;
        self.allocated += other.allocated;
        self.late += other.late;
    }
}

/// What checkers remember from one episode to the next.
#[derive(Debug, Default)]
pub(crate) struct Checkers {
    pub(crate) counts: Counts,
    blind: blind::Streak,
    shortage: shortage::Requests,
    order: order::Known,
    records: records::Writers,
}

/// The runs between two moments at which none is under way, and everything that happened meanwhile.
pub(crate) struct Episode<'a> {
    pub(crate) setting: &'a Setting,
    pub(crate) cloud: &'a FaultyCloud,
    pub(crate) runs: Vec<Run>,
    /// Whether someone broke the stored state since the last episode.
    pub(crate) lost_state: bool,
    /// Decisions recorded.
    pub(crate) decisions: usize,
    log_from: usize,
}

impl<'a> Episode<'a> {
    pub(crate) fn new(setting: &'a Setting, cloud: &'a FaultyCloud) -> Self {
        Self { setting, cloud, runs: Vec::new(), lost_state: false, decisions: 0, log_from: cloud.log_len() }
    }

    /// Takes the runs into what stands for the whole story.
    pub(crate) fn fingerprint(&self, hasher: &mut impl Hasher) {
        for run in &self.runs {
            (run.now, run.events.len()).hash(hasher);
            run.decision().map(|decision| &decision.sentence).hash(hasher);
        }
    }

    /// Takes what was recorded into `journal`, and checks everything. `orders` are what operators wanted since the first run began,
    /// in the order of time.
    pub(crate) fn check(
        &mut self,
        checkers: &mut Checkers,
        journal: &mut BTreeMap<Timestamp, Decision>,
        orders: &[InForce],
    ) -> Result<(), String> {
        for run in &self.runs {
            for event in &run.events {
                if let Event::Recorded(decision) = event {
                    self.decisions += usize::from(journal.insert(decision.tick, (**decision).clone()).is_none());
                }
            }
        }
        let log = self.cloud.log_from(self.log_from);
        let facts = Facts { episode: self, journal, log: &log };
        checkers.counts.unsafe_scale_ins += removals::count_unsafe(&facts);
        for run in &self.runs {
            orders::check(run, self.setting.group(run.phase).mode, orders, &mut checkers.counts)?;
            let Some(decision) = run.decision() else { continue };
            checkers.counts.late += usize::from(was_late(decision));
            let group = &run.group;
            bounds::check(decision, group)?;
            words::check(decision)?;
            words::explains(decision, run.look())?;
            load::check(decision, group, run.look())?;
            blind::check(decision, group, run.look())?;
        }
        for run in &self.runs {
            limits::check(run, &facts)?;
            removals::check(run, &facts)?;
            records::check(run, &facts)?;
        }
        checkers.records.check(&facts)?;
        checkers.blind.check(&facts)?;
        checkers.shortage.check(&facts)?;
        checkers.order.check(&facts)
    }
}

impl Checkers {
    /// What must hold when nothing has gone wrong for hours and the load is gone.
    pub(crate) fn at_the_end(
        &self,
        setting: &Setting,
        cloud: &FaultyCloud,
        journal: &BTreeMap<Timestamp, Decision>,
    ) -> Result<(), String> {
        order::at_the_end(setting, cloud, journal)
    }
}

/// What a checker looks at.
pub(crate) struct Facts<'a> {
    episode: &'a Episode<'a>,
    journal: &'a BTreeMap<Timestamp, Decision>,
    /// The cloud's log of this episode.
    log: &'a [CloudWrite],
}

impl Facts<'_> {
    /// The line of the cloud's log at `index`.
    fn line(&self, index: usize) -> CloudWrite {
        self.log[index - self.episode.log_from]
    }

    /// Whether someone else changed the group's size in this episode.
    fn others_wrote(&self) -> bool {
        self.log.iter().any(|line| line.by != Writer::Port)
    }

    /// Whether every run came to its end, and the store did what it should.
    fn all_went_well(&self) -> bool {
        !self.episode.lost_state && self.episode.runs.iter().all(Run::went_well)
    }
}

impl Run {
    /// The tick that its clock belongs to.
    fn tick(&self, group: &Group) -> Timestamp {
        Timestamp::from_second(self.now.as_second().div_euclid(group.step_seconds) * group.step_seconds).unwrap()
    }

    /// The decision that it made itself.
    fn decision(&self) -> Option<&Decision> {
        let superseded = match &self.end {
            End::Decided(decision) if decision.outcome == Outcome::Superseded && decision.at == self.now => Some(&**decision),
            // One that was made before, or by another run.
            _ => None,
        };
        self.recorded().or(superseded)
    }

    /// What it saw before it decided; where it started again, the last time.
    fn look(&self) -> Option<Measured> {
        self.events.iter().rev().find_map(|event| if let Event::Looked(measured) = event { Some(*measured) } else { None })?
    }

    /// Whether the size that it read last no longer held.
    fn was_told_late(&self) -> bool {
        let told =
            self.events.iter().rev().find_map(|event| if let Event::Described { late, .. } = event { Some(*late) } else { None });
        told.unwrap_or(false)
    }

    /// The lines of the cloud's log that it wrote, in order.
    fn wrote(&self) -> impl Iterator<Item = usize> {
        self.events.iter().filter_map(|event| if let Event::Wrote(line) = event { Some(*line) } else { None })
    }

    fn went_well(&self) -> bool {
        let failed = self.events.iter().any(|event| matches!(event, Event::StoreFailed));
        matches!(self.end, End::Decided(_)) && !failed
    }
}

/// Whether something was not known that a removal has to know: nothing is removed then, and someone is called.
fn keeps_all(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::CalendarUnreadable { .. }))
}

/// Whether it was decided on a size that was told late.
fn was_late(decision: &Decision) -> bool {
    decision.reasons.iter().any(|reason| matches!(reason, Reason::LateSize { .. }))
}

/// What `group` sets.
fn sizes(group: &Group, asked: Asked) -> Option<u32> {
    match (group.apply, asked) {
        (Apply::Desired, Asked::Desired(size)) | (Apply::Floor, Asked::Minimum(size)) => Some(size),
        _ => None,
    }
}

/// Whether `measured` is a number and young enough at `now`.
fn is_fresh(measured: Option<Measured>, group: &Group, now: Timestamp) -> bool {
    measured.is_some_and(|measured| {
        measured.load.is_finite() && now.duration_since(measured.until).as_secs() <= group.stale_after_seconds
    })
}
