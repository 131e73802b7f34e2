//! A size that is told late: the cloud does not know of our own last change yet, or someone has just put back what it replaced.
//! The next tick tells which; until then what is done is right for both.

use jiff::Timestamp;

use super::{Situation, guards};
use crate::reason::Reason;

/// That the size is told as it was before our own last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateSize {
    /// When that change was decided.
    pub at: Timestamp,
    /// Instances that the cloud tells of.
    pub told: u32,
    /// Instances that were asked for.
    pub asked: u32,
}

impl LateSize {
    /// The size to decide on: the smaller of the two, so that what the load takes above it is asked for.
    #[must_use]
    pub fn least(&self) -> u32 {
        self.told.min(self.asked)
    }

    /// The reason that tells of it, for [`Situation::troubles`].
    #[must_use]
    pub fn reason(&self) -> Reason {
        let Self { at, told, asked } = *self;
        Reason::LateSize { at, told, asked }
    }
}

/// Where the size is told late, nothing is removed: what is more than the smaller of the two sizes is no less than the larger, as
/// far as the maximum allows.
pub(super) fn hold(situation: &Situation<'_>, wanted: u32) -> u32 {
    let larger = |reason: &Reason| if let Reason::LateSize { told, asked, .. } = reason { Some(*told.max(asked)) } else { None };
    let Some(larger) = situation.troubles.iter().find_map(larger) else { return wanted };
    let before = situation.capacity.desired;
    if wanted > before { wanted.max(guards::bounded(situation, larger)) } else { before }
}
