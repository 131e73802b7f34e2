//! A cloud that is simulated, minute by minute, and what to run in it: generated workloads, traces, policies to compare with; and the
//! backtest, which judges policies in it.
//!
//! Nothing here reads a clock, a file or the environment: time, rows and seeds are arguments, and the same arguments give
//! the same numbers.

// Reading order: the load that is offered, the world that carries it, the cloud and the policies on top of it, and what is
// made of their replays.
pub mod profiles;
pub mod workload;

pub mod account;
mod instances;
pub mod rules;
pub mod world;

pub mod cloud;
pub mod faults;
pub mod policies;
pub mod replay;

pub mod measures;
pub mod backtest;

pub use account::Account;
pub use backtest::{Backtest, Family, FrontierPoint, PolicyResult, backtest, plain_families};
pub use cloud::SimulatedCloud;
pub use faults::{Fault, FaultKind, FaultPlan, FaultyCloud};
pub use profiles::{Generated, Profile, UnknownProfile, generate, generate_with_sale_at};
pub use replay::{Policy, Replay, Seen, replay};
pub use rules::WorldRules;
pub use workload::{Workload, WorkloadError};
pub use world::{Minute, World};
