//! Stress runs with real threads.
