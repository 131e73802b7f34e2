//! How good the forecasts of a group turned out, as the scaler's running state tells it.

use headroom_core::{
    feedback::{Drift, Feedback, FeedbackReport},
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
