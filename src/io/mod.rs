//! Files that other tools read and write too.

pub mod safetensors;
