//! Modules about file descriptors: waiting for them, controlling them, terminals.

mod constants;
mod epoll;
mod fcntl;
mod select;
mod termios;

pub use fcntl::MODULE as FCNTL;
pub use select::MODULE as SELECT;
pub use termios::MODULE as TERMIOS;
