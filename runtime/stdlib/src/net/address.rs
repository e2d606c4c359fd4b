//! Addresses as Python shows them, and as the kernel takes them: bytes, the family first.

use std::net::{Ipv4Addr, Ipv6Addr};

use vm::objects::{Bytes, int_from_i64};
use vm::protocols::{self, Buffer};
use vm::{R, Raised, Str, Thread, Tuple, Value};

use super::errors::looked_up;
use crate::system::{decode_name, encode_name, terminated};

/// The family of an address.
pub fn family_of(bytes: &[u8]) -> i32 {
    match bytes {
        [low, high, ..] => i32::from(u16::from_ne_bytes([*low, *high])),
        _ => libc::AF_UNSPEC,
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    if let Some(part) = bytes.get(at..at + 4) {
        word.copy_from_slice(part);
    }
    u32::from_ne_bytes(word)
}

fn port(bytes: &[u8]) -> i64 {
    bytes.get(2..4).map_or(0, |part| i64::from(u16::from_be_bytes([part[0], part[1]])))
}

/// The number part of an IPv4 or IPv6 address, as text.
pub fn host_text(bytes: &[u8]) -> R<String> {
    match family_of(bytes) {
        libc::AF_INET => {
            let mut part = [0; 4];
            if let Some(given) = bytes.get(4..8) {
                part.copy_from_slice(given);
            }
            Ok(Ipv4Addr::from(part).to_string())
        }
        _ => {
            let mut part = [0; 16];
            if let Some(given) = bytes.get(8..24) {
                part.copy_from_slice(given);
            }
            Ok(Ipv6Addr::from(part).to_string())
        }
    }
}

/// An address as Python shows it.
pub fn to_value(t: &Thread, bytes: &[u8]) -> R {
    if bytes.len() < 2 {
        return Ok(Value::NONE);
    }
    match family_of(bytes) {
        libc::AF_INET => {
            let host = Str::new(t, &host_text(bytes)?)?;
            Ok(Tuple::pair(t, host.value(), int_from_i64(t, port(bytes))?)?.value())
        }
        libc::AF_INET6 => {
            let scope = number(bytes, 24);
            // A scope that the system has a name for is shown with the host.
            let host = match host::socket::name_of(bytes, libc::NI_NUMERICHOST) {
                Ok((host, _)) => decode_name(t, &host)?,
                Err(_) => Str::new(t, &host_text(bytes)?)?,
            };
            let items = [
                host.value(),
                int_from_i64(t, port(bytes))?,
                int_from_i64(t, i64::from(u32::from_be(number(bytes, 4))))?,
                int_from_i64(t, i64::from(scope))?,
            ];
            Ok(Tuple::from_slice(t, &items)?.value())
        }
        libc::AF_UNIX => {
            let path = &bytes[2..];
            if path.first() == Some(&0) {
                return Ok(Bytes::new(t, path)?.value());
            }
            let end = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
            Ok(decode_name(t, &path[..end])?.value())
        }
        libc::AF_NETLINK => {
            let (process, groups) = (i64::from(number(bytes, 4)), i64::from(number(bytes, 8)));
            Ok(Tuple::pair(t, int_from_i64(t, process)?, int_from_i64(t, groups)?)?.value())
        }
        family => {
            let rest = Bytes::new(t, &bytes[2..])?;
            Ok(Tuple::pair(t, Value::small(family), rest.value())?.value())
        }
    }
}

#[cold]
fn not_a_tuple(t: &Thread, function: &str, family: &str, given: Value) -> Raised {
    let got = given.class(t).name();
    t.type_error(format_args!("{function}(): {family} address must be tuple, not {got}"))
}

fn port_of(t: &Thread, function: &str, value: Value) -> R<u16> {
    let number = protocols::index_long(t, value)?;
    u16::try_from(number).map_err(|_| t.overflow_error(format_args!("{function}(): port must be 0-65535.")))
}

/// A host argument as bytes: None is "any", text goes through IDNA.
pub fn host_bytes(t: &Thread, value: Value) -> R<Vec<u8>> {
    if let Some(text) = Str::of(t, value) {
        if text.is_ascii() {
            return encode_name(t, text);
        }
        let (encode, idna) = (t.names().encode, Str::interned(t, "idna")?);
        let encoded = protocols::call_method(t, value, encode, &[idna.value()])?;
        return Ok(Buffer::of(t, encoded)?.into_vec());
    }
    match Buffer::try_of(t, value)? {
        Some(bytes) => Ok(bytes.into_vec()),
        None => Err(t.type_error("str, bytes or bytearray expected, not ".to_owned() + &value.class(t).name())),
    }
}

/// The first address of a host in a family; empty is "any", `<broadcast>` the IPv4 broadcast address.
pub fn resolve(t: &Thread, host: &[u8], family: i32) -> R<Vec<u8>> {
    if host == b"<broadcast>" || host == b"255.255.255.255" {
        if family != libc::AF_INET && family != libc::AF_UNSPEC {
            return Err(t.raise(t.classes().os_error, "address family mismatched"));
        }
        return Ok(inet([255; 4], 0));
    }
    if let Some(numbers) = std::str::from_utf8(host).ok().and_then(|text| text.parse::<Ipv4Addr>().ok())
        && (family == libc::AF_INET || family == libc::AF_UNSPEC)
    {
        return Ok(inet(numbers.octets(), 0));
    }
    let (name, service, flags) = if host.is_empty() {
        (None, Some(c"0"), libc::AI_PASSIVE)
    } else {
        (Some(terminated(t, host.to_vec(), "host name must not contain null character")?), None, 0)
    };
    let kind = if host.is_empty() { libc::SOCK_DGRAM } else { 0 };
    let found = t.blocking(|| host::socket::look_up(name.as_deref(), service, [flags, family, kind, 0]));
    let found = looked_up(t, found)?;
    if host.is_empty() && found.len() > 1 {
        return Err(t.raise(t.classes().os_error, "wildcard resolved to multiple address"));
    }
    match found.into_iter().next() {
        Some(first) => Ok(first.address),
        None => Err(t.raise(t.classes().os_error, "getaddrinfo failed")),
    }
}

/// The bytes of an IPv4 address.
pub fn inet(host: [u8; 4], port: u16) -> Vec<u8> {
    let mut bytes = (libc::AF_INET as u16).to_ne_bytes().to_vec();
    bytes.extend(port.to_be_bytes());
    bytes.extend(host);
    bytes.extend([0; 8]);
    bytes
}

/// An address argument for a socket of this family, as the kernel takes it.
pub fn from_value(t: &Thread, function: &str, family: i32, value: Value) -> R<Vec<u8>> {
    match family {
        libc::AF_INET => {
            let Some(items) = Tuple::of(t, value) else {
                return Err(not_a_tuple(t, function, "AF_INET", value));
            };
            if items.len() != 2 {
                return Err(t.type_error("AF_INET address must be a pair (host, port)"));
            }
            let host = host_bytes(t, items.get(0))?;
            let port = port_of(t, function, items.get(1))?;
            let mut bytes = resolve(t, &host, family)?;
            bytes[2..4].copy_from_slice(&port.to_be_bytes());
            Ok(bytes)
        }
        libc::AF_INET6 => {
            let Some(items) = Tuple::of(t, value) else {
                return Err(not_a_tuple(t, function, "AF_INET6", value));
            };
            if !(2..=4).contains(&items.len()) {
                return Err(t.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"));
            }
            let host = host_bytes(t, items.get(0))?;
            let port = port_of(t, function, items.get(1))?;
            let part = |index: usize| -> R<u32> {
                let value = items.as_slice().get(index);
                value.map_or(Ok(0), |value| protocols::index_i64(t, *value)).map(|number| number as u32)
            };
            let (flow, scope) = (part(2)?, part(3)?);
            if flow > 0xf_ffff {
                return Err(t.overflow_error(format_args!("{function}(): flowinfo must be 0-1048575.")));
            }
            let mut bytes = resolve(t, &host, family)?;
            bytes[2..4].copy_from_slice(&port.to_be_bytes());
            bytes[4..8].copy_from_slice(&flow.to_be_bytes());
            if items.len() == 4 {
                bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
            }
            Ok(bytes)
        }
        libc::AF_UNIX => {
            let path = match Str::of(t, value) {
                Some(path) => encode_name(t, path)?,
                None => Buffer::of(t, value)?.into_vec(),
            };
            let abstract_name = path.first() == Some(&0);
            if path.len() + usize::from(!abstract_name) > 108 {
                return Err(t.raise(t.classes().os_error, "AF_UNIX path too long"));
            }
            let mut bytes = (libc::AF_UNIX as u16).to_ne_bytes().to_vec();
            bytes.extend(&path);
            if !abstract_name && !path.is_empty() {
                bytes.push(0);
            }
            Ok(bytes)
        }
        libc::AF_NETLINK => {
            let Some(items) = Tuple::of(t, value) else {
                return Err(not_a_tuple(t, function, "AF_NETLINK", value));
            };
            if items.len() != 2 {
                return Err(t.type_error("AF_NETLINK address must be a pair (pid, groups)"));
            }
            let mut bytes = (libc::AF_NETLINK as u16).to_ne_bytes().to_vec();
            bytes.extend([0; 2]);
            for &item in items.as_slice() {
                bytes.extend((protocols::index_i64(t, item)? as u32).to_ne_bytes());
            }
            Ok(bytes)
        }
        _ => Err(t.raise(t.classes().os_error, format_args!("{function}(): bad family"))),
    }
}
