//! Plain policies to compare with, one file each.

mod static_peak;
mod threshold;

pub use static_peak::StaticPeak;
pub use threshold::Threshold;
