//! From a frame to a trained model with its card.

use std::ops::ControlFlow;

use headroom_core::{
    champion::{Champion, Member},
    features::FEATURE_SET_VERSION,
    forecasters::Forecaster,
    frame::{Frame, Split, Target},
    model_card::{DataFacts, ModelCard, NamedScore, weights_digest},
    score::score,
    uplift::Uplift,
};
use jiff::Timestamp;

use crate::{
    contest::{Contest, Judged, Networks, compete_while},
    training::{Progress, Settings, TrainError, Watch},
};

/// What a card says that training itself does not know.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The file or store that the rows came from.
    pub source: String,
    /// The command that is running.
    pub command: String,
    /// Whether a calendar told of events.
    pub calendar: bool,
    /// What is forecast.
    pub target: Target,
    /// When it is made.
    pub now: Timestamp,
}

/// A trained champion, its weights as bytes, and its card.
#[derive(Debug)]
pub struct TrainedModel {
    /// What serves, ready to forecast.
    pub champion: Champion,
    /// Its weights in safetensors form.
    pub weights: Vec<u8>,
    /// Its card.
    pub card: ModelCard,
}

/// Holds the contest and scores its champion beside the plain models, on the test part, or where `split` keeps none, on the
/// validation part.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from.
pub fn train_model(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    networks: Networks,
    provenance: Provenance,
    progress: &mut (dyn FnMut(&str, Progress) + Send),
) -> Result<TrainedModel, TrainError> {
    train_model_while(frame, split, settings, networks, provenance, &mut |name, at| {
        progress(name, at);
        ControlFlow::Continue(())
    })
}

/// [`train_model`], as long as `watch` says so.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from; [`TrainError::Stopped`] where `watch` breaks.
pub fn train_model_while(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    networks: Networks,
    provenance: Provenance,
    watch: &mut Watch<'_>,
) -> Result<TrainedModel, TrainError> {
    let contest = compete_while(frame, split, settings, networks, watch)?;
    let (model, margin, predictable) = (contest.name(contest.choice), contest.margin, contest.predictable());
    let candidates = contest.candidates();
    let (scored_on, origins) = match frame.test_origins(split) {
        test if test.is_empty() => ("validation", frame.validation_origins(split)),
        test => ("test", test),
    };
    let mut steps = if scored_on == "validation" { contest.of(contest.choice).1.steps.clone() } else { Vec::new() };
    let mut scores = plain_scores(&contest, split, scored_on, &origins);
    let known = contest.frame.clone();
    let (champion, mut online) = contest.crown();
    champion.walk(&known, split.validation_end..known.rows(), &mut online, |row, outlook| {
        if scored_on == "test" && origins.binary_search(&row).is_ok() {
            steps.push(outlook.steps);
        }
    });
    let own = score(frame, split, &origins, &steps).map(|score| NamedScore { model: model.to_owned(), score });
    scores.splice(0..0, own);
    let weights = champion.to_safetensors();
    let weights_sha256 = weights_digest(&weights);
    let card = ModelCard {
        format: ModelCard::FORMAT,
        version: version(provenance.now, &weights_sha256),
        model: model.to_owned(),
        created_at: provenance.now,
        command: provenance.command,
        target: provenance.target,
        data: DataFacts {
            source: provenance.source,
            rows: frame.rows(),
            missing_rows: frame.values().iter().filter(|value| value.is_nan()).count(),
            first: frame.series().timestamp(0),
            last: frame.series().timestamp(frame.rows() - 1),
            step_seconds: frame.series().step_seconds(),
            calendar: provenance.calendar,
        },
        split,
        predictable,
        margin,
        candidates,
        scored_on: scored_on.to_owned(),
        scored_origins: origins.len(),
        scores,
        // What serves may know what events did up to the very end.
        uplift: Uplift::fit(frame, frame.rows()),
        feature_set_version: FEATURE_SET_VERSION,
        members: champion.members().iter().map(Member::card).collect(),
        online,
        weights_sha256,
    };
    Ok(TrainedModel { champion, weights, card })
}

/// The scores of the plain models: on the test part uncorrected, as anyone would have them.
fn plain_scores(contest: &Contest, split: Split, scored_on: &str, origins: &[usize]) -> Vec<NamedScore> {
    let frame = &contest.frame;
    let scored = |(member, judged): &(Member, Judged)| {
        let Member::Plain(plain) = member else { return None };
        let steps = match scored_on {
            "validation" => judged.steps.clone(),
            _ => plain.forecast(frame, origins).into_iter().map(|outlook| outlook.steps).collect(),
        };
        Some(NamedScore { model: plain.name().to_owned(), score: score(frame, split, origins, &steps)? })
    };
    contest.members.iter().filter_map(scored).collect()
}

/// A version sorts by time and tells different weights apart.
pub(crate) fn version(now: Timestamp, weights_sha256: &str) -> String {
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &weights_sha256[..8])
}
