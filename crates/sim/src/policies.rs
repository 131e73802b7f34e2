//! Policies to compare with, one file each. None of them has a model.

mod aws_predictive_like;
mod clairvoyant;
mod same_time_last_week;
mod static_peak;
mod target_tracking;
mod threshold;

pub use aws_predictive_like::AwsPredictiveLike;
pub use clairvoyant::Clairvoyant;
pub use same_time_last_week::SameTimeLastWeek;
pub use static_peak::StaticPeak;
pub use target_tracking::TargetTracking;
pub use threshold::Threshold;
