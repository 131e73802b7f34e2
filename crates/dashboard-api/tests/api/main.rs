//! The API as its callers see it: what is answered, ordered and refused, and who is let in.

/// Compares a value as JSON to the snapshot of the test. Keys in order: whether JSON objects keep theirs depends on what else is built along.
macro_rules! assert_snapshot_of {
    ($value:expr) => {{
        let value = &$value;
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(value) })
    }};
}

mod access;
mod answers;
mod calendar;
mod common;
mod etags;
mod feedback;
mod health;
mod openapi;
mod orders;
mod page;
mod refusals;
mod roles;
