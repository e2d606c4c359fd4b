//! Many interpreters in one process, and what passes between them.
//!
//! **What an interpreter is.** A heap, the threads attached to it, and an [`Isolate`](isolate::Isolate): its entry in the
//! [`Registry`](registry::Registry), by which the others know it. The registry hangs off every interpreter as an extension, so a
//! process may have several families of interpreters, and tests do.
//!
//! **Entering.** An OS thread that runs Python in interpreter A and is to run something in B blocks in A (`Thread::blocking`:
//! A's collector goes on without it), attaches to B, runs, detaches, and goes on in A. Its native stack holds pointers into both
//! heaps then; each collector takes only its own for roots. No Rust local that holds a value of A is used while it is in B:
//! closures that run in B get messages and give messages.
//!
//! **Passing.** A [`Message`](transfer::Message) lies in no heap: a flat encoding, and counted attachments that every interpreter may
//! use (code units, queues). The sender encodes, the receiver builds objects of its own. So two interpreters never share a pointer
//! into a heap (rule 22).
//!
//! **Living and dying.** [`protocols::lifecycle`] is the state machine: at most one visitor runs `__main__`, nothing runs from the moment
//! on at which closing began, and exactly one party destroys. Destroying runs what CPython runs (threads are waited for, `atexit`
//! functions, finalizers), takes the entry out of the registry, unbinds what the interpreter had put into queues, and drops the
//! registry's count of it. Threads that are still in it are told to end and wake up; each holds a count, so the heap lives until
//! the last of them has left (rule 23).
//!
//! **Waiting.** [`protocols::channel`] parks who must wait in a blocking region and wakes it when there is something; nobody polls.

#![forbid(unsafe_code)]

mod exceptions;
mod isolate;
mod modules;
pub mod protocols;
mod queues;
mod registry;
mod transfer;

pub use isolate::end_all;
pub use modules::MODULES;
