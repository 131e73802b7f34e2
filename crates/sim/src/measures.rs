//! What a replay is judged by, from its minutes alone.

mod accuracy;
mod actions;
mod days;
mod intervals;
mod worst_hour;

pub use accuracy::Accuracy;
pub use actions::Actions;
pub use days::{Day, DaySum, days, worst_day};
pub use intervals::{Interval, Intervals, intervals};
pub use worst_hour::{WorstHour, worst_hour};
