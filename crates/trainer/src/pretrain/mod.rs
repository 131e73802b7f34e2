//! The default model: one network for groups that have no model of their own yet.
//!
//! It learns from generated histories of every profile, cut into slices that are mostly too short to have a yesterday, and made
//! unlike each other in size, speed, noise and time zone. It sees a group only as shares of its own last three hours.

mod held_out;
mod histories;
mod variety;

use headroom_core::{
    champion::{Champion, Member},
    features::FEATURE_SET_VERSION,
    forecasters::PlainModel,
    frame::{Split, Target},
    lstm::InputSpec,
    model_card::{Candidate, DataFacts, ModelCard, NamedScore, weights_digest},
    online::Online,
    uplift::Uplift,
};
use headroom_sim::Profile;
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    card::{TrainedModel, version},
    training::{Lessons, Progress, Settings, TrainError, train_on},
};
pub use held_out::{HeldOut, Pool, last_value};
use histories::{History, Slice};

/// What the default model is called.
pub const DEFAULT: &str = "default";

/// Added to the scale of every window, in instance-equivalents: no capacity follows from a tenth of an instance.
const FLOOR: f64 = 0.1;

/// How much to train on, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Histories of every profile that slices to learn from are cut of; half as many tell when to stop, and as many are held out.
    pub histories: usize,
    /// Slices to learn from; a quarter as many tell when to stop.
    pub slices: usize,
    /// Moments of every history held out from which the finished model forecasts.
    pub moments: usize,
    /// How to train; its seed decides the histories too.
    pub settings: Settings,
}

impl Default for Plan {
    fn default() -> Self {
        let settings = Settings {
            hidden: 48,
            batch: 256,
            batches_per_round: 200,
            rounds_max: 24,
            patience: 6,
            learning_rate: 3e-3,
            ..Settings::default()
        };
        Self { histories: 16, slices: 2400, moments: 16, settings }
    }
}

impl Plan {
    /// The same with a share of the histories, slices, moments and rounds, for a trial.
    #[must_use]
    pub fn share(&self, share: f64) -> Self {
        let of = |count: usize, least: usize| ((count as f64 * share).round() as usize).max(least);
        Self {
            histories: of(self.histories, 2),
            slices: of(self.slices, 20),
            moments: of(self.moments, 2),
            settings: Settings {
                batches_per_round: of(self.settings.batches_per_round, 10),
                rounds_max: of(self.settings.rounds_max, 2),
                ..self.settings.clone()
            },
        }
    }
}

/// The parts of the histories.
const LEARNING: u64 = 1;
const STOPPING: u64 = 2;
const JUDGING: u64 = 3;

/// The histories of one part are drawn from their own stream of the seed: no part sees another's.
fn stream(seed: u64, part: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(part);
    random
}

/// Trains the default model and judges it on histories that were held out. The same plan gives the same model. `command` and
/// `now` are for the card.
///
/// # Errors
/// [`TrainError`] where the plan has too little to learn from.
pub fn pretrain(
    plan: &Plan,
    command: String,
    now: Timestamp,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(TrainedModel, Vec<HeldOut>), TrainError> {
    let seed = plan.settings.seed;
    let [mut learning, mut stopping, mut judging] = [LEARNING, STOPPING, JUDGING].map(|part| stream(seed, part));
    let train = History::drawn(plan.histories, &mut learning);
    let validation = History::drawn(plan.histories.div_ceil(2), &mut stopping);
    let test = History::drawn(plan.histories, &mut judging);
    let slices = Slice::drawn(plan.slices, &train, &mut learning);
    let held_back = Slice::drawn(plan.slices.div_ceil(4), &validation, &mut stopping);

    let spec = InputSpec::of_any_group(FLOOR, slices.iter().map(|slice| (&slice.frame, slice.origins.as_slice())));
    let spec = spec.ok_or(TrainError::NothingToLearn)?;
    let learned = |slice| lessons(slice, true);
    let watched = |slice| lessons(slice, false);
    let lessons: Vec<Lessons<'_>> = slices.iter().map(learned).chain(held_back.iter().map(watched)).collect();
    let network = train_on(spec, &lessons, &plan.settings, progress)?;
    let champion = Champion::new(vec![Member::Network(network)]);

    let chosen_on = held_out::judge(&champion, &validation, plan.moments, &held_out::LENGTHS[..1], &mut stopping);
    let judged = held_out::judge(&champion, &test, plan.moments, &held_out::LENGTHS, &mut judging);
    let relative_loss = chosen_on.iter().rfind(|held_out| held_out.profile.is_none()).and_then(HeldOut::relative_wql);
    let parts = [&train, &validation, &test];
    let card = card(plan, &champion, parts, relative_loss, &judged, command, now);
    let weights = champion.to_safetensors();
    Ok((TrainedModel { champion, weights, card }, judged))
}

/// Judges `champion` at `moments` moments of each of `histories` histories of every profile that are held out under `seed`: for
/// six hours, a day and eight days of history, each profile and then all of them.
#[must_use]
pub fn judge(champion: &Champion, seed: u64, histories: usize, moments: usize) -> Vec<HeldOut> {
    let mut random = stream(seed, JUDGING);
    let test = History::drawn(histories, &mut random);
    held_out::judge(champion, &test, moments, &held_out::LENGTHS, &mut random)
}

fn lessons(slice: &Slice, learned: bool) -> Lessons<'_> {
    let (learn, watch) = if learned { (slice.origins.clone(), Vec::new()) } else { (Vec::new(), slice.origins.clone()) };
    Lessons { frame: &slice.frame, origins: learn, validation: watch, unit: Some(slice.unit()) }
}

/// The card of a model that was trained on no group: rows are those of all histories, one after the other, and scores are of
/// six hours of history.
fn card(
    plan: &Plan,
    champion: &Champion,
    parts: [&Vec<History>; 3],
    relative_loss: Option<f64>,
    judged: &[HeldOut],
    command: String,
    now: Timestamp,
) -> ModelCard {
    let [train, validation, test] = parts.map(|histories| histories.iter().map(|history| history.loads.len()).sum::<usize>());
    let all = || parts.into_iter().flatten();
    let weights_sha256 = weights_digest(&champion.to_safetensors());
    let names = Profile::ALL.map(Profile::name).join(", ");
    let source = format!(
        "generated histories of {names}, seed {}, {} of each to learn from, in {} slices of six hours to twelve days",
        plan.settings.seed, plan.histories, plan.slices
    );
    let last_value = PlainModel::LastValue.name();
    let young = judged.iter().find(|held_out| held_out.profile.is_none());
    let named = |model: &str, score| NamedScore { model: model.to_owned(), score };
    let candidate = |model: &str, relative_loss| Candidate { model: model.to_owned(), relative_loss };
    ModelCard {
        format: ModelCard::FORMAT,
        version: version(now, &weights_sha256),
        model: DEFAULT.to_owned(),
        created_at: now,
        command,
        target: Target::Load { requests_per_instance: None },
        data: DataFacts {
            source,
            rows: train + validation + test,
            missing_rows: 0,
            first: all().map(History::first).min().unwrap_or(now),
            last: all().map(History::last).max().unwrap_or(now),
            step_seconds: histories::STEP_SECONDS,
            calendar: true,
        },
        split: Split { train_end: train, validation_end: train + validation },
        predictable: true,
        margin: relative_loss.map(|loss| 1.0 - loss),
        candidates: relative_loss.map(|loss| vec![candidate(DEFAULT, loss), candidate(last_value, 1.0)]).unwrap_or_default(),
        scored_on: "test".to_owned(),
        scored_origins: young.map_or(0, |held_out| held_out.forecasts),
        scores: young
            .map(|held_out| vec![named(DEFAULT, held_out.model), named(last_value, held_out.last_value)])
            .unwrap_or_default(),
        // What events do to a load is a group's own: announcements are taken at their word.
        uplift: Uplift::default(),
        feature_set_version: FEATURE_SET_VERSION,
        members: champion.members().iter().map(Member::card).collect(),
        // So are the sizes of errors.
        online: Online::new(champion.members().len()),
        weights_sha256,
    }
}
