//! The LSTM: one definition for training and serving.

mod activation;
mod attention;
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

pub use inputs::{Batch, InputSpec, InputTable};
pub use model::{CHUNK, LoadError, LstmModel, Weights};
pub use network::{Network, NetworkShape, OUTPUTS, Pooling, initial_weights};
pub use sequence::{Lstm, LstmLayer, States};
