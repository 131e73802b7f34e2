//! The certificate of the dashboard's address, read again when its files change.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context, Result};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;
use tokio::signal::unix::{SignalKind, signal};

use super::connections::Doors;

/// The files are looked at so often: a new certificate has days to be taken in.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A certificate and its key.
pub(crate) struct Certificate {
    files: Files,
    config: RustlsConfig,
    /// What the files held when they were read last, whether it could be used or not.
    seen: Mutex<Option<Pem>>,
}

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// The certificate and those between it and the authority, in PEM.
    pub(crate) certificate: PathBuf,
    /// Its key, in PEM.
    pub(crate) key: PathBuf,
}

/// What they hold.
#[derive(Clone, PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pem {
    /// TLS with them, for HTTP/1.1 and nothing else.
    async fn config(&self) -> io::Result<Arc<ServerConfig>> {
        let read = RustlsConfig::from_pem(self.certificate.clone(), self.key.clone()).await?;
        let mut config = ServerConfig::clone(&read.get_inner());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl Certificate {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// Where one cannot be read, or they are no certificate and its key.
    pub(crate) async fn open(files: Files) -> Result<Self> {
        // Another one may have been chosen before; there is one for all of the program.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let pem = files.read().await?;
        let config = pem.config().await.with_context(|| files.unusable())?;
        Ok(Self { files, config: RustlsConfig::from_config(config), seen: Mutex::new(Some(pem)) })
    }

    /// Takes connections that `doors` let in and that have greeted within this time.
    pub(super) fn acceptor(&self, doors: Doors, within: Duration) -> RustlsAcceptor<Doors> {
        RustlsAcceptor::new(self.config.clone()).handshake_timeout(within).acceptor(doors)
    }

    /// Takes in new files, looking now and then, and at once on SIGHUP. Ends only where signals cannot be heard.
    pub(super) async fn watch(&self) -> io::Error {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => hangup,
            Err(error) => return error,
        };
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = hangup.recv() => {}
            }
            match self.look().await {
                Ok(false) => {}
                Ok(true) => tracing::info!("the certificate `{}` was read again", self.files.certificate.display()),
                Err(error) => tracing::error!("{error:#}; the certificate that was read before goes on"),
            }
        }
    }

    /// Takes in the files where they have changed. Whether they had; what cannot be used is an error once.
    async fn look(&self) -> Result<bool> {
        let pem = self.files.read().await;
        let before = {
            let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            std::mem::replace(&mut *seen, pem.as_ref().ok().cloned())
        };
        match pem {
            Ok(pem) if before.as_ref() == Some(&pem) => Ok(false),
            Ok(pem) => {
                self.config.reload_from_config(pem.config().await.with_context(|| self.files.unusable())?);
                Ok(true)
            }
            Err(error) if before.is_some() => Err(error),
            Err(_) => Ok(false),
        }
    }
}

impl Files {
    async fn read(&self) -> Result<Pem> {
        Ok(Pem { certificate: read(&self.certificate).await?, key: read(&self.key).await? })
    }

    fn unusable(&self) -> String {
        format!(
            "`{}` and `{}` are not a certificate and its key: give both in PEM, the certificate with those between it and its authority",
            self.certificate.display(),
            self.key.display()
        )
    }
}

async fn read(path: &Path) -> Result<Vec<u8>> {
    tokio::fs::read(path).await.with_context(|| format!("opening `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn http_1_alone_is_offered() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = Pem { certificate: made.cert.pem().into_bytes(), key: made.signing_key.serialize_pem().into_bytes() };
        assert_eq!(pem.config().await.unwrap().alpn_protocols, [b"http/1.1"]);
    }
}
