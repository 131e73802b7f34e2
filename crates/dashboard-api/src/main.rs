//! The dashboard as a Lambda function behind an HTTP API.
//!
//! The environment is read here, once, at the start:
//!
//! | variable | |
//! | --- | --- |
//! | `HEADROOM_ACCESS` | `gateway`: the API has checked a signature with IAM; `provider`: callers carry tokens of an OpenID Connect provider |
//! | `HEADROOM_ISSUER`, `HEADROOM_AUDIENCE` | who makes those tokens, and for whom |
//! | `HEADROOM_ROLES_CLAIM` | which of their claims has the roles; `roles` by default |
//! | `HEADROOM_CLIENT_ID`, `HEADROOM_SCOPE` | what the page signs in with; without the first, it takes a token that is pasted |
//! | `HEADROOM_SIGN_IN_SITES` | where the page must connect to sign in beside the issuer, such as another token endpoint; separated by commas |
//! | `HEADROOM_CORS_ORIGINS` | origins whose pages may ask, separated by commas; none by default |

use std::{env, net::IpAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use axum::{Router, extract::Request, middleware};
use dashboard_api::{
    Access, AppState, Sites, StoredFleet,
    access::{Clock, GatewayCaller, HttpsKeys, PeerAddress, Provider, cors},
    random_id, router,
};
use headroom_aws::lambda::Function;
use jiff::Timestamp;
use lambda_http::request::RequestContext;

/// Metrics come every minute or every five: asking twice a minute misses nothing.
const REFRESH_SECONDS: u32 = 30;

/// Readers of the same moment share one look at the fleet.
const KEEP_VIEW_FOR: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let (access, sites) = access()?;
    let state = AppState {
        store: Arc::clone(&function.store),
        fleet: Arc::new(StoredFleet(Arc::clone(&function.store))),
        clock: Arc::new(Timestamp::now),
        ids: Arc::new(random_id),
        refresh_seconds: REFRESH_SECONDS,
        keep_view_for: KEEP_VIEW_FOR,
        sites,
    };
    let origins: Vec<String> = list("HEADROOM_CORS_ORIGINS");
    let app: Router = router(state, Arc::new(access));
    let app = match cors(&origins).context("`HEADROOM_CORS_ORIGINS`")? {
        Some(layer) => app.layer(layer),
        None => app,
    };
    lambda_http::run(app.layer(middleware::map_request(name_caller))).await.map_err(anyhow::Error::from_boxed)
}

/// How callers are told apart. Nothing is open because a variable is missing.
fn access() -> anyhow::Result<(Access, Sites)> {
    let clock: Clock = Arc::new(Timestamp::now);
    match variable("HEADROOM_ACCESS").as_deref() {
        Some("gateway") => Ok((Access::gateway(clock), Sites::default())),
        Some("provider") => {
            let needed = |name: &str| variable(name).with_context(|| format!("`{name}` is not set"));
            let issuer = needed("HEADROOM_ISSUER")?;
            let mut provider = Provider::new(issuer.clone(), needed("HEADROOM_AUDIENCE")?);
            if let Some(claim) = variable("HEADROOM_ROLES_CLAIM") {
                provider.roles_claim = claim;
            }
            provider.client_id = variable("HEADROOM_CLIENT_ID");
            provider.scope = variable("HEADROOM_SCOPE").or(provider.scope);
            let keys = Arc::new(HttpsKeys::new()?);
            let sites = Sites::of(&[vec![issuer], list("HEADROOM_SIGN_IN_SITES")].concat()).map_err(anyhow::Error::msg)?;
            Ok((Access::provider(provider, keys, clock)?, sites))
        }
        Some(other) => bail!("`HEADROOM_ACCESS` is `{other}`: set it to `gateway` or `provider`"),
        None => bail!("`HEADROOM_ACCESS` is not set: set it to `gateway` or `provider`"),
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn list(name: &str) -> Vec<String> {
    let text = variable(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Lays into the request what the gateway knows of its sender: nothing that the sender could write there.
async fn name_caller(mut request: Request) -> Request {
    let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get::<RequestContext>().cloned() else {
        return request;
    };
    if let Some(address) = context.http.source_ip.as_deref().and_then(|text| text.parse::<IpAddr>().ok()) {
        request.extensions_mut().insert(PeerAddress(address));
    }
    if let Some(arn) = context.authorizer.and_then(|authorizer| authorizer.iam).and_then(|iam| iam.user_arn) {
        request.extensions_mut().insert(GatewayCaller { arn });
    }
    request
}
