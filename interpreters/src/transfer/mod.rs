//! Messages: what passes from one interpreter's heap to another's.
//!
//! A message is a flat encoding and attachments. The encoding is a preorder walk: a tag byte, then what the tag says (lengths and
//! counts are eight bytes, least first). Numbers, strings and bytes lie in it; containers are their items one after the other. An
//! object that occurs twice is encoded once: those that can are numbered in the order in which they are met, by sender
//! and receiver alike, and `SEEN` names one by its number. A list, dict or set has its number before its items, so that
//! cycles close; a tuple or frozenset has it after them, and one that contains itself goes through the pickler.
//!
//! What may pass is a matter of [`Reach`]. PEP 734's shareable objects always may. With the wider reach, what `Queue.put` and
//! `Interpreter.call` take, so may lists, dicts and sets of such (structurally: no serializer runs), functions without state (their
//! code alone), and everything that pickles. A structure of which any part must be pickled is pickled as a whole, since its
//! parts may share objects that only the pickler sees; a tuple's items are each on their own, as in CPython.
//!
//! The encoder keeps each object that it numbered in a heap vector: were one dropped by another thread meanwhile and its
//! address used again, the numbers would lie.

mod decode;
mod encode;
pub mod failure;
pub mod functions;
mod pickling;

use sync::Arc;

use crate::queues::Held;

pub use decode::{decode, main_namespace};
pub use encode::{encode, encode_callable, is_shareable};

/// A value on its way: it lies in no interpreter's heap.
#[derive(Debug)]
pub struct Message {
    bytes: Vec<u8>,
    attachments: Vec<Attachment>,
}

/// What a message carries beside its encoding, by a count.
#[derive(Debug)]
enum Attachment {
    /// The code of a function without state.
    Code(Arc<vm::bytecode::Code>),
    /// A queue, which lives as long as the message does.
    Queue(Held),
}

/// What a message may carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// What PEP 734 calls shareable.
    Shareable,
    /// Structures, functions and what pickles, too.
    Everything,
}

/// What follows in the encoding.
mod tag {
    pub const NONE: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const ELLIPSIS: u8 = 3;
    /// Eight bytes.
    pub const INT: u8 = 4;
    /// A length, and bytes of two's complement.
    pub const BIG_INT: u8 = 5;
    /// Eight bytes.
    pub const FLOAT: u8 = 6;
    /// Sixteen bytes.
    pub const COMPLEX: u8 = 7;
    /// A length, and WTF-8.
    pub const STR: u8 = 8;
    /// A length, and bytes.
    pub const BYTES: u8 = 9;
    /// A length, and bytes.
    pub const BYTEARRAY: u8 = 10;
    /// A count, and items.
    pub const TUPLE: u8 = 11;
    /// A count, and items.
    pub const LIST: u8 = 12;
    /// A count, and pairs.
    pub const DICT: u8 = 13;
    /// A count, and members.
    pub const SET: u8 = 14;
    /// A count, and members.
    pub const FROZENSET: u8 = 15;
    /// The number of an object met before.
    pub const SEEN: u8 = 16;
    /// Whether it is read-only, the text of its format, its item size, a count and a shape, a length, and bytes.
    pub const VIEW: u8 = 17;
    /// The number of an attachment.
    pub const QUEUE: u8 = 18;
    /// The number of an attachment.
    pub const FUNCTION: u8 = 19;
    /// A length and a pickle, a length and the path of the sender's program (or nothing).
    pub const PICKLE: u8 = 20;
}
