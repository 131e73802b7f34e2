//! What ends a command that runs until it is told to.

use anyhow::{Context, Result};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How the shell knows that a signal ended a program.
const ENDED_BY_SIGNAL: i32 = 130;

/// Ctrl-C or a termination signal. A second one ends the program at once, wherever it is.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt {
    came: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system does not let it.
    pub(crate) fn listen() -> Result<Self> {
        let (tell, interrupt) = Self::by_hand();
        let hear = |kind| signal(kind).context("listening for signals");
        let (mut interrupted, mut terminated) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
        tokio::spawn(async move {
            either(&mut interrupted, &mut terminated).await;
            let _ = tell.send(true);
            either(&mut interrupted, &mut terminated).await;
            std::process::exit(ENDED_BY_SIGNAL);
        });
        Ok(interrupt)
    }

    /// One that comes when `true` is sent.
    pub(crate) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (tell, came) = watch::channel(false);
        (tell, Self { came })
    }

    /// Returns once it came.
    pub(crate) async fn wait(&self) {
        // Whoever sends lives as long as the program; were it gone, nothing could come any more.
        if self.came.clone().wait_for(|came| *came).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it came.
    pub(crate) fn came(&self) -> bool {
        *self.came.borrow()
    }
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
