//! Hash functions: `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`.

mod blake2;
mod hash;
mod shake;

pub use blake2::MODULE as BLAKE2;
pub use hash::{MD5_MODULE as MD5, SHA1_MODULE as SHA1, SHA2_MODULE as SHA2, SHA3_MODULE as SHA3};
