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

/// The parameter that says where a span begins.
pub(crate) const FROM: &str = "from";

/// The parameter that says where a span ends.
pub(crate) const TO: &str = "to";

/// What a route knows that answers about a span.
pub(crate) const SPAN: [&str; 3] = [HOURS, FROM, TO];

/// No span is longer: 28 days.
const HOURS_MAX: i64 = 672;

/// Seconds of the epoch that a moment may have: up to the year 9000, so that no sum of times runs over.
const EPOCHS: RangeInclusive<i64> = 0..=221_845_392_000;

/// Hours where the request names none.
const HOURS_DEFAULT: i64 = 24;

/// The span of time that is asked for.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Params::span` reads")]
pub(crate) struct SpanQuery {
    /// Length of the span in hours; it ends now, or at `to`. 24 by default.
    #[param(minimum = 1, maximum = 672)]
    hours: Option<i64>,
    /// Where the span begins, in place of `hours`. At most 672 hours before its end.
    from: Option<Timestamp>,
    /// Where the span ends; now by default.
    to: Option<Timestamp>,
}

/// Which part of a list is asked for.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `Wanted::of` reads")]
pub(crate) struct PageQuery {
    /// Entries at most; how many at the most is told where it is exceeded.
    #[param(minimum = 1)]
    limit: Option<i64>,
    /// What `next` of the answer before was; left out for the first part.
    cursor: Option<String>,
}

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

    /// The span of time that is asked for: `from` to `to`, or the last `hours`, 24 where the request names none.
    ///
    /// # Errors
    /// A [`Problem`] where `hours` is no whole number from 1 to 672, a moment cannot be read, or the span is none.
    pub(crate) fn span(&self, now: Timestamp) -> Result<Span, Problem> {
        let (from, to) = (self.moment(FROM)?, self.moment(TO)?);
        if from.is_none() && to.is_none() {
            let hours = self.whole(HOURS, HOURS_DEFAULT, 1..=HOURS_MAX)?;
            return Ok(Span { from: before(now, hours), to: now });
        }
        let to = to.unwrap_or(now);
        let from = match (from, self.text(HOURS)) {
            (Some(_), Some(_)) => {
                let detail = format!("`{FROM}` and `{HOURS}` both say where the span begins");
                return Err(Problem::bad_parameter(Some(HOURS), detail, "leave one of them out".to_owned()));
            }
            (Some(from), None) => from,
            (None, _) => before(to, self.whole(HOURS, HOURS_DEFAULT, 1..=HOURS_MAX)?),
        };
        let hours = to.duration_since(from).as_secs_f64() / 3600.0;
        if hours <= 0.0 || hours > HOURS_MAX as f64 {
            let detail = format!("from {from} to {to} are {hours:.1} hours");
            let cure = format!("let `{FROM}` lie before `{TO}` by at most {HOURS_MAX} hours, and ask more than once for more");
            return Err(Problem::bad_parameter(Some(FROM), detail, cure));
        }
        Ok(Span { from, to })
    }

    /// The moment `name`, where it was sent.
    ///
    /// # Errors
    /// A [`Problem`] where it is none.
    fn moment(&self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        // A plus sign that was not percent-encoded arrives as a blank.
        let moment = text.replace(' ', "+").parse::<Timestamp>().ok().filter(|moment| EPOCHS.contains(&moment.as_second()));
        moment.map(Some).ok_or_else(|| {
            Problem::bad_parameter(
                Some(name),
                format!("`{name}` is `{text}`"),
                "write a moment of RFC 3339 from 1970 on, for example 2026-11-27T08:00:00Z".to_owned(),
            )
        })
    }

    /// The group that `name` has to say.
    ///
    /// # Errors
    /// A [`Problem`] where it was not sent.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str, Problem> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            Problem::bad_parameter(Some(name), format!("`{name}` is missing"), format!("add `{name}=` and the id of a group"))
        })
    }

    /// The end of a span that reaches `name` hours beyond now, 24 where the request names none.
    ///
    /// # Errors
    /// A [`Problem`] where it is no whole number from 0 to 672.
    pub(crate) fn ahead(&self, name: &'static str, now: Timestamp) -> Result<Timestamp, Problem> {
        let hours = self.whole(name, HOURS_DEFAULT, 0..=HOURS_MAX)?;
        Ok(now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX))
    }

    /// What was sent as `name`; the last one where it was sent more than once.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
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

fn before(moment: Timestamp, hours: i64) -> Timestamp {
    moment.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
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
