//! Text and number algorithms on plain memory: no Value, no heap.
