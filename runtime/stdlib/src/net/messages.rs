//! Control messages: how they are laid out between `recvmsg`, `sendmsg` and the kernel.

use vm::native;
use vm::native::NativeDef;
use vm::objects::{Bytes, List};
use vm::protocols::{self, Buffer};
use vm::{R, Ref, Thread, Tuple, Value};

/// Bytes of the header of a control message: length, level, kind.
const HEADER: usize = 16;

/// The largest length for which both functions give a C `int`.
const MOST: i64 = 0x7fff_ffff - HEADER as i64;

/// Return the total length, without trailing padding, of an ancillary data item.
#[native("CMSG_LEN(length, /)")]
fn cmsg_len(t: &Thread, length: i64) -> R<i64> {
    if (0..=MOST).contains(&length) {
        Ok(length + HEADER as i64)
    } else {
        Err(t.overflow_error("CMSG_LEN() argument out of range"))
    }
}

/// Return the buffer size needed for recvmsg() to receive an ancillary data item.
#[native("CMSG_SPACE(length, /)")]
fn cmsg_space(t: &Thread, length: i64) -> R<i64> {
    if (0..=MOST - 7).contains(&length) {
        Ok((length as usize).next_multiple_of(8) as i64 + HEADER as i64)
    } else {
        Err(t.overflow_error("CMSG_SPACE() argument out of range"))
    }
}

/// The functions.
pub static ALL: &[&NativeDef] = &[&CMSG_LEN, &CMSG_SPACE];

/// Control messages as the kernel takes them, from tuples of level, kind and data.
pub fn encode(t: &Thread, messages: Value) -> R<Vec<u8>> {
    let mut bytes = Vec::new();
    protocols::for_each(t, messages, |message| {
        let items = match Tuple::of(t, message) {
            Some(items) => items,
            None => protocols::tuple_of(t, message)?,
        };
        if items.len() != 3 {
            return Err(t.type_error("sendmsg() ancillary data items must be sequences of 3 items"));
        }
        let (level, kind) = (protocols::index_long(t, items.get(0))?, protocols::index_long(t, items.get(1))?);
        let data = Buffer::of(t, items.get(2))?;
        bytes.extend((data.len() + HEADER).to_ne_bytes());
        bytes.extend((level as i32).to_ne_bytes());
        bytes.extend((kind as i32).to_ne_bytes());
        bytes.extend(data.as_slice());
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        Ok(())
    })?;
    Ok(bytes)
}

/// The control messages that the kernel gave.
pub fn decode(t: &Thread, mut bytes: &[u8]) -> R<Ref<List>> {
    let list = List::new(t)?;
    let word = |bytes: &[u8], at: usize| i32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    while bytes.len() >= HEADER {
        let mut length = [0; 8];
        length.copy_from_slice(&bytes[..8]);
        let length = usize::from_ne_bytes(length);
        if length < HEADER {
            break;
        }
        let (level, kind) = (word(bytes, 8), word(bytes, 12));
        // Data that was cut off ends where the buffer does.
        let data = Bytes::new(t, &bytes[HEADER..length.min(bytes.len())])?;
        list.push(t, Tuple::from_slice(t, &[Value::small(level), Value::small(kind), data.value()])?.value())?;
        bytes = bytes.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    Ok(list)
}
