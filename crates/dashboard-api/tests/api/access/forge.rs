//! Tokens and keys, made without the library that checks them.

use std::sync::OnceLock;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The parts of a token that are signed.
fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(header.to_string()), base64(claims.to_string()))
}

pub(crate) fn unsigned(claims: &Value) -> String {
    message(&json!({"alg": "none", "typ": "JWT"}), claims) + "."
}

pub(crate) fn by_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = message(header, claims);
    let algorithm = match header["alg"].as_str() {
        Some("HS384") => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA256,
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
    format!("{message}.{}", base64(tag))
}

/// A key pair of a provider.
pub(crate) enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

impl Pair {
    pub(crate) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(crate) fn ec() -> Self {
        Self::Ec(Box::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
    }

    /// The public half, as providers publish it.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": base64(public.n), "e": base64(public.e)})
            }
            Self::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256", "x": base64(x), "y": base64(y)})
            }
        }
    }

    /// The public half in the form in which a naive checker would take it for a secret.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ec(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub(crate) fn token(&self, kid: &str, claims: &Value) -> String {
        let alg = match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        };
        self.token_with(&json!({"alg": alg, "typ": "JWT", "kid": kid}), claims)
    }

    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Ec(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", base64(signature))
    }
}

/// The provider's usual keys, made once: RSA keys take a while.
pub(crate) fn rsa() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::rsa)
}

pub(crate) fn ec() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::ec)
}

pub(crate) fn stranger() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::rsa)
}

/// The same token with one letter of its signature changed.
pub(crate) fn broken(token: &str) -> String {
    let dot = token.rfind('.').unwrap() + 1;
    let letter = if &token[dot..=dot] == "A" { "B" } else { "A" };
    format!("{}{letter}{}", &token[..dot], &token[dot + 1..])
}
