//! `headroom` from the outside: what its commands print, write and refuse, and how they end.

mod backtest;
mod common;
mod control;
mod demo;
mod doctor;
mod plan;
mod tune_policy;
