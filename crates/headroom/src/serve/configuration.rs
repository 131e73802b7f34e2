//! The fleet, read again whenever it changes. An edit that cannot be used is told, and the last good fleet stays.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, anyhow, bail};
use async_trait::async_trait;
use dashboard_api::FleetSource;
use headroom_core::{Fleet, Group};
use headroom_store::{Store, StoreError, keys};

/// Where the fleet is configured.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A file of this machine.
    File(PathBuf),
    /// `config/fleet.toml` of the store.
    Store,
}

/// Which groups can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    /// Those of AWS.
    Aws,
    /// Those that are simulated.
    Simulated,
}

impl Provider {
    fn check(self, group: &Group) -> Result<()> {
        let Group { id, provider, .. } = group;
        match (self, provider.as_str()) {
            (Self::Aws, "aws") if cfg!(feature = "aws") => Ok(()),
            (Self::Aws, "aws") => {
                bail!("this build has no AWS, which group `{id}` is in: build `headroom` with `--features aws`")
            }
            (Self::Aws, "simulated") => bail!(
                "group `{id}` has `provider = \"simulated\"`, and there is no such cloud to set capacity in: write `provider = \"aws\"`, \
                 or try it with `--simulate` or `headroom demo`"
            ),
            (Self::Simulated, "simulated") => Ok(()),
            (Self::Simulated, _) => bail!(
                "group `{id}` has `provider = \"{provider}\"`, and with `--simulate` nothing real is touched: write `provider = \
                 \"simulated\"`, or leave `--simulate` out"
            ),
            (Self::Aws, _) => bail!("group `{id}` has `provider = \"{provider}\"`: write `provider = \"aws\"`"),
        }
    }
}

/// The fleet and where it comes from.
pub(crate) struct Configuration {
    place: Place,
    store: Arc<dyn Store>,
    provider: Provider,
    known: Mutex<Known>,
}

/// What was read last.
struct Known {
    /// The last fleet that could be used.
    fleet: Arc<Fleet>,
    /// The text, used or not, or why there was none.
    seen: Result<Vec<u8>, String>,
}

impl Configuration {
    /// Reads it for the first time.
    ///
    /// # Errors
    /// Where there is no fleet, or it cannot be used: all its problems at once.
    pub(crate) async fn open(place: Place, store: Arc<dyn Store>, provider: Provider) -> Result<Self> {
        let bytes = read(&place, store.as_ref()).await?;
        let fleet = Arc::new(understand(&bytes, provider).with_context(|| reading(&place))?);
        Ok(Self { place, store, provider, known: Mutex::new(Known { fleet, seen: Ok(bytes) }) })
    }

    /// The last fleet that could be used.
    pub(crate) fn fleet(&self) -> Arc<Fleet> {
        Arc::clone(&self.known().fleet)
    }

    /// Looks whether it has changed, and gives the fleet that holds from now on. What is wrong is logged here, once.
    pub(crate) async fn refresh(&self) -> Arc<Fleet> {
        let seen = read(&self.place, self.store.as_ref()).await.map_err(|error| format!("{error:#}"));
        if self.known().seen == seen {
            return self.fleet();
        }
        let used = seen.clone().map_err(|error| anyhow!(error)).and_then(|bytes| {
            let fleet = understand(&bytes, self.provider).with_context(|| reading(&self.place))?;
            Ok(Arc::new(fleet))
        });
        let mut known = self.known();
        known.seen = seen;
        match used {
            Ok(fleet) => {
                tracing::info!("the fleet was read again: {}", names(&fleet));
                known.fleet = fleet;
            }
            Err(error) => tracing::error!("{error:#}; the fleet goes on as it was: {}", names(&known.fleet)),
        }
        Arc::clone(&known.fleet)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Nothing panics while it is held, and each value is whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FleetSource for Configuration {
    async fn fleet(&self) -> Result<Arc<Fleet>, StoreError> {
        Ok(Self::fleet(self))
    }
}

fn reading(place: &Place) -> String {
    match place {
        Place::File(path) => format!("reading `{}`", path.display()),
        Place::Store => format!("reading `{}` of the store", keys::FLEET),
    }
}

async fn read(place: &Place, store: &dyn Store) -> Result<Vec<u8>> {
    match place {
        Place::File(path) => tokio::fs::read(path).await.with_context(|| reading(place)),
        Place::Store => match store.get(keys::FLEET).await.with_context(|| reading(place))? {
            Some(object) => Ok(object.bytes),
            None => bail!("the store has no `{}`: store it there, or name a file with `--config`", keys::FLEET),
        },
    }
}

fn understand(bytes: &[u8], provider: Provider) -> Result<Fleet> {
    let text = std::str::from_utf8(bytes).context("the text is not UTF-8: save the file as UTF-8")?;
    let fleet = Fleet::from_toml(text)?;
    fleet.groups.iter().try_for_each(|group| provider.check(group))?;
    Ok(fleet)
}

/// The groups, for people.
pub(crate) fn names(fleet: &Fleet) -> String {
    let names: Vec<String> = fleet.groups.iter().map(|group| format!("`{}`", group.id)).collect();
    names.join(", ")
}
