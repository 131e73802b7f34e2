//! What is wrong with the configuration of access.

/// Access cannot be set up as configured. Each text tells the cure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A secret that can be guessed.
    #[error("the secret has {bytes} bytes, and fewer than 32 can be guessed: make one with `openssl rand -base64 32`")]
    ShortSecret {
        /// How many bytes it has.
        bytes: usize,
    },
    /// A field that must not be empty, or is too long.
    #[error("`{field}` {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it, and the cure.
        problem: &'static str,
    },
    /// An address that keys must not be fetched from.
    #[error("`{field}` = `{url}` {problem}")]
    Address {
        /// The field.
        field: &'static str,
        /// The address.
        url: String,
        /// What is wrong with it, and the cure.
        problem: String,
    },
    /// An origin that cannot be let in.
    #[error("the origin `{origin}` {problem}")]
    Origin {
        /// The origin as configured.
        origin: String,
        /// What is wrong with it, and the cure.
        problem: String,
    },
    /// A name that no server can have.
    #[error("`{host}` is not the name of a host: give it as browsers show it, without scheme, port and path")]
    Host {
        /// The name as configured.
        host: String,
    },
    /// A lifetime that makes no token.
    #[error("a token that lives for {seconds} s cannot be made: give it at least a second and at most 366 days")]
    Lifetime {
        /// The lifetime in seconds.
        seconds: i64,
    },
    /// Something that the machine cannot do, told by its library.
    #[error("{what} failed: {reason}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
}
