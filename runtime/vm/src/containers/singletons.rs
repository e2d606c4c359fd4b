//! `Singletons`: the empty and one-character objects that all interpreters share, made once in the shared space.

use crate::object::Ref;
use crate::objects::{Bytes, Str};
use crate::raised::R;
use crate::thread::Thread;

/// Objects of which there is one a process.
pub struct Singletons {
    /// `""`
    pub empty_string: Ref<Str>,
    /// The strings of one Latin-1 character.
    pub characters: [Ref<Str>; 256],
    /// `b""`
    pub empty_bytes: Ref<Bytes>,
    /// The bytes objects of length one.
    pub bytes: [Ref<Bytes>; 256],
}

impl Singletons {
    /// Makes them; `t` is the thread that builds the shared space.
    pub fn build(t: &Thread) -> R<Self> {
        let (empty_string, empty_bytes) = (Str::empty(t)?, Bytes::empty(t)?);
        let mut characters = [empty_string; 256];
        let mut bytes = [empty_bytes; 256];
        for code in 0..=u8::MAX {
            characters[usize::from(code)] = super::intern::keep_shared(t, Str::new_character(t, code)?);
            bytes[usize::from(code)] = Bytes::build(t, 1, |target| target[0] = code)?;
        }
        Ok(Self { empty_string, characters, empty_bytes, bytes })
    }
}
