//! Who is let in to a dashboard of this machine.

use std::{num::NonZeroU32, path::Path, sync::Arc};

use anyhow::{Context, Result, anyhow};
use axum::{Router, middleware};
use dashboard_api::{
    Access, AppState, Sites,
    access::{Clock, Hosts, HttpsKeys, Limits, Provider, Rate, Role, cors, mint, only_hosts},
};
use jiff::{SignedDuration, Timestamp};

use crate::secret;

/// Whom tokens of a secret are for.
pub(crate) const AUDIENCE: &str = "headroom";

/// Who uses the token that a run makes for whoever started it.
const STARTED_IT: &str = "local-admin";

/// How long that token lasts.
const TOKEN_FOR: SignedDuration = SignedDuration::from_hours(12);

/// So many seconds' worth of requests may come at once after a rest: the page asks for some ten answers when it is opened.
const BURST_SECONDS: u32 = 5;

/// The check, and what goes with it.
pub(crate) struct Gate {
    access: Access,
    sites: Sites,
    /// An admin's token, to be shown to whoever started the run and to nobody else; none where tokens come from elsewhere.
    pub(crate) token: Option<String>,
}

impl Gate {
    /// For whoever started this run: a secret that ends with it, and one token.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(crate) fn of_this_run() -> Result<Self> {
        let secret = secret::random()?;
        let token = mint(secret.as_bytes(), AUDIENCE, STARTED_IT, Role::Admin, TOKEN_FOR, Timestamp::now())?;
        let access = Access::secret(secret.as_bytes(), AUDIENCE, now())?;
        Ok(Self { access, sites: Sites::default(), token: Some(token) })
    }

    /// For tokens that `headroom token` made with the same secret.
    ///
    /// # Errors
    /// Those of [`secret::read`].
    pub(crate) fn of_secret(path: &Path) -> Result<Self> {
        let access = Access::secret(&secret::read(path)?, AUDIENCE, now())?;
        Ok(Self { access, sites: Sites::default(), token: None })
    }

    /// For tokens of an OpenID Connect provider, which the page then speaks to.
    ///
    /// # Errors
    /// Where its settings cannot be.
    pub(crate) fn of_provider(provider: Provider) -> Result<Self> {
        let sites = Sites::of(std::slice::from_ref(&provider.issuer)).map_err(|error| anyhow!(error)).context("`--issuer`")?;
        let access = Access::provider(provider, Arc::new(HttpsKeys::new()?), now())?;
        Ok(Self { access, sites, token: None })
    }

    /// The same for callers who send so many requests a second.
    pub(crate) fn with_rate(self, per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_mul(NonZeroU32::new(BURST_SECONDS).expect("a few seconds"));
        let limits = Limits { callers: Rate { per_second, burst }, ..Limits::default() };
        Self { access: self.access.with_limits(limits), ..self }
    }

    /// The dashboard behind this gate. `private`: it answers to the names that this machine has for itself, so that a stranger's
    /// page whose name was made to lead here gets nothing.
    ///
    /// # Errors
    /// Where one of `origins`, whose pages may ask, is none.
    pub(crate) fn router(self, state: AppState, origins: &[String], private: bool) -> Result<Router> {
        let state = AppState { sites: self.sites, ..state };
        let mut router = dashboard_api::router(state, Arc::new(self.access));
        if let Some(layer) = cors(origins).context("`--cors-origin`")? {
            router = router.layer(layer);
        }
        if private {
            router = router.layer(middleware::from_fn_with_state(Arc::new(Hosts::loopback()), only_hosts));
        }
        Ok(router)
    }
}

/// Tokens end in real time, whatever time the dashboard shows.
fn now() -> Clock {
    Arc::new(Timestamp::now)
}
