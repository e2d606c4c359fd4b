//! Bytes: `_struct`, `binascii`, `zlib`.

pub mod binascii;
pub mod bz2;
pub mod incremental;
pub mod lzma;
pub mod marshal;
pub mod structs;
pub mod zlib;
