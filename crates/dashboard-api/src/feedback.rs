//! How good the forecasts of a group turned out, as the scaler's running state tells it.

use headroom_core::{
    feedback::{Drift, Feedback, FeedbackReport},
    forecast::ModelName,
    score::Coverage,
};
use headroom_store::{Store, keys};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{numbers::rounded, problem::Problem};

/// The part of the running state that is shown.
#[derive(Deserialize)]
struct State {
    #[serde(default)]
    feedback: Feedback,
}

/// The part of a model card that says whether the group can be forecast; a card without it says yes.
#[derive(Deserialize)]
struct Card {
    #[serde(default = "yes")]
    predictable: bool,
}

fn yes() -> bool {
    true
}

/// The scores of the model that serves, and what follows from them.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    /// None until the hour of a first forecast has passed.
    report: Option<FeedbackReport>,
    drifts: Vec<Drifted>,
    demoted: Option<Told>,
    retraining: Option<Told>,
}

/// A drift that goes on.
#[derive(Debug, Serialize)]
struct Drifted {
    since: Timestamp,
    #[serde(flatten)]
    drift: Drift,
    sentence: String,
}

/// What was concluded, and when.
#[derive(Debug, Serialize)]
struct Told {
    since: Timestamp,
    sentence: String,
}

/// The verdict on the model of `group`; `None` where no tick has left a state, or one that cannot be read: the next tick
/// writes it afresh.
pub(crate) async fn verdict(store: &dyn Store, group: &str) -> Result<Option<Verdict>, Problem> {
    let Some(object) = store.get(&keys::state(group)).await? else { return Ok(None) };
    Ok(serde_json::from_slice::<State>(&object.bytes).ok().map(|state| told(&state.feedback)))
}

/// Whether anything beats the last value on the group's history, by the card of `model`.
pub(crate) async fn predictable(store: &dyn Store, group: &str, model: Option<&ModelName>) -> Result<bool, Problem> {
    let Some(version) = model.and_then(|model| model.version.as_ref()) else { return Ok(true) };
    let object = store.get(&keys::card(group, version)).await?;
    // A card that cannot be read is told by the route that shows it.
    let card = object.and_then(|object| serde_json::from_slice::<Card>(&object.bytes).ok());
    Ok(card.is_none_or(|card| card.predictable))
}

fn told(feedback: &Feedback) -> Verdict {
    let drifted = |since, drift: Drift| Drifted { since, drift, sentence: drift.clause() };
    Verdict {
        report: feedback.report().map(short),
        drifts: feedback.drifts.iter().map(|drifting| drifted(drifting.since, drifting.drift)).collect(),
        demoted: feedback.demoted.map(|demotion| Told { since: demotion.since, sentence: demotion.clause() }),
        retraining: feedback.retraining.map(|asked| Told { since: asked.since, sentence: asked.clause() }),
    }
}

fn short(report: FeedbackReport) -> FeedbackReport {
    let Coverage { q90, q95, q99 } = report.coverage;
    FeedbackReport {
        mae: rounded(report.mae),
        wql: report.wql.map(rounded),
        bias: rounded(report.bias),
        coverage: Coverage { q90: rounded(q90), q95: rounded(q95), q99: rounded(q99) },
        reactive_mae: rounded(report.reactive_mae),
        skill: report.skill.map(rounded),
        mean_load: rounded(report.mean_load),
        ..report
    }
}
