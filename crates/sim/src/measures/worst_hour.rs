//! The hour that went worst, to be looked at closely.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::world::Minute;

/// Minutes of an hour.
const HOUR: usize = 60;

/// Sixty minutes in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstHour {
    /// Start of its first minute.
    pub from: Timestamp,
    /// Index of its first minute among those replayed.
    pub first: usize,
    /// Minutes of it with fewer instances in service than demand.
    pub violation_minutes: u64,
    /// Instances that demand had and service had not, summed over its minutes.
    pub unserved_instance_minutes: u64,
}

/// The sixty minutes in a row (all, where there are fewer) in which most instances were missing, the first of equals; none
/// where none ever was. The first replayed minute starts at `from`.
#[must_use]
pub fn worst_hour(from: Timestamp, minutes: &[Minute]) -> Option<WorstHour> {
    let mut missing: u64 = minutes.iter().take(HOUR).map(|minute| u64::from(minute.missing())).sum();
    let (mut first, mut most) = (0, missing);
    for (left, (out, into)) in minutes.iter().zip(minutes.iter().skip(HOUR)).enumerate() {
        missing = missing + u64::from(into.missing()) - u64::from(out.missing());
        if missing > most {
            (first, most) = (left + 1, missing);
        }
    }
    let hour = minutes.iter().skip(first).take(HOUR);
    (most > 0).then(|| WorstHour {
        from: from + SignedDuration::from_mins(i64::try_from(first).expect("a minute of the trace")),
        first,
        violation_minutes: hour.filter(|minute| minute.is_violation()).count() as u64,
        unserved_instance_minutes: most,
    })
}
