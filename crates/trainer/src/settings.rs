//! Settings in a file: read as strictly as any configuration.

use crate::training::Settings;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The text is not JSON, or names something that is no setting.
    #[error("the settings are not understood: {0}")]
    Json(#[from] serde_json::Error),
    /// Numbers that nothing can be trained with.
    #[error("{}", problems.join("; "))]
    OutOfRange {
        /// Every problem.
        problems: Vec<String>,
    },
}

impl Settings {
    /// Reads settings from JSON; what is left out has its default.
    ///
    /// # Errors
    /// [`SettingsError`] where a name is not known or a number out of range.
    pub fn from_json(json: &[u8]) -> Result<Self, SettingsError> {
        let settings = serde_json::from_slice(json)?;
        check(&settings)?;
        Ok(settings)
    }

    /// The settings as JSON, a field a line.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).expect("plain numbers and names are JSON"))
    }
}

/// Finds every problem at once.
pub(crate) fn check(settings: &Settings) -> Result<(), SettingsError> {
    // An ensemble takes half as much again of some, and three quarters of others.
    let counts = [
        ("hidden", settings.hidden, 2, 1024),
        ("layers", settings.layers, 1, 8),
        ("head", settings.head, 1, 4096),
        ("batch", settings.batch, 1, 8192),
        ("batches_per_round", settings.batches_per_round, 1, 1_000_000),
        ("rounds_max", settings.rounds_max, 1, 1_000_000),
        ("patience", settings.patience, 1, 1_000_000),
    ];
    let count = |(name, value, low, high)| (name, value as f64, low as f64, high as f64);
    // What people wrote, not its nearest neighbour of twice the width.
    let dropout = settings.dropout.to_string().parse().unwrap_or(f64::NAN);
    let shares = [
        ("learning_rate", settings.learning_rate, 1e-9, 1.0),
        ("weight_decay", settings.weight_decay, 0.0, 1.0),
        ("gradient_max", settings.gradient_max, 1e-9, 1e9),
        // An ensemble has a member with twice as much.
        ("dropout", dropout, 0.0, 0.45),
    ];
    let problems: Vec<String> = counts
        .map(count)
        .into_iter()
        .chain(shares)
        .filter(|(_, value, low, high)| !(*low..=*high).contains(value))
        .map(|(name, value, low, high)| format!("`{name}` is {value}: choose {low} to {high}"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(SettingsError::OutOfRange { problems }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_json_and_what_is_left_out_has_its_default() {
        let settings = Settings { hidden: 48, learning_rate: 2.1e-3, dropout: 0.3, seed: u64::MAX, ..Settings::default() };
        assert_eq!(Settings::from_json(settings.to_json().as_bytes()).unwrap(), settings);
        assert_eq!(Settings::from_json(b"{}").unwrap(), Settings::default());
        assert_eq!(Settings::from_json(br#"{"head": 96}"#).unwrap(), Settings { head: 96, ..Settings::default() });
    }

    #[test]
    fn every_problem_is_named_with_its_cure() {
        let said = |json: &str| Settings::from_json(json.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            said(r#"{"hidden": 0, "dropout": 0.9, "batch": 64}"#),
            "`hidden` is 0: choose 2 to 1024; `dropout` is 0.9: choose 0 to 0.45"
        );
        assert!(said(r#"{"hiden": 32}"#).contains("unknown field `hiden`, expected one of `pooling`, `hidden`"));
        assert!(said(r#"{"hidden": -1}"#).contains("invalid value: integer `-1`"));
        assert!(said("").contains("EOF"));
        assert!(said("[1]").contains("not understood"));
    }
}
