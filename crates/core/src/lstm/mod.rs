//! The LSTM: one definition for training and serving.

mod activation;
mod buffers;
mod head;
mod inputs;
mod lanes;
mod layer;
mod model;
mod network;
mod ordered;
mod perceptron;
mod product;
mod sequence;

pub use inputs::{Baseline, Batch, InputSpec, InputTable};
pub use model::{CHUNK, LoadError, LstmModel, Weights};
pub use network::{Network, NetworkShape, OUTPUTS, Pooling, initial_weights};
pub use sequence::{Lstm, LstmLayer, States};
