//! Who is let in, who is not, and how each is told.

mod forge;
mod gateway;
#[cfg(feature = "provider")]
mod https;
mod provider;
mod rate;
mod rotation;
mod secret;
mod surroundings;
mod world;
