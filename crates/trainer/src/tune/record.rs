//! The record of a search: a line that tells what it is about, then a line for each finished trial, all JSON.

use serde::{Deserialize, Serialize};

use super::{SPACE_VERSION, Trial, next};
use crate::training::Settings;

/// What a search is about. Two searches that agree in all of it do the same trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// [`About::FORMAT`].
    pub format: u32,
    /// [`SPACE_VERSION`].
    pub space: u32,
    /// SHA-256 of the data, in hex.
    pub data_sha256: String,
    /// SHA-256 of the calendar, in hex; none without a calendar.
    pub calendar_sha256: Option<String>,
    /// The column that is forecast.
    pub target: String,
    /// The settings that are the first candidate; their seed decides the others.
    pub defaults: Settings,
}

impl About {
    /// The format of records.
    pub const FORMAT: u32 = 1;

    /// A search that begins now.
    #[must_use]
    pub fn new(data_sha256: String, calendar_sha256: Option<String>, target: &str, defaults: Settings) -> Self {
        Self { format: Self::FORMAT, space: SPACE_VERSION, data_sha256, calendar_sha256, target: target.to_owned(), defaults }
    }

    /// The first line of a record.
    #[must_use]
    pub fn line(&self) -> String {
        line(self)
    }

    /// Nothing, or why a record about `found` cannot be continued as `self`.
    fn agree(&self, found: &Self) -> Result<(), RecordError> {
        if (found.format, found.space) != (self.format, self.space) {
            return Err(RecordError::OtherVersion);
        }
        if found.data_sha256 != self.data_sha256 {
            return Err(RecordError::OtherData);
        }
        if found.calendar_sha256 != self.calendar_sha256 {
            return Err(RecordError::OtherCalendar);
        }
        if found.target != self.target {
            return Err(RecordError::OtherTarget { found: found.target.clone(), wanted: self.target.clone() });
        }
        if found.defaults.seed != self.defaults.seed {
            return Err(RecordError::OtherSeed { found: found.defaults.seed, wanted: self.defaults.seed });
        }
        if found.defaults != self.defaults {
            return Err(RecordError::OtherVersion);
        }
        Ok(())
    }
}

impl Trial {
    /// The trial's line of a record.
    #[must_use]
    pub fn line(&self) -> String {
        line(self)
    }
}

fn line<T: Serialize>(value: &T) -> String {
    format!("{}\n", serde_json::to_string(value).expect("plain numbers and texts are JSON"))
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The finished trials.
    pub trials: Vec<Trial>,
    /// Bytes of whole lines; what comes after was torn off by a crash and is to be cut off.
    pub whole: usize,
}

/// Why a record cannot be continued.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecordError {
    /// The first line is something else.
    #[error("line 1: this is no record of `trainer tune`: name another file, which will be made")]
    NoRecord,
    /// Other rows.
    #[error("this is the record of a search on other data: name another file, or delete this one")]
    OtherData,
    /// Another calendar, or none.
    #[error("this is the record of a search with another calendar: name another file, or delete this one")]
    OtherCalendar,
    /// Another column.
    #[error(
        "this is the record of a search on `{found}`, not on `{wanted}`: name another file, or search with `--target {found}`"
    )]
    OtherTarget {
        /// The record's.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// Another seed.
    #[error("this is the record of a search with seed {found}, not {wanted}: name another file, or search with `--seed {found}`")]
    OtherSeed {
        /// The record's.
        found: u64,
        /// What was asked for.
        wanted: u64,
    },
    /// Another space, other defaults.
    #[error("this record was made by a version with other settings to search: name another file, or delete this one")]
    OtherVersion,
    /// A line is damaged.
    #[error("line {line}: this is no trial ({why}): delete this line and those after it, or name another file")]
    NoTrial {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A trial that this search would not have done there.
    #[error(
        "line {line}: the trials before lead to another one than this: delete this line and those after it, or name another file"
    )]
    OtherTrial {
        /// The line, from 1.
        line: usize,
    },
}

impl Record {
    /// Reads a record about `about`; of nothing, an empty one.
    ///
    /// # Errors
    /// [`RecordError`] where `bytes` are another search's, or damaged anywhere but in a torn last line.
    pub fn read(bytes: &[u8], about: &About) -> Result<Self, RecordError> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole == 0 && !bytes.is_empty() {
            return Err(RecordError::NoRecord);
        }
        let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').zip(1..);
        if let Some((first, _)) = lines.next() {
            about.agree(&serde_json::from_slice(first).map_err(|_| RecordError::NoRecord)?)?;
        }
        let mut trials: Vec<Trial> = Vec::new();
        for (text, line) in lines {
            let trial: Trial =
                serde_json::from_slice(text).map_err(|error| RecordError::NoTrial { line, why: error.to_string() })?;
            let sane = trial.seconds >= 0.0 && trial.outcome.is_none_or(|outcome| outcome.loss >= 0.0);
            if !sane {
                return Err(RecordError::NoTrial { line, why: "a number is below zero".to_owned() });
            }
            if trial.plan != next(&about.defaults, &trials) {
                return Err(RecordError::OtherTrial { line });
            }
            trials.push(trial);
        }
        Ok(Self { trials, whole })
    }
}
