//! Whether a new model replaces what serves: both forecast the same rows, which neither has seen, and the worse one goes.

use headroom_core::{
    champion::Champion,
    frame::{Frame, Target},
    model_card::ModelCard,
    online::Online,
    score::mean_pinball,
    uplift::Uplift,
};
use headroom_store::{Store, StoreError, models};
use jiff::SignedDuration;
use serde::Serialize;

use crate::card::TrainedModel;

/// Fewer origins than three hours of 5-minute steps tell too little of two models.
const ORIGINS_MIN: usize = 36;

/// More origins tell no more.
const ORIGINS_MAX: usize = 1000;

/// How two models did on the same rows, which neither has seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// Mean pinball loss of the new one, in instance-equivalents.
    pub new_loss: f64,
    /// That of the one that served before.
    pub loss_before: f64,
}

/// Whether a new model serves, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Succession {
    /// Whether it serves from now on.
    pub serves: bool,
    /// What served before: a version, or `default`; none where nothing usable did.
    pub before: Option<String>,
    /// How many origins lie where neither had seen anything.
    pub origins: usize,
    /// How both did there; none where there were too few origins to tell, or nothing to compare with.
    pub compared: Option<Comparison>,
}

impl Succession {
    /// What became of the new model `version`, in a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self, group: &str, version: &str) -> String {
        let before = match self.before.as_deref() {
            Some(DEFAULT) => "the default model".to_owned(),
            Some(before) => format!("`{before}`"),
            None => return format!("group `{group}` is served by `{version}` from now on"),
        };
        let evidence = match self.compared {
            Some(Comparison { new_loss, loss_before }) => {
                let (share, way) = match new_loss / loss_before - 1.0 {
                    more if more > 0.0 => (more, "above"),
                    less => (less.abs(), "below"),
                };
                format!(
                    "on {} origins that neither has seen its loss is {:.1} % {way} that of {before}",
                    self.origins,
                    share * 100.0
                )
            }
            None => format!("{} origins that neither has seen are too few to tell it from {before}", self.origins),
        };
        if self.serves {
            format!("group `{group}` is served by `{version}` from now on: {evidence}")
        } else {
            format!("group `{group}` is still served by {before}, not by `{version}`: {evidence}")
        }
    }
}

/// What the default model is called.
const DEFAULT: &str = "default";

/// What serves a group.
pub(crate) struct Serving {
    champion: Champion,
    card: ModelCard,
    own: bool,
}

/// What serves `group` and can do what the model of `new` does: its own model, or the default one; none where that is unusable,
/// or forecasts something else by now.
pub(crate) async fn serving(store: &dyn Store, group: &str, new: &ModelCard) -> Result<Option<Serving>, StoreError> {
    let Some(current) = models::current(store, group).await? else { return Ok(default(new)) };
    let stored = match models::load(store, group, &current.version).await {
        Err(StoreError::Corrupt { .. }) => return Ok(None),
        stored => stored?,
    };
    let usable = |card: &ModelCard| card.target == new.target && card.data.step_seconds == new.data.step_seconds;
    let Some(card) = ModelCard::from_json(&stored.card).ok().filter(usable) else { return Ok(None) };
    Ok(card.champion(&stored.weights).ok().map(|champion| Serving { champion, card, own: true }))
}

/// The default model, which forecasts loads, in steps of its own.
fn default(new: &ModelCard) -> Option<Serving> {
    let (champion, card) = scaler::default_model().ok()?;
    let suits = matches!(new.target, Target::Load { .. }) && card.data.step_seconds == new.data.step_seconds;
    suits.then_some(Serving { champion, card, own: false })
}

/// Judges `trained`, which was trained on `frame`, beside what served `before`.
pub(crate) fn judge(trained: &TrainedModel, frame: &Frame, before: Option<&Serving>, even_if_worse: bool) -> Succession {
    let Some(before) = before else { return Succession { serves: true, before: None, origins: 0, compared: None } };
    let first = first_unseen(trained, frame, before);
    let origins = frame.origins(first..frame.rows(), (frame.rows() - first).div_ceil(ORIGINS_MAX).max(1));
    let compared = (origins.len() >= ORIGINS_MIN).then(|| {
        // Both know the same of events: what came of them in rows that count is in neither.
        let frame = frame.clone().with_uplift(&Uplift::fit(frame, first));
        let loss = |champion: &Champion| loss(champion, &frame, trained.card.split.train_end, &origins);
        Comparison { new_loss: loss(&trained.champion), loss_before: loss(&before.champion) }
    });
    let no_worse = compared.is_some_and(|Comparison { new_loss, loss_before }| new_loss <= loss_before);
    let name = if before.own { before.card.version.clone() } else { DEFAULT.to_owned() };
    Succession { serves: no_worse || even_if_worse, before: Some(name), origins: origins.len(), compared }
}

/// The first row of `frame` that neither model was fitted to, at most one past the end.
fn first_unseen(trained: &TrainedModel, frame: &Frame, before: &Serving) -> usize {
    let own = trained.card.split.validation_end;
    if !before.own {
        return own;
    }
    let card = &before.card;
    let seen_seconds = i64::try_from(card.split.validation_end).unwrap_or(i64::MAX).saturating_mul(card.data.step_seconds);
    let seen_until = card.data.first + SignedDuration::from_secs(seen_seconds);
    (own..frame.rows()).find(|&row| frame.series().timestamp(row) >= seen_until).unwrap_or(frame.rows())
}

/// Mean pinball loss at `origins` of a champion that has learned online from the rows from `from` on, as it would have serving.
/// Infinite where it has nothing to say.
fn loss(champion: &Champion, frame: &Frame, from: usize, origins: &[usize]) -> f64 {
    let mut steps = Vec::with_capacity(origins.len());
    let mut online = Online::new(champion.members().len());
    champion.walk(frame, from..frame.rows(), &mut online, |row, outlook| {
        if origins.binary_search(&row).is_ok() {
            steps.push(outlook.steps);
        }
    });
    let loss = if steps.len() == origins.len() { mean_pinball(frame, origins, &steps) } else { f64::INFINITY };
    if loss.is_nan() { f64::INFINITY } else { loss }
}

#[cfg(test)]
mod tests {
    use headroom_core::{
        Calendar, Series,
        champion::Member,
        forecasters::{Plain, PlainModel},
        frame::Split,
    };
    use headroom_sim::{Profile, generate};
    use jiff::Timestamp;

    use super::*;
    use crate::{Networks, Settings, card::Provenance, train_model};

    /// A model of two days of the reference profile, and the frame that it was trained on.
    fn trained() -> (TrainedModel, Frame) {
        let rows = generate(Profile::Reference, 2, 11, Timestamp::from_second(1_780_272_000).unwrap()).observations;
        let target = Target::load(None, 300);
        let frame = target.frame(&Series::from_observations(&rows).unwrap(), &Calendar::default(), None).unwrap();
        let settings = Settings { hidden: 8, head: 16, rounds_max: 2, batches_per_round: 20, ..Settings::default() };
        let provenance = Provenance {
            source: String::new(),
            command: String::new(),
            calendar: false,
            target,
            now: Timestamp::from_second(1_780_444_800).unwrap(),
        };
        let split = Split::with_test(frame.rows());
        let trained = train_model(&frame, split, &settings, Networks::WherePaying, provenance, &mut |_, _| {}).unwrap();
        (trained, frame)
    }

    /// A champion of one plain model alone.
    fn plain(model: PlainModel, frame: &Frame, split: Split) -> Champion {
        let fitted = Plain::fit(model, frame, split.validation_end, &frame.validation_origins(split)).unwrap();
        Champion::new(vec![Member::Plain(fitted)])
    }

    #[test]
    fn the_worse_model_goes_whichever_is_new() {
        let (trained, frame) = trained();
        let (card, split) = (&trained.card, trained.card.split);
        let model = |model| TrainedModel { champion: plain(model, &frame, split), weights: Vec::new(), card: card.clone() };
        let serving = |model, split| Serving {
            champion: plain(model, &frame, card.split),
            card: ModelCard { version: "v0".to_owned(), split, ..card.clone() },
            own: true,
        };
        // On a daily sine the mean of the last hour lags behind.
        let (good, bad) = (PlainModel::Linear, PlainModel::LastHourMean);
        let version = &card.version;

        let kept = judge(&model(bad), &frame, Some(&serving(good, split)), false);
        let both = kept.compared.unwrap();
        assert!(!kept.serves && both.new_loss > both.loss_before, "{kept:?}");
        assert_eq!((kept.before.as_deref(), kept.origins), (Some("v0"), frame.test_origins(split).len()));
        let said = kept.sentence("web", version);
        assert!(said.starts_with(&format!("group `web` is still served by `v0`, not by `{version}`: on ")), "{said}");
        assert!(said.contains("% above that of `v0`"), "{said}");

        let forced = judge(&model(bad), &frame, Some(&serving(good, split)), true);
        assert!(forced.serves && forced.compared == kept.compared);
        let better = judge(&model(good), &frame, Some(&serving(bad, split)), false);
        assert!(better.serves && better.compared.unwrap().new_loss == both.loss_before, "the other way round: {better:?}");
        let said = better.sentence("web", version);
        assert!(said.starts_with(&format!("group `web` is served by `{version}` from now on: on ")), "{said}");
        assert!(judge(&model(good), &frame, Some(&serving(good, split)), false).serves, "no worse is good enough");

        let saw_all = Split { train_end: split.train_end, validation_end: frame.rows() };
        let untold = judge(&model(good), &frame, Some(&serving(bad, saw_all)), false);
        assert_eq!((untold.serves, untold.origins, untold.compared), (false, 0, None));
        assert!(untold.sentence("web", version).contains("too few to tell"), "{untold:?}");

        let first = judge(&model(bad), &frame, None, false);
        assert!(first.serves);
        assert_eq!(first.sentence("web", version), format!("group `web` is served by `{version}` from now on"));

        let default = default(card).expect("loads in steps of five minutes");
        let beside = judge(&model(good), &frame, Some(&default), false);
        assert_eq!(beside.before.as_deref(), Some("default"));
        let both = beside.compared.expect("the default model has seen none of it");
        assert_eq!(beside.serves, both.new_loss <= both.loss_before);
    }
}
