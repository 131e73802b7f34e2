//! The store.

use headroom_store::StoreError;

use crate::doctor::{facts::Facts, finding::Finding};

pub(crate) const STORE: &str = "store";

/// Whether whoever runs this may write.
pub(crate) fn writable(facts: &Facts) -> Finding {
    let refused: Vec<(&str, &StoreError)> =
        facts.writable.iter().filter_map(|(prefix, result)| Some((prefix.as_str(), result.as_ref().err()?))).collect();
    let Some((_, error)) = refused.first() else {
        return Finding::ok(STORE, "can be read and written by whoever runs this");
    };
    let prefixes: Vec<String> = refused.iter().map(|(prefix, _)| format!("`{prefix}/`")).collect();
    let finding = match error {
        // The functions have rights of their own, and an operator may well do without.
        StoreError::Denied { message, .. } => {
            Finding::warning(STORE, format!("whoever runs this may not write below {}: {message}", prefixes.join(", ")))
        }
        error => Finding::error(STORE, format!("whether it can be written cannot be found out: {error}")),
    };
    finding.because("collector, scaler and trainer have to write there: see that their roles may")
}
