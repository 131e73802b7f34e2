//! What is recorded beside history, model and state, and whether it can be read.

use headroom_core::Group;
use headroom_store::StoreError;

use crate::doctor::{
    commands::Commands,
    facts::{Facts, GroupFacts, Record},
    finding::Finding,
};

const RECORDS: &str = "records";
const AUDIT: &str = "audit";

/// The record of every order.
pub(crate) fn audit(facts: &Facts, commands: &Commands<'_>) -> Finding {
    match &facts.orders {
        Ok(1) => Finding::ok(AUDIT, "1 order since yesterday"),
        Ok(orders) => Finding::ok(AUDIT, format!("{orders} orders since yesterday")),
        Err(error @ StoreError::Corrupt { key, .. }) => Finding::error(AUDIT, error.to_string())
            .because("while today's cannot be read no order is taken, but for a stop: put the version of before back, and take nothing away")
            .cured_by(commands.versions(key))
            .see("A broken object"),
        Err(error) => unread(AUDIT, error),
    }
}

/// Journals of today and of yesterday, the training that was asked for, the backtest, the hours of the years before.
pub(crate) fn all(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    if facts.unreadable.is_empty() {
        return vec![Finding::ok(RECORDS, "journals, request, backtest and hours can be read")];
    }
    facts.unreadable.iter().map(|(record, error)| of(*record, error, facts.group, commands)).collect()
}

fn of(record: Record, error: &StoreError, group: &Group, commands: &Commands<'_>) -> Finding {
    let StoreError::Corrupt { key, .. } = error else { return unread(RECORDS, error) };
    let finding = match record {
        Record::Journal => Finding::error(RECORDS, error.to_string())
            .because("what a tick does that day may not be recorded, and the page cannot show it")
            .cured_by(commands.take_away(key)),
        Record::Request => {
            Finding::warning(RECORDS, error.to_string()).because("no training is made for it").cured_by(commands.take_away(key))
        }
        Record::Backtest => {
            Finding::warning(RECORDS, error.to_string()).because("the page cannot show it").cured_by(commands.backtest(&group.id))
        }
        Record::Hourly => Finding::warning(RECORDS, error.to_string())
            .because("the shape of the year is not known")
            .cured_by(format!("{} && {}", commands.take_away(key), commands.import(group))),
    };
    finding.see("Its record cannot be read")
}

/// What the store did not give.
fn unread(thing: &'static str, error: &StoreError) -> Finding {
    match error {
        // The functions have rights of their own.
        StoreError::Denied { .. } => Finding::unknown(thing, error.to_string()).because("whoever runs this may not read it"),
        error => Finding::error(thing, error.to_string()),
    }
}
