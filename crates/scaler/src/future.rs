//! A state that is dated ahead: some clock was wrong, and what it left must not keep the group waiting until that time has come.

use headroom_core::{Group, policy::Known};
use headroom_store::Store;
use jiff::{SignedDuration, Timestamp};

use crate::{
    approval::Approvals,
    claim::{Claim, Stray},
    state::GroupState,
};

/// A decision that is dated further ahead is no later run. What is not is waited for: clocks of machines that share a store
/// differ by minutes, and a later decision is never overwritten.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

impl GroupState {
    /// The newest tick, where it lies so far ahead of `now` that a clock was wrong.
    pub(crate) fn dated_ahead(&self, now: Timestamp) -> Option<Timestamp> {
        self.newest().filter(|newest| *newest > now + AHEAD_MAX)
    }

    /// Goes back to what was known at `tick`, without the decisions, claims and proposals of the future. Where it is the present
    /// clock that is wrong, the journal has a decision of this very tick, which is found again and nothing is decided anew.
    ///
    /// What the future tick set is there all the same, and is nobody else's.
    pub(crate) async fn set_future_aside(&mut self, store: &dyn Store, group: &Group, tick: Timestamp, now: Timestamp) {
        let mut left = self.past.known;
        if let Some(Claim { found, leaves, .. }) = self.unfinished() {
            left = Some(Known { perhaps: Some(leaves), in_part: true, ..Known::surely(now, found) });
            self.strays.push(Stray { at: now, leaves });
        }
        let own_minimum = self.own_minimum;
        self.last = None;
        self.claim = None;
        self.approvals = Approvals::default();
        self.expected.clear();
        self.flagged = self.flagged.filter(|flagged| *flagged <= now);
        self.forecast.take_if(|forecast| forecast.origin > now);
        for stray in &mut self.strays {
            stray.at = stray.at.min(now);
        }
        self.past.expected = None;
        self.past.measured = self.past.measured.filter(|measured| measured.until <= now);
        // A tick of the future has forgotten what was recent: the journal knows.
        self.past.needs.clear();
        self.past.changes.clear();
        self.catch_up(store, group, tick).await;
        self.past.known = left.map(|left| Known { at: left.at.min(now), ..left });
        self.own_minimum = own_minimum;
    }
}
