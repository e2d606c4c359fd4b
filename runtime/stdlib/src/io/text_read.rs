//! Reading from a `TextIOWrapper`.

use vm::native;
use vm::objects::Bytes;
use vm::protocols::{self, Buffer};
use vm::{R, Ref, SlotExt, Str, Thread, Tuple, Value};

use super::base::{call, size_argument};
use super::buffered::{self, plain_stream};
use super::newlines::{self, NewlineDecoder};
use super::text::{TEXT_IO_WRAPPER, TextState, This, decoder, opened};
use super::text_write::write_pending;

/// A decoder's state: buffered bytes and flags.
pub fn decoder_state(t: &Thread, decoder: Value) -> R<(Ref<Bytes>, i64)> {
    let state = call(t, decoder, "getstate", &[])?;
    let Some(state) = Tuple::of(t, state).filter(|state| state.len() == 2) else {
        return Err(t.type_error("illegal decoder state"));
    };
    let Some(buffered) = Bytes::of(t, state.get(0)) else {
        let got = state.get(0).class(t).name();
        return Err(
            t.type_error(format_args!("illegal decoder state: the first item should be a bytes object, not '{got}'"))
        );
    };
    Ok((buffered, protocols::index_i64(t, state.get(1))?))
}

/// Decodes bytes.
pub fn decode(t: &Thread, decoder: Value, input: Value, last: bool) -> R<Ref<Str>> {
    if let Some(newline_decoder) = decoder.downcast::<NewlineDecoder>() {
        let inside = newlines::wrapped(newline_decoder);
        let decoded = protocols::call_method(t, inside, t.names().decode, &[input, Value::bool(last)])?;
        let decoded = checked_text(t, decoded)?;
        return newlines::process(t, newline_decoder, decoded, last);
    }
    let decoded = protocols::call_method(t, decoder, t.names().decode, &[input, Value::bool(last)])?;
    checked_text(t, decoded)
}

fn checked_text(t: &Thread, decoded: Value) -> R<Ref<Str>> {
    Str::of(t, decoded).ok_or_else(|| {
        let got = decoded.class(t).name();
        t.type_error(format_args!("decoder should return a string result, not '{got}'"))
    })
}

/// Sets the decoded text, none of it used.
pub fn set_decoded(t: &Thread, this: This, state: &mut TextState, decoded: Option<Ref<Str>>) {
    this.decoded.put(this.header(), t, decoded.map(Ref::value));
    state.used = 0;
}

/// Decoded text that was not handed out yet.
fn available(t: &Thread, this: This, state: &TextState) -> R<Option<Ref<Str>>> {
    let Some(decoded) = this.decoded.get().and_then(Value::downcast::<Str>) else { return Ok(None) };
    if state.used >= decoded.len() {
        return Ok(None);
    }
    Str::substring(t, decoded, state.used, decoded.len()).map(Some)
}

fn read_input(t: &Thread, state: &TextState, buffer: Value, size: usize) -> R {
    if let Some(stream) = plain_stream(t, buffer) {
        let data = buffered::read_once(t, stream, size as i64)?;
        return Ok(Bytes::new(t, &data.unwrap_or_default())?.value());
    }
    let method = if state.has_read1 { "read1" } else { "read" };
    call(t, buffer, method, &[vm::objects::int_from_u64(t, size as u64)?])
}

/// Reads and decodes another chunk. False at the end.
pub fn read_chunk(t: &Thread, this: This, state: &mut TextState, buffer: Value, hint: usize) -> R<bool> {
    let decoder = decoder(t, this, state)?;
    let before = if state.telling { Some(decoder_state(t, decoder)?) } else { None };
    let wanted = (hint as f64 * state.ratio.max(1.0)) as usize;
    let input = read_input(t, state, buffer, state.chunk_size.max(wanted))?;
    let Some(bytes) = Buffer::try_of(t, input)? else {
        let (method, got) = (if state.has_read1 { "read1" } else { "read" }, input.class(t).name());
        return Err(
            t.type_error(format_args!("underlying {method}() should have returned a bytes-like object, not '{got}'"))
        );
    };
    let ended = bytes.is_empty();
    let decoded = decode(t, decoder, input, ended)?;
    state.ratio = if decoded.is_empty() { 0.0 } else { bytes.len() as f64 / decoded.len() as f64 };
    let more = !(ended && decoded.is_empty());
    set_decoded(t, this, state, Some(decoded));
    if let Some((buffered, flags)) = before {
        let mut input = buffered.as_slice().to_vec();
        input.extend_from_slice(bytes.as_slice());
        let input = Bytes::new(t, &input)?;
        this.snapshot_input.put(this.header(), t, input.value());
        state.snapshot = Some(flags);
    }
    Ok(more)
}

fn read_all(t: &Thread, this: This, state: &mut TextState, buffer: Value) -> R<Ref<Str>> {
    let decoder = decoder(t, this, state)?;
    let rest = protocols::call_method(t, buffer, t.names().read, &[])?;
    if rest.is_none() {
        return Err(t.raise_with(
            t.classes().blocking_io_error,
            &[Value::small(libc::EAGAIN), Str::new(t, "Read returned None.")?.value()],
        ));
    }
    let decoded = decode(t, decoder, rest, true)?;
    let result = match available(t, this, state)? {
        Some(before) => Str::concat(t, before, decoded)?,
        None => decoded,
    };
    if this.decoded.get().is_some() {
        set_decoded(t, this, state, None);
    }
    state.snapshot = None;
    this.snapshot_input.put(this.header(), t, None);
    Ok(result)
}

/// Hands out at most `most` decoded characters.
fn take(t: &Thread, this: This, state: &mut TextState, most: usize) -> R<Ref<Str>> {
    let Some(decoded) = this.decoded.get().and_then(Value::downcast::<Str>) else { return Str::empty(t) };
    let start = state.used.min(decoded.len());
    let end = start.saturating_add(most).min(decoded.len());
    state.used = end;
    Str::substring(t, decoded, start, end)
}

/// Read at most size characters from stream.
#[native("read($self, size=-1, /)")]
fn text_read(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Str>> {
    let size = size_argument(t, size)?;
    let (mut held, buffer) = opened(t, this)?;
    let state = &mut *held;
    decoder(t, this, state)?;
    write_pending(t, state, buffer)?;
    let Ok(size) = usize::try_from(size) else { return read_all(t, this, state, buffer) };
    let mut result = take(t, this, state, size)?;
    while result.len() < size {
        if !read_chunk(t, this, state, buffer, size - result.len())? {
            break;
        }
        let more = take(t, this, state, size - result.len())?;
        result = Str::concat(t, result, more)?;
        t.poll()?;
    }
    Ok(result)
}

/// A line of at most `limit` characters.
fn read_line(t: &Thread, this: This, state: &mut TextState, buffer: Value, limit: usize) -> R<Ref<Str>> {
    write_pending(t, state, buffer)?;
    if let Some(decoded) = this.decoded.get().and_then(Value::downcast::<Str>)
        && state.used < decoded.len()
        && let Ok(end) = state.newline.line_end(decoded.target().units().from(state.used))
    {
        return take(t, this, state, end.min(limit));
    }
    let mut line = take(t, this, state, usize::MAX)?;
    let mut searched = 0;
    loop {
        if line.len() >= limit {
            return cut(t, state, line, limit);
        }
        if !read_chunk_of_line(t, this, state, buffer)? {
            // A lone \r at the very end ends a line of its own kind.
            return Ok(line);
        }
        let more = take(t, this, state, usize::MAX)?;
        line = Str::concat(t, line, more)?;
        match state.newline.line_end(line.target().units().from(searched)) {
            Ok(end) => return cut(t, state, line, (searched + end).min(limit)),
            Err(passed) => searched += passed,
        }
        t.poll()?;
    }
}

/// Reads chunks until there is text or the end.
fn read_chunk_of_line(t: &Thread, this: This, state: &mut TextState, buffer: Value) -> R<bool> {
    loop {
        if !read_chunk(t, this, state, buffer, 0)? {
            super::text_read::set_decoded(t, this, state, None);
            state.snapshot = None;
            this.snapshot_input.put(this.header(), t, None);
            return Ok(false);
        }
        if this.decoded.get().and_then(Value::downcast::<Str>).is_some_and(|decoded| !decoded.is_empty()) {
            return Ok(true);
        }
    }
}

/// The first `end` characters of what was read; the rest, which the last chunk ends with, is given back.
fn cut(t: &Thread, state: &mut TextState, line: Ref<Str>, end: usize) -> R<Ref<Str>> {
    state.used -= (line.len() - end).min(state.used);
    Str::substring(t, line, 0, end)
}

/// Read until newline or EOF.
#[native("readline($self, size=-1, /)")]
fn text_readline(t: &Thread, this: This, size: Option<Value>) -> R<Ref<Str>> {
    let limit = size_argument(t, size)?;
    let (mut held, buffer) = opened(t, this)?;
    let state = &mut *held;
    decoder(t, this, state)?;
    read_line(t, this, state, buffer, usize::try_from(limit).unwrap_or(usize::MAX))
}

#[native("__next__($self, /)")]
fn text_next(t: &Thread, this: This) -> R {
    if this.value().class(t) != TEXT_IO_WRAPPER.get(t) {
        super::text::attached(t, this)?.0.telling = false;
        let line = protocols::call_method(t, this.value(), t.names().readline, &[])?;
        let Some(text) = Str::of(t, line) else {
            let got = line.class(t).name();
            return Err(t.raise(
                t.classes().os_error,
                format_args!("readline() should have returned an str object, not '{got}'"),
            ));
        };
        if !text.is_empty() {
            return Ok(line);
        }
        let mut state = super::text::attached(t, this)?.0;
        state.telling = state.seekable;
        return Err(t.stop_iteration(None));
    }
    let (mut held, buffer) = opened(t, this)?;
    let state = &mut *held;
    state.telling = false;
    let line = decoder(t, this, state).and_then(|_| read_line(t, this, state, buffer, usize::MAX))?;
    if line.is_empty() {
        state.snapshot = None;
        state.telling = state.seekable;
        return Err(t.stop_iteration(None));
    }
    Ok(line.value())
}
