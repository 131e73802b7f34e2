//! A family of policies: one rule, and the knob that trades cost for violations.

use std::fmt;

use crate::replay::Policy;

type Make<'a> = Box<dyn Fn(Option<f64>) -> Box<dyn Policy + 'a> + Send + Sync + 'a>;

/// A policy by name, made anew for every replay.
pub struct Family<'a> {
    name: String,
    variant: Option<String>,
    default: Option<f64>,
    knobs: Vec<f64>,
    make: Make<'a>,
}

impl fmt::Debug for Family<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, variant, default, knobs, make: _ } = self;
        formatter
            .debug_struct("Family")
            .field("name", name)
            .field("variant", variant)
            .field("default", default)
            .field("knobs", knobs)
            .finish()
    }
}

impl<'a> Family<'a> {
    /// A policy without a knob.
    pub fn fixed<P: Policy + 'a>(name: &str, make: impl Fn() -> P + Send + Sync + 'a) -> Self {
        Self { name: name.to_owned(), variant: None, default: None, knobs: Vec::new(), make: Box::new(move |_| Box::new(make())) }
    }

    /// A policy with a knob, which stands at `default` unless `knobs` are tried.
    pub fn with_knob<P: Policy + 'a>(
        name: &str,
        default: f64,
        knobs: Vec<f64>,
        make: impl Fn(f64) -> P + Send + Sync + 'a,
    ) -> Self {
        Self {
            name: name.to_owned(),
            variant: None,
            default: Some(default),
            knobs,
            make: Box::new(move |knob| Box::new(make(knob.unwrap_or(default)))),
        }
    }

    /// The same with other settings to try; none for its default alone.
    #[must_use]
    pub fn with_knobs(self, knobs: Vec<f64>) -> Self {
        Self { knobs, ..self }
    }

    /// The same as a variant of the family of this name, whose settings join that family's frontier: another value of what
    /// the knob does not turn. Its own default is no policy of the backtest.
    #[must_use]
    pub fn as_variant(self, variant: &str) -> Self {
        Self { variant: Some(variant.to_owned()), ..self }
    }

    /// What makes it a variant of its family; none of the family itself.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its knob stands unless told otherwise; none without a knob.
    #[must_use]
    pub fn default_knob(&self) -> Option<f64> {
        self.default
    }

    /// The settings to try, in order; none without a knob.
    #[must_use]
    pub fn knobs(&self) -> &[f64] {
        &self.knobs
    }

    /// A policy that has seen nothing yet, at `knob`, or at the default where none is given. A family without a knob gives
    /// none to its policy.
    #[must_use]
    pub fn policy(&self, knob: Option<f64>) -> Box<dyn Policy + 'a> {
        (self.make)(knob)
    }
}
