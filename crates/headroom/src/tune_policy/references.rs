//! What the search is compared with: the group's policies on both halves, and plain ones.

use headroom_core::Group;
use headroom_sim::{Family, Minute, plain_families};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Serialize;

use super::{
    case::Case,
    figures::{Figures, Halves},
};

/// A policy to compare with, on both halves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Reference {
    /// Its name.
    pub(crate) name: String,
    /// Its knob, where it has one.
    pub(crate) knob: Option<f64>,
    /// What it comes to.
    #[serde(flatten)]
    pub(crate) halves: Halves,
}

impl Case {
    /// What `group` comes to under its own policy.
    pub(crate) fn halves(&self, group: Group) -> Halves {
        self.halves_of(&self.replay_group(group, usize::MAX))
    }

    fn halves_of(&self, minutes: &[Minute]) -> Halves {
        let (choosing, confirming) = minutes.split_at(self.half_minutes());
        Halves { choosing: Figures::of(choosing, self.prices), confirming: Figures::of(confirming, self.prices) }
    }

    /// What the policies of that name come to, at each setting of their knob.
    fn references(&self, name: &str) -> Vec<Reference> {
        let families = plain_families(&self.workload, &self.rules);
        let knobs = |family: &Family<'_>| match family.knobs() {
            [] => vec![None],
            knobs => knobs.iter().copied().map(Some).collect(),
        };
        let wanted = families.iter().filter(|family| family.name() == name);
        let settings: Vec<_> = wanted.flat_map(|family| knobs(family).into_iter().map(move |knob| (family, knob))).collect();
        let reference = |(family, knob): &(&Family<'_>, Option<f64>)| Reference {
            name: name.to_owned(),
            knob: *knob,
            halves: self.halves_of(&self.replay(&mut *family.policy(*knob), usize::MAX)),
        };
        settings.par_iter().map(reference).collect()
    }
}

/// The cheaper target tracking with no more violations than what is `chosen`, by the half that chooses; without one, the one with
/// the fewest.
pub(crate) fn target_tracking(case: &Case, chosen: &Figures) -> Reference {
    let references = ["target-tracking", "target-tracking-fast"].map(|name| case.references(name)).concat();
    let violations = |reference: &Reference| reference.halves.choosing.violation_minutes;
    let cost = |reference: &Reference| reference.halves.choosing.cost;
    let fewest = references.iter().map(violations).min().unwrap_or(0);
    let most = chosen.violation_minutes.max(fewest);
    let allowed = references.iter().filter(|reference| violations(reference) <= most);
    allowed.min_by(|a, b| cost(a).total_cmp(&cost(b))).cloned().expect("there are two target trackings")
}

/// The history's highest demand, all the time.
pub(crate) fn static_peak(case: &Case) -> Reference {
    case.references("static-peak").pop().expect("there is a static peak")
}
