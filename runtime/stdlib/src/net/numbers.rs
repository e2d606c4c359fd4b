//! Byte orders, and addresses as numbers and text.

use std::net::{Ipv4Addr, Ipv6Addr};

use vm::native;
use vm::native::NativeDef;
use vm::objects::Bytes;
use vm::protocols::{self, Buffer};
use vm::{R, Ref, Str, Thread, Value};

fn short(t: &Thread, function: &str, value: Value) -> R<u16> {
    let number = protocols::index_long(t, value)?;
    if number < 0 {
        return Err(t.overflow_error(format_args!(
            "{function}: can't convert negative Python int to C 16-bit unsigned integer"
        )));
    }
    u16::try_from(number).map_err(|_| {
        t.overflow_error(format_args!("{function}: Python int too large to convert to C 16-bit unsigned integer"))
    })
}

fn long(t: &Thread, value: Value) -> R<u32> {
    let number = protocols::index_number(t, value)?;
    if number.is_negative() {
        return Err(t.overflow_error("can't convert negative value to unsigned int"));
    }
    match number.to_i64().map(u32::try_from) {
        Some(Ok(number)) => Ok(number),
        _ => Err(t.overflow_error("int larger than 32 bits")),
    }
}

/// Convert a 16-bit unsigned integer from network to host byte order.
#[native("ntohs(x, /)")]
fn ntohs(t: &Thread, value: Value) -> R<u32> {
    short(t, "ntohs", value).map(|number| u32::from(u16::from_be(number)))
}

/// Convert a 16-bit unsigned integer from host to network byte order.
#[native("htons(x, /)")]
fn htons(t: &Thread, value: Value) -> R<u32> {
    short(t, "htons", value).map(|number| u32::from(number.to_be()))
}

/// Convert a 32-bit unsigned integer from network to host byte order.
#[native("ntohl(x, /)")]
fn ntohl(t: &Thread, value: Value) -> R<u32> {
    long(t, value).map(u32::from_be)
}

/// Convert a 32-bit unsigned integer from host to network byte order.
#[native("htonl(x, /)")]
fn htonl(t: &Thread, value: Value) -> R<u32> {
    long(t, value).map(u32::to_be)
}

/// The forms of IPv4 addresses that C takes: one to four numbers, each decimal, octal or hexadecimal, the last filling the rest.
fn aton(text: &str) -> Option<u32> {
    let parts: Vec<u32> = text
        .trim_end()
        .split('.')
        .map(|part| match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None if part.len() > 1 && part.starts_with('0') => u32::from_str_radix(part, 8).ok(),
            None if part.starts_with(|c: char| c.is_ascii_digit()) => part.parse().ok(),
            None => None,
        })
        .collect::<Option<_>>()?;
    let (&last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|&part| part > 255) {
        return None;
    }
    let bits = 32 - 8 * first.len() as u32;
    if bits < 32 && last >= 1 << bits {
        return None;
    }
    Some(first.iter().enumerate().fold(last, |address, (index, &part)| address | part << (24 - 8 * index)))
}

/// Convert an IP address in string format to the 32-bit packed binary format.
#[native("inet_aton(ip_addr, /)")]
fn inet_aton(t: &Thread, text: Ref<Str>) -> R<Ref<Bytes>> {
    match aton(&text.to_string_lossy()) {
        Some(address) => Bytes::new(t, &address.to_be_bytes()),
        None => Err(t.raise(t.classes().os_error, "illegal IP address string passed to inet_aton")),
    }
}

/// Convert an IP address from 32-bit packed binary format to string format.
#[native("inet_ntoa(packed_ip, /)")]
fn inet_ntoa(t: &Thread, packed: Buffer) -> R<String> {
    match <[u8; 4]>::try_from(packed.as_slice()) {
        Ok(bytes) => Ok(Ipv4Addr::from(bytes).to_string()),
        Err(_) => Err(t.raise(t.classes().os_error, "packed IP wrong length")),
    }
}

/// Convert an IP address from string format to a packed string.
#[native("inet_pton(address_family, ip_string, /)")]
fn inet_pton(t: &Thread, family: i32, text: Ref<Str>) -> R<Ref<Bytes>> {
    let text = text.to_string_lossy();
    let packed = match family {
        libc::AF_INET => text.parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec()),
        libc::AF_INET6 => text.parse::<Ipv6Addr>().ok().map(|address| address.octets().to_vec()),
        _ => return Err(t.os_error(libc::EAFNOSUPPORT, None)),
    };
    match packed {
        Some(packed) => Bytes::new(t, &packed),
        None => Err(t.raise(t.classes().os_error, "illegal IP address string passed to inet_pton")),
    }
}

/// Convert a packed IP address of the given family to string format.
#[native("inet_ntop(address_family, packed_ip, /)")]
fn inet_ntop(t: &Thread, family: i32, packed: Buffer) -> R<String> {
    let wrong = || t.value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => {
            <[u8; 4]>::try_from(packed.as_slice()).map(|bytes| Ipv4Addr::from(bytes).to_string()).map_err(|_| wrong())
        }
        libc::AF_INET6 => {
            <[u8; 16]>::try_from(packed.as_slice()).map(|bytes| Ipv6Addr::from(bytes).to_string()).map_err(|_| wrong())
        }
        _ => Err(t.value_error(format_args!("unknown address family {family}"))),
    }
}

/// The functions.
pub static ALL: &[&NativeDef] = &[&NTOHS, &HTONS, &NTOHL, &HTONL, &INET_ATON, &INET_NTOA, &INET_PTON, &INET_NTOP];
