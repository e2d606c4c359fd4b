//! What hash objects share, and the functions whose digests have a fixed length.
//!
//! The state is behind a mutex of its own: threads that feed one object take turns. Long input is hashed in a blocking region.

use sha3::digest::Digest;
use sync::Mutex;
use vm::heap_object;
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::objects::{Bytes, Class};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Ref, Str, Thread, Value, native};

/// Input from this length on lets the collector go on meanwhile.
const LONG: usize = 2048;

macro_rules! states {
    ($($variant:ident($type:ty) $name:literal $block:literal $digest:expr;)*) => {
        /// The state of a hash function.
        #[derive(Clone)]
        pub enum State {
            $(#[allow(missing_docs, reason = "named as the function")] $variant($type),)*
            /// SHAKE128.
            Shake128(sha3::Shake128),
            /// SHAKE256.
            Shake256(sha3::Shake256),
            /// BLAKE2b with the length of its digest.
            Blake2b(blake2b_simd::State, usize),
            /// BLAKE2s with the length of its digest.
            Blake2s(blake2s_simd::State, usize),
        }

        impl State {
            /// Takes in bytes.
            pub fn update(&mut self, bytes: &[u8]) {
                match self {
                    $(State::$variant(state) => Digest::update(state, bytes),)*
                    State::Shake128(state) => sha3::digest::Update::update(state, bytes),
                    State::Shake256(state) => sha3::digest::Update::update(state, bytes),
                    State::Blake2b(state, _) => { state.update(bytes); }
                    State::Blake2s(state, _) => { state.update(bytes); }
                }
            }

            /// The digest of what was taken in; of `length` bytes where the function lets one choose.
            pub fn digest(self, length: usize) -> Vec<u8> {
                match self {
                    $(State::$variant(state) => state.finalize().to_vec(),)*
                    State::Shake128(state) => super::shake::read(state, length),
                    State::Shake256(state) => super::shake::read(state, length),
                    State::Blake2b(state, length) => state.finalize().as_bytes()[..length].to_vec(),
                    State::Blake2s(state, length) => state.finalize().as_bytes()[..length].to_vec(),
                }
            }

            /// Name, block size and digest size.
            pub fn facts(&self) -> (&'static str, usize, usize) {
                match self {
                    $(State::$variant(_) => ($name, $block, $digest),)*
                    State::Shake128(_) => ("shake_128", 168, 0),
                    State::Shake256(_) => ("shake_256", 136, 0),
                    State::Blake2b(_, length) => ("blake2b", 128, *length),
                    State::Blake2s(_, length) => ("blake2s", 64, *length),
                }
            }
        }
    };
}

states! {
    Md5(md5::Md5) "md5" 64 16;
    Sha1(sha1::Sha1) "sha1" 64 20;
    Sha224(sha2::Sha224) "sha224" 64 28;
    Sha256(sha2::Sha256) "sha256" 64 32;
    Sha384(sha2::Sha384) "sha384" 128 48;
    Sha512(sha2::Sha512) "sha512" 128 64;
    Sha3_224(sha3::Sha3_224) "sha3_224" 144 28;
    Sha3_256(sha3::Sha3_256) "sha3_256" 136 32;
    Sha3_384(sha3::Sha3_384) "sha3_384" 104 48;
    Sha3_512(sha3::Sha3_512) "sha3_512" 72 64;
}

heap_object! {
    /// A hash object.
    pub struct Hash {
        state: Owned<Mutex<State>>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Hash>)
}

impl Owner for Hash {
    type Content = Mutex<State>;
    fn owned(&self) -> &Owned<Mutex<State>> {
        &self.state
    }
}

impl Hash {
    /// Name, block size and digest size.
    pub fn facts(&self) -> (&'static str, usize, usize) {
        self.state.lock().facts()
    }
}

/// What one hashes: a bytes-like object, and no text.
pub fn input(t: &Thread, data: Value) -> R<Buffer> {
    if Str::of(t, data).is_some() {
        return Err(t.type_error("Strings must be encoded before hashing"));
    }
    match Buffer::try_of(t, data)? {
        Some(buffer) => Ok(buffer),
        None => Err(t.type_error("object supporting the buffer API required")),
    }
}

/// A hash object that has taken in some data.
pub fn new_hash(t: &Thread, class: Ref<Class>, mut state: State, data: Option<Value>) -> R<Ref<Hash>> {
    if let Some(data) = data {
        let data = input(t, data)?;
        if data.len() < LONG { state.update(&data) } else { t.blocking(|| state.update(&data)) }
    }
    new_owner::<Hash>(t, class, Mutex::new(state), None)
}

/// The data argument of a constructor, which has an old name too.
pub fn data_argument(t: &Thread, function: &str, data: Option<Value>, string: Option<Value>) -> R<Option<Value>> {
    match (data, string) {
        (Some(_), Some(_)) => Err(t.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
        )),
        (None, Some(string)) => {
            let message = format!("the 'string' keyword parameter in {function}() is deprecated");
            protocols::warn_deprecated(t, &message)?;
            Ok(Some(string))
        }
        (data, None) => Ok(data),
    }
}

fn digest_of(t: &Thread, this: Ref<Hash>, length: usize) -> Vec<u8> {
    let state = t.blocking(|| this.state.lock().clone());
    if length < LONG { state.digest(length) } else { t.blocking(|| state.digest(length)) }
}

/// Update this hash object's state with the provided bytes-like object.
#[native("update($self, obj, /)")]
fn hash_update(t: &Thread, this: Ref<Hash>, data: Value) -> R<()> {
    let data = input(t, data)?;
    if data.len() < LONG
        && let Some(mut state) = this.state.try_lock()
    {
        state.update(&data);
        return Ok(());
    }
    t.blocking(|| this.state.lock().update(&data));
    Ok(())
}

/// Return the digest value as a bytes object.
#[native("digest($self, /)")]
fn hash_digest(t: &Thread, this: Ref<Hash>) -> R<Ref<Bytes>> {
    Bytes::new(t, &digest_of(t, this, 0))
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

/// Return the digest value as a string of hexadecimal digits.
#[native("hexdigest($self, /)")]
fn hash_hexdigest(t: &Thread, this: Ref<Hash>) -> String {
    hexadecimal(&digest_of(t, this, 0))
}

/// Return a copy of the hash object.
#[native("copy($self, /)")]
fn hash_copy(t: &Thread, this: Ref<Hash>) -> R<Ref<Hash>> {
    let state = t.blocking(|| this.state.lock().clone());
    new_owner::<Hash>(t, this.value().class(t), Mutex::new(state), None)
}

fn shake_length(t: &Thread, length: i64) -> R<usize> {
    match usize::try_from(length) {
        Ok(length) if length < 1 << 29 => Ok(length),
        Ok(_) => Err(t.value_error("length is too large")),
        Err(_) => Err(t.value_error("value must be positive")),
    }
}

/// Return the digest value as a bytes object.
#[native("digest($self, length)")]
fn shake_digest(t: &Thread, this: Ref<Hash>, length: i64) -> R<Ref<Bytes>> {
    let length = shake_length(t, length)?;
    Bytes::new(t, &digest_of(t, this, length))
}

/// Return the digest value as a string of hexadecimal digits.
#[native("hexdigest($self, length)")]
fn shake_hexdigest(t: &Thread, this: Ref<Hash>, length: i64) -> R<String> {
    let length = shake_length(t, length)?;
    Ok(hexadecimal(&digest_of(t, this, length)))
}

fn facts(t: &Thread, this: Value) -> R<(&'static str, usize, usize)> {
    match this.downcast::<Hash>() {
        Some(hash) => Ok(hash.facts()),
        None => Err(t.type_error("a hash object is expected")),
    }
}

/// `name`.
pub fn get_name(t: &Thread, this: Value) -> R {
    Ok(Str::new(t, facts(t, this)?.0)?.value())
}

/// `block_size`.
pub fn get_block_size(t: &Thread, this: Value) -> R {
    Ok(Value::small(facts(t, this)?.1 as i32))
}

/// `digest_size`.
pub fn get_digest_size(t: &Thread, this: Value) -> R {
    Ok(Value::small(facts(t, this)?.2 as i32))
}

fn get_capacity(t: &Thread, this: Value) -> R {
    Ok(Value::small(1600 - 8 * facts(t, this)?.1 as i32))
}

fn get_rate(t: &Thread, this: Value) -> R {
    Ok(Value::small(8 * facts(t, this)?.1 as i32))
}

fn get_suffix(t: &Thread, this: Value) -> R {
    let shake = facts(t, this)?.2 == 0;
    Ok(Bytes::new(t, if shake { &[0x1f] } else { &[0x06] })?.value())
}

/// Attributes of all hash objects.
pub const ATTRIBUTES: [GetSet; 3] = [
    GetSet { name: "name", get: get_name, set: None, doc: "" },
    GetSet { name: "block_size", get: get_block_size, set: None, doc: "" },
    GetSet { name: "digest_size", get: get_digest_size, set: None, doc: "" },
];

/// Methods of hash objects whose digests have one length.
pub const METHODS: [MethodDef; 4] = [
    MethodDef::Method(&HASH_UPDATE),
    MethodDef::Method(&HASH_DIGEST),
    MethodDef::Method(&HASH_HEXDIGEST),
    MethodDef::Method(&HASH_COPY),
];

macro_rules! function_classes {
    ($($class:ident $name:literal in $module:literal, $function:ident $signature:literal $variant:ident($type:ty);)*) => {
        $(
            static $class: NativeClass = NativeClass::new(ClassDef {
                name: $name,
                module: $module,
                layout: <Hash as Object>::layout,
                base: Some(|t| t.classes().object),
                flags: vm::objects::ClassFlags::NO_NEW,
                doc: "",
                methods: &METHODS,
                getset: &ATTRIBUTES,
            });

            /// Return a new hash object.
            #[native($signature)]
            fn $function(t: &Thread, data: Option<Value>, security: Option<Value>, string: Option<Value>) -> R<Ref<Hash>> {
                let _ = security;
                let data = data_argument(t, stringify!($function), data, string)?;
                new_hash(t, $class.get(t), State::$variant(<$type>::new()), data)
            }
        )*
    };
}

function_classes! {
    MD5_TYPE "md5" in "_md5", md5 "md5(data=b'', *, usedforsecurity=True, string=None)" Md5(md5::Md5);
    SHA1_TYPE "sha1" in "_sha1", sha1 "sha1(data=b'', *, usedforsecurity=True, string=None)" Sha1(sha1::Sha1);
    SHA224_TYPE "SHA224Type" in "_sha2", sha224 "sha224(data=b'', *, usedforsecurity=True, string=None)" Sha224(sha2::Sha224);
    SHA256_TYPE "SHA256Type" in "_sha2", sha256 "sha256(data=b'', *, usedforsecurity=True, string=None)" Sha256(sha2::Sha256);
    SHA384_TYPE "SHA384Type" in "_sha2", sha384 "sha384(data=b'', *, usedforsecurity=True, string=None)" Sha384(sha2::Sha384);
    SHA512_TYPE "SHA512Type" in "_sha2", sha512 "sha512(data=b'', *, usedforsecurity=True, string=None)" Sha512(sha2::Sha512);
}

/// The arguments of a class that hashes: data, `usedforsecurity`, `string`.
fn class_data(t: &Thread, function: &str, args: Args<'_>) -> R<Option<Value>> {
    let positional = args.positional();
    if positional.len() > 1 {
        return Err(t.type_error(format_args!(
            "{function}() takes at most 1 positional argument ({} given)",
            positional.len()
        )));
    }
    let (mut data, mut string) = (positional.first().copied(), None);
    for (name, value) in args.keywords() {
        match &*name.to_string_lossy() {
            "data" if data.is_none() => data = Some(value),
            "string" => string = Some(value),
            "usedforsecurity" => drop(protocols::is_true(t, value)?),
            other => {
                return Err(t.type_error(format_args!("{function}() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    data_argument(t, function, data, string)
}

macro_rules! sha3_classes {
    ($($class:ident $name:literal $function:ident $new:ident $methods:expr, $state:expr;)*) => {
        $(
            #[native("__new__", raw)]
            fn $function(t: &Thread, args: Args<'_>) -> R<Ref<Hash>> {
                let (class, rest) = vm::builtins::construct::class_argument(t, args, $class.get(t))?;
                let data = class_data(t, $name, rest)?;
                new_hash(t, class, $state, data)
            }

            static $class: NativeClass = NativeClass::new(ClassDef {
                name: $name,
                module: "_sha3",
                layout: <Hash as Object>::layout,
                base: Some(|t| t.classes().object),
                flags: 0,
                doc: "Return a new hash object.",
                methods: &$methods(&$new),
                getset: &[
                    GetSet { name: "name", get: get_name, set: None, doc: "" },
                    GetSet { name: "block_size", get: get_block_size, set: None, doc: "" },
                    GetSet { name: "digest_size", get: get_digest_size, set: None, doc: "" },
                    GetSet { name: "_capacity_bits", get: get_capacity, set: None, doc: "" },
                    GetSet { name: "_rate_bits", get: get_rate, set: None, doc: "" },
                    GetSet { name: "_suffix", get: get_suffix, set: None, doc: "" },
                ],
            });
        )*
    };
}

const fn with_new(new: &'static vm::native::NativeDef) -> [MethodDef; 5] {
    [
        MethodDef::New(new),
        MethodDef::Method(&HASH_UPDATE),
        MethodDef::Method(&HASH_DIGEST),
        MethodDef::Method(&HASH_HEXDIGEST),
        MethodDef::Method(&HASH_COPY),
    ]
}

const fn shake_with_new(new: &'static vm::native::NativeDef) -> [MethodDef; 5] {
    [
        MethodDef::New(new),
        MethodDef::Method(&HASH_UPDATE),
        MethodDef::Method(&SHAKE_DIGEST),
        MethodDef::Method(&SHAKE_HEXDIGEST),
        MethodDef::Method(&HASH_COPY),
    ]
}

sha3_classes! {
    SHA3_224 "sha3_224" sha3_224_new SHA3_224_NEW with_new, State::Sha3_224(sha3::Sha3_224::new());
    SHA3_256 "sha3_256" sha3_256_new SHA3_256_NEW with_new, State::Sha3_256(sha3::Sha3_256::new());
    SHA3_384 "sha3_384" sha3_384_new SHA3_384_NEW with_new, State::Sha3_384(sha3::Sha3_384::new());
    SHA3_512 "sha3_512" sha3_512_new SHA3_512_NEW with_new, State::Sha3_512(sha3::Sha3_512::new());
    SHAKE_128 "shake_128" shake_128_new SHAKE_128_NEW shake_with_new, State::Shake128(sha3::Shake128::default());
    SHAKE_256 "shake_256" shake_256_new SHAKE_256_NEW shake_with_new, State::Shake256(sha3::Shake256::default());
}

/// `_md5`.
pub static MD5_MODULE: NativeModule = NativeModule {
    name: "_md5",
    doc: "",
    functions: &[&MD5],
    classes: &[],
    initialize: |t, module| module.add(t, "MD5Type", MD5_TYPE.get(t).value()),
};

/// `_sha1`.
pub static SHA1_MODULE: NativeModule = NativeModule {
    name: "_sha1",
    doc: "",
    functions: &[&SHA1],
    classes: &[],
    initialize: |t, module| module.add(t, "SHA1Type", SHA1_TYPE.get(t).value()),
};

/// `_sha2`.
pub static SHA2_MODULE: NativeModule = NativeModule {
    name: "_sha2",
    doc: "",
    functions: &[&SHA224, &SHA256, &SHA384, &SHA512],
    classes: &[&SHA224_TYPE, &SHA256_TYPE, &SHA384_TYPE, &SHA512_TYPE],
    initialize: nothing_to_add,
};

/// `_sha3`.
pub static SHA3_MODULE: NativeModule = NativeModule {
    name: "_sha3",
    doc: "",
    functions: &[],
    classes: &[&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256],
    initialize: |t, module| module.add_str(t, "implementation", "RustCrypto"),
};
