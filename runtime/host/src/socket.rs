//! Sockets. Addresses are the bytes of the kernel's structures, family first; whoever calls reads and writes them.
//!
//! Its unsafe blocks call the C library with pointers to memory that outlives the call, and lengths that fit it.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;

use sync::Mutex;

use crate::file::{Outcome, long_outcome, outcome};

/// The longest address.
const LONGEST: usize = size_of::<libc::sockaddr_storage>();

/// Looking up services and protocols uses memory of the whole process.
static NAMES: Mutex<()> = Mutex::new(());

/// A socket.
pub fn open(family: i32, kind: i32, protocol: i32) -> Outcome<i32> {
    // SAFETY: the call takes numbers.
    outcome(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })
}

/// Two connected sockets.
pub fn pair(family: i32, kind: i32, protocol: i32) -> Outcome<(i32, i32)> {
    let mut ends = [0; 2];
    // SAFETY: there is room for two descriptors.
    outcome(unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, ends.as_mut_ptr()) })?;
    Ok((ends[0], ends[1]))
}

fn with_address<T>(
    call: impl FnOnce(*mut libc::sockaddr, *mut libc::socklen_t) -> Outcome<T>,
) -> Outcome<(T, Vec<u8>)> {
    let mut bytes = vec![0_u64; LONGEST / 8];
    let mut length = LONGEST as libc::socklen_t;
    let result = call(bytes.as_mut_ptr().cast(), &raw mut length)?;
    let bytes = bytes.iter().flat_map(|word| word.to_ne_bytes()).take((length as usize).min(LONGEST)).collect();
    Ok((result, bytes))
}

macro_rules! address_calls {
    ($($(#[$doc:meta])* $name:ident $call:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(descriptor: i32, address: &[u8]) -> Outcome<()> {
            // SAFETY: the address is as long as said; the kernel copies it.
            outcome(unsafe { libc::$call(descriptor, address.as_ptr().cast(), address.len() as libc::socklen_t) }).map(drop)
        })*
    };
}

address_calls! {
    /// Gives a socket its own address.
    bind bind;
    /// Connects a socket.
    connect connect;
}

/// Makes a socket take connections.
pub fn listen(descriptor: i32, backlog: i32) -> Outcome<()> {
    // SAFETY: the call takes numbers.
    outcome(unsafe { libc::listen(descriptor, backlog) }).map(drop)
}

/// Takes a connection: its descriptor and the other side's address.
pub fn accept(descriptor: i32) -> Outcome<(i32, Vec<u8>)> {
    // SAFETY: the address and its length have the room that is said.
    with_address(|address, length| outcome(unsafe { libc::accept4(descriptor, address, length, libc::SOCK_CLOEXEC) }))
}

/// A socket's own address.
pub fn own_address(descriptor: i32) -> Outcome<Vec<u8>> {
    // SAFETY: as for `accept`.
    with_address(|address, length| outcome(unsafe { libc::getsockname(descriptor, address, length) })).map(|(_, a)| a)
}

/// The address of the other side.
pub fn peer_address(descriptor: i32) -> Outcome<Vec<u8>> {
    // SAFETY: as for `accept`.
    with_address(|address, length| outcome(unsafe { libc::getpeername(descriptor, address, length) })).map(|(_, a)| a)
}

/// Receives at most `room` bytes, and where they came from.
pub fn receive(descriptor: i32, room: usize, flags: i32) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(room).is_err() {
        return Err(libc::ENOMEM);
    }
    let target = data.as_mut_ptr().cast();
    let (count, address) = with_address(|address, length| {
        // SAFETY: the buffer has that much room, and so has the address.
        long_outcome(unsafe { libc::recvfrom(descriptor, target, room, flags, address, length) } as i64)
    })?;
    // SAFETY: the kernel wrote so many bytes, which is at most the room.
    unsafe { data.set_len((count as usize).min(room)) };
    Ok((data, address))
}

/// Sends bytes, to an address if one is given.
pub fn send(descriptor: i32, data: &[u8], flags: i32, address: Option<&[u8]>) -> Outcome<usize> {
    let (pointer, length) = address.map_or((ptr::null(), 0), |address| (address.as_ptr(), address.len()));
    // SAFETY: data and address are as long as said.
    let count = unsafe {
        let (data, size) = (data.as_ptr().cast(), data.len());
        libc::sendto(descriptor, data, size, flags, pointer.cast(), length as libc::socklen_t)
    };
    long_outcome(count as i64).map(|count| count as usize)
}

/// Ends one direction or both.
pub fn shut_down(descriptor: i32, how: i32) -> Outcome<()> {
    // SAFETY: the call takes numbers.
    outcome(unsafe { libc::shutdown(descriptor, how) }).map(drop)
}

/// Reads an option of at most `room` bytes.
pub fn option(descriptor: i32, level: i32, name: i32, room: usize) -> Outcome<Vec<u8>> {
    let (mut bytes, mut length) = (vec![0_u8; room], room as libc::socklen_t);
    // SAFETY: there is that much room.
    outcome(unsafe { libc::getsockopt(descriptor, level, name, bytes.as_mut_ptr().cast(), &raw mut length) })?;
    bytes.truncate(length as usize);
    Ok(bytes)
}

/// Sets an option.
pub fn set_option(descriptor: i32, level: i32, name: i32, value: &[u8]) -> Outcome<()> {
    let length = value.len() as libc::socklen_t;
    // SAFETY: the value is as long as said.
    outcome(unsafe { libc::setsockopt(descriptor, level, name, value.as_ptr().cast(), length) }).map(drop)
}

/// Sets an option that has a length and no value.
pub fn set_option_length(descriptor: i32, level: i32, name: i32, length: u32) -> Outcome<()> {
    // SAFETY: the kernel takes a null value for such options, and fails for others.
    outcome(unsafe { libc::setsockopt(descriptor, level, name, ptr::null(), length) }).map(drop)
}

/// What `recvmsg` gives.
pub struct Message {
    /// The bytes.
    pub data: Vec<u8>,
    /// Control messages as the kernel lays them out.
    pub control: Vec<u8>,
    /// Flags.
    pub flags: i32,
    /// Where it came from.
    pub address: Vec<u8>,
}

/// Receives bytes together with control messages.
pub fn receive_message(descriptor: i32, room: usize, control_room: usize, flags: i32) -> Outcome<Message> {
    let (mut data, mut control) = (Vec::<u8>::new(), vec![0_u64; control_room.div_ceil(8)]);
    if data.try_reserve_exact(room).is_err() {
        return Err(libc::ENOMEM);
    }
    let mut part = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: room };
    let (pointer, mut seen) = (control.as_mut_ptr(), (0, 0));
    let (count, address) = with_address(|address, length| {
        // SAFETY: zeroes are a valid header; what it points at has the room that it says, and outlives the call.
        unsafe {
            let mut header = MaybeUninit::<libc::msghdr>::zeroed().assume_init();
            (header.msg_name, header.msg_namelen) = (address.cast(), *length);
            (header.msg_iov, header.msg_iovlen) = (&raw mut part, 1);
            (header.msg_control, header.msg_controllen) = (pointer.cast(), control_room as _);
            let count = long_outcome(libc::recvmsg(descriptor, &raw mut header, flags) as i64)?;
            *length = header.msg_namelen;
            seen = (header.msg_controllen, header.msg_flags);
            Ok(count)
        }
    })?;
    // SAFETY: the kernel wrote so many bytes.
    unsafe { data.set_len((count as usize).min(room)) };
    let control = control.iter().flat_map(|word| word.to_ne_bytes()).take(seen.0.min(control_room)).collect();
    Ok(Message { data, control, flags: seen.1, address })
}

/// Sends bytes together with control messages.
pub fn send_message(
    descriptor: i32,
    data: &[u8],
    control: &[u8],
    flags: i32,
    address: Option<&[u8]>,
) -> Outcome<usize> {
    let words: Vec<u64> = control
        .chunks(8)
        .map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_ne_bytes(word)
        })
        .collect();
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    // SAFETY: zeroes are a valid header; what it points at is as long as it says, is only read, and outlives the call.
    let count = unsafe {
        let mut header = MaybeUninit::<libc::msghdr>::zeroed().assume_init();
        if let Some(address) = address {
            header.msg_name = address.as_ptr().cast_mut().cast();
            header.msg_namelen = address.len() as libc::socklen_t;
        }
        (header.msg_iov, header.msg_iovlen) = (&raw mut part, 1);
        if !control.is_empty() {
            header.msg_control = words.as_ptr().cast_mut().cast();
            header.msg_controllen = control.len() as _;
        }
        libc::sendmsg(descriptor, &raw const header, flags)
    };
    long_outcome(count as i64).map(|count| count as usize)
}

/// One result of looking up a name.
pub struct Found {
    /// Family, kind and protocol.
    pub numbers: [i32; 3],
    /// The canonical name, if it was asked for.
    pub name: Vec<u8>,
    /// The address.
    pub address: Vec<u8>,
}

/// Why a look-up failed: the resolver's number, and the error number that goes with `EAI_SYSTEM`.
pub type Failure = (i32, i32);

/// The text for a resolver's number.
#[must_use]
pub fn failure_text(number: i32) -> String {
    // SAFETY: gai_strerror gives a constant terminated string for any number.
    unsafe { CStr::from_ptr(libc::gai_strerror(number)) }.to_string_lossy().into_owned()
}

/// Looks up addresses: hints are flags, family, kind, protocol.
pub fn look_up(host: Option<&CStr>, service: Option<&CStr>, hints: [i32; 4]) -> Result<Vec<Found>, Failure> {
    let pointer = |text: Option<&CStr>| text.map_or(ptr::null(), CStr::as_ptr);
    let mut list = ptr::null_mut();
    // SAFETY: zeroes are valid hints; the list is walked and copied before it is freed, once.
    unsafe {
        let mut wanted = MaybeUninit::<libc::addrinfo>::zeroed().assume_init();
        [wanted.ai_flags, wanted.ai_family, wanted.ai_socktype, wanted.ai_protocol] = hints;
        let status = libc::getaddrinfo(pointer(host), pointer(service), &raw const wanted, &raw mut list);
        if status != 0 {
            return Err((status, crate::error::last()));
        }
        let (mut found, mut next) = (Vec::new(), list);
        while let Some(one) = next.as_ref() {
            let address = std::slice::from_raw_parts(one.ai_addr.cast::<u8>(), one.ai_addrlen as usize).to_vec();
            let name = one.ai_canonname;
            let name = if name.is_null() { Vec::new() } else { CStr::from_ptr(name).to_bytes().to_vec() };
            found.push(Found { numbers: [one.ai_family, one.ai_socktype, one.ai_protocol], name, address });
            next = one.ai_next;
        }
        libc::freeaddrinfo(list);
        Ok(found)
    }
}

/// The names of an address: host and service.
pub fn name_of(address: &[u8], flags: i32) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let (mut host, mut service) = ([0_u8; 1025], [0_u8; 32]);
    // SAFETY: address and buffers are as long as said.
    let status = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len() as libc::socklen_t,
            host.as_mut_ptr().cast(),
            host.len() as libc::socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as libc::socklen_t,
            flags,
        )
    };
    if status != 0 {
        return Err((status, crate::error::last()));
    }
    let text = |bytes: &[u8]| bytes.iter().copied().take_while(|&byte| byte != 0).collect();
    Ok((text(&host), text(&service)))
}

/// The port of a service.
#[must_use]
pub fn service_port(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    let _guard = NAMES.lock();
    // SAFETY: the strings are terminated; the entry is read under the lock.
    unsafe {
        let protocol = protocol.map_or(ptr::null(), CStr::as_ptr);
        libc::getservbyname(name.as_ptr(), protocol).as_ref().map(|entry| u16::from_be(entry.s_port as u16))
    }
}

/// The service at a port.
#[must_use]
pub fn service_name(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = NAMES.lock();
    // SAFETY: as for `service_port`.
    unsafe {
        let protocol = protocol.map_or(ptr::null(), CStr::as_ptr);
        let entry = libc::getservbyport(i32::from(port.to_be()), protocol).as_ref()?;
        Some(CStr::from_ptr(entry.s_name).to_bytes().to_vec())
    }
}

/// The number of a protocol.
#[must_use]
pub fn protocol(name: &CStr) -> Option<i32> {
    let _guard = NAMES.lock();
    // SAFETY: as for `service_port`.
    unsafe { libc::getprotobyname(name.as_ptr()).as_ref().map(|entry| entry.p_proto) }
}

/// The name of this machine.
pub fn host_name() -> Outcome<Vec<u8>> {
    let mut name = [0_u8; 256];
    // SAFETY: the buffer is as long as said.
    outcome(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) })?;
    Ok(name.iter().copied().take_while(|&byte| byte != 0).collect())
}

/// Names this machine.
pub fn set_host_name(name: &[u8]) -> Outcome<()> {
    // SAFETY: the name is as long as said.
    outcome(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// The network interfaces: numbers and names.
pub fn interfaces() -> Outcome<Vec<(u32, Vec<u8>)>> {
    // SAFETY: the list ends in an entry of zeros, is copied, and freed once.
    unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(crate::error::last());
        }
        let (mut result, mut next) = (Vec::new(), list);
        while (*next).if_index != 0 && !(*next).if_name.is_null() {
            result.push(((*next).if_index, CStr::from_ptr((*next).if_name).to_bytes().to_vec()));
            next = next.add(1);
        }
        libc::if_freenameindex(list);
        Ok(result)
    }
}

/// The number of an interface, or zero.
#[must_use]
pub fn interface_number(name: &CString) -> u32 {
    // SAFETY: the name is terminated.
    unsafe { libc::if_nametoindex(name.as_ptr()) }
}

/// The name of an interface.
pub fn interface_name(number: u32) -> Outcome<Vec<u8>> {
    let mut name = [0_u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the room that the call asks for.
    if unsafe { libc::if_indextoname(number, name.as_mut_ptr().cast()) }.is_null() {
        return Err(crate::error::last());
    }
    Ok(name.iter().copied().take_while(|&byte| byte != 0).collect())
}
