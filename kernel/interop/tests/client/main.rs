//! jupyter-zmq-client and jupyter-protocol, as in Zed and nteract, talk to the real kernel: they must understand each
//! message, and the kernel must keep its promises to a client that it does not know.

mod cells;
mod life;
mod messages;
