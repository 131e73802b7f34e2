//! What serves a group: one model, or a blend of several, corrected by its recent errors.

use std::{collections::BTreeMap, ops::Range};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    forecast::{HORIZON, Outlook},
    forecasters::{Forecaster, Plain, PlainModel, Trees, TreesCard},
    frame::Frame,
    lstm::{InputSpec, LoadError, LstmModel, NetworkShape, Pooling, Weights},
    online::Online,
    quantiles::{LEVELS, Quantiles},
};

/// How a network was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// Decides initial weights, batches and masks.
    pub seed: u64,
    /// Rounds of validation until training stopped.
    pub rounds: usize,
    /// The round whose weights were kept.
    pub best_round: usize,
    /// Loss of those weights on the validation part.
    pub validation_loss: f64,
    /// Origins that were learned from.
    pub train_origins: usize,
}

/// A trained network; a clone shares its weights.
#[derive(Debug, Clone)]
pub struct TrainedNetwork {
    /// The network with its inputs.
    pub model: LstmModel,
    /// How it came about.
    pub training: TrainingFacts,
}

/// A model that serves alone or in a blend.
#[derive(Debug)]
pub enum Member {
    /// A plain model.
    Plain(Plain),
    /// Boosted trees.
    Trees(Trees),
    /// One network.
    Network(TrainedNetwork),
    /// Several networks, whose quantiles are averaged.
    Ensemble(Vec<TrainedNetwork>),
}

/// A member on the model card: everything about it but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MemberCard {
    /// A plain model.
    Plain {
        /// All of it.
        fitted: Plain,
    },
    /// Boosted trees.
    Trees {
        /// All but the trees.
        fitted: TreesCard,
    },
    /// One network.
    Network {
        /// All but its weights.
        network: NetworkCard,
    },
    /// Several networks.
    Ensemble {
        /// All but their weights.
        networks: Vec<NetworkCard>,
    },
}

/// A network on the model card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkCard {
    /// How it was trained.
    pub training: TrainingFacts,
    /// The shape of the network.
    pub shape: NetworkShape,
    /// Features, scalers, floor, change and baseline.
    pub inputs: InputSpec,
}

/// A network's name in tables and JSON, by how it pools.
#[must_use]
pub fn network_name(pooling: Pooling) -> &'static str {
    match pooling {
        Pooling::Last => "lstm",
        Pooling::Attention => "attention lstm",
    }
}

impl TrainedNetwork {
    fn card(&self) -> NetworkCard {
        NetworkCard { training: self.training.clone(), shape: *self.model.shape(), inputs: self.model.inputs().clone() }
    }

    fn load(card: &NetworkCard, prefix: &str, weights: &Weights) -> Result<Self, LoadError> {
        let own = weights.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone())));
        let model = LstmModel::new(card.inputs.clone(), card.shape, own.collect()).map_err(|error| match error {
            LoadError::Weights(problem) => LoadError::Weights(format!("under `{prefix}`: {problem}")),
            other => other,
        })?;
        Ok(Self { model, training: card.training.clone() })
    }
}

impl Member {
    /// Before any error is seen, trees count for more than networks, and those for more than plain models. The shares were
    /// chosen on recorded workloads.
    #[must_use]
    pub fn prior(&self) -> f64 {
        match self {
            Self::Plain(plain) if plain.model().is_seasonal_copy() => 0.2,
            Self::Plain(plain) if plain.model() == PlainModel::Linear => 1.0,
            Self::Plain(_) => 0.5,
            Self::Network(_) => 2.0,
            Self::Ensemble(_) => 3.0,
            Self::Trees(_) => 3.0,
        }
    }

    /// What the card says of it.
    #[must_use]
    pub fn card(&self) -> MemberCard {
        match self {
            Self::Plain(plain) => MemberCard::Plain { fitted: plain.clone() },
            Self::Trees(trees) => MemberCard::Trees { fitted: trees.card().clone() },
            Self::Network(network) => MemberCard::Network { network: network.card() },
            Self::Ensemble(networks) => MemberCard::Ensemble { networks: networks.iter().map(TrainedNetwork::card).collect() },
        }
    }

    /// Its weights by name; a network's under PyTorch's names after the member's own.
    fn weights(&self) -> Weights {
        let prefix = prefix(self.name());
        let named = |prefix: &str, model: &LstmModel| -> Vec<(String, Tensor)> {
            model.weights().iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())).collect()
        };
        match self {
            Self::Plain(_) => Weights::new(),
            Self::Trees(trees) => {
                let bytes = trees.encode().expect("what was fitted or decoded can be encoded");
                let tensor = |(level, bytes): (f64, Vec<u8>)| {
                    let length = bytes.len();
                    let tensor = Tensor::from_vec(bytes, length, &Device::Cpu).expect("a vector fits its own length");
                    (tree_key(&prefix, level), tensor)
                };
                LEVELS.into_iter().zip(bytes).map(tensor).collect()
            }
            Self::Network(network) => named(&prefix, &network.model).into_iter().collect(),
            Self::Ensemble(networks) => {
                let of = |(k, network): (usize, &TrainedNetwork)| named(&format!("{prefix}{k}/"), &network.model);
                networks.iter().enumerate().flat_map(of).collect()
            }
        }
    }

    fn load(card: &MemberCard, weights: &Weights) -> Result<Self, LoadError> {
        let damaged = |error: &dyn std::fmt::Display| LoadError::Weights(error.to_string());
        Ok(match card {
            MemberCard::Plain { fitted } => Self::Plain(fitted.clone()),
            MemberCard::Trees { fitted } => {
                let prefix = prefix(TREES);
                let bytes = |level: f64| {
                    let key = tree_key(&prefix, level);
                    let tensor = weights.get(&key).ok_or_else(|| LoadError::Weights(format!("`{key}` is missing")))?;
                    tensor.to_vec1::<u8>().map_err(|error| damaged(&error))
                };
                let bytes = LEVELS.into_iter().map(bytes).collect::<Result<Vec<_>, _>>()?;
                Self::Trees(Trees::decode(fitted.clone(), &bytes).map_err(|error| damaged(&error))?)
            }
            MemberCard::Network { network } => {
                let prefix = prefix(network_name(network.shape.pooling));
                Self::Network(TrainedNetwork::load(network, &prefix, weights)?)
            }
            MemberCard::Ensemble { networks } => {
                let load =
                    |(k, card): (usize, &NetworkCard)| TrainedNetwork::load(card, &format!("{}{k}/", prefix(ENSEMBLE)), weights);
                Self::Ensemble(networks.iter().enumerate().map(load).collect::<Result<_, _>>()?)
            }
        })
    }
}

const TREES: &str = "boosted trees";
const ENSEMBLE: &str = "lstm ensemble";

/// What a member's weights are called under.
fn prefix(name: &str) -> String {
    format!("{}/", name.replace(' ', "_"))
}

fn tree_key(prefix: &str, level: f64) -> String {
    format!("{prefix}q{level}")
}

impl Forecaster for Member {
    fn name(&self) -> &'static str {
        match self {
            Self::Plain(plain) => plain.name(),
            Self::Trees(_) => TREES,
            Self::Network(network) => network_name(network.model.shape().pooling),
            Self::Ensemble(_) => ENSEMBLE,
        }
    }

    fn forecast(&self, frame: &Frame, origins: &[usize]) -> Vec<Outlook> {
        match self {
            Self::Plain(plain) => plain.forecast(frame, origins),
            Self::Trees(trees) => trees.forecast(frame, origins),
            Self::Network(network) => network.model.forecast(frame, origins),
            Self::Ensemble(networks) => {
                let said: Vec<_> = networks.iter().map(|network| network.model.forecast(frame, origins)).collect();
                (0..origins.len()).map(|index| average(&said.iter().map(|said| &said[index]).collect::<Vec<_>>())).collect()
            }
        }
    }
}

/// The mean of what several models say, quantile by quantile.
#[must_use]
pub fn average(said: &[&Outlook]) -> Outlook {
    let mean = |of: fn(&Outlook, usize) -> Quantiles, h: usize| {
        Quantiles(std::array::from_fn(|k| said.iter().map(|outlook| of(outlook, h).0[k]).sum::<f64>() / said.len() as f64))
    };
    Outlook {
        steps: std::array::from_fn(|h| mean(|outlook, h| outlook.steps[h], h)),
        peaks: std::array::from_fn(|h| mean(|outlook, h| outlook.peaks[h], h)),
    }
}

/// What one model says from every origin of a span of rows that can be forecast from.
#[derive(Debug)]
pub struct Said {
    outlooks: BTreeMap<usize, Outlook>,
}

impl Said {
    /// Asks `model` at each of `rows`.
    #[must_use]
    pub fn of(model: &dyn Forecaster, frame: &Frame, rows: Range<usize>) -> Self {
        let origins: Vec<usize> = rows.filter(|&row| frame.can_forecast(row)).collect();
        let outlooks = origins.iter().copied().zip(model.forecast(frame, &origins)).collect();
        Self { outlooks }
    }

    /// What it says from `row`; none where it was not asked or could not say.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<&Outlook> {
        self.outlooks.get(&row)
    }
}

/// Walks over `rows` in order of time with what several models `said` from them and from the [`HORIZON`] rows before: `online`
/// learns from each measured value, then `visit` gets what they say together from that row.
pub fn walk(
    frame: &Frame,
    rows: Range<usize>,
    priors: &[f64],
    said: &[&Said],
    online: &mut Online,
    mut visit: impl FnMut(usize, Outlook),
) {
    let together = |row: usize| said.iter().map(|said| said.at(row)).collect::<Option<Vec<_>>>();
    for row in rows {
        let values = frame.values();
        if values[row].is_finite() {
            let mut peak = f64::NEG_INFINITY;
            for h in 0..HORIZON.min(row) {
                let value = values[row - h];
                // A running maximum over a gap is not known: NaN stays NaN.
                peak = if value.is_finite() && !peak.is_nan() { peak.max(value) } else { f64::NAN };
                if let Some(said) = together(row - 1 - h) {
                    online.learn(priors, h, &said, values[row], Some(peak).filter(|peak| peak.is_finite()));
                }
            }
        }
        online.until = Some(frame.series().timestamp(row));
        if let Some(said) = together(row) {
            visit(row, online.outlook(priors, &said));
        }
    }
}

/// The rows that a state which is behind is brought up to date with, at most: a day of 5-minute steps.
const CATCH_UP_ROWS: usize = 288;

/// What serves.
#[derive(Debug)]
pub struct Champion {
    members: Vec<Member>,
    priors: Vec<f64>,
}

impl Champion {
    /// A blend of `members`; of one, that one alone.
    #[must_use]
    pub fn new(members: Vec<Member>) -> Self {
        let priors = members.iter().map(Member::prior).collect();
        Self { members, priors }
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Reads a champion whose weights are `bytes`, in safetensors form.
    ///
    /// # Errors
    /// [`LoadError`] where cards and weights do not fit each other.
    pub fn load(cards: &[MemberCard], bytes: &[u8]) -> Result<Self, LoadError> {
        let weights: Weights = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
            .map_err(|error| LoadError::Weights(error.to_string()))?
            .into_iter()
            .collect();
        Ok(Self::new(cards.iter().map(|card| Member::load(card, &weights)).collect::<Result<_, _>>()?))
    }

    /// The weights of all members in safetensors form: the same weights give the same bytes.
    #[must_use]
    pub fn to_safetensors(&self) -> Vec<u8> {
        let weights: Weights = self.members.iter().flat_map(Member::weights).collect();
        safetensors::serialize(&weights, None).expect("weights are contiguous tensors")
    }

    /// What every member says from each row of `rows` and the [`HORIZON`] rows before.
    #[must_use]
    pub fn said(&self, frame: &Frame, rows: Range<usize>) -> Vec<Said> {
        let rows = rows.start.saturating_sub(HORIZON)..rows.end;
        self.members.iter().map(|member| Said::of(member, frame, rows.clone())).collect()
    }

    /// Brings `online` up to `origin` and says what is expected from there, in the target's unit. `None` where
    /// [`Frame::can_forecast`] is false.
    ///
    /// A state that is more than a day behind learns from the last day only; one that is ahead learns nothing.
    #[must_use]
    pub fn forecast(&self, frame: &Frame, origin: usize, online: &mut Online) -> Option<Outlook> {
        if !frame.can_forecast(origin) {
            return None;
        }
        let learned = |row: &usize| online.until.is_some_and(|until| frame.series().timestamp(*row) <= until);
        let first = ((origin + 1).saturating_sub(CATCH_UP_ROWS)..=origin).find(|row| !learned(row)).unwrap_or(origin + 1);
        let said = self.said(frame, first.min(origin)..origin + 1);
        let said: Vec<&Said> = said.iter().collect();
        walk(frame, first..origin + 1, &self.priors, &said, online, |_, _| {});
        let here: Vec<&Outlook> = said.iter().filter_map(|said| said.at(origin)).collect();
        Some(online.outlook(&self.priors, &here))
    }

    /// Walks over `rows`; see [`walk`].
    pub fn walk(&self, frame: &Frame, rows: Range<usize>, online: &mut Online, visit: impl FnMut(usize, Outlook)) {
        let said = self.said(frame, rows.clone());
        self.walk_said(frame, rows, &said, online, visit);
    }

    /// Walks over `rows` with what [`Champion::said`] gave of them.
    ///
    /// # Panics
    /// Where there is not one of `said` per member.
    pub fn walk_said(
        &self,
        frame: &Frame,
        rows: Range<usize>,
        said: &[Said],
        online: &mut Online,
        visit: impl FnMut(usize, Outlook),
    ) {
        walk(frame, rows, &self.priors, &said.iter().collect::<Vec<_>>(), online, visit);
    }
}
