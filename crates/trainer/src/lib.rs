//! Training and evaluation of models on one machine; the binary `trainer` is the command line around it.

pub mod card;
pub mod evaluate;
mod loss;
pub mod training;

pub use card::{TrainedModel, train_model};
pub use training::{Settings, TrainError};
