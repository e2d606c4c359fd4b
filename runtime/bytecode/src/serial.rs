//! Code units as bytes: the form of the embedded image and of cached files.
