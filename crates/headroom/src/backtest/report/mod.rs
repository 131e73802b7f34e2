//! The report of a backtest: a single HTML file with its pictures inside, which opens without a network.
//!
//! It is made of what any page of this project is made of: `trainer::report` has the drawing and the sheet of styles.

mod capacity;
mod columns;
mod days;
mod families;
mod frontier;
mod headline;
mod hour;
mod index;
mod numbers;
mod page;
mod part;
mod placing;
mod policies;
#[cfg(test)]
mod tests;

use anyhow::{Result, ensure};
use headroom_sim::Backtest;
use jiff::Timestamp;

use super::Replay;
use part::Part;

/// What the backtest itself does not know about its trace and about the model that served.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct About {
    /// Name of the trace.
    pub(crate) trace: String,
    /// Where it comes from.
    pub(crate) source: String,
    /// The model that served.
    pub(crate) model: String,
    /// Whether that model beat the plain ones on the history.
    pub(crate) predictable: bool,
    /// Rows of the history that it learned from.
    pub(crate) history_rows: usize,
    /// Start of the history.
    pub(crate) history_from: Timestamp,
    /// End of the history.
    pub(crate) history_to: Timestamp,
    /// The quantile that `headroom` sizes for unless told otherwise.
    pub(crate) default_quantile: f64,
    /// Remarks, one sentence each.
    pub(crate) notes: Vec<String>,
}

/// The page of what came of one trace; of several, a table that leads to each, and a part of its own for each.
///
/// # Errors
/// Where the minutes of a policy are not those that were replayed.
pub(crate) fn html(replays: &[Replay]) -> Result<String> {
    for Replay { backtest, .. } in replays {
        check(backtest)?;
    }
    let part = |number, replay| Part::of(replay, number);
    let page = match replays {
        [only] => page::of_one(&part(None, only)),
        many => {
            let parts: Vec<Part<'_>> = many.iter().enumerate().map(|(index, replay)| part(Some(index + 1), replay)).collect();
            page::of_many(many, &parts)
        }
    };
    Ok(page.into_string())
}

/// A backtest read from JSON has no minutes; one with them has those of all its policies, over the same time.
fn check(backtest: &Backtest) -> Result<()> {
    for policy in &backtest.replays {
        let (name, minutes) = (&policy.name, policy.replay.minutes.len());
        let replayed = backtest.world.minutes;
        ensure!(
            minutes == replayed,
            "the replay of `{name}` over `{}` has {minutes} minutes of {replayed}: run the backtest again",
            backtest.trace
        );
    }
    Ok(())
}
