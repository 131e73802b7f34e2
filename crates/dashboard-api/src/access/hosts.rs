//! The names that a server answers to.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::AccessError, refusal::Refusal};

/// The names that a server answers to, whatever the port.
///
/// A page of a stranger whose name was made to lead to this machine (DNS rebinding) would count as of the same origin;
/// the browser still sends the stranger's name as `Host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// `127.0.0.1`, `localhost` and `[::1]`.
    pub fn loopback() -> Self {
        Self(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned).to_vec())
    }

    /// These, and `host` as well: a name or an address as browsers show it, without the port.
    ///
    /// # Errors
    ///
    /// Where `host` is no name of a host.
    pub fn and(mut self, host: &str) -> Result<Self, AccessError> {
        let authority = host.parse::<Authority>().ok().filter(|authority| authority.host() == host);
        let authority = authority.filter(|authority| !authority.host().is_empty() && host != "*");
        self.0.push(authority.ok_or_else(|| AccessError::Host { host: host.to_owned() })?.host().to_ascii_lowercase());
        Ok(self)
    }

    fn has(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        !authority.as_str().contains('@') && self.0.iter().any(|host| authority.host().eq_ignore_ascii_case(host))
    }

    fn serve(&self, request: &Request) -> bool {
        // With HTTP/2 the name is in the address; where there are both, both count.
        let address = request.uri().authority().map(Authority::as_str);
        let header = match host(request.headers()) {
            Ok(header) => header,
            Err(()) => return false,
        };
        let mut named = address.into_iter().chain(header).peekable();
        named.peek().is_some() && named.all(|name| self.has(name))
    }
}

fn host(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(header::HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// Answers 421 to a request that is not for one of the hosts, whatever it asks for.
///
/// For [`axum::middleware::from_fn_with_state`], around everything that a server on this machine serves.
pub async fn only_hosts(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    if hosts.serve(&request) { next.run(request).await } else { Refusal::misdirected().into_response() }
}
