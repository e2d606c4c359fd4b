//! What the command line and the environment say.

use std::num::NonZeroUsize;

use gc::HeapOptions;

use crate::modules::{Embedding, NoLibrary};

/// Options of an interpreter. Those that Python sees are in `sys.flags`.
#[derive(Clone)]
pub struct Options {
    /// Native modules and library.
    pub embedding: Embedding,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<String>,
    /// `sys.executable`.
    pub executable: String,
    /// Folders put before the library (`PYTHONPATH`).
    pub path: Vec<String>,
    /// `-W` options, in order.
    pub warnings: Vec<String>,
    /// `-X` options, `name` or `name=value`.
    pub extra: Vec<String>,
    /// `-O`: 0 to 2.
    pub optimize: u8,
    /// `-d`.
    pub debug: u8,
    /// `-i`.
    pub inspect: bool,
    /// `-i` or a terminal.
    pub interactive: bool,
    /// `-B`.
    pub dont_write_bytecode: bool,
    /// `-s`.
    pub no_user_site: bool,
    /// `-S`.
    pub no_site: bool,
    /// `-E`.
    pub ignore_environment: bool,
    /// `-v`, counted.
    pub verbose: u8,
    /// `-b`, counted.
    pub bytes_warning: u8,
    /// `-q`.
    pub quiet: bool,
    /// `-I`.
    pub isolated: bool,
    /// `-P`.
    pub safe_path: bool,
    /// `-u`.
    pub unbuffered: bool,
    /// `-X dev`.
    pub dev_mode: bool,
    /// `-X faulthandler`: signals by which the process dies are reported.
    pub fault_handler: bool,
    /// `-X no_debug_ranges`: code does not say in which columns its instructions stand.
    pub no_debug_ranges: bool,
    /// `-X utf8`; on by default.
    pub utf8_mode: bool,
    /// Limit on digits of int conversions.
    pub int_max_str_digits: u32,
    /// Collect far more often than is due (`OPHION_GC_STRESS`).
    pub gc_stress: Option<gc::Stress>,
    /// Check each collection (`OPHION_GC_VERIFY`).
    pub gc_verify: bool,
    /// The most markers that work on the heap at a time (`OPHION_GC_MARKERS`).
    pub gc_markers: Option<NonZeroUsize>,
    /// Collect only when the program asks for it or memory runs out (`OPHION_GC_OFF`).
    pub gc_off: bool,
    /// The file that gets a line for each collection (`OPHION_GC_LOG`).
    pub gc_log: Option<String>,
    /// Bytes that the heap may hold.
    pub memory_limit: Option<usize>,
    /// Whether `os.fork` works here.
    pub allow_fork: bool,
    /// Whether `os.exec*` work here.
    pub allow_exec: bool,
    /// Whether threads may be started.
    pub allow_threads: bool,
    /// Whether they may be daemons.
    pub allow_daemon_threads: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            embedding: Embedding { modules: &[], library: &NoLibrary, hooks: Default::default() },
            argv: Vec::new(),
            orig_argv: Vec::new(),
            executable: String::new(),
            path: Vec::new(),
            warnings: Vec::new(),
            extra: Vec::new(),
            optimize: 0,
            debug: 0,
            inspect: false,
            interactive: false,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            isolated: false,
            safe_path: false,
            unbuffered: false,
            dev_mode: false,
            fault_handler: false,
            no_debug_ranges: false,
            utf8_mode: true,
            int_max_str_digits: 4300,
            gc_stress: None,
            gc_verify: false,
            gc_markers: None,
            gc_off: false,
            gc_log: None,
            memory_limit: None,
            allow_fork: true,
            allow_exec: true,
            allow_threads: true,
            allow_daemon_threads: true,
        }
    }
}

/// The heap's options for an interpreter with these.
pub fn heap_options(options: &Options, shared_space: bool) -> HeapOptions {
    let (stress, verify) = if shared_space { (None, false) } else { (options.gc_stress, options.gc_verify) };
    HeapOptions {
        roots: std::ptr::null(),
        limit: options.memory_limit,
        stress,
        verify,
        markers: options.gc_markers,
        only_when_asked: options.gc_off,
        poison: cfg!(debug_assertions),
        immortal: shared_space,
    }
}
