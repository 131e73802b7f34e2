//! The timeline: every minute of every policy, for others to recompute each measure from.

use std::io;

use jiff::SignedDuration;

use super::Backtest;

/// The columns.
const HEADER: [&str; 6] = ["timestamp", "policy", "load", "demand", "desired", "in_service"];

impl Backtest {
    /// Writes `timestamp,policy,load,demand,desired,in_service` as CSV, a row a minute, policy after policy, each at its
    /// default. Load is in instance-equivalents, with every digit that it has; `desired` is what was asked for in the minute and
    /// billed for it, `in_service` the fewest that took load in it.
    ///
    /// # Errors
    /// What `out` fails with.
    pub fn write_timeline(&self, out: impl io::Write) -> Result<(), csv::Error> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(HEADER)?;
        for policy in &self.replays {
            let mut start = policy.replay.from;
            for minute in &policy.replay.minutes {
                writer.serialize((start, &policy.name, minute.load, minute.demand, minute.desired, minute.in_service))?;
                start += SignedDuration::from_mins(1);
            }
        }
        writer.flush()?;
        Ok(())
    }
}
