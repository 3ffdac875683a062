//! kernel
pub mod connection;
pub mod engine;
pub mod wire;
