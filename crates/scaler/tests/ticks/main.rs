//! Ticks against clouds and stores made by hand: what is decided, written and recorded, and what goes wrong.

mod anomalies;
mod broken_objects;
mod calibration;
mod day;
mod feedback;
mod modes;
mod once;
mod setting;
mod trouble;
mod young_group;
