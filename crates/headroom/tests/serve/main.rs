//! `headroom serve` and `headroom token` from the outside: real processes, real addresses, nothing beyond loopback.

mod access;
mod away;
mod emulated;
mod https;
mod process;
mod refusals;
mod secrets;
mod simulated;
#[cfg(target_os = "linux")]
mod soak;
mod tokens;
