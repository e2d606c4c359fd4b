//! The standard library as an image.
