//! Loom models. Each runs shipped code in every order that matters, and has twins that weaken one ordering or step of that
//! code and expect loom to find the failure: a model that cannot fail proves nothing.
#![cfg(ophion_loom)]

mod explore;
mod gate;
mod interpreters;
mod keeping;
mod lock_byte;
mod lock_modes;
mod marks;
mod member;
mod once;
mod parker;
mod poll_word;
mod remembering;
mod sequence;
mod sharing;
mod snapshot;
mod turnstile;
mod watch;
