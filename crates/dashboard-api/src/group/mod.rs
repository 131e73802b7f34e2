//! One group at a glance: size, load, forecast, last decision, orders of operators, and a verdict on it all.

pub(crate) mod control;
pub(crate) mod feedback;
pub(crate) mod glance;
pub(crate) mod health;
pub(crate) mod state;

pub(crate) use glance::{Glance, glance, glance_or_trouble};
