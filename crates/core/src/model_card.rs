//! The model card: what a model was trained on, how, how well it did beside the plain models, and how to use it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    champion::{Champion, MemberCard},
    features::FEATURE_SET_VERSION,
    frame::{Split, Target},
    lstm::LoadError,
    online::Online,
    score::Score,
    uplift::Uplift,
};

/// What a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// The file or store that the rows came from.
    pub source: String,
    /// Grid rows.
    pub rows: usize,
    /// Grid rows without a measured target.
    pub missing_rows: usize,
    /// Start of the first row.
    pub first: Timestamp,
    /// Start of the last row.
    pub last: Timestamp,
    /// Length of a step in seconds.
    pub step_seconds: i64,
    /// Whether a calendar told of events.
    pub calendar: bool,
}

/// A model that competed to serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The model.
    pub model: String,
    /// Mean pinball loss on the validation part, corrected online as it would serve, relative to that of the last value:
    /// below 1 is better.
    pub relative_loss: f64,
}

/// The scores of one model on the rows that nothing was fitted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedScore {
    /// The model.
    pub model: String,
    /// Its scores.
    #[serde(flatten)]
    pub score: Score,
}

/// A model card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of this card's form.
    pub format: u32,
    /// Names these weights.
    pub version: String,
    /// What serves: the name of a model, or `blend`.
    pub model: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The command that made it.
    pub command: String,
    /// What it forecasts.
    pub target: Target,
    /// What it was trained on.
    pub data: DataFacts,
    /// Where training and validation ended.
    pub split: Split,
    /// Whether any model beat the last value on the validation part; true where that could not be told.
    pub predictable: bool,
    /// By what share the champion's loss on the validation part lies below the last value's; none where the history was too
    /// short to measure the last value's errors.
    pub margin: Option<f64>,
    /// What competed, the best first.
    pub candidates: Vec<Candidate>,
    /// Which part the scores are of: `test`, or `validation` where no test part was kept.
    pub scored_on: String,
    /// How many origins were scored.
    pub scored_origins: usize,
    /// This model first, then the plain ones.
    pub scores: Vec<NamedScore>,
    /// What each kind of event does to the load.
    pub uplift: Uplift,
    /// The version of the features that learned models see.
    pub feature_set_version: u32,
    /// The members of the blend, or the one model.
    pub members: Vec<MemberCard>,
    /// What was learned from errors up to the last row; what serves goes on from here.
    pub online: Online,
    /// SHA-256 of the weights file, in hex.
    pub weights_sha256: String,
}

/// Why a card cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}: retrain with `trainer train`, or serve the previous model with `trainer rollback`")]
pub struct CardError {
    /// Line of the card.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Only what tells whether the rest can be read.
#[derive(Deserialize)]
struct Versions {
    format: u32,
    feature_set_version: Option<u32>,
}

/// SHA-256 of a weights file, in hex.
#[must_use]
pub fn weights_digest(weights: &[u8]) -> String {
    Sha256::digest(weights).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ModelCard {
    /// The present form of the card.
    pub const FORMAT: u32 = 2;

    /// Reads a card.
    ///
    /// # Errors
    /// [`CardError`] where it is not a card, or one of another version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, CardError> {
        let wrong = |error: serde_json::Error| {
            let text = error.to_string();
            CardError { line: error.line().max(1), problem: text.split(" at line ").next().unwrap_or_default().to_owned() }
        };
        let line_of = |field: &str| {
            1 + String::from_utf8_lossy(bytes).lines().position(|line| line.contains(&format!("\"{field}\""))).unwrap_or(0)
        };
        let versions: Versions = serde_json::from_slice(bytes).map_err(wrong)?;
        if versions.format != Self::FORMAT {
            let problem = format!("the card has format {}, this version of Headroom reads {}", versions.format, Self::FORMAT);
            return Err(CardError { line: line_of("format"), problem });
        }
        if let Some(found) = versions.feature_set_version.filter(|found| *found != FEATURE_SET_VERSION) {
            let problem =
                format!("the model was trained with feature set {found}, this version of Headroom uses {FEATURE_SET_VERSION}");
            return Err(CardError { line: line_of("feature_set_version"), problem });
        }
        serde_json::from_slice(bytes).map_err(wrong)
    }

    /// The card as JSON, the same for the same card.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a card is JSON");
        bytes.push(b'\n');
        bytes
    }

    /// What the card describes.
    ///
    /// # Errors
    /// [`LoadError`] where card and weights do not fit each other.
    pub fn champion(&self, weights: &[u8]) -> Result<Champion, LoadError> {
        if weights_digest(weights) != self.weights_sha256 {
            return Err(LoadError::Weights("they are not those that the card was written for, or were cut short".to_owned()));
        }
        let champion = Champion::load(&self.members, weights)?;
        if champion.members().len() != self.online.members() {
            let (members, known) = (champion.members().len(), self.online.members());
            return Err(LoadError::Weights(format!("the card lists {members} members and the errors of {known}")));
        }
        Ok(champion)
    }
}
