//! Alarms of CloudWatch: which of them are raised, and since when.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::{
    Client,
    types::{MetricAlarm, StateValue},
};
use headroom_core::ports::PortError;
use jiff::Timestamp;

use crate::fault::Fault;

/// The permission that reading takes.
const RIGHT: &str = "cloudwatch:DescribeAlarms";

/// The alarms of one region, which is that of the account's configuration.
#[derive(Debug)]
pub struct Alarms {
    client: Client,
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it watches for, in the words of whoever made it; empty where they gave none.
    pub description: String,
    /// Whether it is raised: its state is `ALARM`.
    pub is_raised: bool,
    /// Since when its state is what it is; none where AWS does not tell.
    pub since: Option<Timestamp>,
    /// Whether it tells anybody when it is raised.
    pub tells: bool,
}

impl Alarms {
    /// The alarms by the account of `config`, in its region.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// The region that is asked; none where the configuration names none.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }

    /// Those alarms among `names`, at most 100 of them, that are there, in the order of their names.
    ///
    /// # Errors
    /// [`PortError`] by what the caller does next.
    pub async fn named(&self, names: &[String]) -> Result<Vec<Alarm>, PortError> {
        let thing = format!("the alarms in {}", self.region().unwrap_or("no region"));
        let mut pages = self.client.describe_alarms().set_alarm_names(Some(names.to_vec())).into_paginator().send();
        let mut alarms = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Fault::of(&error).into_port_error(&thing, RIGHT))?;
            alarms.extend(page.metric_alarms().iter().map(alarm));
        }
        alarms.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(alarms)
    }
}

fn alarm(found: &MetricAlarm) -> Alarm {
    // An update may come long after the transition: whoever changes an alarm sets it too.
    let since = found.state_transitioned_timestamp().or(found.state_updated_timestamp());
    Alarm {
        name: found.alarm_name().unwrap_or_default().to_owned(),
        description: found.alarm_description().unwrap_or_default().to_owned(),
        is_raised: found.state_value() == Some(&StateValue::Alarm),
        since: since.and_then(|time| Timestamp::from_second(time.secs()).ok()),
        tells: found.actions_enabled().unwrap_or(true) && !found.alarm_actions().is_empty(),
    }
}

#[cfg(test)]
mod tests;
