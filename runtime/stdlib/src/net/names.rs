//! Looking up hosts, services, protocols and interfaces.

use std::ffi::CString;

use vm::native;
use vm::native::NativeDef;
use vm::objects::{List, int_from_i64, int_of};
use vm::{R, Ref, Str, Thread, Tuple, Value, protocols};

use super::address::{self, host_bytes, host_text, resolve, to_value};
use super::errors::{looked_up, unknown_host};
use crate::system::{check, decode_name, encode_name, terminated};

fn host_argument(t: &Thread, host: Value) -> R<Option<CString>> {
    if host.is_none() {
        return Ok(None);
    }
    if Str::of(t, host).is_none() && !protocols::buffer::is_bytes_like(t, host) {
        return Err(t.type_error("getaddrinfo() argument 1 must be string or None"));
    }
    terminated(t, host_bytes(t, host)?, "host name must not contain null character").map(Some)
}

fn service_argument(t: &Thread, service: Value) -> R<Option<CString>> {
    if service.is_none() {
        return Ok(None);
    }
    let bytes = if let Some(text) = Str::of(t, service) {
        encode_name(t, text)?
    } else if int_of(service).is_some() {
        let number = protocols::index_long(t, service)?;
        number.to_string().into_bytes()
    } else if protocols::buffer::is_bytes_like(t, service) {
        protocols::Buffer::of(t, service)?.into_vec()
    } else {
        return Err(t.raise(t.classes().os_error, "Int or String expected"));
    };
    terminated(t, bytes, "embedded null character").map(Some)
}

/// Resolve host and port into list of address info entries.
#[native("getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)")]
fn getaddrinfo(
    t: &Thread,
    host: Value,
    service: Value,
    family: i32,
    kind: i32,
    protocol: i32,
    flags: i32,
) -> R<Ref<List>> {
    let (host, service) = (host_argument(t, host)?, service_argument(t, service)?);
    let hints = [flags, family, kind, protocol];
    let found = t.blocking(|| host::socket::look_up(host.as_deref(), service.as_deref(), hints));
    let list = List::new(t)?;
    for one in looked_up(t, found)? {
        let name = decode_name(t, &one.name)?;
        let [family, kind, protocol] = one.numbers;
        let address = to_value(t, &one.address)?;
        let items = [Value::small(family), Value::small(kind), Value::small(protocol), name.value(), address];
        list.push(t, Tuple::from_slice(t, &items)?.value())?;
    }
    Ok(list)
}

/// Get host and port for a sockaddr.
#[native("getnameinfo(sockaddr, flags, /)")]
fn getnameinfo(t: &Thread, given: Value, flags: i32) -> R<Ref<Tuple>> {
    let Some(items) = Tuple::of(t, given) else {
        return Err(t.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    if !(2..=4).contains(&items.len()) {
        return Err(t.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let Some(host) = Str::of(t, items.get(0)) else {
        return Err(t.type_error("getnameinfo(): illegal sockaddr argument"));
    };
    let port = protocols::index_long(t, items.get(1))?;
    let part = |index: usize| -> R<u32> {
        let value = items.as_slice().get(index);
        value.map_or(Ok(0), |value| protocols::index_i64(t, *value)).map(|number| number as u32)
    };
    let (flow, scope) = (part(2)?, part(3)?);
    if flow > 0xf_ffff {
        return Err(t.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    let (host, service) = (terminated(t, encode_name(t, host)?, "embedded null character")?, port.to_string());
    let service = terminated(t, service.into_bytes(), "embedded null character")?;
    let hints = [libc::AI_NUMERICHOST, libc::AF_UNSPEC, libc::SOCK_DGRAM, 0];
    let found = looked_up(t, t.blocking(|| host::socket::look_up(Some(&host), Some(&service), hints)))?;
    let mut found = found.into_iter();
    let (Some(first), None) = (found.next(), found.next()) else {
        return Err(t.raise(t.classes().os_error, "sockaddr resolved to multiple addresses"));
    };
    let mut bytes = first.address;
    if address::family_of(&bytes) == libc::AF_INET {
        if items.len() != 2 {
            return Err(t.raise(t.classes().os_error, "IPv4 sockaddr must be 2 tuple"));
        }
    } else if bytes.len() >= 28 {
        bytes[4..8].copy_from_slice(&flow.to_be_bytes());
        bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
    }
    let (host, service) = looked_up(t, t.blocking(|| host::socket::name_of(&bytes, flags)))?;
    Tuple::pair(t, decode_name(t, &host)?.value(), decode_name(t, &service)?.value())
}

/// Return the IP address (a string of the form '255.255.255.255') for a host.
#[native("gethostbyname(host, /)")]
fn gethostbyname(t: &Thread, host: Value) -> R<String> {
    let host = host_bytes(t, host)?;
    host_text(&resolve(t, &host, libc::AF_INET)?)
}

/// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
#[native("gethostbyname_ex(host, /)")]
fn gethostbyname_ex(t: &Thread, host: Value) -> R<Ref<Tuple>> {
    let host = terminated(t, host_bytes(t, host)?, "host name must not contain null character")?;
    let hints = [libc::AI_CANONNAME, libc::AF_INET, libc::SOCK_STREAM, 0];
    let found = looked_up(t, t.blocking(|| host::socket::look_up(Some(&host), None, hints)))?;
    let (addresses, mut name) = (List::new(t)?, host.into_bytes());
    for one in &found {
        if !one.name.is_empty() {
            name.clone_from(&one.name);
        }
        addresses.push(t, Str::new(t, &host_text(&one.address)?)?.value())?;
    }
    Tuple::from_slice(t, &[decode_name(t, &name)?.value(), List::new(t)?.value(), addresses.value()])
}

/// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
#[native("gethostbyaddr(host, /)")]
fn gethostbyaddr(t: &Thread, host: Value) -> R<Ref<Tuple>> {
    let host = host_bytes(t, host)?;
    let bytes = resolve(t, &host, libc::AF_UNSPEC)?;
    let Ok((name, _)) = t.blocking(|| host::socket::name_of(&bytes, libc::NI_NAMEREQD)) else {
        return Err(unknown_host(t));
    };
    let addresses = List::from_slice(t, &[Str::new(t, &host_text(&bytes)?)?.value()])?;
    Tuple::from_slice(t, &[decode_name(t, &name)?.value(), List::new(t)?.value(), addresses.value()])
}

/// Return the current host name.
#[native("gethostname()")]
fn gethostname(t: &Thread) -> R<Ref<Str>> {
    decode_name(t, &check(t, host::socket::host_name())?)
}

/// Set the host name.
#[native("sethostname(name, /)")]
fn sethostname(t: &Thread, name: Value) -> R<()> {
    let name = match Str::of(t, name) {
        Some(name) => encode_name(t, name)?,
        None => protocols::Buffer::of(t, name)?.into_vec(),
    };
    check(t, host::socket::set_host_name(&name))
}

fn optional_text(t: &Thread, text: Option<Ref<Str>>) -> R<Option<CString>> {
    match text {
        Some(text) => terminated(t, encode_name(t, text)?, "embedded null character").map(Some),
        None => Ok(None),
    }
}

/// Return a port number from a service name and protocol name.
#[native("getservbyname(servicename, protocolname=<unrepresentable>, /)")]
fn getservbyname(t: &Thread, name: Ref<Str>, protocol: Option<Ref<Str>>) -> R<u32> {
    let name = terminated(t, encode_name(t, name)?, "embedded null character")?;
    let protocol = optional_text(t, protocol)?;
    match t.blocking(|| host::socket::service_port(&name, protocol.as_deref())) {
        Some(port) => Ok(u32::from(port)),
        None => Err(t.raise(t.classes().os_error, "service/proto not found")),
    }
}

/// Return the service name from a port number and protocol name.
#[native("getservbyport(port, protocolname=<unrepresentable>, /)")]
fn getservbyport(t: &Thread, port: i64, protocol: Option<Ref<Str>>) -> R<Ref<Str>> {
    let Ok(port) = u16::try_from(port) else {
        return Err(t.overflow_error("getservbyport: port must be 0-65535."));
    };
    let protocol = optional_text(t, protocol)?;
    match t.blocking(|| host::socket::service_name(port, protocol.as_deref())) {
        Some(name) => decode_name(t, &name),
        None => Err(t.raise(t.classes().os_error, "port/proto not found")),
    }
}

/// Return the protocol number for the named protocol.
#[native("getprotobyname(name, /)")]
fn getprotobyname(t: &Thread, name: Ref<Str>) -> R<i32> {
    let name = terminated(t, encode_name(t, name)?, "embedded null character")?;
    match t.blocking(|| host::socket::protocol(&name)) {
        Some(number) => Ok(number),
        None => Err(t.raise(t.classes().os_error, "protocol not found")),
    }
}

/// Returns a list of network interface information (index, name) tuples.
#[native("if_nameindex()")]
fn if_nameindex(t: &Thread) -> R<Ref<List>> {
    let list = List::new(t)?;
    for (number, name) in check(t, host::socket::interfaces())? {
        let pair = Tuple::pair(t, int_from_i64(t, i64::from(number))?, decode_name(t, &name)?.value())?;
        list.push(t, pair.value())?;
    }
    Ok(list)
}

/// Returns the interface index corresponding to the interface name.
#[native("if_nametoindex(oname, /)")]
fn if_nametoindex(t: &Thread, name: Value) -> R<u32> {
    let name = terminated(t, host_bytes(t, name)?, "embedded null character")?;
    match host::socket::interface_number(&name) {
        0 => Err(t.raise(t.classes().os_error, "no interface with this name")),
        number => Ok(number),
    }
}

/// Returns the interface name corresponding to the interface index.
#[native("if_indextoname(if_index, /)")]
fn if_indextoname(t: &Thread, number: i64) -> R<Ref<Str>> {
    let Ok(number) = u32::try_from(number) else {
        return Err(t.overflow_error("index is out of range"));
    };
    decode_name(t, &check(t, host::socket::interface_name(number))?)
}

/// The functions.
pub static ALL: &[&NativeDef] = &[
    &GETADDRINFO,
    &GETNAMEINFO,
    &GETHOSTBYNAME,
    &GETHOSTBYNAME_EX,
    &GETHOSTBYADDR,
    &GETHOSTNAME,
    &SETHOSTNAME,
    &GETSERVBYNAME,
    &GETSERVBYPORT,
    &GETPROTOBYNAME,
    &IF_NAMEINDEX,
    &IF_NAMETOINDEX,
    &IF_INDEXTONAME,
];
