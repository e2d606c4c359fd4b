//! Binary data as text and back, checksums, and packed structures; no unsafe.

pub mod base64;
pub mod crc;
pub mod hex;
pub mod qp;
pub mod structs;
pub mod uu;
