//! Memory that one pass leaves for the next, and the values of candle's tensors as slices.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// Buffers that wait for their next use: fresh memory for every batch costs more time than some of the arithmetic.
#[derive(Debug, Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Buffers with whatever their last use left in them, or new ones where all are in use.
    pub(super) fn take(&self) -> T {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(super) fn put(&self, buffers: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffers);
    }
}

/// Makes room for `count` values. Room is never given back, so that it need not be cleared again.
pub(super) fn make_room(values: &mut Vec<f32>, count: usize) {
    if values.len() < count {
        values.resize(count, 0.0);
    }
}

/// The values of a tensor from inside an operation.
pub(super) fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("the network takes contiguous f32 tensors on the CPU"),
    }
}

/// Lends the values of a contiguous tensor.
pub(super) fn with_f32<T>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(work(contiguous(storage, layout)?)),
        _ => bail!("the network takes contiguous f32 tensors on the CPU"),
    }
}
