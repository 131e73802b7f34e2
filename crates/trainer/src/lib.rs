//! Training and evaluation of models on one machine; the binary `trainer` is the command line around it, `trainer-function` the
//! Lambda function that trains every day.

pub mod asked;
pub mod card;
pub mod contest;
pub mod daily;
pub mod evaluate;
pub mod group;
pub mod import;
mod lessons;
mod loss;
pub mod optimizer;
pub mod pretrain;
#[cfg(feature = "report")]
pub mod report;
pub mod settings;
mod succession;
pub mod training;
pub mod tune;

pub use card::{TrainedModel, train_model};
pub use contest::Networks;
pub use succession::{Comparison, Succession};
pub use training::{Settings, TrainError};
