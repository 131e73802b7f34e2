//! `headroom demo` from the outside: what it prints, where, and how it ends.

mod live;
mod plays;
mod refusals;
mod run;
mod traces;
