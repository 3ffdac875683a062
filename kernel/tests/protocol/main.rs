//! The kernel's side of Jupyter's protocol, seen by a client over real sockets. The client signs and reads messages by
//! itself (no code of `wire` or `messages`), through libzmq as Jupyter's own clients do; the engine is a scripted one,
//! so that each behaviour of a cell can be had at will.

mod analyzer;
mod cells;
mod client;
mod input;
mod life;
mod magics;
mod requests;
mod scripted;
mod streams;
mod trust;
