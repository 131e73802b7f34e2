//! Ticks against clouds and stores made by hand: what is decided, written and recorded, and what goes wrong.

mod anomalies;
mod approvals;
mod arrivals;
mod blind;
mod broken_objects;
mod calibration;
mod claims;
mod clocks;
mod day;
mod doubles;
mod events;
mod feedback;
mod fleet;
mod floor;
mod foreign;
mod kill_switch;
mod late_size;
mod modes;
mod once;
mod orders;
mod overlaps;
mod setting;
mod trouble;
mod young_group;
