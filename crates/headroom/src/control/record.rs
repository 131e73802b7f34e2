//! The trace that an order leaves: who gave it, when, and what came of it.

use anyhow::{Context, Result};
use headroom_store::{
    Store,
    audit::{self, Outcome, Record},
};
use jiff::Timestamp;
use serde_json::Value;

use super::Place;
use crate::terminal::say;

impl Place {
    /// The record of an order that is given at `at`, before anything came of it.
    pub(super) fn order(&self, action: &str, group: Option<&str>, what: Value, at: Timestamp) -> Record {
        Record {
            format: Record::FORMAT,
            // Nobody else has this process at this moment.
            id: format!("{}-{}", at.as_nanosecond(), std::process::id()),
            at,
            by: self.by(),
            role: None,
            action: action.to_owned(),
            group: group.map(str::to_owned),
            what,
            outcome: Outcome::Asked,
        }
    }
}

/// Records `order`, carries it out, and records what came of it.
pub(super) async fn on_record<T>(store: &dyn Store, order: Record, does: impl Future<Output = Result<T>>) -> Result<T> {
    audit::record(store, &order).await.context("recording the order")?;
    let result = does.await;
    let outcome = match &result {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed { error: format!("{error:#}") },
    };
    note(store, &Record { outcome, ..order }).await;
    result
}

/// Records what has happened already: whatever keeps it from the record is told, and undoes nothing.
pub(super) async fn note(store: &dyn Store, order: &Record) {
    if let Err(error) = audit::record(store, order).await {
        say(&format!("warning: this could not be recorded: {error}"));
    }
}
