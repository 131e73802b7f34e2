//! The collector: metrics -> observations -> history.
//!
//! It sees the metrics port and the store, never a cloud, and takes the time as an argument; the Lambda function and
//! the demo call the same [`collect_fleet`]. Running it twice writes the same bytes, and it re-reads the last hours
//! every time, so that late metrics and outages heal by themselves.

mod collect;
mod fleet;
mod pulse;
mod rows;

pub use collect::{CATCH_UP, CollectError, Collected, REREAD, collect};
pub use fleet::collect_fleet;
pub use pulse::Pulse;
pub use rows::{history_rows, step_start};
