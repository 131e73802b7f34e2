//! The model that serves.

use headroom_core::model_card::ModelCard;
use jiff::SignedDuration;
use scaler::GroupState;

use super::history;
use crate::{
    doctor::{commands::Commands, facts::GroupFacts, finding::Finding},
    moments::{clock, span},
};

const MODEL: &str = "model";

/// A model is trained every day: one this old says that training has stopped.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// With a week of history training has had its nights: a group without a model then has been passed over.
const TRAINED_WITHIN_DAYS: f64 = 7.0;

/// Whether there is one, how old it is, and how well it does.
pub(crate) fn all(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let id = &facts.group.id;
    let mut findings = match &facts.model {
        Err(problem) => {
            let why = "capacity follows the load measured now, with room to spare, instead of a forecast";
            let finding = Finding::error(MODEL, problem.clone()).because(why).cured_by(commands.rollback(id));
            vec![finding.see("Its record cannot be read")]
        }
        Ok(None) => vec![untrained(facts, commands)],
        Ok(Some(card)) => of_card(card, facts, commands),
    };
    findings.extend(facts.state.as_ref().ok().and_then(|state| feedback(state, id, commands)));
    findings
}

/// None that was trained on the group's own history: that takes time at first.
fn untrained(facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Finding {
    let why = "the default model serves, which knows neither this group's week nor its events";
    let Ok(rows) = &facts.history else {
        return Finding::warning(MODEL, "none was trained on this group's own history").because(why);
    };
    let days = history::days(rows);
    let lacking = TRAINED_WITHIN_DAYS - days;
    if lacking > 0.0 {
        let what = format!("none was trained yet on this group's own {days:.1} days of history; {lacking:.1} more make a week");
        return Finding::ok(MODEL, what).because(why);
    }
    let what = format!("none was ever trained on this group's own {days:.1} days of history");
    Finding::warning(MODEL, what).because(why).cured_by(commands.train(&facts.group.id)).see("trainer-errors")
}

fn of_card(card: &ModelCard, facts: &GroupFacts<'_>, commands: &Commands<'_>) -> Vec<Finding> {
    let age = facts.now.duration_since(card.created_at);
    let what = format!("`{}` {} was trained {} ago, on {}", card.model, card.version, span(age), clock(card.created_at));
    let mut findings = vec![if age <= AGE_MAX {
        Finding::ok(MODEL, what)
    } else {
        let why = "training runs every day: its schedule may be off, or it fails";
        Finding::warning(MODEL, what).because(why).cured_by(commands.train(&facts.group.id)).see("trainer-errors")
    }];
    if !card.predictable {
        let why = "capacity follows the measured load and how far it usually moves; more history or a calendar may change that";
        findings.push(Finding::warning(MODEL, "not predictable: nothing beat the last value on this history").because(why));
    }
    findings
}

/// What came of its forecasts.
fn feedback(state: &GroupState, group: &str, commands: &Commands<'_>) -> Option<Finding> {
    let feedback = &state.feedback;
    let finding = match (&feedback.demoted, &feedback.retraining) {
        (Some(demoted), _) => Finding::warning(MODEL, demoted.clause())
            .because("capacity follows the load measured now until it does better")
            .see("The model is demoted"),
        (None, Some(retraining)) => Finding::warning(MODEL, retraining.clause()).see("A retraining is asked for"),
        (None, None) => return None,
    };
    Some(finding.cured_by(commands.train(group)))
}
