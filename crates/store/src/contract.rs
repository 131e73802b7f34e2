//! What every store has to do, as one suite that every adapter runs in its tests.

use futures_util::future::join_all;

use crate::{Expect, OBJECT_BYTES_MAX, Store, StoreError, Version, update};

/// Checks a store that has no object under `contract/` yet. Objects stay behind.
///
/// # Panics
/// Where the store breaks the contract, with the promise that was broken.
pub async fn check(store: &dyn Store) {
    objects_come_back_as_written(store).await;
    expectations_hold_or_refuse(store).await;
    listing_is_by_prefix_and_in_order(store).await;
    odd_keys_are_legal_and_paths_out_are_not(store).await;
    what_is_too_large_is_not_written(store).await;
    one_of_many_swaps_wins(store).await;
    updates_lose_nothing(store).await;
    asking_for_the_right_to_write_writes_nothing(store).await;
}

async fn bytes(store: &dyn Store, key: &str) -> Option<Vec<u8>> {
    store.get(key).await.expect("get answers").map(|object| object.bytes)
}

async fn put(store: &dyn Store, key: &str, bytes: &[u8], expect: Expect) -> Version {
    store.put(key, bytes, expect).await.expect("put writes")
}

async fn refused(store: &dyn Store, key: &str, expect: Expect) {
    let before = bytes(store, key).await;
    match store.put(key, b"refused", expect.clone()).await {
        Err(StoreError::Conflict { key: named }) => assert_eq!(named, key, "a conflict names the key"),
        other => panic!("`{key}` with {expect:?} is a conflict, not {other:?}"),
    }
    assert_eq!(bytes(store, key).await, before, "a refused write changes nothing");
}

async fn objects_come_back_as_written(store: &dyn Store) {
    assert_eq!(store.get("contract/bytes/none").await.expect("get answers"), None, "what was never written is absent");
    let binary: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..3_u32 << 20).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, content) in [("binary", &binary), ("empty", &Vec::new()), ("large", &large)] {
        let key = format!("contract/bytes/{name}");
        let version = put(store, &key, content, Expect::Absent).await;
        let object = store.get(&key).await.expect("get answers").expect("what was written is there");
        assert!(object.bytes == *content, "the {name} object comes back as written");
        assert_eq!(object.version, version, "get and put tell the same version");
    }
}

async fn expectations_hold_or_refuse(store: &dyn Store) {
    let key = "contract/expect/object";
    refused(store, key, Expect::Version(Version("no such version".to_owned()))).await;
    let first = put(store, key, b"first", Expect::Absent).await;
    refused(store, key, Expect::Absent).await;
    let second = put(store, key, b"second", Expect::Version(first.clone())).await;
    assert_ne!(first, second, "other bytes are another version");
    refused(store, key, Expect::Version(first)).await;
    let third = put(store, key, b"third", Expect::Anything).await;
    refused(store, key, Expect::Version(second)).await;
    put(store, key, b"", Expect::Version(third)).await;
    refused(store, key, Expect::Absent).await;
    put(store, "contract/expect/new", b"new", Expect::Anything).await;
    assert_eq!(bytes(store, "contract/expect/new").await.as_deref(), Some(&b"new"[..]));
}

async fn listing_is_by_prefix_and_in_order(store: &dyn Store) {
    let keys = [
        "contract/list/a-b/1",
        "contract/list/a/1",
        "contract/list/a/2",
        "contract/list/a/b/3",
        "contract/list/ab",
        "contract/list/b",
    ];
    // Written in another order; `-` sorts before `/`, so that a walk folder by folder comes out wrong.
    for key in keys.iter().rev() {
        put(store, key, b"", Expect::Absent).await;
    }
    for (prefix, expected) in [
        ("contract/list/", &keys[..]),
        ("contract/list/a", &keys[..5]),
        ("contract/list/a/", &keys[1..4]),
        ("contract/list/a/b/3", &keys[3..4]),
        ("contract/list/b", &keys[5..]),
        ("contract/list/b/", &[]),
        ("contract/list/none/", &[]),
    ] {
        assert_eq!(store.list(prefix).await.expect("list answers"), expected, "keys that start with `{prefix}`");
    }
    let all = store.list("").await.expect("list answers");
    assert!(keys.iter().all(|key| all.iter().any(|listed| listed == key)), "the empty prefix lists everything");
    assert!(all.is_sorted(), "keys are listed in order");
}

async fn odd_keys_are_legal_and_paths_out_are_not(store: &dyn Store) {
    for part in ["group=web", "a b", "ü€", "a+b&c", "100%", "%2e%2e", "it's", "(x),[y];{z}", "a..b", "-a", "~a", "#1?x"] {
        let key = format!("contract/odd/{part}/{part}.csv");
        put(store, &key, part.as_bytes(), Expect::Absent).await;
        assert_eq!(bytes(store, &key).await.as_deref(), Some(part.as_bytes()), "`{key}` is a legal key");
        let listed = store.list(&format!("contract/odd/{part}/")).await.expect("list answers");
        assert_eq!(listed, [key], "a key is listed as it was written");
    }
    for key in ["", "/contract/x", "contract//x", "contract/", "../x", "contract/../x", "contract/./x", "contract/.x"] {
        assert!(store.put(key, b"", Expect::Anything).await.is_err(), "`{key}` is not a key");
        assert!(store.get(key).await.is_err(), "`{key}` is not a key");
    }
}

async fn what_is_too_large_is_not_written(store: &dyn Store) {
    let key = "contract/too-large";
    let too_large = vec![0; OBJECT_BYTES_MAX + 1];
    put(store, key, b"small", Expect::Absent).await;
    for (key, kept) in [(key, Some(&b"small"[..])), ("contract/too-large-new", None)] {
        match store.put(key, &too_large, Expect::Anything).await {
            Err(StoreError::Other { key: named, message }) => {
                assert_eq!(named, key, "the error names the key");
                assert!(message.contains("more than 64 MB"), "it tells the limit: {message}");
            }
            other => panic!("an object of more than 64 MB is refused, not {other:?}"),
        }
        assert_eq!(bytes(store, key).await.as_deref(), kept, "a refused write changes nothing");
    }
}

async fn one_of_many_swaps_wins(store: &dyn Store) {
    let key = "contract/swap";
    let version = put(store, key, b"start", Expect::Absent).await;
    let expectations = [Expect::Version(version), Expect::Absent];
    for (key, expect) in [(key, &expectations[0]), ("contract/swap-new", &expectations[1])] {
        let contents: Vec<String> = (0..8).map(|writer| format!("writer {writer}")).collect();
        let results = join_all(contents.iter().map(|content| store.put(key, content.as_bytes(), expect.clone()))).await;
        let winners: Vec<usize> = (0..results.len()).filter(|&writer| results[writer].is_ok()).collect();
        assert_eq!(winners.len(), 1, "exactly one of the writers that expect {expect:?} wins");
        assert_eq!(bytes(store, key).await.as_deref(), Some(contents[winners[0]].as_bytes()), "the winner's bytes are there");
    }
}

async fn updates_lose_nothing(store: &dyn Store) {
    const WRITERS: usize = 8;
    const ROUNDS: usize = 10;
    let key = "contract/counter";
    let count = |bytes: Option<&[u8]>| -> usize {
        bytes.map_or(0, |bytes| std::str::from_utf8(bytes).expect("a number").parse().expect("a number"))
    };
    let writers = (0..WRITERS).map(|_| async {
        for _ in 0..ROUNDS {
            let increment = |bytes: Option<&[u8]>| Ok(Some((count(bytes) + 1).to_string().into_bytes()));
            assert!(update(store, key, increment).await.expect("an update gets through"), "every increment is a write");
        }
    });
    join_all(writers).await;
    assert_eq!(count(bytes(store, key).await.as_deref()), WRITERS * ROUNDS, "no update is lost");
}

async fn asking_for_the_right_to_write_writes_nothing(store: &dyn Store) {
    put(store, "contract/right/object", b"first", Expect::Absent).await;
    for key in ["contract/right/object", "contract/right/other", "contract/right-new/object"] {
        let before = bytes(store, key).await;
        store.may_write(key).await.expect("this store may be written");
        assert_eq!(bytes(store, key).await, before, "asking changes nothing");
    }
    let listed = store.list("contract/right").await.expect("list answers");
    assert_eq!(listed, ["contract/right/object"], "asking leaves nothing behind");
    assert!(store.may_write("../x").await.is_err(), "what is no key cannot be written");
}
