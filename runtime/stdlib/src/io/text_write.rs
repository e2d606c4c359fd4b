//! Writing to a `TextIOWrapper`.

use text::units::Units;
use vm::codecs::{Known, encode_known};
use vm::native;
use vm::objects::Bytes;
use vm::protocols;
use vm::{R, Ref, SlotExt, Str, Thread, Value};

use super::base::call;
use super::buffered::{self, is_writer, plain_stream};
use super::string_io::with_newlines;
use super::text::{TextState, This, attached, opened};

/// Hands the pending bytes to the buffer.
pub fn write_pending(t: &Thread, state: &mut TextState, buffer: Value) -> R<()> {
    if state.pending.is_empty() {
        return Ok(());
    }
    let mut pending = std::mem::take(&mut state.pending);
    let result = match plain_stream(t, buffer).filter(|stream| is_writer(t, *stream)) {
        Some(stream) => buffered::write_bytes(t, stream, &pending).map(drop),
        None => write_by_method(t, buffer, &pending),
    };
    pending.clear();
    state.pending = pending;
    result
}

fn write_by_method(t: &Thread, buffer: Value, pending: &[u8]) -> R<()> {
    let bytes = Bytes::new(t, pending)?;
    protocols::call_method(t, buffer, t.names().write, &[bytes.value()]).map(drop)
}

/// Forgets what was read ahead, and the decoder's state with it.
pub fn forget_read(t: &Thread, this: This, state: &mut TextState) -> R<()> {
    if this.decoded.get().is_some() {
        this.decoded.put(this.header(), t, None);
    }
    state.used = 0;
    if state.snapshot.take().is_some() {
        this.snapshot_input.put(this.header(), t, None);
    }
    match this.decoder.get() {
        Some(decoder) => call(t, decoder, "reset", &[]).map(drop),
        None => Ok(()),
    }
}

/// Encodes text to the end of the pending bytes.
fn encode(t: &Thread, this: This, state: &mut TextState, string: Ref<Str>) -> R<()> {
    match (state.known, string.target().units()) {
        (Some(_), Units::One(bytes)) if string.is_ascii() => state.pending.extend_from_slice(bytes),
        (Some(Known::Latin1), Units::One(bytes)) => state.pending.extend_from_slice(bytes),
        (Some(known), _) => {
            let errors = this.errors.get().and_then(Value::downcast::<Str>);
            state.pending.extend_from_slice(encode_known(t, known, string, errors)?.as_slice());
        }
        (None, _) => {
            let Some(encoder) = this.encoder.get() else { return Err(super::base::unsupported(t, "not writable")) };
            let encoded = protocols::call_method(t, encoder, t.names().encode, &[string.value()])?;
            let Some(encoded) = Bytes::of(t, encoded) else {
                let got = encoded.class(t).name();
                return Err(t.type_error(format_args!("encoder should return a bytes object, not '{got}'")));
            };
            state.pending.extend_from_slice(encoded.as_slice());
        }
    }
    Ok(())
}

/// Write string s to stream.
#[native("write($self, s, /)")]
fn text_write(t: &Thread, this: This, text: Value) -> R<usize> {
    let Some(string) = Str::of(t, text) else {
        return Err(t.type_error(format_args!("write() argument must be str, not {}", text.class(t).name())));
    };
    let (mut held, buffer) = opened(t, this)?;
    let state = &mut *held;
    if !state.writable {
        return Err(super::base::unsupported(t, "not writable"));
    }
    let units = string.target().units();
    let written = state.newline.written();
    let has_newline = (written.is_some() || state.line_buffering) && text::search::find_char(units, 0x0a).is_some();
    let flush = state.line_buffering && (has_newline || text::search::find_char(units, 0x0d).is_some());
    // Bytes that would not fit go out on their own, so that a pending text is never copied into a larger one.
    if state.pending.len() + units.len() > state.chunk_size {
        write_pending(t, state, buffer)?;
    }
    match written.filter(|_| has_newline) {
        Some(newline) => {
            let translated = Str::from_owned(t, with_newlines(units, newline).finish())?;
            encode(t, this, state, translated)?;
        }
        None => encode(t, this, state, string)?,
    }
    if state.pending.len() >= state.chunk_size || flush || state.write_through {
        write_pending(t, state, buffer)?;
    }
    if flush {
        flush_buffer(t, buffer)?;
    }
    if this.decoder.get().is_some() || this.decoded.get().is_some() {
        forget_read(t, this, state)?;
    }
    Ok(string.len())
}

fn flush_buffer(t: &Thread, buffer: Value) -> R<()> {
    match plain_stream(t, buffer).filter(|stream| is_writer(t, *stream)) {
        Some(stream) => buffered::flush_stream(t, stream),
        None => protocols::call_method(t, buffer, t.names().flush, &[]).map(drop),
    }
}

/// Writes out everything, the buffer's bytes too.
pub fn flush(t: &Thread, this: This) -> R<()> {
    let (mut state, buffer) = attached(t, this)?;
    if super::base::is_closed(t, buffer)? {
        return Err(t.value_error("I/O operation on closed file."));
    }
    state.telling = state.seekable;
    write_pending(t, &mut state, buffer)?;
    flush_buffer(t, buffer)
}

/// Flush write buffers.
#[native("flush($self, /)")]
fn text_flush(t: &Thread, this: This) -> R<()> {
    flush(t, this)
}
