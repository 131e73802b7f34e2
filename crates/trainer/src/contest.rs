//! The contest: every candidate learns from the training part, is judged on the validation part as it would serve, and the
//! best one, or a blend of all, becomes the champion.

use std::{ops::ControlFlow, time::Instant};

use headroom_core::{
    champion::{Champion, Member, Said, walk},
    forecast::StepQuantiles,
    forecasters::{Forecaster, Plain, PlainModel, Trees},
    frame::{Frame, Split},
    model_card::Candidate,
    online::Online,
    score::mean_pinball,
    uplift::Uplift,
};

use crate::training::{Progress, Settings, TrainError, Watch, train_while};

/// How far below the last value's loss a champion has to lie for the load to count as predictable.
const MARGIN_MIN: f64 = 0.02;

/// A plain model serves alone where its loss lies below the blend's by this share. A learned one never does: the validation
/// part has decided when its learning stopped, and flatters it.
const SINGLE_MARGIN: f64 = 0.03;

/// A network has to beat everything else by this share before an attention network is tried.
const NETWORK_PAYS: f64 = 0.05;

/// Two networks together have to beat the better of them by this share before an ensemble is trained.
const ENSEMBLE_PAYS: f64 = 0.005;

/// What the blend is called.
pub const BLEND: &str = "blend";

/// Which networks are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Networks {
    /// One; attention and an ensemble only where the validation part says that they pay.
    #[default]
    WherePaying,
    /// All of them.
    All,
}

/// What came of a contest.
#[derive(Debug)]
pub struct Contest {
    /// All that could be fitted, by now on every row before the end of the validation part, and how each did there alone.
    pub members: Vec<(Member, Judged)>,
    /// The frame that they were fitted on: it knows what each kind of event did up to the end of the validation part.
    pub frame: Frame,
    /// Which of them are blended.
    pub blended: Vec<usize>,
    /// How the blend did on the validation part.
    pub blend: Judged,
    /// Who serves.
    pub choice: Choice,
    /// By what share the champion's loss lies below the last value's on the validation part; none where the history was too
    /// short to measure the last value's errors.
    pub margin: Option<f64>,
}

/// Who serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One member, by its place.
    Alone(usize),
    /// The blend.
    Blend,
}

/// One model, or the blend, on the validation part.
#[derive(Debug)]
pub struct Judged {
    /// Mean pinball loss, in the target's unit.
    pub loss: f64,
    /// What it said at [`Frame::validation_origins`], corrected online.
    pub steps: Vec<StepQuantiles>,
    /// What was learned from its errors.
    pub online: Online,
    /// Seconds of fitting, both times.
    pub fit_seconds: f64,
}

impl Contest {
    /// Whether anything beat the last value, as far as can be told.
    #[must_use]
    pub fn predictable(&self) -> bool {
        self.margin.is_none_or(|margin| margin >= MARGIN_MIN)
    }

    /// A member's name, or [`BLEND`].
    #[must_use]
    pub fn name(&self, choice: Choice) -> &'static str {
        match choice {
            Choice::Alone(member) => self.members[member].0.name(),
            Choice::Blend => BLEND,
        }
    }

    /// The places of the members behind `choice`, and how they did together on the validation part.
    #[must_use]
    pub fn of(&self, choice: Choice) -> (Vec<usize>, &Judged) {
        match choice {
            Choice::Alone(member) => (vec![member], &self.members[member].1),
            Choice::Blend => (self.blended.clone(), &self.blend),
        }
    }

    /// What competed, the best first; nothing where the last value's errors could not be measured.
    #[must_use]
    pub fn candidates(&self) -> Vec<Candidate> {
        let Some(reference) = last_value(&self.members) else { return Vec::new() };
        let alone = self.members.iter().map(|(member, judged)| (member.name(), judged.loss));
        let mut candidates: Vec<Candidate> = alone
            .chain([(BLEND, self.blend.loss)])
            .map(|(model, loss)| Candidate { model: model.to_owned(), relative_loss: loss / reference })
            .collect();
        candidates.sort_by(|a, b| a.relative_loss.total_cmp(&b.relative_loss));
        candidates
    }

    /// What serves, with what was learned from its errors up to the end of the validation part.
    #[must_use]
    pub fn crown(self) -> (Champion, Online) {
        let (places, judged) = self.of(self.choice);
        let online = judged.online.clone();
        let chosen = self.members.into_iter().enumerate().filter(|(place, _)| places.contains(place));
        (Champion::new(chosen.map(|(_, (member, _))| member).collect()), online)
    }
}

/// The last value's loss; none where its errors could not be measured, or it never errs.
fn last_value(members: &[(Member, Judged)]) -> Option<f64> {
    let is_last_value = |member: &Member| matches!(member, Member::Plain(plain) if plain.model() == PlainModel::LastValue);
    members
        .iter()
        .find(|(member, _)| is_last_value(member))
        .map(|(_, judged)| judged.loss)
        .filter(|loss| loss.is_finite() && *loss > 0.0)
}

/// Holds the contest. Nothing after the validation part is looked at; the same arguments give the same result.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from.
pub fn compete(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    networks: Networks,
    progress: &mut (dyn FnMut(&str, Progress) + Send),
) -> Result<Contest, TrainError> {
    compete_while(frame, split, settings, networks, &mut |name, at| {
        progress(name, at);
        ControlFlow::Continue(())
    })
}

/// [`compete`], as long as `watch` says so.
///
/// # Errors
/// [`TrainError`] where there is too little to learn from; [`TrainError::Stopped`] where `watch` breaks.
pub fn compete_while(
    frame: &Frame,
    split: Split,
    settings: &Settings,
    networks: Networks,
    watch: &mut Watch<'_>,
) -> Result<Contest, TrainError> {
    let learned = frame.clone().with_uplift(&Uplift::fit(frame, split.train_end));
    let mut entries = Entries::new(&learned, split);
    for model in PlainModel::ALL {
        if let Some(plain) = Plain::fit(model, entries.frame, split.train_end, &entries.origins) {
            entries.enter(Member::Plain(plain));
        }
    }
    if let Some(trees) = Trees::grow(entries.frame, split, settings.seed)? {
        entries.enter(Member::Trees(trees));
    }
    enter_networks(&mut entries, settings, networks, watch)?;
    let known = frame.clone().with_uplift(&Uplift::fit(frame, split.validation_end));
    entries.decide(known, settings.seed)
}

/// Trains networks, the dear ones where the cheap ones say that they pay.
fn enter_networks(
    entries: &mut Entries<'_>,
    settings: &Settings,
    networks: Networks,
    watch: &mut Watch<'_>,
) -> Result<(), TrainError> {
    let (frame, split, all) = (entries.frame, entries.split, networks == Networks::All);
    let best_other = entries.best_loss();
    let mut trained = |settings: &Settings, name: &str| train_while(frame, split, settings, &mut |at| watch(name, at));
    let first = trained(settings, settings.model_name())?;
    let first_loss = entries.enter(Member::Network(first.clone()));
    let other = Settings { pooling: settings.pooling.other(), ..settings.clone() };
    if !all && first_loss > (1.0 - NETWORK_PAYS) * best_other {
        return Ok(());
    }
    let second = trained(&other, other.model_name())?;
    let second_loss = entries.enter(Member::Network(second.clone()));
    let pair = Member::Ensemble(vec![first.clone(), second.clone()]);
    if !all && entries.judge_alone(&pair).loss > (1.0 - ENSEMBLE_PAYS) * first_loss.min(second_loss) {
        return Ok(());
    }
    let mut five = vec![first, second];
    for (k, settings) in settings.diverse().into_iter().enumerate() {
        five.push(trained(&settings, &format!("ensemble {}/5", k + 3))?);
    }
    entries.enter(Member::Ensemble(five));
    Ok(())
}

/// Who has entered so far, and how each is judged.
struct Entries<'a> {
    frame: &'a Frame,
    split: Split,
    /// Where forecasts are judged.
    origins: Vec<usize>,
    members: Vec<(Member, Judged)>,
    /// What each member says all over the validation part.
    said: Vec<Said>,
    /// When the last one was done.
    since: Instant,
}

impl<'a> Entries<'a> {
    fn new(frame: &'a Frame, split: Split) -> Self {
        Self {
            frame,
            split,
            origins: frame.validation_origins(split),
            members: Vec::new(),
            said: Vec::new(),
            since: Instant::now(),
        }
    }

    fn listen(&self, member: &Member) -> Said {
        Said::of(member, self.frame, self.split.train_end..self.split.validation_end)
    }

    /// Lets `said`, a blend with `priors`, learn online over the validation part and measures its loss there.
    fn judge(&self, priors: &[f64], said: &[&Said]) -> Judged {
        let rows = self.split.train_end..self.split.validation_end;
        let mut online = Online::new(said.len());
        let mut steps = Vec::with_capacity(self.origins.len());
        let mut wanted = self.origins.iter().peekable();
        walk(self.frame, rows, priors, said, &mut online, |row, outlook| {
            if wanted.next_if_eq(&&row).is_some() {
                steps.push(outlook.steps);
            }
        });
        Judged { loss: mean_pinball(self.frame, &self.origins, &steps), steps, online, fit_seconds: 0.0 }
    }

    fn judge_alone(&self, member: &Member) -> Judged {
        self.judge(&[member.prior()], &[&self.listen(member)])
    }

    /// Takes part from now on; returns its loss.
    fn enter(&mut self, member: Member) -> f64 {
        let fit_seconds = self.since.elapsed().as_secs_f64();
        let said = self.listen(&member);
        let judged = Judged { fit_seconds, ..self.judge(&[member.prior()], &[&said]) };
        let loss = judged.loss;
        self.said.push(said);
        self.members.push((member, judged));
        self.since = Instant::now();
        loss
    }

    fn best_loss(&self) -> f64 {
        self.members.iter().map(|(_, judged)| judged.loss).fold(f64::INFINITY, f64::min)
    }

    /// Blends, chooses, and fits what was chosen by the training part again on all rows before the end of validation.
    fn decide(self, known: Frame, seed: u64) -> Result<Contest, TrainError> {
        let ensemble = self.members.iter().any(|(member, _)| matches!(member, Member::Ensemble(_)));
        // The networks of an ensemble are in it already.
        let blended: Vec<usize> =
            (0..self.members.len()).filter(|&place| !(ensemble && matches!(self.members[place].0, Member::Network(_)))).collect();
        let priors: Vec<f64> = blended.iter().map(|&place| self.members[place].0.prior()).collect();
        let blend = self.judge(&priors, &blended.iter().map(|&place| &self.said[place]).collect::<Vec<_>>());
        let plain = (0..self.members.len()).filter(|&place| matches!(self.members[place].0, Member::Plain(_)));
        let best = plain.min_by(|&a, &b| self.members[a].1.loss.total_cmp(&self.members[b].1.loss));
        let choice = match best.map(|best| (best, self.members[best].1.loss)) {
            Some((best, loss)) if loss < (1.0 - SINGLE_MARGIN) * blend.loss => Choice::Alone(best),
            _ => Choice::Blend,
        };
        let Self { split, members, .. } = self;
        let refitted = |(member, judged): (Member, Judged)| {
            let begun = Instant::now();
            let member = refit(member, &known, split, seed)?;
            let fit_seconds = judged.fit_seconds + begun.elapsed().as_secs_f64();
            Ok((member, Judged { fit_seconds, ..judged }))
        };
        let members = members.into_iter().map(refitted).collect::<Result<Vec<_>, TrainError>>()?;
        let mut contest = Contest { members, frame: known, blended, blend, choice, margin: None };
        contest.margin = last_value(&contest.members).map(|reference| 1.0 - contest.of(contest.choice).1.loss / reference);
        if !contest.predictable() {
            let naive =
                |(member, _): &(Member, Judged)| matches!(member, Member::Plain(plain) if plain.model() == PlainModel::LastValue);
            contest.choice = contest.members.iter().position(naive).map_or(contest.choice, Choice::Alone);
        }
        Ok(contest)
    }
}

/// Fits a member again on all rows before the end of validation. Networks stay as they are: the validation part decided when
/// their training stopped.
fn refit(member: Member, frame: &Frame, split: Split, seed: u64) -> Result<Member, TrainError> {
    Ok(match member {
        Member::Plain(plain) => {
            let again = Plain::fit(plain.model(), frame, split.validation_end, &frame.validation_origins(split));
            Member::Plain(again.unwrap_or(plain))
        }
        Member::Trees(trees) => Member::Trees(trees.regrow(frame, split.validation_end, seed)?),
        network => network,
    })
}
