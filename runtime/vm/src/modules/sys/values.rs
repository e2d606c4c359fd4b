//! The values of `sys`: versions, limits, paths, flags.

use crate::builtins::struct_sequence::{self, Description};
use crate::containers::intern_text;
use crate::modules;
use crate::object::Ref;
use crate::objects::{Dict, FrozenSet, List, Module, Str, Tuple, float_value, int_from_i64, int_from_u64};
use crate::options::Options;
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The language version that this runtime implements.
pub const VERSION: (i32, i32, i32) = (3, 14, 0);

static VERSION_INFO: Description = Description {
    name: "sys.version_info",
    doc: "sys.version_info\n\nVersion information as a named tuple.",
    fields: &["major", "minor", "micro", "releaselevel", "serial"],
    hidden: &[],
    callable: false,
};

static FLAGS: Description = Description {
    name: "sys.flags",
    doc: "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    fields: &[
        "debug",
        "inspect",
        "interactive",
        "optimize",
        "dont_write_bytecode",
        "no_user_site",
        "no_site",
        "ignore_environment",
        "verbose",
        "bytes_warning",
        "quiet",
        "hash_randomization",
        "isolated",
        "dev_mode",
        "utf8_mode",
        "warn_default_encoding",
        "safe_path",
        "int_max_str_digits",
    ],
    hidden: &["gil", "thread_inherit_context", "context_aware_warnings"],
    callable: false,
};

static FLOAT_INFO: Description = Description {
    name: "sys.float_info",
    doc: "sys.float_info\n\nA named tuple holding information about the float type.",
    fields: &[
        "max",
        "max_exp",
        "max_10_exp",
        "min",
        "min_exp",
        "min_10_exp",
        "dig",
        "mant_dig",
        "epsilon",
        "radix",
        "rounds",
    ],
    hidden: &[],
    callable: true,
};

static INT_INFO: Description = Description {
    name: "sys.int_info",
    doc: "sys.int_info\n\nA named tuple that holds information about Python's internal representation of integers.",
    fields: &["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"],
    hidden: &[],
    callable: true,
};

static HASH_INFO: Description = Description {
    name: "sys.hash_info",
    doc: "hash_info\n\nA named tuple providing parameters used for computing hashes.",
    fields: &["width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", "cutoff"],
    hidden: &[],
    callable: true,
};

static THREAD_INFO: Description = Description {
    name: "sys.thread_info",
    doc: "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    fields: &["name", "lock", "version"],
    hidden: &[],
    callable: true,
};

/// Fills the module.
pub fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let options = &t.interpreter().options;
    add_versions(t, module)?;
    add_limits(t, module)?;
    add_flags(t, module, options)?;
    add_paths(t, module, options)?;
    let state = t.interpreter().state();
    module.add(t, "modules", state.modules.get().expect("made with the state"))?;
    let mut names = modules::names(t);
    names.sort_unstable();
    let native = Tuple::with(t, names.len(), |index| Ok(intern_text(t, names[index])?.value()))?;
    module.add(t, "builtin_module_names", native.value())?;
    let library = stdlib_names(t)?;
    module.add(t, "stdlib_module_names", library)?;
    for hook in ["displayhook", "excepthook", "breakpointhook", "unraisablehook"] {
        if let Some(function) = module.dict().get_str(t, intern_text(t, hook)?) {
            module.add(t, &format!("__{hook}__"), function)?;
        }
    }
    Ok(())
}

fn stdlib_names(t: &Thread) -> R {
    let mut names: Vec<&str> = t.interpreter().embedding().library.names();
    names.extend(modules::names(t));
    names.retain(|name| !name.contains('.') && !name.starts_with("test"));
    names.sort_unstable();
    names.dedup();
    let tuple = Tuple::with(t, names.len(), |index| Ok(intern_text(t, names[index])?.value()))?;
    Ok(FrozenSet::from_slice(t, tuple.as_slice())?.value())
}

fn add_versions(t: &Thread, module: Ref<Module>) -> R<()> {
    let (major, minor, micro) = VERSION;
    let class = struct_sequence::make_class(t, &VERSION_INFO)?;
    let level = intern_text(t, "final")?.value();
    let items = [Value::small(major), Value::small(minor), Value::small(micro), level, Value::small(0)];
    let info = struct_sequence::make(t, class, &items, &[])?;
    module.add(t, "version_info", info)?;
    module.add_int(t, "hexversion", i64::from(major << 24 | minor << 16 | micro << 8 | 0xF0))?;
    let version = format!("{major}.{minor}.{micro} (Ophion {}) [Rust]", env!("CARGO_PKG_VERSION"));
    module.add_str(t, "version", &version)?;
    module.add_str(
        t,
        "copyright",
        "Copyright (c) the Ophion authors.\nThe standard library: Copyright (c) 2001 Python Software Foundation.",
    )?;
    module.add_int(t, "api_version", 1013)?;
    module.add_str(t, "abiflags", "t")?;
    module.add_str(t, "byteorder", if cfg!(target_endian = "big") { "big" } else { "little" })?;
    module.add_str(t, "platform", std::env::consts::OS)?;
    module.add_str(t, "platlibdir", "lib")?;
    let git =
        Tuple::from_slice(t, &[Str::new(t, "Ophion")?.value(), Str::new(t, "")?.value(), Str::new(t, "")?.value()])?;
    module.add(t, "_git", git.value())?;
    let jit =
        Module::new(t, intern_text(t, "_jit")?, Str::new(t, "Whether there is a compiler to machine code.")?.value())?;
    for function in
        [&super::functions::JIT_IS_AVAILABLE, &super::functions::JIT_IS_ENABLED, &super::functions::JIT_IS_ACTIVE]
    {
        jit.add_function(t, function)?;
    }
    module.add(t, "_jit", jit.value())?;
    super::monitoring::add(t, module)?;
    add_implementation(t, module, info)
}

fn add_implementation(t: &Thread, module: Ref<Module>, info: Value) -> R<()> {
    let namespace = crate::builtins::namespace::new(t)?;
    let put = |name: &str, value: Value| protocols::set_attribute(t, namespace, intern_text(t, name)?, value);
    put("name", Str::new(t, "ophion")?.value())?;
    put("cache_tag", Str::new(t, "ophion-314")?.value())?;
    put("version", info)?;
    put("hexversion", int_from_i64(t, i64::from(VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xF0))?)?;
    put("_multiarch", Str::new(t, &format!("{}-{}-gnu", std::env::consts::ARCH, std::env::consts::OS))?.value())?;
    put("supports_isolated_interpreters", Value::TRUE)?;
    module.add(t, "implementation", namespace)
}

fn add_limits(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add_int(t, "maxsize", i64::MAX)?;
    module.add_int(t, "maxunicode", 0x10_FFFF)?;
    module.add_str(t, "float_repr_style", "short")?;
    let small = Value::small;
    let class = struct_sequence::make_class(t, &FLOAT_INFO)?;
    let items = [
        float_value(t, f64::MAX)?,
        small(f64::MAX_EXP),
        small(f64::MAX_10_EXP),
        float_value(t, f64::MIN_POSITIVE)?,
        small(f64::MIN_EXP),
        small(f64::MIN_10_EXP),
        small(f64::DIGITS as i32),
        small(f64::MANTISSA_DIGITS as i32),
        float_value(t, f64::EPSILON)?,
        small(2),
        small(1),
    ];
    module.add(t, "float_info", struct_sequence::make(t, class, &items, &[])?)?;
    let class = struct_sequence::make_class(t, &INT_INFO)?;
    module.add(
        t,
        "int_info",
        struct_sequence::make(t, class, &[small(30), small(4), small(4300), small(640)], &[])?,
    )?;
    let class = struct_sequence::make_class(t, &HASH_INFO)?;
    let items = [
        small(64),
        int_from_u64(t, (1 << 61) - 1)?,
        small(314_159),
        small(0),
        small(1_000_003),
        intern_text(t, "siphash13")?.value(),
        small(64),
        small(128),
        small(0),
    ];
    module.add(t, "hash_info", struct_sequence::make(t, class, &items, &[])?)?;
    let class = struct_sequence::make_class(t, &THREAD_INFO)?;
    let items = [intern_text(t, "pthread")?.value(), Value::NONE, Value::NONE];
    module.add(t, "thread_info", struct_sequence::make(t, class, &items, &[])?)
}

fn add_flags(t: &Thread, module: Ref<Module>, options: &Options) -> R<()> {
    let class = struct_sequence::make_class(t, &FLAGS)?;
    let small = |number: u8| Value::small(i32::from(number));
    let flag = |on: bool| Value::small(i32::from(on));
    let randomized = std::env::var_os("PYTHONHASHSEED").is_none_or(|seed| options.ignore_environment || seed != "0");
    let items = [
        small(options.debug),
        flag(options.inspect),
        flag(options.interactive),
        small(options.optimize),
        flag(options.dont_write_bytecode),
        flag(options.no_user_site),
        flag(options.no_site),
        flag(options.ignore_environment),
        small(options.verbose),
        small(options.bytes_warning),
        flag(options.quiet),
        flag(randomized),
        flag(options.isolated),
        Value::bool(options.dev_mode),
        flag(options.utf8_mode),
        small(0),
        Value::bool(options.safe_path),
        int_from_i64(t, i64::from(options.int_max_str_digits))?,
    ];
    let hidden = [("gil", small(0)), ("thread_inherit_context", small(1)), ("context_aware_warnings", small(1))];
    module.add(t, "flags", struct_sequence::make(t, class, &items, &hidden)?)?;
    module.add(t, "dont_write_bytecode", Value::bool(options.dont_write_bytecode))?;
    let warnings = string_list(t, &options.warnings)?;
    module.add(t, "warnoptions", warnings.value())?;
    let extra = Dict::new(t)?;
    for option in &options.extra {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Str::new(t, value)?.value()),
            None => (option.as_str(), Value::TRUE),
        };
        extra.set_str(t, intern_text(t, name)?, value)?;
    }
    module.add(t, "_xoptions", extra.value())
}

fn string_list(t: &Thread, texts: &[String]) -> R<Ref<List>> {
    let list = List::new(t)?;
    for text in texts {
        list.push(t, Str::new(t, text)?.value())?;
    }
    Ok(list)
}

fn add_paths(t: &Thread, module: Ref<Module>, options: &Options) -> R<()> {
    let argv = if options.argv.is_empty() { vec![String::new()] } else { options.argv.clone() };
    module.add(t, "argv", string_list(t, &argv)?.value())?;
    module.add(t, "orig_argv", string_list(t, &options.orig_argv)?.value())?;
    module.add(t, "path", string_list(t, &options.path)?.value())?;
    module.add_str(t, "executable", &options.executable)?;
    module.add_str(t, "_base_executable", &options.executable)?;
    let prefix = std::path::Path::new(&options.executable).parent().and_then(std::path::Path::parent);
    let prefix = prefix.map_or_else(|| String::from("/usr"), |prefix| prefix.to_string_lossy().into_owned());
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        module.add_str(t, name, &prefix)?;
    }
    module.add(t, "_stdlib_dir", Value::NONE)?;
    module.add(t, "pycache_prefix", Value::NONE)?;
    for name in ["meta_path", "path_hooks"] {
        module.add(t, name, List::new(t)?.value())?;
    }
    module.add(t, "path_importer_cache", Dict::new(t)?.value())?;
    module.add_str(t, "_framework", "")
}
