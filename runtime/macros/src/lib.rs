//! The attribute that binds a Rust function to a Python signature.
