//! What operators ask of one group beside its configuration: another mode, and instances for a while.

use headroom_core::fleet::Mode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Control, changed};
use crate::{Store, StoreError, keys};

/// Another mode than the configured one, until it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeOverride {
    /// The mode.
    pub mode: Mode,
    /// Since when.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// At least so many instances for a while, within the group's bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Fewest instances.
    pub instances: u32,
    /// Until then.
    pub until: Timestamp,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Puts `group` into another mode than the configured one, in place of an earlier order; the control as it is now. It holds from
/// the next tick on.
///
/// # Errors
/// [`StoreError::Other`] for the mode `off`, which only the configuration has; else those of [`super::read`].
pub async fn set_mode(store: &dyn Store, group: &str, order: &ModeOverride) -> Result<Control, StoreError> {
    if order.mode == Mode::Off {
        let message =
            "an operator cannot set the mode `off`: stop the group with `headroom stop`, or set `mode = \"off\"` in `fleet.toml`";
        return Err(StoreError::Other { key: keys::group_control(group), message: message.to_owned() });
    }
    let (control, ()) = changed(store, Some(group), |control| control.mode = Some(order.clone())).await?;
    Ok(control)
}

/// Gives `group` its configured mode back. The order that held comes back; none where there was none.
///
/// # Errors
/// Those of [`super::read`].
pub async fn clear_mode(store: &dyn Store, group: &str) -> Result<Option<ModeOverride>, StoreError> {
    Ok(changed(store, Some(group), |control| control.mode.take()).await?.1)
}

/// Allocates instances to `group`, in place of what was allocated before; the control as it is now. It counts from the next
/// tick on.
///
/// # Errors
/// Those of [`super::read`].
pub async fn allocate(store: &dyn Store, group: &str, allocation: &Allocation) -> Result<Control, StoreError> {
    let (control, ()) = changed(store, Some(group), |control| control.allocation = Some(allocation.clone())).await?;
    Ok(control)
}

/// Takes back what was allocated to `group`, which comes back, also where its time was up; none where nothing was.
///
/// # Errors
/// Those of [`super::read`].
pub async fn release(store: &dyn Store, group: &str) -> Result<Option<Allocation>, StoreError> {
    Ok(changed(store, Some(group), |control| control.allocation.take()).await?.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Expect, MemoryStore,
        controls::{self, Stop},
    };

    fn noon() -> Timestamp {
        "2026-11-27T12:00:00Z".parse().unwrap()
    }

    fn order(mode: Mode) -> ModeOverride {
        ModeOverride { mode, at: noon(), by: "ops".to_owned(), why: "a sale".to_owned() }
    }

    fn allocation(instances: u32) -> Allocation {
        let until = "2026-11-27T13:00:00Z".parse().unwrap();
        Allocation { instances, until, at: noon(), by: "anna".to_owned(), why: "a load test".to_owned() }
    }

    #[tokio::test]
    async fn orders_replace_each_other_and_leave_the_rest_alone() {
        let store = MemoryStore::default();
        let stop = Stop { at: noon(), by: "ops".to_owned(), why: "an incident".to_owned() };
        controls::stop(&store, Some("web"), &stop).await.unwrap();
        set_mode(&store, "web", &order(Mode::Observe)).await.unwrap();
        allocate(&store, "web", &allocation(6)).await.unwrap();
        set_mode(&store, "web", &order(Mode::Active)).await.unwrap();
        let control = allocate(&store, "web", &allocation(8)).await.unwrap();
        let expected =
            Control { stop: Some(stop), mode: Some(order(Mode::Active)), allocation: Some(allocation(8)), ..Control::none() };
        assert_eq!(control, expected);
        assert_eq!(controls::read(&store, Some("web")).await.unwrap(), expected);
        assert_eq!(controls::read(&store, Some("api")).await.unwrap(), Control::none());

        assert_eq!(clear_mode(&store, "web").await.unwrap(), Some(order(Mode::Active)));
        assert_eq!(release(&store, "web").await.unwrap(), Some(allocation(8)));
        assert_eq!((clear_mode(&store, "web").await.unwrap(), release(&store, "web").await.unwrap()), (None, None));
        assert_eq!(controls::read(&store, Some("web")).await.unwrap(), Control { mode: None, allocation: None, ..expected });
        assert_eq!((clear_mode(&store, "api").await.unwrap(), release(&store, "api").await.unwrap()), (None, None));
        assert_eq!(store.list("").await.unwrap(), ["control/group=web.json"], "taking nothing back writes nothing");
    }

    #[tokio::test]
    async fn off_is_the_configurations_alone() {
        let store = MemoryStore::default();
        let error = set_mode(&store, "web", &order(Mode::Off)).await.unwrap_err().to_string();
        assert!(error.contains("`fleet.toml`") && error.contains("`headroom stop`"), "{error}");
        assert_eq!(store.list("").await.unwrap(), [""; 0]);
    }

    #[tokio::test]
    async fn what_cannot_be_read_takes_no_order() {
        let store = MemoryStore::default();
        store.put("control/group=web.json", b"{", Expect::Absent).await.unwrap();
        for error in [
            set_mode(&store, "web", &order(Mode::Active)).await.unwrap_err(),
            clear_mode(&store, "web").await.unwrap_err(),
            allocate(&store, "web", &allocation(6)).await.unwrap_err(),
            release(&store, "web").await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        }
        assert_eq!(store.get("control/group=web.json").await.unwrap().unwrap().bytes, b"{");
    }
}
