//! One client per region, made when the first group of that region is asked for.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use aws_config::{Region, SdkConfig};

type Make<C> = Box<dyn Fn(Option<&str>) -> C + Send + Sync>;

/// Clients of one service by region; `None` is the region of the configuration.
pub(crate) struct Regional<C> {
    make: Make<C>,
    clients: Mutex<BTreeMap<Option<String>, C>>,
}

impl<C: Clone + 'static> Regional<C> {
    /// Clients that share the credentials and connections of `config`.
    pub(crate) fn new(config: &SdkConfig, client: fn(&SdkConfig) -> C) -> Self {
        let config = config.clone();
        Self::made_by(move |region| match region {
            Some(region) => client(&config.to_builder().region(Region::new(region.to_owned())).build()),
            None => client(&config),
        })
    }

    /// Clients that `make` makes, once per region.
    pub(crate) fn made_by(make: impl Fn(Option<&str>) -> C + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), clients: Mutex::default() }
    }

    /// The client of `region`.
    pub(crate) fn client(&self, region: Option<&str>) -> C {
        // A panic of another thread leaves the map whole.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.map(str::to_owned)).or_insert_with(|| (self.make)(region)).clone()
    }
}

impl<C> fmt::Debug for Regional<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regional").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_one_client() {
        let made = std::sync::Arc::new(Mutex::new(Vec::new()));
        let clients = Regional::made_by({
            let made = made.clone();
            move |region| {
                made.lock().unwrap().push(region.map(str::to_owned));
                region.unwrap_or("default").to_owned()
            }
        });
        let asked = [None, Some("eu-west-1"), None, Some("eu-west-1")].map(|region| clients.client(region));
        assert_eq!(asked, ["default", "eu-west-1", "default", "eu-west-1"]);
        assert_eq!(*made.lock().unwrap(), [None, Some("eu-west-1".to_owned())]);
    }
}
