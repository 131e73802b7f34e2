//! The dashboard's address: whoever listens there, with or without TLS, until it is told to end.

pub(crate) mod tls;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    panic::AssertUnwindSafe,
    time::Duration,
};

use anyhow::{Context, Result};
use axum::Router;
use axum_server::{Handle, Server, accept::NoDelayAcceptor};
use futures_util::FutureExt;
use headroom_core::panics::said;

use crate::interrupt::Interrupt;
use tls::Certificate;

/// A request whose head has not come after so long does not come any more.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Answers that are on their way when the program is told to end have so long.
const GRACE: Duration = Duration::from_secs(5);

/// So long after the server stopped by itself it is started again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where somebody listens.
pub(crate) struct Listening {
    listener: TcpListener,
    /// The address, with the port that was free where none was asked for.
    pub(crate) address: SocketAddr,
    certificate: Option<Certificate>,
}

impl Listening {
    /// Takes the address. `cure` says what to do where it cannot be had.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub(crate) fn at(address: SocketAddr, certificate: Option<Certificate>, cure: &str) -> Result<Self> {
        let listener = TcpListener::bind(address).with_context(|| format!("listening on {address}: {cure}"))?;
        let address = listener.local_addr().context("the dashboard's address")?;
        Ok(Self { listener, address, certificate })
    }

    /// What to type into a browser.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The line that says where the dashboard is. It is the only place that a token is ever printed in.
    pub(crate) fn line(&self, token: Option<&str>) -> String {
        let url = self.url();
        token.map_or_else(|| format!("dashboard: {url}"), |token| format!("dashboard: {url}/#token={token}"))
    }

    /// Answers until it is interrupted. What keeps it from answering is logged here, and tried again.
    pub(crate) async fn answer(&self, router: Router, interrupt: &Interrupt) {
        loop {
            let why = match AssertUnwindSafe(self.once(router.clone(), interrupt)).catch_unwind().await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(panic) => format!("it panicked: {}", said(&*panic)),
            };
            tracing::error!("the dashboard stopped and is started again: {why}");
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    async fn once(&self, router: Router, interrupt: &Interrupt) -> io::Result<()> {
        let handle = Handle::new();
        let server = prepared(axum_server::from_tcp(self.listener.try_clone()?)?, &handle);
        let answers = router.into_make_service_with_connect_info::<SocketAddr>();
        let serve = async {
            match &self.certificate {
                None => server.acceptor(NoDelayAcceptor).serve(answers).await,
                Some(certificate) => server.acceptor(certificate.acceptor()).serve(answers).await,
            }
        };
        let end = async {
            interrupt.wait().await;
            handle.graceful_shutdown(Some(GRACE));
            std::future::pending().await
        };
        let watch = async {
            match &self.certificate {
                None => std::future::pending().await,
                Some(certificate) => certificate.watch().await,
            }
        };
        tokio::select! {
            served = serve => served,
            never = end => never,
            failed = watch => Err(failed),
        }
    }
}

fn prepared(mut server: Server<SocketAddr>, handle: &Handle<SocketAddr>) -> Server<SocketAddr> {
    server.http_builder().http1().header_read_timeout(HEAD_WITHIN);
    server
        .handle(handle.clone())
        .first_request_timeout(HEAD_WITHIN)
        .accept_error_handler(|from, error| tracing::debug!(?from, %error, "a connection was not taken"))
}
