//! The fleet's configuration as stored.

use headroom_core::Fleet;

use crate::{Store, StoreError, keys};

/// The fleet that is configured in the store.
///
/// # Errors
/// [`StoreError`] where there is none, or it is not a fleet: all its problems at once.
pub async fn load_fleet(store: &dyn Store) -> Result<Fleet, StoreError> {
    let key = keys::FLEET.to_owned();
    let Some(object) = store.get(keys::FLEET).await? else {
        let message = "there is no fleet: store a file with a `[[group]]` for each group under this key".to_owned();
        return Err(StoreError::Other { key, message });
    };
    let fleet = match std::str::from_utf8(&object.bytes) {
        Ok(text) => Fleet::from_toml(text).map_err(|error| error.to_string()),
        Err(error) => Err(format!("byte {}: the text is not UTF-8: save the file as UTF-8", error.valid_up_to())),
    };
    fleet.map_err(|message| StoreError::Corrupt { key, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    #[tokio::test]
    async fn a_fleet_is_read_or_told_with_key_and_cure() {
        let store = MemoryStore::default();
        let check = async |bytes: Option<&[u8]>, expected: &str| {
            if let Some(bytes) = bytes {
                store.put(keys::FLEET, bytes, Expect::Anything).await.unwrap();
            }
            let error = load_fleet(&store).await.unwrap_err().to_string();
            assert!(error.starts_with("`config/fleet.toml`") && error.contains(expected), "{error}");
        };
        check(None, "`[[group]]`").await;
        check(Some(b"[[group]]\nid = \"a b\"\n"), "use letters, digits").await;
        check(Some(b"\xff"), "save the file as UTF-8").await;
        store.put(keys::FLEET, b"[[group]]\nid = \"web\"\n", Expect::Anything).await.unwrap();
        assert_eq!(load_fleet(&store).await.unwrap().groups[0].id, "web");
    }
}
