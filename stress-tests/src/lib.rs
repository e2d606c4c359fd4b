//! Models and stress runs of what the runtime synchronizes.
//!
//! `loom/` explores every order of events in small models that run the shipped protocol code. It is empty unless built
//! with `RUSTFLAGS="--cfg ophion_loom"`, for which it wants a target folder of its own:
//!
//! ```text
//! RUSTFLAGS="--cfg ophion_loom" cargo test -p ophion-stress-tests --test loom --target-dir target/loom
//! ```
//!
//! `shuttle/` runs whole cycles of the collector in many orders that chance picks, in the same manner with `--cfg ophion_shuttle` and
//! `--test shuttle`.
//!
//! `threads/` runs the same things with real threads, briefly unless `OPHION_STRESS_SECONDS` says longer.
//! `docs/memory-model.md` lists what each of them holds.
