//! Where a pickle is written: a buffer, cut into frames from protocol 4 on, that goes to a file piece by piece if there is one.
//!
//! A frame is opened as soon as the last one ends; the room for its head is given back if next to nothing came.

use vm::objects::Bytes;
use vm::protocols;
use vm::{R, Thread, Value};

use super::opcodes::FRAME;

/// A frame ends where it has grown to this size.
pub const FRAME_TARGET: usize = 64 << 10;

/// Less than this is not framed.
const FRAME_MINIMUM: usize = 4;

/// Bytes of a frame's head: the opcode and the length.
const FRAME_HEAD: usize = 9;

/// A pickle as it comes about.
pub struct Output {
    bytes: Vec<u8>,
    /// Where the open frame's head is.
    frame: Option<usize>,
    /// How many bytes there are when the open frame is to end.
    frame_end: usize,
    /// `write` of the file.
    write: Option<Value>,
}

impl Output {
    /// Nothing yet.
    pub fn new(write: Option<Value>) -> Self {
        Self { bytes: Vec::with_capacity(256), frame: None, frame_end: usize::MAX, write }
    }

    /// The bytes that did not go to the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends a byte.
    #[inline(always)]
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Appends bytes.
    #[inline(always)]
    pub fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends an opcode and its argument.
    #[inline(always)]
    pub fn with<const N: usize>(&mut self, opcode: u8, argument: [u8; N]) {
        self.bytes.reserve(N + 1);
        self.bytes.push(opcode);
        self.bytes.extend_from_slice(&argument);
    }

    /// Opens a frame.
    pub fn open_frame(&mut self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; FRAME_HEAD]);
        self.frame = Some(start);
        self.frame_end = start + FRAME_HEAD + FRAME_TARGET;
    }

    /// Ends the open frame, if there is one; says whether there was.
    pub fn close_frame(&mut self) -> bool {
        let Some(start) = self.frame.take() else { return false };
        self.frame_end = usize::MAX;
        let content = start + FRAME_HEAD;
        let length = self.bytes.len() - content;
        if length < FRAME_MINIMUM {
            self.bytes.drain(start..content);
        } else {
            self.bytes[start] = FRAME;
            self.bytes[start + 1..content].copy_from_slice(&(length as u64).to_le_bytes());
        }
        true
    }

    /// Whether the frame is large enough: between two values, another is begun then.
    #[inline(always)]
    pub fn is_due(&self) -> bool {
        self.bytes.len() >= self.frame_end
    }

    /// Ends the frame, gives it to the file and begins another.
    pub fn next_frame(&mut self, t: &Thread) -> R<()> {
        self.close_frame();
        self.flush(t)?;
        self.open_frame();
        Ok(())
    }

    /// Gives what there is to the file, if there is one.
    pub fn flush(&mut self, t: &Thread) -> R<()> {
        let Some(write) = self.write else { return Ok(()) };
        let bytes = Bytes::new(t, &self.bytes)?;
        self.bytes.clear();
        protocols::call(t, write, &[bytes.value()]).map(drop)
    }

    /// Appends an opcode with its argument and much data, which goes around the buffer and lies in no frame. `object` is what the file
    /// is given, if there is an object with just these bytes.
    pub fn large<const N: usize>(
        &mut self,
        t: &Thread,
        opcode: u8,
        argument: [u8; N],
        data: &[u8],
        object: Option<Value>,
    ) -> R<()> {
        let framing = self.close_frame();
        self.with(opcode, argument);
        match self.write {
            Some(write) => {
                self.flush(t)?;
                let object = match object {
                    Some(object) => object,
                    None => Bytes::new(t, data)?.value(),
                };
                protocols::call(t, write, &[object])?;
            }
            None => self.extend(data),
        }
        if framing {
            self.open_frame();
        }
        Ok(())
    }
}
