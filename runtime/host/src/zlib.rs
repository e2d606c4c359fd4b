//! zlib's streams, safely: deflate and inflate one step at a time.
//!
//! Invariants: a stream is initialized when the value is made and ended when it is dropped; it is boxed, since zlib keeps
//! its address; zlib reads and writes only the buffers of the step under way.

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;

use libz_sys as z;

/// zlib's flush values and codes, as Python names them.
pub mod constants {
    pub use libz_sys::{
        Z_BEST_COMPRESSION, Z_BEST_SPEED, Z_BLOCK, Z_BUF_ERROR, Z_DATA_ERROR, Z_DEFAULT_COMPRESSION,
        Z_DEFAULT_STRATEGY, Z_DEFLATED, Z_FILTERED, Z_FINISH, Z_FIXED, Z_FULL_FLUSH, Z_HUFFMAN_ONLY, Z_MEM_ERROR,
        Z_NEED_DICT, Z_NO_COMPRESSION, Z_NO_FLUSH, Z_OK, Z_PARTIAL_FLUSH, Z_RLE, Z_STREAM_END, Z_STREAM_ERROR,
        Z_SYNC_FLUSH, Z_TREES,
    };
}

/// What a step did.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// zlib's code.
    pub code: i32,
    /// Bytes read.
    pub consumed: usize,
    /// Bytes written.
    pub produced: usize,
}

/// A stream that compresses.
pub struct Deflate(Box<z::z_stream>);

/// A stream that decompresses.
pub struct Inflate(Box<z::z_stream>);

// SAFETY: a stream has no thread of its own; zlib may use it from any one thread at a time.
unsafe impl Send for Deflate {}
// SAFETY: as above.
unsafe impl Send for Inflate {}

extern "C" fn allocate(_: *mut std::ffi::c_void, items: u32, size: u32) -> *mut std::ffi::c_void {
    // SAFETY: calloc has no preconditions.
    unsafe { libc::calloc(items as usize, size as usize) }
}

extern "C" fn release(_: *mut std::ffi::c_void, address: *mut std::ffi::c_void) {
    // SAFETY: zlib gives back what `allocate` gave it.
    unsafe { libc::free(address) };
}

fn fresh() -> Box<z::z_stream> {
    let mut stream = Box::new(MaybeUninit::<z::z_stream>::zeroed());
    let fields = stream.as_mut_ptr();
    // SAFETY: the functions are written before the stream is taken as a value; all other fields may be zero.
    unsafe {
        (&raw mut (*fields).zalloc).write(allocate);
        (&raw mut (*fields).zfree).write(release);
        Box::from_raw(Box::into_raw(stream).cast())
    }
}

/// zlib's version.
#[must_use]
pub fn version() -> &'static str {
    // SAFETY: zlib gives a static string.
    unsafe { CStr::from_ptr(z::zlibVersion()) }.to_str().unwrap_or("")
}

fn message(stream: &z::z_stream) -> Option<String> {
    if stream.msg.is_null() {
        return None;
    }
    // SAFETY: zlib points at a static string.
    Some(unsafe { CStr::from_ptr(stream.msg) }.to_string_lossy().into_owned())
}

/// Lends the buffers to a step; what exceeds 32 bits of length waits for the next.
fn step(
    stream: &mut z::z_stream,
    input: &[u8],
    output: &mut [u8],
    run: impl FnOnce(&mut z::z_stream) -> c_int,
) -> Step {
    let (given, room) = (input.len().min(u32::MAX as usize), output.len().min(u32::MAX as usize));
    stream.next_in = input.as_ptr().cast_mut();
    stream.avail_in = given as u32;
    stream.next_out = output.as_mut_ptr();
    stream.avail_out = room as u32;
    let code = run(stream);
    let (consumed, produced) = (given - stream.avail_in as usize, room - stream.avail_out as usize);
    stream.next_in = std::ptr::null_mut();
    stream.next_out = std::ptr::null_mut();
    (stream.avail_in, stream.avail_out) = (0, 0);
    Step { code, consumed, produced }
}

impl Deflate {
    /// A stream with these parameters, or zlib's code.
    pub fn new(level: i32, method: i32, window_bits: i32, memory_level: i32, strategy: i32) -> Result<Self, i32> {
        let mut stream = fresh();
        // SAFETY: the stream is fresh, and the version and size are those of the header that z_stream comes from.
        let code = unsafe {
            z::deflateInit2_(
                &raw mut *stream,
                level,
                method,
                window_bits,
                memory_level,
                strategy,
                z::zlibVersion(),
                size_of::<z::z_stream>() as c_int,
            )
        };
        if code == z::Z_OK { Ok(Self(stream)) } else { Err(code) }
    }

    /// Presets the dictionary.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        // SAFETY: the stream is initialized; zlib copies the dictionary.
        unsafe { z::deflateSetDictionary(&raw mut *self.0, dictionary.as_ptr(), dictionary.len() as u32) }
    }

    /// Compresses a step.
    pub fn step(&mut self, input: &[u8], output: &mut [u8], flush: i32) -> Step {
        // SAFETY: the stream is initialized and its buffers are lent for this call.
        step(&mut self.0, input, output, |stream| unsafe { z::deflate(stream, flush) })
    }

    /// A copy with the same state.
    #[must_use]
    pub fn duplicate(&mut self) -> Option<Self> {
        let mut copy = fresh();
        // SAFETY: the source is initialized; on success so is the copy.
        let code = unsafe { z::deflateCopy(&raw mut *copy, &raw mut *self.0) };
        (code == z::Z_OK).then_some(Self(copy))
    }

    /// What zlib says about its last error.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        message(&self.0)
    }
}

impl Drop for Deflate {
    fn drop(&mut self) {
        // SAFETY: the stream is initialized, and not used again.
        unsafe { z::deflateEnd(&raw mut *self.0) };
    }
}

impl Inflate {
    /// A stream with these window bits, or zlib's code.
    pub fn new(window_bits: i32) -> Result<Self, i32> {
        let mut stream = fresh();
        // SAFETY: the stream is fresh, and the version and size are those of the header that z_stream comes from.
        let code = unsafe {
            z::inflateInit2_(&raw mut *stream, window_bits, z::zlibVersion(), size_of::<z::z_stream>() as c_int)
        };
        if code == z::Z_OK { Ok(Self(stream)) } else { Err(code) }
    }

    /// Presets the dictionary.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        // SAFETY: the stream is initialized; zlib copies the dictionary.
        unsafe { z::inflateSetDictionary(&raw mut *self.0, dictionary.as_ptr(), dictionary.len() as u32) }
    }

    /// Decompresses a step.
    pub fn step(&mut self, input: &[u8], output: &mut [u8], flush: i32) -> Step {
        // SAFETY: the stream is initialized and its buffers are lent for this call.
        step(&mut self.0, input, output, |stream| unsafe { z::inflate(stream, flush) })
    }

    /// A copy with the same state.
    #[must_use]
    pub fn duplicate(&mut self) -> Option<Self> {
        let mut copy = fresh();
        // SAFETY: the source is initialized; on success so is the copy.
        let code = unsafe { z::inflateCopy(&raw mut *copy, &raw mut *self.0) };
        (code == z::Z_OK).then_some(Self(copy))
    }

    /// What zlib says about its last error.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        message(&self.0)
    }
}

impl Drop for Inflate {
    fn drop(&mut self) {
        // SAFETY: the stream is initialized, and not used again.
        unsafe { z::inflateEnd(&raw mut *self.0) };
    }
}

/// Adler-32 of bytes, going on from `start`.
#[must_use]
pub fn adler32(start: u32, bytes: &[u8]) -> u32 {
    bytes.chunks(1 << 30).fold(start, |sum, chunk| {
        // SAFETY: the pointer and the length are those of a slice.
        unsafe { z::adler32(sum.into(), chunk.as_ptr(), chunk.len() as u32) as u32 }
    })
}
