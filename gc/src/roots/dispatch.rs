//! Records of dispatch frames, which the scan of the native stack leaves out (rule 12).
//!
//! The embedder's interpreter loop keeps its values in the register file, and what its native frame holds besides is stale
//! as often as not. So it links a record through the stack for each activation, and the collector skips the addresses
//! between `low` and `high`. Whatever such a frame holds across a call is no root.

/// One dispatch frame. It lives on the native stack, and is unlinked before the frame returns.
#[repr(C)]
#[derive(Debug)]
pub struct DispatchRecord {
    /// The record of the next frame out, or null.
    pub prev: *const DispatchRecord,
    /// The lowest address of the frame that is skipped.
    pub low: usize,
    /// The first address above the frame that is scanned again.
    pub high: usize,
}
