//! CloudWatch as the metrics: one `GetMetricData` for as many groups as fit, all their columns at once.

mod call;
mod source;

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use futures_util::{StreamExt, stream};
use headroom_core::{
    Column, Group, Observation,
    fleet::MetricSource,
    ports::{Metrics, PortError, Window},
};
use jiff::Timestamp;

use crate::regional::Regional;
use call::{Ask, Call, Rows, Span, calls};

/// The permission that reading takes.
const RIGHT: &str = "cloudwatch:GetMetricData";

/// So many calls at the same time. A full answer of 100,800 points takes about 5 MB while it is read.
const CALLS_AT_ONCE: usize = 2;

/// The metrics of groups in CloudWatch.
///
/// Without a word in the configuration it reads `CPUUtilization` (mean) and `NetworkIn` (sum) of the instances of the
/// Auto Scaling group, and `GroupInServiceInstances` (mean), which is there once group metrics were enabled; a group's
/// `metrics` replace these or add columns. A group whose instances have weights wants `GroupInServiceCapacity` there, so that its
/// load is counted in the units of its sizes.
///
/// Windows of one region with the same steps share calls of at most 500 metrics and 100,800 points, and a window with more points
/// than that is read in parts. Pages are read to their end. What CloudWatch says is not all is asked for once more; what does not
/// come then is missing from the rows, and a warning in the log. A metric that is forbidden fails its own group, and so does
/// one that CloudWatch refuses to understand: the call is split until it stands alone.
///
/// CloudWatch keeps minutes for 15 days, steps of five minutes for 63 and hours for 455, and has nothing of what is older.
#[derive(Debug)]
pub struct CloudWatch {
    clients: Regional<Client>,
}

impl CloudWatch {
    /// CloudWatch by the account of `config`, in the region of each group.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { clients: Regional::new(config, |config| Client::new(config)) }
    }

    /// The metric that fills each column of `group`: the usual ones, with those of its configuration over them.
    ///
    /// # Errors
    /// [`PortError::NotFound`] where the configuration names none.
    pub fn sources(group: &Group) -> Result<BTreeMap<Column, MetricSource>, PortError> {
        source::of(group)
    }

    /// What came of each window of `call`, by its place among all windows.
    async fn answers(&self, call: Call<'_>) -> Vec<(usize, Result<Rows, PortError>)> {
        let client = self.clients.client(call.region());
        let mut answers = Vec::new();
        let mut open = vec![call];
        while let Some(call) = open.pop() {
            match call.read(&client).await {
                Ok(answered) => answers.extend(answered),
                Err(refusal) if refusal.is_of_one_metric && call.has_several_groups() => open.extend(call.halves()),
                Err(refusal) => answers.extend(call.refused(&refusal)),
            }
        }
        answers
    }
}

#[async_trait]
impl Metrics for CloudWatch {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let mut results: Vec<Result<Rows, PortError>> = windows.iter().map(|_| Ok(Rows::new())).collect();
        let mut asks: BTreeMap<Span<'_>, Vec<Ask<'_>>> = BTreeMap::new();
        for (place, window) in windows.iter().enumerate() {
            match check_step(window).and_then(|()| source::of(window.group)) {
                Ok(sources) => asks.entry(span(window)).or_default().push(Ask { place, group: window.group, sources }),
                Err(error) => results[place] = Err(error),
            }
        }
        // Made at once and run a few at a time; a closure inside the stream would tie the future to this thread.
        let runs: Vec<_> = asks.into_iter().flat_map(|(span, asks)| calls(span, asks)).map(|call| self.answers(call)).collect();
        let mut answers = stream::iter(runs).buffer_unordered(CALLS_AT_ONCE);
        while let Some(answered) = answers.next().await {
            for (place, answer) in answered {
                match (&mut results[place], answer) {
                    (Ok(rows), Ok(more)) => rows.extend(more),
                    (Ok(_), Err(error)) => results[place] = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        results.into_iter().map(|rows| rows.map(|rows| rows.into_values().collect())).collect()
    }
}

/// The longest step, in seconds: CloudWatch knows none that is longer than a day.
const STEP_MAX: i64 = 86_400;

fn check_step(window: &Window<'_>) -> Result<(), PortError> {
    let Window { group, step_seconds, .. } = *window;
    if (60..=STEP_MAX).contains(&step_seconds) && step_seconds % 60 == 0 {
        return Ok(());
    }
    Err(PortError::Other(format!(
        "`step_seconds` = {step_seconds} of group `{}` is not a whole number of minutes of one day: use 60 or 300",
        group.id
    )))
}

/// The steps of `window`, whole ones only: CloudWatch would answer a step cut by the window with a part of its data.
fn span<'a>(window: &Window<'a>) -> Span<'a> {
    let Window { group, step_seconds, from, to } = *window;
    let (first, end) = (step_from(from, step_seconds), step_from(to, step_seconds));
    Span { region: group.region.as_deref(), step_seconds, first, end }
}

/// Start of the first step at or after `moment`, in seconds of the Unix epoch.
fn step_from(moment: Timestamp, step_seconds: i64) -> i64 {
    let (second, rest) = (moment.as_second(), moment.subsec_nanosecond());
    // Before 1970 the fraction is negative, and the whole second already lies after the moment.
    let second = second + i64::from(rest > 0);
    second + (-second).rem_euclid(step_seconds)
}

#[cfg(test)]
mod tests;
