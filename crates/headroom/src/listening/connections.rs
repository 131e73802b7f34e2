//! Connections: so many at a time, and none to a client that does not take its answer.

use std::{
    future::{Ready, ready},
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready as ready_or_return},
    time::Duration,
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};

/// That connections are turned away is told so often.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Lets connections in as long as there is a place.
#[derive(Debug, Clone)]
pub(super) struct Doors {
    places: Arc<Semaphore>,
    answer_within: Duration,
    told: Arc<Mutex<Option<Instant>>>,
}

impl Doors {
    /// With so many places, for clients that go on taking their answers within `answer_within`.
    pub(super) fn new(places: usize, answer_within: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), answer_within, told: Arc::default() }
    }

    fn let_in(&self, stream: TcpStream) -> io::Result<Connection> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.tell();
            return Err(io::Error::new(ErrorKind::QuotaExceeded, "too many connections are open"));
        };
        stream.set_nodelay(true)?;
        Ok(Connection { stream, stalled: None, answer_within: self.answer_within, _place: place })
    }

    fn tell(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            tracing::warn!("the dashboard turns connections away, since too many are open: see who keeps them");
        }
    }
}

impl<S> Accept<TcpStream, S> for Doors {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.let_in(stream).map(|connection| (connection, service)))
    }
}

/// A connection that was let in, and has its place until it ends.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// Until when the client has to take what is written; none where it took the last.
    stalled: Option<Pin<Box<Sleep>>>,
    answer_within: Duration,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// `written`, or an error where the client has taken nothing for too long.
    fn in_time(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let within = self.answer_within;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(within)));
        ready_or_return!(stalled.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
