//! `_socket.socket`.
//!
//! A socket with a time-out has a descriptor that does not block; each operation waits with `poll` first, and again where the kernel
//! says that it would block after all. Without a time-out the call itself blocks, in a blocking region.

use std::time::{Duration, Instant};

use host::descriptor::Descriptor;
use host::wait::Awaited;
use vm::heap_object;
use vm::native::{Args, ClassDef, GetSet, MethodDef, NativeDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, ClassFlags, float_value, int_from_i64, int_of};
use vm::protocols::buffer::WritableBuffer;
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use vm::{R, Raised, Ref, Thread, Tuple, Value, native};

use super::address;
use super::messages;
use crate::system::check;

/// What a socket is.
pub struct State {
    descriptor: Descriptor,
    family: AtomicI32,
    kind: AtomicI32,
    protocol: AtomicI32,
    /// The bits of a float; negative: none.
    timeout: AtomicU64,
}

heap_object! {
    /// A socket.
    pub struct Socket {
        state: Owned<State>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Socket>)
}

impl Owner for Socket {
    type Content = State;
    fn owned(&self) -> &Owned<State> {
        &self.state
    }
}

type This = Ref<Socket>;

/// The time-out of new sockets of an interpreter, as in `State`.
struct DefaultTimeout(AtomicU64);

fn default_timeout(t: &Thread) -> vm::sync::Arc<DefaultTimeout> {
    t.interpreter()
        .extension_or_insert("default socket timeout", || DefaultTimeout(AtomicU64::new((-1.0_f64).to_bits())))
}

fn timeout_value(t: &Thread, seconds: f64) -> R {
    if seconds < 0.0 { Ok(Value::NONE) } else { float_value(t, seconds) }
}

/// A time-out argument: None is -1.
fn timeout_argument(t: &Thread, timeout: Value) -> R<f64> {
    if timeout.is_none() {
        return Ok(-1.0);
    }
    let seconds = protocols::float_of(t, timeout)?;
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(t.value_error("Timeout value out of range"));
    }
    if seconds > 9.2e9 {
        return Err(t.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok(seconds)
}

impl State {
    fn timeout(&self) -> f64 {
        f64::from_bits(self.timeout.load(Ordering::Relaxed))
    }

    fn set_timeout(&self, t: &Thread, seconds: f64) -> R<()> {
        let descriptor = self.descriptor.number();
        if descriptor < 0 {
            return Err(t.os_error(libc::EBADF, None));
        }
        self.timeout.store(seconds.to_bits(), Ordering::Relaxed);
        let flags = check(t, host::file::control(descriptor, libc::F_GETFL, 0))?;
        let wanted = if seconds < 0.0 { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        if wanted == flags {
            return Ok(());
        }
        check(t, host::file::control(descriptor, libc::F_SETFL, i64::from(wanted))).map(drop)
    }
}

#[cold]
fn timed_out(t: &Thread) -> Raised {
    t.raise(t.classes().timeout_error, "timed out")
}

/// Waits until the descriptor is ready; `TimeoutError` at the deadline.
fn wait_ready(t: &Thread, descriptor: i32, events: i16, deadline: Instant) -> R<()> {
    let mut awaited = [Awaited { fd: descriptor, events, revents: 0 }];
    let ready = crate::system::retry(t, || {
        let left = deadline.saturating_duration_since(Instant::now()).as_nanos().div_ceil(1_000_000);
        host::wait::poll(&mut awaited, i32::try_from(left).unwrap_or(i32::MAX))
    })?;
    if ready == 0 { Err(timed_out(t)) } else { Ok(()) }
}

/// Carries out an operation under the socket's time-out.
fn operate<T>(t: &Thread, this: This, events: i16, call: impl FnMut(i32) -> Result<T, i32>) -> R<T> {
    let seconds = this.state.timeout();
    let deadline = (seconds > 0.0).then(|| Instant::now() + Duration::from_secs_f64(seconds));
    operate_until(t, this, events, deadline, call)
}

fn operate_until<T>(
    t: &Thread,
    this: This,
    events: i16,
    deadline: Option<Instant>,
    mut call: impl FnMut(i32) -> Result<T, i32>,
) -> R<T> {
    loop {
        let descriptor = this.state.descriptor.number();
        if let Some(deadline) = deadline.filter(|_| descriptor >= 0) {
            wait_ready(t, descriptor, events, deadline)?;
        }
        match crate::system::attempt(t, || call(descriptor))? {
            Ok(result) => return Ok(result),
            Err(libc::EWOULDBLOCK) if deadline.is_some() => {}
            Err(number) => return Err(t.os_error(number, None)),
        }
    }
}

fn new_state(t: &Thread) -> State {
    State {
        descriptor: Descriptor::new(-1),
        family: AtomicI32::new(0),
        kind: AtomicI32::new(0),
        protocol: AtomicI32::new(0),
        timeout: AtomicU64::new(default_timeout(t).0.load(Ordering::Relaxed)),
    }
}

#[native("__new__", raw)]
fn socket_new(t: &Thread, args: Args<'_>) -> R<This> {
    let own = SOCKET.get(t);
    let (class, _) = vm::builtins::construct::class_argument(t, args, own)?;
    new_owner::<Socket>(t, class, new_state(t), None)
}

fn option_number(t: &Thread, descriptor: i32, option: i32) -> R<i32> {
    let bytes = check(t, host::socket::option(descriptor, libc::SOL_SOCKET, option, 4))?;
    Ok(bytes.try_into().map_or(0, i32::from_ne_bytes))
}

#[native("__init__($self, /, family=-1, type=-1, proto=-1, fileno=None)")]
fn socket_init(t: &Thread, this: This, family: i32, kind: i32, protocol: i32, fileno: Value) -> R<()> {
    let (mut family, mut kind, mut protocol) = (family, kind, protocol);
    let descriptor = if fileno.is_none() {
        family = if family == -1 { libc::AF_INET } else { family };
        kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
        protocol = if protocol == -1 { 0 } else { protocol };
        check(t, t.blocking(|| host::socket::open(family, kind, protocol)))?
    } else {
        if vm::objects::exact_float(fileno).is_some() {
            return Err(t.type_error("integer argument expected, got float"));
        }
        let descriptor = protocols::index_long(t, fileno)? as i32;
        if descriptor < 0 {
            return Err(t.value_error("negative file descriptor"));
        }
        // Whether it is a socket at all shows here.
        let own = check(t, host::socket::own_address(descriptor))?;
        if family == -1 {
            family = address::family_of(&own);
        }
        if kind == -1 {
            kind = option_number(t, descriptor, libc::SO_TYPE)?;
        }
        if protocol == -1 {
            protocol = option_number(t, descriptor, libc::SO_PROTOCOL)?;
        }
        descriptor
    };
    let state: &State = &this.state;
    state.descriptor.set(descriptor);
    state.family.store(family, Ordering::Relaxed);
    state.kind.store(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC), Ordering::Relaxed);
    state.protocol.store(protocol, Ordering::Relaxed);
    if kind & libc::SOCK_NONBLOCK != 0 {
        state.timeout.store(0.0_f64.to_bits(), Ordering::Relaxed);
        return Ok(());
    }
    let seconds = default_timeout(t).0.load(Ordering::Relaxed);
    state.timeout.store(seconds, Ordering::Relaxed);
    let seconds = f64::from_bits(seconds);
    if seconds >= 0.0 { state.set_timeout(t, seconds) } else { Ok(()) }
}

#[native("__del__($self, /)")]
fn socket_del(t: &Thread, this: This) -> R<()> {
    if this.state.descriptor.number() < 0 {
        return Ok(());
    }
    let shown = protocols::repr(t, this.value())?.to_string_lossy();
    let warned = protocols::warn(t, t.classes().resource_warning, &format!("unclosed {shown}"));
    // Nobody is left to tell where closing fails.
    let _ = this.state.descriptor.close();
    warned
}

#[native("__repr__($self, /)")]
fn socket_repr(_: &Thread, this: This) -> String {
    let state: &State = &this.state;
    format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        state.descriptor.number(),
        state.family.load(Ordering::Relaxed),
        state.kind.load(Ordering::Relaxed),
        state.protocol.load(Ordering::Relaxed)
    )
}

/// Accept a connection: the descriptor of the new socket, and the address of the other side.
#[native("_accept($self, /)")]
fn socket_accept(t: &Thread, this: This) -> R<Ref<Tuple>> {
    let (descriptor, address) = operate(t, this, libc::POLLIN, host::socket::accept)?;
    Tuple::pair(t, Value::small(descriptor), address::to_value(t, &address)?)
}

fn address_argument(t: &Thread, this: This, function: &str, value: Value) -> R<Vec<u8>> {
    address::from_value(t, function, this.state.family.load(Ordering::Relaxed), value)
}

/// Bind the socket to a local address.
#[native("bind($self, address, /)")]
fn socket_bind(t: &Thread, this: This, address: Value) -> R<()> {
    let address = address_argument(t, this, "bind", address)?;
    check(t, t.blocking(|| host::socket::bind(this.state.descriptor.number(), &address)))
}

/// Connects, and gives the error number where that fails.
fn connect(t: &Thread, this: This, address: &[u8]) -> R<i32> {
    let descriptor = this.state.descriptor.number();
    let number = match t.blocking(|| host::socket::connect(descriptor, address)) {
        Ok(()) => return Ok(0),
        Err(number) => number,
    };
    let seconds = this.state.timeout();
    let goes_on = match number {
        libc::EINTR => {
            t.poll()?;
            seconds != 0.0
        }
        libc::EINPROGRESS => seconds > 0.0,
        _ => false,
    };
    if !goes_on {
        return Ok(number);
    }
    // The connection is being made: it is there, or has failed, once one can write.
    let seconds = if seconds > 0.0 { seconds } else { 1e9 };
    wait_ready(t, descriptor, libc::POLLOUT, Instant::now() + Duration::from_secs_f64(seconds))?;
    option_number(t, descriptor, libc::SO_ERROR)
}

/// Connect the socket to a remote address.
#[native("connect($self, address, /)")]
fn socket_connect(t: &Thread, this: This, address: Value) -> R<()> {
    let address = address_argument(t, this, "connect", address)?;
    match connect(t, this, &address)? {
        0 | libc::EISCONN => Ok(()),
        number => Err(t.os_error(number, None)),
    }
}

/// This is like connect(address), but returns an error code.
#[native("connect_ex($self, address, /)")]
fn socket_connect_ex(t: &Thread, this: This, address: Value) -> R<i32> {
    let address = address_argument(t, this, "connect_ex", address)?;
    match connect(t, this, &address) {
        Ok(number) => Ok(number),
        Err(raised) => {
            t.catch(raised, t.classes().timeout_error)?;
            Ok(libc::EWOULDBLOCK)
        }
    }
}

/// Close the socket.
#[native("close($self, /)")]
fn socket_close(t: &Thread, this: This) -> R<()> {
    match t.blocking(|| this.state.descriptor.close()) {
        // The other side is gone: there is nothing left to close.
        Err(libc::ECONNRESET) => Ok(()),
        result => check(t, result),
    }
}

/// Close the socket object without closing the underlying file descriptor.
#[native("detach($self, /)")]
fn socket_detach(_: &Thread, this: This) -> i32 {
    this.state.descriptor.take()
}

/// Return the integer file descriptor of the socket.
#[native("fileno($self, /)")]
fn socket_fileno(_: &Thread, this: This) -> i32 {
    this.state.descriptor.number()
}

/// Return the address of the remote endpoint.
#[native("getpeername($self, /)")]
fn socket_getpeername(t: &Thread, this: This) -> R {
    let address = check(t, host::socket::peer_address(this.state.descriptor.number()))?;
    address::to_value(t, &address)
}

/// Return the address of the local endpoint.
#[native("getsockname($self, /)")]
fn socket_getsockname(t: &Thread, this: This) -> R {
    let address = check(t, host::socket::own_address(this.state.descriptor.number()))?;
    address::to_value(t, &address)
}

/// Get a socket option: an int, or bytes where a buffer length is given.
#[native("getsockopt($self, level, option, buffersize=0, /)")]
fn socket_getsockopt(t: &Thread, this: This, level: i32, option: i32, room: Option<i64>) -> R {
    let descriptor = this.state.descriptor.number();
    match room {
        None | Some(0) => {
            let bytes = check(t, host::socket::option(descriptor, level, option, 4))?;
            Ok(Value::small(bytes.try_into().map_or(0, i32::from_ne_bytes)))
        }
        Some(room) if (1..=1024).contains(&room) => {
            let bytes = check(t, host::socket::option(descriptor, level, option, room as usize))?;
            Ok(Bytes::new(t, &bytes)?.value())
        }
        Some(_) => Err(t.raise(t.classes().os_error, "getsockopt buflen out of range")),
    }
}

/// Set a socket option: an int, bytes, or None and a length.
#[native("setsockopt($self, level, option, value, optlen=<unrepresentable>, /)")]
fn socket_setsockopt(t: &Thread, this: This, level: i32, option: i32, value: Value, length: Option<i64>) -> R<()> {
    let descriptor = this.state.descriptor.number();
    let result = if let Some(length) = length {
        if !value.is_none() {
            return Err(t.type_error("socket option should be None when optlen is given"));
        }
        host::socket::set_option_length(descriptor, level, option, length as u32)
    } else if int_of(value).is_some() {
        let number = protocols::index_number(t, value)?.to_i64();
        let Some(number) = number.filter(|number| (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(number)) else {
            return Err(t.overflow_error("Python int too large to convert to C int"));
        };
        host::socket::set_option(descriptor, level, option, &(number as i32).to_ne_bytes())
    } else if value.is_none() {
        return Err(t.type_error("socket option should be int, bytes-like object or None with optlen"));
    } else {
        let bytes = Buffer::of(t, value)?;
        host::socket::set_option(descriptor, level, option, &bytes)
    };
    check(t, result)
}

/// Enable a server to accept connections.
#[native("listen($self, backlog=<unrepresentable>, /)")]
fn socket_listen(t: &Thread, this: This, backlog: Option<i32>) -> R<()> {
    let backlog = backlog.unwrap_or(libc::SOMAXCONN.min(128)).max(0);
    check(t, t.blocking(|| host::socket::listen(this.state.descriptor.number(), backlog)))
}

fn room_of(t: &Thread, function: &str, size: i64) -> R<usize> {
    usize::try_from(size).map_err(|_| t.value_error(format_args!("negative buffersize in {function}")))
}

fn receive(t: &Thread, this: This, room: usize, flags: i32) -> R<(Vec<u8>, Vec<u8>)> {
    if room == 0 && this.state.kind.load(Ordering::Relaxed) == libc::SOCK_STREAM {
        return Ok((Vec::new(), Vec::new()));
    }
    operate(t, this, libc::POLLIN, |descriptor| host::socket::receive(descriptor, room, flags))
}

/// Receive up to buffersize bytes from the socket.
#[native("recv($self, buffersize, flags=0, /)")]
fn socket_recv(t: &Thread, this: This, size: i64, flags: Option<i32>) -> R<Ref<Bytes>> {
    let room = room_of(t, "recv", size)?;
    let (data, _) = receive(t, this, room, flags.unwrap_or(0))?;
    Bytes::new(t, &data)
}

/// Like recv(buffersize, flags) but also return the sender's address info.
#[native("recvfrom($self, buffersize, flags=0, /)")]
fn socket_recvfrom(t: &Thread, this: This, size: i64, flags: Option<i32>) -> R<Ref<Tuple>> {
    let room = room_of(t, "recvfrom", size)?;
    let (data, address) = receive(t, this, room, flags.unwrap_or(0))?;
    Tuple::pair(t, Bytes::new(t, &data)?.value(), address::to_value(t, &address)?)
}

fn receive_into(t: &Thread, this: This, function: &str, buffer: Value, size: i64, flags: i32) -> R<(usize, Vec<u8>)> {
    let target = WritableBuffer::of(t, buffer, &format!("{function}() argument 1"))?;
    let room = room_of(t, function, size)?;
    if room > target.len() {
        target.release(t);
        return Err(t.value_error(format_args!("nbytes is greater than the length of the buffer")));
    }
    let room = if room == 0 { target.len() } else { room };
    let received = receive(t, this, room, flags);
    if let Ok((data, _)) = &received {
        target.write(0, data);
    }
    target.release(t);
    received.map(|(data, address)| (data.len(), address))
}

/// Receive up to nbytes bytes into a buffer.
#[native("recv_into($self, buffer, nbytes=0, flags=0)")]
fn socket_recv_into(t: &Thread, this: This, buffer: Value, size: i64, flags: i32) -> R<usize> {
    receive_into(t, this, "recv_into", buffer, size, flags).map(|(count, _)| count)
}

/// Like recv_into(buffer, nbytes, flags) but also return the sender's address info.
#[native("recvfrom_into($self, buffer, nbytes=0, flags=0)")]
fn socket_recvfrom_into(t: &Thread, this: This, buffer: Value, size: i64, flags: i32) -> R<Ref<Tuple>> {
    let (count, address) = receive_into(t, this, "recvfrom_into", buffer, size, flags)?;
    Tuple::pair(t, int_from_i64(t, count as i64)?, address::to_value(t, &address)?)
}

/// Receive normal data (up to bufsize bytes) and ancillary data from the socket.
#[native("recvmsg($self, bufsize, ancbufsize=0, flags=0, /)")]
fn socket_recvmsg(t: &Thread, this: This, size: i64, control: Option<i64>, flags: Option<i32>) -> R<Ref<Tuple>> {
    let Ok(room) = usize::try_from(size) else { return Err(t.value_error("negative buffer size in recvmsg()")) };
    let message = receive_message(t, this, room, control, flags, "recvmsg")?;
    let data = Bytes::new(t, &message.data)?.value();
    message_value(t, data, &message)
}

fn receive_message(
    t: &Thread,
    this: This,
    room: usize,
    control: Option<i64>,
    flags: Option<i32>,
    function: &str,
) -> R<host::socket::Message> {
    let Ok(control) = usize::try_from(control.unwrap_or(0)) else {
        return Err(t.value_error(format_args!("invalid ancillary data buffer length in {function}()")));
    };
    let flags = flags.unwrap_or(0);
    operate(t, this, libc::POLLIN, |descriptor| host::socket::receive_message(descriptor, room, control, flags))
}

fn message_value(t: &Thread, data: Value, message: &host::socket::Message) -> R<Ref<Tuple>> {
    let control = messages::decode(t, &message.control)?;
    let address = address::to_value(t, &message.address)?;
    Tuple::from_slice(t, &[data, control.value(), Value::small(message.flags), address])
}

/// Receive normal data and ancillary data from the socket, scattering the former into buffers.
#[native("recvmsg_into($self, buffers, ancbufsize=0, flags=0, /)")]
fn socket_recvmsg_into(
    t: &Thread,
    this: This,
    buffers: Value,
    control: Option<i64>,
    flags: Option<i32>,
) -> R<Ref<Tuple>> {
    let buffers = protocols::tuple_of(t, buffers)?;
    let mut room = 0;
    for &buffer in buffers.as_slice() {
        let target = WritableBuffer::of(t, buffer, "recvmsg_into() argument 1")?;
        room += target.len();
        target.release(t);
    }
    let message = receive_message(t, this, room, control, flags, "recvmsg_into")?;
    let mut rest: &[u8] = &message.data;
    for &buffer in buffers.as_slice() {
        let target = WritableBuffer::of(t, buffer, "recvmsg_into() argument 1")?;
        let (here, after) = rest.split_at(target.len().min(rest.len()));
        target.write(0, here);
        target.release(t);
        rest = after;
    }
    let count = int_from_i64(t, message.data.len() as i64)?;
    message_value(t, count, &message)
}

/// Send a data string to the socket, and give how much of it was sent.
#[native("send($self, data, flags=0, /)")]
fn socket_send(t: &Thread, this: This, data: Buffer, flags: Option<i32>) -> R<usize> {
    let flags = flags.unwrap_or(0);
    operate(t, this, libc::POLLOUT, |descriptor| host::socket::send(descriptor, &data, flags, None))
}

/// Send a data string to the socket, all of it.
#[native("sendall($self, data, flags=0, /)")]
fn socket_sendall(t: &Thread, this: This, data: Buffer, flags: Option<i32>) -> R<()> {
    let (flags, mut rest) = (flags.unwrap_or(0), data.as_slice());
    let seconds = this.state.timeout();
    // The time-out is for the whole.
    let deadline = (seconds > 0.0).then(|| Instant::now() + Duration::from_secs_f64(seconds));
    while !rest.is_empty() {
        let sent = operate_until(t, this, libc::POLLOUT, deadline, |descriptor| {
            host::socket::send(descriptor, rest, flags, None)
        })?;
        rest = &rest[sent.min(rest.len())..];
        t.poll()?;
    }
    Ok(())
}

/// sendto(data[, flags], address): like send(data, flags) but allows specifying the destination address.
#[native("sendto", raw)]
fn socket_sendto(t: &Thread, args: Args<'_>) -> R<usize> {
    args.no_keywords(t, "sendto")?;
    let (this, data, flags, address) = match args.values {
        [this, data, address] => (*this, *data, 0, *address),
        [this, data, flags, address] => (*this, *data, protocols::index_long(t, *flags)? as i32, *address),
        values => {
            let given = values.len().saturating_sub(1);
            return Err(t.type_error(format_args!("sendto() takes 2 or 3 arguments ({given} given)")));
        }
    };
    let Some(this) = this.downcast::<Socket>() else {
        return Err(t.type_error("descriptor 'sendto' requires a '_socket.socket' object"));
    };
    let data = Buffer::of(t, data)?;
    let address = address_argument(t, this, "sendto", address)?;
    operate(t, this, libc::POLLOUT, |descriptor| host::socket::send(descriptor, &data, flags, Some(&address)))
}

/// Send normal and ancillary data to the socket, gathering the former from buffers.
#[native("sendmsg($self, buffers, ancdata=[], flags=0, address=None, /)")]
fn socket_sendmsg(
    t: &Thread,
    this: This,
    buffers: Value,
    control: Option<Value>,
    flags: Option<i32>,
    address: Value,
) -> R<usize> {
    let mut data = Vec::new();
    protocols::for_each(t, buffers, |buffer| {
        data.extend_from_slice(&Buffer::of(t, buffer)?);
        Ok(())
    })?;
    let control =
        control.filter(|control| !control.is_none()).map_or(Ok(Vec::new()), |control| messages::encode(t, control))?;
    let address = if address.is_none() { None } else { Some(address_argument(t, this, "sendmsg", address)?) };
    let flags = flags.unwrap_or(0);
    operate(t, this, libc::POLLOUT, |descriptor| {
        host::socket::send_message(descriptor, &data, &control, flags, address.as_deref())
    })
}

/// Set the socket to blocking (true) or non-blocking (false).
#[native("setblocking($self, flag, /)")]
fn socket_setblocking(t: &Thread, this: This, blocking: bool) -> R<()> {
    this.state.set_timeout(t, if blocking { -1.0 } else { 0.0 })
}

/// Returns True if socket is in blocking mode, or False if it is in non-blocking mode.
#[native("getblocking($self, /)")]
fn socket_getblocking(_: &Thread, this: This) -> bool {
    this.state.timeout() != 0.0
}

/// Set a timeout on socket operations: a float, or None for none.
#[native("settimeout($self, timeout, /)")]
fn socket_settimeout(t: &Thread, this: This, timeout: Value) -> R<()> {
    this.state.set_timeout(t, timeout_argument(t, timeout)?)
}

/// Returns the timeout in seconds (float) associated with socket operations.
#[native("gettimeout($self, /)")]
fn socket_gettimeout(t: &Thread, this: This) -> R {
    timeout_value(t, this.state.timeout())
}

/// Shut down the reading side of the socket, the writing side, or both.
#[native("shutdown($self, how, /)")]
fn socket_shutdown(t: &Thread, this: This, how: i32) -> R<()> {
    check(t, t.blocking(|| host::socket::shut_down(this.state.descriptor.number(), how)))
}

fn of(t: &Thread, value: Value) -> R<This> {
    value.downcast().ok_or_else(|| t.type_error("a socket is expected"))
}

fn get_family(t: &Thread, this: Value) -> R {
    Ok(Value::small(of(t, this)?.state.family.load(Ordering::Relaxed)))
}

fn get_kind(t: &Thread, this: Value) -> R {
    Ok(Value::small(of(t, this)?.state.kind.load(Ordering::Relaxed)))
}

fn get_protocol(t: &Thread, this: Value) -> R {
    Ok(Value::small(of(t, this)?.state.protocol.load(Ordering::Relaxed)))
}

fn get_timeout(t: &Thread, this: Value) -> R {
    timeout_value(t, of(t, this)?.state.timeout())
}

/// `_socket.socket`.
pub static SOCKET: NativeClass = NativeClass::new(ClassDef {
    name: "socket",
    module: "_socket",
    layout: <Socket as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE,
    doc: "A socket.",
    methods: &[
        MethodDef::New(&SOCKET_NEW),
        MethodDef::Method(&SOCKET_INIT),
        MethodDef::Method(&SOCKET_DEL),
        MethodDef::Method(&SOCKET_REPR),
        MethodDef::Method(&SOCKET_ACCEPT),
        MethodDef::Method(&SOCKET_BIND),
        MethodDef::Method(&SOCKET_CONNECT),
        MethodDef::Method(&SOCKET_CONNECT_EX),
        MethodDef::Method(&SOCKET_CLOSE),
        MethodDef::Method(&SOCKET_DETACH),
        MethodDef::Method(&SOCKET_FILENO),
        MethodDef::Method(&SOCKET_GETPEERNAME),
        MethodDef::Method(&SOCKET_GETSOCKNAME),
        MethodDef::Method(&SOCKET_GETSOCKOPT),
        MethodDef::Method(&SOCKET_SETSOCKOPT),
        MethodDef::Method(&SOCKET_LISTEN),
        MethodDef::Method(&SOCKET_RECV),
        MethodDef::Method(&SOCKET_RECVFROM),
        MethodDef::Method(&SOCKET_RECV_INTO),
        MethodDef::Method(&SOCKET_RECVFROM_INTO),
        MethodDef::Method(&SOCKET_RECVMSG),
        MethodDef::Method(&SOCKET_RECVMSG_INTO),
        MethodDef::Method(&SOCKET_SEND),
        MethodDef::Method(&SOCKET_SENDALL),
        MethodDef::Method(&SOCKET_SENDTO),
        MethodDef::Method(&SOCKET_SENDMSG),
        MethodDef::Method(&SOCKET_SETBLOCKING),
        MethodDef::Method(&SOCKET_GETBLOCKING),
        MethodDef::Method(&SOCKET_SETTIMEOUT),
        MethodDef::Method(&SOCKET_GETTIMEOUT),
        MethodDef::Method(&SOCKET_SHUTDOWN),
    ],
    getset: &[
        GetSet { name: "family", get: get_family, set: None, doc: "the socket family" },
        GetSet { name: "type", get: get_kind, set: None, doc: "the socket type" },
        GetSet { name: "proto", get: get_protocol, set: None, doc: "the socket protocol" },
        GetSet { name: "timeout", get: get_timeout, set: None, doc: "the socket timeout" },
    ],
});

/// Close an integer socket file descriptor.
#[native("close(fd, /)")]
fn close(t: &Thread, descriptor: i32) -> R<()> {
    match t.blocking(|| host::file::close(descriptor)) {
        Err(libc::ECONNRESET) => Ok(()),
        result => check(t, result),
    }
}

/// Return a new descriptor for the same socket.
#[native("dup(fd, /)")]
fn dup(t: &Thread, descriptor: i32) -> R<i32> {
    check(t, host::file::control(descriptor, libc::F_DUPFD_CLOEXEC, 0))
}

/// Create a pair of connected sockets, of the family that the platform has if none is given.
#[native("socketpair(family=socket.AF_UNIX, type=socket.SOCK_STREAM, proto=0, /)")]
fn socketpair(t: &Thread, family: Option<i32>, kind: Option<i32>, protocol: Option<i32>) -> R<Ref<Tuple>> {
    let family = family.unwrap_or(libc::AF_UNIX);
    let (kind, protocol) = (kind.unwrap_or(libc::SOCK_STREAM), protocol.unwrap_or(0));
    let (first, second) = check(t, host::socket::pair(family, kind, protocol))?;
    let made = |descriptor: i32| -> R {
        let socket = new_owner::<Socket>(t, SOCKET.get(t), new_state(t), None)?;
        let state: &State = &socket.state;
        state.descriptor.set(descriptor);
        state.family.store(family, Ordering::Relaxed);
        state.kind.store(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC), Ordering::Relaxed);
        state.protocol.store(protocol, Ordering::Relaxed);
        if state.timeout() >= 0.0 {
            state.set_timeout(t, state.timeout())?;
        }
        Ok(socket.value())
    };
    Tuple::pair(t, made(first)?, made(second)?)
}

/// Returns the default timeout in seconds (float) for new socket objects.
#[native("getdefaulttimeout()")]
fn getdefaulttimeout(t: &Thread) -> R {
    timeout_value(t, f64::from_bits(default_timeout(t).0.load(Ordering::Relaxed)))
}

/// Set the default timeout in seconds (float) for new socket objects.
#[native("setdefaulttimeout(timeout, /)")]
fn setdefaulttimeout(t: &Thread, timeout: Value) -> R<()> {
    let seconds = timeout_argument(t, timeout)?;
    default_timeout(t).0.store(seconds.to_bits(), Ordering::Relaxed);
    Ok(())
}

/// The functions of the module that make or concern sockets.
pub static FUNCTIONS: &[&NativeDef] = &[&CLOSE, &DUP, &SOCKETPAIR, &GETDEFAULTTIMEOUT, &SETDEFAULTTIMEOUT];
