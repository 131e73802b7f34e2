//! Where requests come from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};

/// The address that a request came from, for servers that know it from elsewhere than the connection, such as from the
/// context of API Gateway. It must never be taken from a header that a client can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(
    /// The address.
    pub IpAddr,
);

/// Who is counted together where it is not known who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Peer {
    V4(Ipv4Addr),
    /// The first 64 bits, because whoever has one such address has all of them.
    V6([u16; 4]),
    /// All whose address the server did not tell.
    Unknown,
}

/// The peer of a request: [`PeerAddress`], or the connection's other end.
pub(super) fn of(extensions: &Extensions) -> Peer {
    let told = extensions.get::<PeerAddress>().map(|peer| peer.0);
    let address = told.or_else(|| extensions.get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip()));
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => Peer::V4(address),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Peer::V6([a, b, c, d])
        }
        None => Peer::Unknown,
    }
}
