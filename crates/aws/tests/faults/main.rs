//! What goes wrong on the way to AWS and back: every call with every fault, answers that are lost after the work is done, whole
//! runs of collector and scaler, and collectors that race.
//!
//! AWS is a double on a port of this machine, [`scripted`]; one race is run against the emulator too.

mod scripted;

mod calls;
mod lost_answers;
mod racing;
mod table;
mod whole;
