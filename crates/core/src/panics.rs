//! What a panic said, for whoever keeps it from taking others along.

use std::any::Any;

/// The message of a panic, from what `catch_unwind` gives.
#[must_use]
pub fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
