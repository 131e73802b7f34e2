//! The query parameters of a request, checked.

use std::ops::RangeInclusive;

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use jiff::{SignedDuration, Timestamp};

use crate::problem::Problem;

/// The parameter that says how far back an answer reaches.
pub(crate) const HOURS: &str = "hours";

/// No answer reaches further back: 28 days.
const HOURS_MAX: i64 = 672;

/// Hours where the request names none.
const HOURS_DEFAULT: i64 = 24;

/// The parameters as they were sent.
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(rejection) => Err(Problem::bad_parameter(
                None,
                format!("the query cannot be read: {}", rejection.body_text()),
                "write it as `name=value&name=value`, percent-encoded".to_owned(),
            )),
        }
    }
}

impl Params {
    /// Refuses a parameter that the route does not know, so that a slip of the pen is not silently ignored.
    ///
    /// # Errors
    /// A [`Problem`] that names the parameter and those that there are.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad_parameter(
                None,
                format!("there is no parameter `{name}` here"),
                format!("use {}", listed(known)),
            )),
        }
    }

    /// The whole number `name`, or `default` where it was not sent.
    ///
    /// # Errors
    /// A [`Problem`] where it is no whole number within `range`.
    pub(crate) fn whole(&self, name: &'static str, default: i64, range: RangeInclusive<i64>) -> Result<i64, Problem> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
            let (low, high) = range.into_inner();
            Problem::bad_parameter(
                Some(name),
                format!("`{name}` is `{text}`"),
                format!("write a whole number from {low} to {high}, or leave it out for {default}"),
            )
        })
    }

    /// The flag `name`, false where it was not sent.
    ///
    /// # Errors
    /// A [`Problem`] where it is neither `true` nor `false`.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(Problem::bad_parameter(
                Some(name),
                format!("`{name}` is `{text}`"),
                "write `true` or `false`, or leave it out for `false`".to_owned(),
            )),
        }
    }

    /// The span of time that ends now and is `hours` long, 24 where the request names none.
    ///
    /// # Errors
    /// A [`Problem`] where `hours` is no whole number from 1 to 672.
    pub(crate) fn span(&self, now: Timestamp) -> Result<Span, Problem> {
        let hours = self.whole(HOURS, HOURS_DEFAULT, 1..=HOURS_MAX)?;
        Ok(Span { from: now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN), to: now })
    }

    /// The end of a span that reaches `name` hours beyond now, 24 where the request names none.
    ///
    /// # Errors
    /// A [`Problem`] where it is no whole number from 0 to 672.
    pub(crate) fn ahead(&self, name: &'static str, now: Timestamp) -> Result<Timestamp, Problem> {
        let hours = self.whole(name, HOURS_DEFAULT, 0..=HOURS_MAX)?;
        Ok(now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// First moment.
    pub(crate) from: Timestamp,
    /// Last moment.
    pub(crate) to: Timestamp,
}

impl Span {
    /// Whether `moment` lies within, the end included: what was recorded at this very moment is shown.
    pub(crate) fn holds(self, moment: Timestamp) -> bool {
        self.from <= moment && moment <= self.to
    }

    /// The end as a bound of reading that is left out: a moment after [`Span::to`], so that midnight's record is read.
    pub(crate) fn end(self) -> Timestamp {
        just_after(self.to)
    }

    /// Length in seconds.
    pub(crate) fn seconds(self) -> i64 {
        self.to.duration_since(self.from).as_secs()
    }
}

/// The moment after `moment`, for bounds that are left out.
pub(crate) fn just_after(moment: Timestamp) -> Timestamp {
    moment.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX)
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "no parameter".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
    }
}
