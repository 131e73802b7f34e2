//! What goes wrong, and when: a plan drawn from a seed, and a cloud in which it does.
//!
//! The cloud plays its own part of the plan: boots, capacity, answers, metrics, and other people who write to it. The rest (clocks,
//! runs, stores, models, operators) is for whoever runs ticks in it.

mod cloud;
mod plan;

pub use cloud::{Answer, Asked, CloudWrite, FaultyCloud, Writer};
pub use plan::{BrokenForecast, Fault, FaultKind, FaultPlan, ForeignWish};
