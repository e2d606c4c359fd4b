//! Positions in a `TextIOWrapper`.
//!
//! A position is an int: the offset of bytes from which the decoder can start afresh, and above its 64 bits what to do from
//! there: the decoder's flags, how many bytes to feed it, how many characters to skip then, and whether to tell it of the end.
//! For most encodings and places all of these are zero.

use vm::native;
use vm::objects::{Bytes, int_of};
use vm::protocols;
use vm::{R, Ref, SlotExt, Thread, Tuple, Value};

use super::base::{call, unsupported};
use super::text::{TextState, This, opened};
use super::text_read::{decode, decoder_state, set_decoded};
use super::text_write::{forget_read, write_pending};

/// What a position says.
#[derive(Clone, Copy, Default)]
struct Cookie {
    start: u64,
    flags: u32,
    feed: u32,
    skip: u32,
    at_end: bool,
}

impl Cookie {
    fn to_value(self, t: &Thread) -> R {
        if self.flags == 0 && self.feed == 0 && self.skip == 0 && !self.at_end {
            return vm::objects::int_from_u64(t, self.start);
        }
        let mut bytes = self.start.to_le_bytes().to_vec();
        for number in [self.flags, self.feed, self.skip] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(u8::from(self.at_end));
        let order = vm::Str::interned(t, "little")?;
        call(t, t.classes().int.value(), "from_bytes", &[Bytes::new(t, &bytes)?.value(), order.value()])
    }

    fn of(t: &Thread, value: Value) -> R<Cookie> {
        if let Some(start) = value.as_small_int().and_then(|start| u64::try_from(start).ok()) {
            return Ok(Cookie { start, ..Cookie::default() });
        }
        let order = vm::Str::interned(t, "little")?;
        let bytes = call(t, value, "to_bytes", &[Value::small(21), order.value()])?;
        let Some(bytes) = Bytes::of(t, bytes) else { return Err(t.type_error("an int is expected")) };
        let bytes = bytes.as_slice();
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let start = u64::from(word(0)) | u64::from(word(4)) << 32;
        Ok(Cookie { start, flags: word(8), feed: word(12), skip: word(16), at_end: bytes[20] != 0 })
    }
}

fn set_state(t: &Thread, decoder: Value, flags: i64) -> R<()> {
    if flags == 0 {
        return call(t, decoder, "reset", &[]).map(drop);
    }
    let state = Tuple::from_slice(t, &[Bytes::empty(t)?.value(), vm::objects::int_from_i64(t, flags)?])?;
    call(t, decoder, "setstate", &[state.value()]).map(drop)
}

fn decoded_length(t: &Thread, decoder: Value, bytes: &[u8], last: bool) -> R<usize> {
    Ok(decode(t, decoder, Bytes::new(t, bytes)?.value(), last)?.len())
}

/// Return the stream position as an opaque number.
#[native("tell($self, /)")]
fn text_tell(t: &Thread, this: This) -> R {
    let seekable_now = {
        let (state, _) = opened(t, this)?;
        (state.seekable, state.telling)
    };
    match seekable_now {
        (false, _) => return Err(unsupported(t, "underlying stream is not seekable")),
        (_, false) => return Err(t.raise(t.classes().os_error, "telling position disabled by next() call")),
        _ => {}
    }
    {
        let (mut state, buffer) = opened(t, this)?;
        write_pending(t, &mut state, buffer)?;
    }
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let (mut state, buffer) = opened(t, this)?;
    let position = protocols::call_method(t, buffer, t.names().tell, &[])?;
    let (Some(decoder), Some(flags)) = (this.decoder.get(), state.snapshot) else { return Ok(position) };
    let Some(input) = this.snapshot_input.get().and_then(Value::downcast::<Bytes>) else { return Ok(position) };
    let position = protocols::index_i64(t, position)?;
    let start = (position - input.len() as i64).max(0) as u64;
    if state.used == 0 {
        return Cookie { start, flags: flags as u32, ..Cookie::default() }.to_value(t);
    }
    let saved = call(t, decoder, "getstate", &[])?;
    let found = find_position(t, &mut state, decoder, input, start, flags);
    let error = found.as_ref().err().map(|raised| t.take(*raised));
    call(t, decoder, "setstate", &[saved])?;
    match (found, error) {
        (Ok(cookie), _) => cookie.to_value(t),
        (Err(_), Some(error)) => Err(t.reraise(error)),
        (Err(raised), None) => Err(raised),
    }
}

/// The latest place before the used characters' end where the decoder has nothing buffered, by a guess that is corrected:
/// how many bytes it is in, its flags there, and how many characters come before it.
fn safe_start(t: &Thread, state: &TextState, decoder: Value, input: &[u8], flags: i64) -> R<(usize, i64, usize)> {
    let mut guess = ((state.used as f64 * state.ratio) as usize).min(input.len());
    let mut back = 1;
    while guess > 0 {
        set_state(t, decoder, flags)?;
        let count = decoded_length(t, decoder, &input[..guess], false)?;
        if count <= state.used {
            let (buffered, after) = decoder_state(t, decoder)?;
            if buffered.is_empty() {
                return Ok((guess, after, count));
            }
            guess = guess.saturating_sub(buffered.len());
            back = 1;
        } else {
            guess = guess.saturating_sub(back);
            back *= 2;
        }
    }
    set_state(t, decoder, flags)?;
    Ok((0, flags, 0))
}

fn find_position(
    t: &Thread,
    state: &mut TextState,
    decoder: Value,
    input: Ref<Bytes>,
    start: u64,
    flags: i64,
) -> R<Cookie> {
    let input = input.target().as_slice();
    let (passed, flags, before) = safe_start(t, state, decoder, input, flags)?;
    let mut cookie = Cookie { start: start + passed as u64, flags: flags as u32, ..Cookie::default() };
    let mut missing = state.used - before;
    if missing == 0 {
        return Ok(cookie);
    }
    // Byte by byte from there on, remembering each place where the decoder has nothing buffered.
    let (mut fed, mut decoded) = (0, 0);
    for byte in &input[passed..] {
        fed += 1;
        decoded += decoded_length(t, decoder, std::slice::from_ref(byte), false)?;
        let (buffered, after) = decoder_state(t, decoder)?;
        if buffered.is_empty() && decoded <= missing {
            cookie.start += fed as u64;
            cookie.flags = after as u32;
            missing -= decoded;
            (fed, decoded) = (0, 0);
        }
        if decoded >= missing {
            break;
        }
    }
    if decoded < missing {
        decoded += decoded_length(t, decoder, &[], true)?;
        cookie.at_end = true;
        if decoded < missing {
            return Err(t.raise(t.classes().os_error, "can't reconstruct logical file position"));
        }
    }
    cookie.feed = fed;
    cookie.skip = missing as u32;
    Ok(cookie)
}

fn reset_encoder(t: &Thread, this: This, at_start: bool) -> R<()> {
    let Some(encoder) = this.encoder.get() else { return Ok(()) };
    if at_start {
        call(t, encoder, "reset", &[]).map(drop)
    } else {
        call(t, encoder, "setstate", &[Value::small(0)]).map(drop)
    }
}

fn is_zero(value: Value) -> bool {
    value.as_small_int() == Some(0)
}

fn seek_to_end(t: &Thread, this: This) -> R {
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let (mut state, buffer) = opened(t, this)?;
    forget_read(t, this, &mut state)?;
    let position = protocols::call_method(t, buffer, t.names().seek, &[Value::small(0), Value::small(2)])?;
    reset_encoder(t, this, is_zero(position))?;
    Ok(position)
}

/// Set the stream position, and return the new stream position.
#[native("seek($self, cookie, whence=0, /)")]
fn text_seek(t: &Thread, this: This, cookie: Value, whence: i32) -> R {
    if !opened(t, this)?.0.seekable {
        return Err(unsupported(t, "underlying stream is not seekable"));
    }
    let cookie = match whence {
        0 => cookie,
        1 if is_zero(cookie) => {
            // Where the stream is now, so that the decoder and what was read ahead agree with it.
            protocols::call_method(t, this.value(), t.names().flush, &[])?;
            protocols::call_method(t, this.value(), t.names().tell, &[])?
        }
        1 => return Err(unsupported(t, "can't do nonzero cur-relative seeks")),
        2 if is_zero(cookie) => return seek_to_end(t, this),
        2 => return Err(unsupported(t, "can't do nonzero end-relative seeks")),
        _ => return Err(t.value_error(format_args!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    match int_of(cookie) {
        None => {
            protocols::index(t, cookie)?;
        }
        Some(number) if number.is_negative() => {
            let shown = protocols::repr(t, cookie)?.to_string_lossy();
            return Err(t.value_error(format_args!("negative seek position {shown}")));
        }
        Some(_) => {}
    }
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let parts = Cookie::of(t, cookie)?;
    let (mut held, buffer) = opened(t, this)?;
    restore(t, this, &mut held, buffer, parts)?;
    Ok(cookie)
}

fn restore(t: &Thread, this: This, state: &mut TextState, buffer: Value, parts: Cookie) -> R<()> {
    protocols::call_method(t, buffer, t.names().seek, &[vm::objects::int_from_u64(t, parts.start)?])?;
    set_decoded(t, this, state, None);
    state.snapshot = None;
    this.snapshot_input.put(this.header(), t, None);
    let at_start = parts.start == 0 && parts.flags == 0;
    if state.readable && (parts.skip > 0 || this.decoder.get().is_some()) {
        let decoder = super::text::decoder(t, this, state)?;
        if at_start {
            call(t, decoder, "reset", &[]).map(drop)?
        } else {
            set_state(t, decoder, i64::from(parts.flags))?
        }
        let mut input = Bytes::empty(t)?;
        if parts.skip > 0 {
            let read = protocols::call_method(t, buffer, t.names().read, &[Value::small(parts.feed as i32)])?;
            let Some(bytes) = Bytes::of(t, read) else {
                let got = read.class(t).name();
                return Err(
                    t.type_error(format_args!("underlying read() should have returned a bytes object, not '{got}'"))
                );
            };
            input = bytes;
            let decoded = decode(t, decoder, read, parts.at_end)?;
            set_decoded(t, this, state, Some(decoded));
            if decoded.len() < parts.skip as usize {
                return Err(t.raise(t.classes().os_error, "can't restore logical file position"));
            }
            state.used = parts.skip as usize;
        }
        this.snapshot_input.put(this.header(), t, input.value());
        state.snapshot = Some(i64::from(parts.flags));
    }
    reset_encoder(t, this, at_start)
}

/// Truncate the file to the position, by default the present one.
#[native("truncate($self, pos=None, /)")]
fn text_truncate(t: &Thread, this: This, position: Value) -> R {
    super::text::attached(t, this).map(drop)?;
    protocols::call_method(t, this.value(), t.names().flush, &[])?;
    let (_, buffer) = super::text::attached(t, this)?;
    call(t, buffer, "truncate", &[position])
}
