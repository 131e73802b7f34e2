//! A recorded workload: a CSV file, and the calendar that goes with it.

use std::path::Path;

use anyhow::{Context, Result};
use headroom_core::{Calendar, Column, Series, observation_csv::read_observations};

use crate::terminal::say;

/// A workload to replay.
#[derive(Clone)]
pub(crate) struct Trace {
    /// What it is called: the file's name without its ending.
    pub(crate) name: String,
    /// Where it comes from, for messages.
    pub(crate) source: String,
    /// Its rows on their own step.
    pub(crate) series: Series,
    /// Its events.
    pub(crate) calendar: Calendar,
}

impl Trace {
    /// Reads a trace. Without a `calendar`, its events are those that the trace itself flags.
    ///
    /// # Errors
    /// Where a file cannot be read or is not of its form.
    pub(crate) fn read(path: &Path, calendar: Option<&Path>) -> Result<Self> {
        let source = format!("`{}`", path.display());
        let file = std::fs::File::open(path).with_context(|| format!("opening {source}"))?;
        let reading = read_observations(file).with_context(|| format!("reading {source}"))?;
        for remark in &reading.remarks {
            say(&format!("note: {source}: {remark}"));
        }
        let series =
            Series::from_observations(&reading.observations).with_context(|| format!("replaying {source}: after line 1"))?;
        let calendar = match calendar {
            Some(path) => read_calendar(path)?,
            None => flagged_events(&series)?,
        };
        let name = path.file_stem().map_or_else(|| "trace".to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, source, series, calendar })
    }

    /// The same without any event.
    pub(crate) fn without_events(self) -> Self {
        Self { series: self.series.without(Column::IsSaleActive), calendar: Calendar::default(), ..self }
    }
}

fn read_calendar(path: &Path) -> Result<Calendar> {
    let text = std::fs::read_to_string(path).with_context(|| format!("opening `{}`", path.display()))?;
    Calendar::from_json(&text).with_context(|| format!("reading `{}`", path.display()))
}

/// A calendar of the events that the trace flags: a flag says that an event was in the calendar beforehand.
fn flagged_events(series: &Series) -> Result<Calendar> {
    let Some(flags) = series.column(Column::IsSaleActive) else { return Ok(Calendar::default()) };
    let active = |row: usize| flags.get(row).is_some_and(|flag| *flag > 0.0);
    let mut events = Vec::new();
    let mut row = 0;
    while row < series.rows() {
        let end = (row..).find(|&next| !active(next)).unwrap_or(row);
        if end > row {
            let intensity = flags[row..end].iter().copied().fold(0.0, f64::max);
            events.push(serde_json::json!({
                "name": format!("event {}", events.len() + 1),
                "start": series.timestamp(row).to_string(),
                "end": series.timestamp(end).to_string(),
                "intensity": intensity,
            }));
        }
        row = end + 1;
    }
    Calendar::from_json(&serde_json::json!({ "time_zone": "UTC", "events": events }).to_string())
        .context("the events that the trace flags")
}
