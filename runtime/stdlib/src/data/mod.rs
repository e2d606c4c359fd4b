//! Bytes: `_struct`, `binascii`, `zlib`.

pub mod binascii;
pub mod marshal;
pub mod structs;
pub mod zlib;
