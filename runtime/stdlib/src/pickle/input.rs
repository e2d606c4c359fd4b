//! What a pickle is read from: bytes at hand, or a file that is read in pieces no larger than the pickle itself, unless it can be peeked
//! into: then what was looked at is read for good when it was used up.

use vm::names::Names;
use vm::objects::{ByteArray, Bytes, MemoryView};
use vm::protocols::{self, Buffer, call, get_attribute_optional};
use vm::{R, Raised, Ref, Thread, Value};

use super::unpickling_error;

/// The least that is peeked at.
const PREFETCH: usize = 128 << 10;

/// The methods of a file.
#[derive(Clone, Copy)]
pub struct File {
    pub read: Value,
    pub readline: Value,
    pub readinto: Option<Value>,
    pub peek: Option<Value>,
}

impl File {
    /// The methods of a file; TypeError if it lacks those that it must have.
    pub fn of(t: &Thread, file: Value) -> R<Self> {
        let names: &Names = t.names();
        let peek = get_attribute_optional(t, file, vm::containers::intern_text(t, "peek")?)?;
        let readinto = get_attribute_optional(t, file, names.readinto)?;
        let read = get_attribute_optional(t, file, names.read)?;
        let readline = get_attribute_optional(t, file, names.readline)?;
        match (read, readline) {
            (Some(read), Some(readline)) => Ok(Self { read, readline, readinto, peek }),
            _ => Err(t.type_error("file must have 'read' and 'readline' attributes")),
        }
    }
}

/// A pickle as it is read.
pub struct Input {
    buffer: Buffer,
    /// Where the next byte is.
    at: usize,
    /// Up to where bytes may be taken: the end of the buffer, or of the frame.
    limit: usize,
    /// Whether the limit is that of a frame.
    framed: bool,
    /// Up to where the file itself was read: what follows was only looked at.
    read: usize,
    file: Option<File>,
}

#[cold]
fn truncated(t: &Thread) -> Raised {
    unpickling_error(t, "pickle data was truncated")
}

impl Input {
    /// Bytes at hand.
    pub fn of_buffer(buffer: Buffer) -> Self {
        let read = buffer.len();
        Self { buffer, at: 0, limit: read, framed: false, read, file: None }
    }

    /// A file.
    pub fn of_file(file: File) -> Self {
        Self { buffer: Buffer::Copied(Vec::new()), at: 0, limit: 0, framed: false, read: 0, file: Some(file) }
    }

    /// The next opcode; EOFError if there is nothing more.
    #[inline(always)]
    pub fn opcode(&mut self, t: &Thread) -> R<u8> {
        if self.at < self.limit {
            let opcode = self.buffer.as_slice()[self.at];
            self.at += 1;
            return Ok(opcode);
        }
        self.opcode_slow(t)
    }

    #[cold]
    fn opcode_slow(&mut self, t: &Thread) -> R<u8> {
        match self.array::<1>(t) {
            Ok([opcode]) => Ok(opcode),
            Err(raised) => {
                t.catch(raised, super::UNPICKLING_ERROR.get(t))?;
                Err(t.eof_error("Ran out of input"))
            }
        }
    }

    /// The next bytes.
    #[inline(always)]
    pub fn take(&mut self, t: &Thread, count: usize) -> R<&[u8]> {
        if count > self.limit - self.at {
            self.fetch(t, count)?;
        }
        self.at += count;
        Ok(&self.buffer.as_slice()[self.at - count..self.at])
    }

    /// The next bytes, so many as the array has.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self, t: &Thread) -> R<[u8; N]> {
        let bytes = self.take(t, N)?;
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        Ok(array)
    }

    /// Makes sure that a frame is there as a whole, without going on behind it.
    pub fn frame(&mut self, t: &Thread, length: usize) -> R<()> {
        if self.framed && self.at < self.limit {
            return Err(unpickling_error(t, "beginning of a new frame before end of current frame"));
        }
        self.take(t, length)?;
        self.limit = self.at;
        self.at -= length;
        self.framed = true;
        Ok(())
    }

    /// Where a frame ends, the rest of the buffer begins. Nothing lies across its end.
    fn leave_frame(&mut self, t: &Thread) -> R<()> {
        if self.framed && self.at < self.limit {
            return Err(unpickling_error(t, "pickle exhausted before end of frame"));
        }
        self.framed = false;
        self.limit = self.buffer.len();
        Ok(())
    }

    /// The next line, its end included.
    pub fn line(&mut self, t: &Thread) -> R<&[u8]> {
        if self.framed && self.at == self.limit {
            self.leave_frame(t)?;
        }
        let rest = &self.buffer.as_slice()[self.at..self.limit];
        let length = match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => end + 1,
            None => {
                self.leave_frame(t)?;
                let Some(file) = self.file else { return Err(truncated(t)) };
                self.settle(t)?;
                let line = call(t, file.readline, &[])?;
                self.receive(t, line)?;
                self.read = self.buffer.len();
                if self.buffer.as_slice().last() != Some(&b'\n') {
                    return Err(truncated(t));
                }
                self.buffer.len()
            }
        };
        self.at += length;
        Ok(&self.buffer.as_slice()[self.at - length..self.at])
    }

    fn receive(&mut self, t: &Thread, bytes: Value) -> R<()> {
        self.buffer = Buffer::of(t, bytes)?;
        self.at = 0;
        self.limit = self.buffer.len();
        Ok(())
    }

    /// Reads for good what was only looked at and used up.
    pub fn settle(&mut self, t: &Thread) -> R<()> {
        let Some(file) = self.file else { return Ok(()) };
        if self.at > self.read {
            let count = vm::objects::int_from_u64(t, (self.at - self.read) as u64)?;
            self.read = self.at;
            call(t, file.read, &[count])?;
        }
        Ok(())
    }

    /// Fills the buffer with at least so many bytes from the file.
    #[cold]
    fn fetch(&mut self, t: &Thread, count: usize) -> R<()> {
        self.leave_frame(t)?;
        if count <= self.limit - self.at {
            return Ok(());
        }
        let Some(file) = self.file else { return Err(truncated(t)) };
        self.settle(t)?;
        let size = |size: usize| vm::objects::int_from_u64(t, size as u64);
        if let Some(peek) = file.peek {
            match call(t, peek, &[size(count.max(PREFETCH))?]) {
                Ok(bytes) => {
                    self.receive(t, bytes)?;
                    self.read = 0;
                    if count <= self.buffer.len() {
                        return Ok(());
                    }
                }
                Err(raised) => {
                    // A file that has the method only to refuse.
                    t.catch(raised, t.classes().not_implemented_error)?;
                    self.file = Some(File { peek: None, ..file });
                }
            }
        }
        let bytes = call(t, file.read, &[size(count)?])?;
        self.receive(t, bytes)?;
        self.read = self.buffer.len();
        if count > self.buffer.len() { Err(truncated(t)) } else { Ok(()) }
    }

    /// The next bytes, of which there may be many: they need not go through the buffer.
    #[inline]
    pub fn bytes(&mut self, t: &Thread, count: usize) -> R<Ref<Bytes>> {
        if count <= self.limit - self.at {
            self.at += count;
            return Bytes::new(t, &self.buffer.as_slice()[self.at - count..self.at]);
        }
        let array = self.bytearray(t, count)?;
        Bytes::new(t, &array.to_vec(t))
    }

    /// As `bytes`, in a bytearray.
    pub fn bytearray(&mut self, t: &Thread, count: usize) -> R<Ref<ByteArray>> {
        if count > self.limit - self.at {
            self.leave_frame(t)?;
        }
        let rest = self.limit - self.at;
        if count <= rest {
            self.at += count;
            return ByteArray::new(t, &self.buffer.as_slice()[self.at - count..self.at]);
        }
        let Some(file) = self.file else { return Err(truncated(t)) };
        let array = ByteArray::new(t, &self.buffer.as_slice()[self.at..])?;
        self.at = self.buffer.len();
        self.settle(t)?;
        let Some(readinto) = file.readinto else {
            let bytes = call(t, file.read, &[vm::objects::int_from_u64(t, (count - rest) as u64)?])?;
            let Some(bytes) = Bytes::of(t, bytes) else {
                let shown = protocols::repr(t, bytes)?.to_string_lossy();
                return Err(t.value_error(format_args!("read() returned non-bytes object ({shown})")));
            };
            if bytes.len() < count - rest {
                return Err(truncated(t));
            }
            array.extend(t, &bytes.target().as_slice()[..count - rest])?;
            return Ok(array);
        };
        array.resize(t, count)?;
        let view = MemoryView::of_bytearray(t, array)?;
        let target = protocols::get_slice(
            t,
            view.value(),
            vm::objects::int_from_u64(t, rest as u64)?,
            vm::objects::int_from_u64(t, count as u64)?,
        )?;
        let got = call(t, readinto, &[target]).and_then(|got| protocols::index_i64(t, got));
        if let Some(target) = target.downcast::<MemoryView>() {
            target.release(t);
        }
        view.release(t);
        if got? < (count - rest) as i64 { Err(truncated(t)) } else { Ok(array) }
    }
}
