//! The loop in simulated time, over the simulated cloud.

mod fleets;
mod moments;
mod stage;
mod trainings;
mod troubles;
mod two_at_once;
