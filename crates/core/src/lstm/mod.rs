//! The LSTM: one definition for training and serving.

mod activation;
mod inputs;
mod model;
mod network;
mod sequence;

pub use inputs::{Baseline, Batch, InputSpec, InputTable};
pub use model::{LoadError, LstmModel, Weights};
pub use network::{Network, NetworkShape, OUTPUTS, Pooling, initial_weights};
pub use sequence::lstm_sequence;
