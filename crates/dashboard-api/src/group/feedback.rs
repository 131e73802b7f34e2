//! How good the forecasts of a group turned out, as the scaler's running state tells it.

use headroom_core::{
    feedback::{Drift, Feedback, FeedbackReport},
    score::Coverage,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::numbers::rounded;

/// The scores of the model that serves, and what follows from them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Feedback)]
pub(crate) struct Verdict {
    /// None until the hour of a first forecast has passed.
    #[schema(required)]
    report: Option<FeedbackReport>,
    /// What drifts, and since when.
    drifts: Vec<Drifted>,
    /// Whether it has lost its say.
    #[schema(required)]
    demoted: Option<Told>,
    /// Whether a new model is asked for.
    #[schema(required)]
    retraining: Option<Told>,
}

/// A drift that goes on.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Drifted {
    /// The tick at which it was named.
    since: Timestamp,
    #[serde(flatten)]
    drift: Drift,
    /// The same for people.
    sentence: String,
}

/// What was concluded, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Told {
    /// The tick at which it was concluded.
    since: Timestamp,
    /// The same for people.
    sentence: String,
}

impl Verdict {
    /// Whether the model has lost its say.
    pub(super) fn is_demoted(&self) -> bool {
        self.demoted.is_some()
    }

    /// Whether a new one is asked for.
    pub(super) fn wants_training(&self) -> bool {
        self.retraining.is_some()
    }
}

/// The verdict in words and short numbers.
pub(super) fn told(feedback: &Feedback) -> Verdict {
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
