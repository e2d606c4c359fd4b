//! A heap and its collector, for any embedder.
