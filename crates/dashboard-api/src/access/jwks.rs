//! A provider's published keys (RFC 7517).

use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use serde_json::Value;

/// Shorter RSA keys can be broken: NIST SP 800-131A allows none.
const RSA_BITS_MIN: usize = 2_048;
/// Byte length of a point of P-256, uncompressed: a mark and two numbers of 32 bytes.
const P256_POINT_BYTES: usize = 65;

/// The keys of a provider, with those that cannot be used and why.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Listed>);

#[derive(Debug)]
struct Listed {
    kid: Option<String>,
    key: Result<Key, String>,
}

#[derive(Debug)]
struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

/// What became of a search.
pub(super) enum Found<'a> {
    Key(&'a DecodingKey),
    /// It is listed, but cannot have signed this: why.
    Unfit(String),
    Unknown,
}

#[derive(Deserialize)]
struct WireSet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct WireKey {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads the set. An entry that is no key at all is passed over, as RFC 7517, section 5, wants.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let set: WireSet = serde_json::from_slice(bytes)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<WireKey>(key).ok());
        Ok(Self(keys.map(|wire| Listed { key: usable(&wire), kid: wire.kid }).collect()))
    }

    /// The key of that name that signs with `algorithm`. A token without a name needs a set with only one such key.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let fitting = |listed: &'_ &Listed| listed.key.as_ref().is_ok_and(|key| key.algorithm == algorithm);
        let Some(kid) = kid else {
            let mut fitting = self.0.iter().filter(fitting);
            return match (fitting.next(), fitting.next()) {
                (Some(Listed { key: Ok(only), .. }), None) => Found::Key(&only.key),
                _ => Found::Unfit("the token does not name its key (`kid`), and there is not exactly one that fits".to_owned()),
            };
        };
        let named = || self.0.iter().filter(|listed| listed.kid.as_deref() == Some(kid));
        match (named().find(fitting), named().next()) {
            (Some(Listed { key: Ok(found), .. }), _) => Found::Key(&found.key),
            (_, Some(Listed { key: Err(why), .. })) => {
                Found::Unfit(format!("the key that the token names cannot be used: {why}"))
            }
            (_, Some(_)) => Found::Unfit(format!("the key that the token names does not sign with {algorithm:?}")),
            (_, None) => Found::Unknown,
        }
    }

    /// How many can be used, and why each of the others cannot.
    pub(super) fn tally(&self) -> (usize, Vec<&str>) {
        let unfit: Vec<_> = self.0.iter().filter_map(|listed| listed.key.as_ref().err().map(String::as_str)).collect();
        (self.0.len() - unfit.len(), unfit)
    }
}

fn usable(wire: &WireKey) -> Result<Key, String> {
    if wire.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return Err("it is not for signatures (`use`)".to_owned());
    }
    if wire.key_ops.as_ref().is_some_and(|operations| !operations.iter().any(|one| one == "verify")) {
        return Err("it is not for checking signatures (`key_ops`)".to_owned());
    }
    let algorithm = match (wire.kty.as_str(), wire.alg.as_deref()) {
        ("RSA", None | Some("RS256")) => Algorithm::RS256,
        ("EC", None | Some("ES256")) => Algorithm::ES256,
        _ => return Err("it is neither for RS256 nor for ES256 (`kty`, `alg`)".to_owned()),
    };
    let broken = |_| "it is not in Base64".to_owned();
    let key = match (algorithm, wire) {
        (Algorithm::RS256, WireKey { n: Some(n), e: Some(e), .. }) => {
            let key = DecodingKey::from_rsa_components(n, e).map_err(broken)?;
            let bits = rsa_bits(&key);
            if bits < RSA_BITS_MIN {
                return Err(format!("it is an RSA key of {bits} bits, and fewer than {RSA_BITS_MIN} can be broken"));
            }
            key
        }
        (Algorithm::ES256, WireKey { crv: Some(curve), x: Some(x), y: Some(y), .. }) => {
            if curve != "P-256" {
                return Err("it is not on the curve P-256 (`crv`)".to_owned());
            }
            let key = DecodingKey::from_ec_components(x, y).map_err(broken)?;
            if key.try_get_as_bytes().map(<[u8]>::len) != Ok(P256_POINT_BYTES) {
                return Err("it is no point of P-256 (`x`, `y`)".to_owned());
            }
            key
        }
        _ => return Err("it lacks its numbers".to_owned()),
    };
    Ok(Key { algorithm, key })
}

fn rsa_bits(key: &DecodingKey) -> usize {
    let DecodingKeyKind::RsaModulusExponent { n, .. } = key.kind() else { return 0 };
    let first = n.iter().position(|byte| *byte != 0).unwrap_or(n.len());
    n[first..].first().map_or(0, |top| (n.len() - first) * 8 - top.leading_zeros() as usize)
}
