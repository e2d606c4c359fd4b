//! `_blake2`: BLAKE2b and BLAKE2s, with keys and trees.

use vm::modules::NativeModule;
use vm::native::{Args, ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::{Module, int_from_i64};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Value, native};

use super::hash::{ATTRIBUTES, Hash, State, data_argument, new_hash};

/// Sizes of a variant.
struct Sizes {
    name: &'static str,
    digest: i64,
    key: usize,
    salt: usize,
    person: usize,
    /// Bits of the offset of a node.
    offset_bits: u32,
}

static BLAKE2B_SIZES: Sizes = Sizes { name: "blake2b", digest: 64, key: 64, salt: 16, person: 16, offset_bits: 64 };
static BLAKE2S_SIZES: Sizes = Sizes { name: "blake2s", digest: 32, key: 32, salt: 8, person: 8, offset_bits: 48 };

/// The arguments of a constructor.
struct Parameters {
    data: Option<Value>,
    digest: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf: u32,
    offset: u64,
    node_depth: u8,
    inner: usize,
    last: bool,
}

fn text(t: &Thread, value: Option<Value>, what: &str, most: usize) -> R<Vec<u8>> {
    let bytes = value.map_or(Ok(Vec::new()), |value| Buffer::of(t, value).map(Buffer::into_vec))?;
    if bytes.len() > most {
        return Err(t.value_error(format_args!("maximum {what} length is {most} bytes")));
    }
    Ok(bytes)
}

fn number(
    t: &Thread,
    value: Option<Value>,
    default: i64,
    range: std::ops::RangeInclusive<i64>,
    message: &str,
) -> R<i64> {
    let number = value.map_or(Ok(default), |value| protocols::index_long(t, value))?;
    if range.contains(&number) { Ok(number) } else { Err(t.value_error(message)) }
}

fn unsigned(t: &Thread, value: Option<Value>, bits: u32, message: &str) -> R<u64> {
    let Some(value) = value else { return Ok(0) };
    let number = protocols::index_number(t, value)?;
    if number.is_negative() {
        return Err(t.value_error("value must be positive"));
    }
    let number = vm::objects::int_arithmetic::to_u64(number);
    match number {
        Some(number) if bits == 64 || number < 1 << bits => Ok(number),
        _ => Err(t.overflow_error(message)),
    }
}

fn parameters(t: &Thread, sizes: &Sizes, args: Args<'_>) -> R<Parameters> {
    const NAMES: [&str; 14] = [
        "digest_size",
        "key",
        "salt",
        "person",
        "fanout",
        "depth",
        "leaf_size",
        "node_offset",
        "node_depth",
        "inner_size",
        "last_node",
        "usedforsecurity",
        "data",
        "string",
    ];
    let function = sizes.name;
    let mut given = [None; NAMES.len()];
    let positional = args.positional();
    if positional.len() > 1 {
        let count = positional.len();
        return Err(t.type_error(format_args!("{function}() takes at most 1 positional argument ({count} given)")));
    }
    given[12] = positional.first().copied();
    for (name, value) in args.keywords() {
        let name = name.to_string_lossy();
        match NAMES.iter().position(|known| **known == name) {
            Some(index) if given[index].is_none() => given[index] = Some(value),
            Some(_) => {
                return Err(
                    t.type_error(format_args!("argument for {function}() given by name ('{name}') and position (1)"))
                );
            }
            None => {
                return Err(t.type_error(format_args!("{function}() got an unexpected keyword argument '{name}'")));
            }
        }
    }
    let data = data_argument(t, function, given[12], given[13])?;
    let most = sizes.digest;
    let asked = given[0].map_or(Ok(most), |value| protocols::index_long(t, value))?;
    if !(1..=most).contains(&asked) {
        let shown = function.replace("blake", "Blake");
        return Err(t.value_error(format_args!(
            "digest_size for {shown} must be between 1 and {most} bytes, here it is {asked}"
        )));
    }
    let depth_message = "node_depth must be between 0 and 255";
    let inner = format!("inner_size must be between 0 and is {most}");
    Ok(Parameters {
        data,
        digest: asked as usize,
        key: text(t, given[1], "key", sizes.key)?,
        salt: text(t, given[2], "salt", sizes.salt)?,
        person: text(t, given[3], "person", sizes.person)?,
        fanout: number(t, given[4], 1, 0..=255, "fanout must be between 0 and 255")? as u8,
        depth: number(t, given[5], 1, 1..=255, "depth must be between 1 and 255")? as u8,
        leaf: unsigned(t, given[6], 32, "leaf_size is too large")? as u32,
        offset: unsigned(t, given[7], sizes.offset_bits, "node_offset is too large")?,
        node_depth: number(t, given[8], 0, 0..=255, depth_message)? as u8,
        inner: number(t, given[9], 0, 0..=most, &inner)? as usize,
        last: given[10].map_or(Ok(false), |value| protocols::is_true(t, value))?,
    })
}

macro_rules! variant {
    ($class:ident $name:literal $function:ident $new:ident $sizes:ident $state:ident $crate_name:ident) => {
        #[native("__new__", raw)]
        fn $function(t: &Thread, args: Args<'_>) -> R<Ref<Hash>> {
            let (class, rest) = vm::builtins::construct::class_argument(t, args, $class.get(t))?;
            let given = parameters(t, &$sizes, rest)?;
            let mut chosen = $crate_name::Params::new();
            chosen
                .hash_length(given.digest)
                .key(&given.key)
                .salt(&given.salt)
                .personal(&given.person)
                .fanout(given.fanout)
                .max_depth(given.depth)
                .max_leaf_length(given.leaf)
                .node_offset(given.offset)
                .node_depth(given.node_depth)
                .inner_hash_length(given.inner)
                .last_node(given.last);
            new_hash(t, class, State::$state(chosen.to_state(), given.digest), given.data)
        }

        /// The class.
        static $class: NativeClass = NativeClass::with_setup(
            ClassDef {
                name: $name,
                module: "_blake2",
                layout: <Hash as Object>::layout,
                base: Some(|t| t.classes().object),
                flags: vm::objects::ClassFlags::BASE,
                doc: "Return a new BLAKE2 hash object.",
                methods: &[
                    MethodDef::New(&$new),
                    MethodDef::Method(&super::hash::HASH_UPDATE),
                    MethodDef::Method(&super::hash::HASH_DIGEST),
                    MethodDef::Method(&super::hash::HASH_HEXDIGEST),
                    MethodDef::Method(&super::hash::HASH_COPY),
                ],
                getset: &ATTRIBUTES,
            },
            |t, class| {
                for (name, number) in [
                    ("SALT_SIZE", $sizes.salt as i64),
                    ("PERSON_SIZE", $sizes.person as i64),
                    ("MAX_KEY_SIZE", $sizes.key as i64),
                    ("MAX_DIGEST_SIZE", $sizes.digest),
                ] {
                    let name = vm::containers::intern_text(t, name)?;
                    class.set_attribute(t, name, Some(int_from_i64(t, number)?))?;
                }
                Ok(())
            },
        );
    };
}

variant!(BLAKE2B "blake2b" blake2b_new BLAKE2B_NEW BLAKE2B_SIZES Blake2b blake2b_simd);
variant!(BLAKE2S "blake2s" blake2s_new BLAKE2S_NEW BLAKE2S_SIZES Blake2s blake2s_simd);

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (prefix, sizes) in [("BLAKE2B", &BLAKE2B_SIZES), ("BLAKE2S", &BLAKE2S_SIZES)] {
        module.add_int(t, &format!("{prefix}_SALT_SIZE"), sizes.salt as i64)?;
        module.add_int(t, &format!("{prefix}_PERSON_SIZE"), sizes.person as i64)?;
        module.add_int(t, &format!("{prefix}_MAX_KEY_SIZE"), sizes.key as i64)?;
        module.add_int(t, &format!("{prefix}_MAX_DIGEST_SIZE"), sizes.digest)?;
    }
    Ok(())
}

/// `_blake2`.
pub static MODULE: NativeModule = NativeModule {
    name: "_blake2",
    doc: "The hash functions BLAKE2b and BLAKE2s.",
    functions: &[],
    classes: &[&BLAKE2B, &BLAKE2S],
    initialize,
};
