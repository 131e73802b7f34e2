//! Connections: so many at a time, and none to a client that does not take its answer.

use std::{
    future::{Ready, ready},
    io::{self, ErrorKind},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Extension, middleware::AddExtension};
use axum_server::accept::Accept;
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_io_timeout::TimeoutStream;
use tower::Layer;

/// That connections are turned away is told so often.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// A connection that ends where its client has taken nothing for too long of what is written to it.
type Connection = Pin<Box<TimeoutStream<TcpStream>>>;

/// What answers on a connection, and keeps the connection's place as long as it lives.
type Placed<S> = AddExtension<S, Arc<OwnedSemaphorePermit>>;

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

    fn let_in<S>(&self, stream: TcpStream, service: S) -> io::Result<(Connection, Placed<S>)> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.tell();
            return Err(io::Error::new(ErrorKind::QuotaExceeded, "too many connections are open"));
        };
        stream.set_nodelay(true)?;
        let mut connection = TimeoutStream::new(stream);
        connection.set_write_timeout(Some(self.answer_within));
        Ok((Box::pin(connection), Extension(Arc::new(place)).layer(service)))
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
    type Service = Placed<S>;
    type Future = Ready<io::Result<(Connection, Placed<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.let_in(stream, service))
    }
}
