//! Training and evaluation of models on one machine; the binary `trainer` is the command line around it.

pub mod card;
pub mod contest;
pub mod evaluate;
mod lessons;
mod loss;
pub mod optimizer;
pub mod pretrain;
pub mod report;
pub mod settings;
pub mod training;
pub mod tune;

pub use card::{TrainedModel, train_model};
pub use contest::Networks;
pub use training::{Settings, TrainError};
