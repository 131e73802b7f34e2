//! What operators order. Every order leaves a record of who gave it, and nothing is carried out that cannot be recorded, but
//! for a kill switch: nothing keeps an operator from stopping.

pub(crate) mod approval;
pub(crate) mod mode;
pub(crate) mod stop;

use headroom_store::audit::{self, Outcome, Record};
use serde_json::Value;

use crate::{App, access::Caller, problem::Problem};

/// An order, as it is recorded.
pub(crate) struct Order<'a> {
    /// What is done, in one word.
    pub(crate) action: &'static str,
    /// To which group; none to the whole fleet.
    pub(crate) group: Option<&'a str>,
    /// What exactly.
    pub(crate) what: Value,
    /// By whom.
    pub(crate) caller: &'a Caller,
}

impl Order<'_> {
    fn record(&self, app: &App, outcome: Outcome) -> Record {
        Record {
            format: Record::FORMAT,
            id: (app.state.ids)(),
            at: app.state.now(),
            by: self.caller.subject.clone(),
            role: Some(self.caller.role.name().to_owned()),
            action: self.action.to_owned(),
            group: self.group.map(str::to_owned),
            what: self.what.clone(),
            outcome,
        }
    }
}

/// Carries an order out between two records: that it was asked for, and what came of it.
///
/// # Errors
/// What `work` answers. Where the first record cannot be written, `work` is not begun.
pub(crate) async fn carried_out<T>(
    app: &App,
    order: Order<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let store = &*app.state.store;
    let asked = order.record(app, Outcome::Asked);
    audit::record(store, &asked).await.map_err(|error| {
        tracing::error!(%error, "an order was not carried out because it could not be recorded: {error}");
        Problem::from(error)
    })?;
    let result = work.await;
    conclude(app, asked, &result).await;
    result
}

/// The same for what must not wait for its record.
///
/// # Errors
/// What `work` answers.
pub(crate) async fn carried_out_first<T>(
    app: &App,
    order: Order<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let asked = order.record(app, Outcome::Asked);
    let result = work.await;
    conclude(app, asked, &result).await;
    result
}

async fn conclude<T>(app: &App, asked: Record, result: &Result<T, Problem>) {
    app.views.forget().await;
    let outcome = match result {
        Ok(_) => Outcome::Done,
        Err(problem) => Outcome::Failed { error: problem.detail().to_owned() },
    };
    // Over the line of the order: both have one identity.
    let concluded = Record { outcome, ..asked };
    if let Err(error) = audit::record(&*app.state.store, &concluded).await {
        let Record { by, action, group, .. } = concluded;
        tracing::error!(%error, by, action, group, "what came of an order could not be recorded: {error}");
    }
}

/// The reason that an order gives.
///
/// # Errors
/// A [`Problem`] where there is none, or it is a novel.
pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 500 || text.chars().any(char::is_control) {
        let cure = "say why in one line of at most 500 characters: it stands in the record, and others will read it";
        return Err(Problem::unusable("why", "`why` is empty, too long or has control characters", cure));
    }
    Ok(text.to_owned())
}
