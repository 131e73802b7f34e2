//! The dashboard's address: whoever listens there, with or without TLS, until it is told to end.
//!
//! It speaks HTTP/1.1, in which every wait for a client has an end: a connection of HTTP/2 may stay open for ever without a word.

mod body;
mod connections;
pub(crate) mod tls;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    panic::AssertUnwindSafe,
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{Router, middleware};
use axum_server::{Handle, Server};
use futures_util::FutureExt;
use headroom_core::panics::said;

use crate::interrupt::Interrupt;
use connections::Doors;
use tls::Certificate;

/// How long clients are waited for, and how many of them there may be: who is slow, or silent, keeps nobody else from an answer.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For the head of a request, from the end of the one before; and for the greeting of TLS.
    head: Duration,
    /// For the whole body.
    body: Duration,
    /// For taking any more of an answer.
    answer: Duration,
    /// Connections at a time.
    connections: usize,
}

const PATIENCE: Patience = Patience {
    head: Duration::from_secs(10),
    // The largest takes a line of a quarter of a megabit.
    body: Duration::from_secs(30),
    answer: Duration::from_secs(30),
    // A process may have 1,024 files open on most systems, and needs some for the store and the cloud.
    connections: 512,
};

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
    patience: Patience,
}

impl Listening {
    /// Takes the address. `cure` says what to do where it cannot be had.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub(crate) fn at(address: SocketAddr, certificate: Option<Certificate>, cure: &str) -> Result<Self> {
        let listener = TcpListener::bind(address).with_context(|| format!("listening on {address}: {cure}"))?;
        let address = listener.local_addr().context("the dashboard's address")?;
        Ok(Self { listener, address, certificate, patience: PATIENCE })
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
        let Patience { head, body, answer, connections } = self.patience;
        let handle = Handle::new();
        let server = prepared(axum_server::from_tcp(self.listener.try_clone()?)?, head, &handle);
        let router = router.layer(middleware::from_fn_with_state(body, body::in_time));
        let answers = router.into_make_service_with_connect_info::<SocketAddr>();
        let doors = Doors::new(connections, answer);
        let serve = async {
            match &self.certificate {
                None => server.acceptor(doors).serve(answers).await,
                Some(certificate) => server.acceptor(certificate.acceptor(doors, head)).serve(answers).await,
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

fn prepared(server: Server<SocketAddr>, head_within: Duration, handle: &Handle<SocketAddr>) -> Server<SocketAddr> {
    let mut server = server.http1_only();
    server.http_builder().http1().header_read_timeout(head_within);
    server.handle(handle.clone()).accept_error_handler(|from, error| tracing::debug!(?from, %error, "a connection was not taken"))
}
