//! What the objects that decompress a stream bit by bit share: input that waits, output up to a limit, the end.

use vm::objects::Bytes;
use vm::{R, Raised, Ref, Thread};

/// A decoder of one stream.
pub trait Decoder {
    /// Decodes some input to some output: how much was read and written, and whether the stream has ended.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize, bool), Failure>;
}

/// Why a step failed.
pub enum Failure {
    /// The data cannot be decoded: a message.
    Data(&'static str),
    /// There is no memory.
    Memory,
}

/// Most bytes that are decoded at a time.
const CHUNK: usize = 1 << 15;

/// A stream that is being decoded.
pub struct Incremental<D> {
    decoder: D,
    pending: Vec<u8>,
    /// Whether the end was reached.
    pub ended: bool,
    /// Whether more can only come of more input.
    pub needs_input: bool,
    /// What followed the end.
    pub unused: Vec<u8>,
}

impl<D: Decoder> Incremental<D> {
    /// A stream of which nothing was read yet.
    pub fn new(decoder: D) -> Self {
        Self { decoder, pending: Vec::new(), ended: false, needs_input: true, unused: Vec::new() }
    }

    /// The decoder.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Takes in data and gives at most `most` bytes.
    pub fn decompress(&mut self, data: &[u8], most: usize) -> Result<Vec<u8>, Failure> {
        let mut input = std::mem::take(&mut self.pending);
        input.extend_from_slice(data);
        let (mut output, mut read, mut buffer) = (Vec::new(), 0, vec![0; CHUNK.min(most)]);
        let mut full = most == 0;
        while !full {
            let room = buffer.len().min(most - output.len());
            let (taken, given, ended) = self.decoder.step(&input[read..], &mut buffer[..room])?;
            read += taken;
            output.extend_from_slice(&buffer[..given]);
            self.ended = ended;
            full = output.len() == most;
            // Room that was left over says that the decoder has nothing more to give.
            if ended || (taken == 0 && given == 0) || (read == input.len() && given < room) {
                break;
            }
        }
        let rest = input.split_off(read);
        if self.ended {
            self.unused = rest;
            self.needs_input = false;
        } else {
            self.needs_input = rest.is_empty() && !full;
            self.pending = rest;
        }
        Ok(output)
    }
}

/// The bytes that a decompressor's method gives; `data_error` makes the module's exception.
pub fn decompressed<D: Decoder>(
    t: &Thread,
    stream: &sync::Mutex<Incremental<D>>,
    data: &[u8],
    most: i64,
    data_error: impl FnOnce(&str) -> Raised,
) -> R<Ref<Bytes>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let result = t.blocking(|| {
        let mut stream = stream.lock();
        if stream.ended { None } else { Some(stream.decompress(data, most)) }
    });
    match result {
        None => Err(t.eof_error("End of stream already reached")),
        Some(Ok(output)) => Bytes::new(t, &output),
        Some(Err(Failure::Data(message))) => Err(data_error(message)),
        Some(Err(Failure::Memory)) => Err(t.memory_error()),
    }
}
