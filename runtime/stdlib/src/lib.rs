//! The native modules of the standard library.

mod accounts;
mod array;
mod asyncio;
mod bisect;
mod collections;
mod concurrent;
mod crypto;
pub mod data;
mod descriptors;
mod errno;
mod exceptions;
mod functools;
mod heapq;
mod io;
mod itertools;
mod locale;
pub mod math;
mod net;
mod opcode;
mod operator;
mod pickle;
mod posix;
mod resource;
mod signal;
mod stat;
mod suggestions;
mod syslog;
mod system;
pub mod text;
mod time;
mod types;
mod warnings;

use vm::interpreter::Hooks;
use vm::modules::NativeModule;

/// The native modules, one name a line, in order.
pub static MODULES: &[&NativeModule] = &[
    &bisect::BISECT,
    &collections::COLLECTIONS,
    &concurrent::THREAD,
    &concurrent::QUEUE,
    &concurrent::MULTIPROCESSING,
    &descriptors::SELECT,
    &descriptors::FCNTL,
    &descriptors::TERMIOS,
    &accounts::PWD,
    &accounts::GRP,
    &resource::MODULE,
    &locale::MODULE,
    &stat::MODULE,
    &suggestions::MODULE,
    &syslog::MODULE,
    &net::MODULE,
    &array::MODULE,
    &asyncio::MODULE,
    &crypto::MD5,
    &crypto::SHA1,
    &crypto::SHA2,
    &crypto::SHA3,
    &crypto::BLAKE2,
    &posix::POSIX_SUBPROCESS,
    &functools::FUNCTOOLS,
    &heapq::HEAPQ,
    &errno::ERRNO,
    &io::IO,
    &posix::POSIX,
    &signal::SIGNAL_MODULE,
    &time::TIME,
    &types::MODULE,
    &itertools::ITERTOOLS,
    &opcode::MODULE,
    &text::symtable::MODULE,
    &operator::OPERATOR,
    &pickle::MODULE,
    &math::random::MODULE,
    &text::JSON,
    &text::ast::MODULE,
    &text::sre::MODULE,
    &text::string::MODULE,
    &text::tokenize::MODULE,
    &data::structs::MODULE,
    &data::binascii::MODULE,
    &math::MATH,
    &math::complex::CMATH,
    &text::unicodedata::MODULE,
    &data::marshal::MODULE,
    &data::zlib::MODULE,
    &data::bz2::MODULE,
    &data::lzma::MODULE,
    &warnings::MODULE,
];

/// What the modules hook into an interpreter.
#[must_use]
pub fn hooks() -> Hooks {
    Hooks { signals: Some(signal::run_handlers), trees: Some(text::ast::compile_tree) }
}
