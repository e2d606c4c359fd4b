//! `posix`: the operating system's calls.

mod argument;
mod constants;
mod directories;
mod files;
mod fork;
mod paths;
mod process;
pub mod stat;
mod system;

pub use argument::file_descriptor;
pub use fork::POSIX_SUBPROCESS;
use vm::builtins::struct_sequence::Description;
use vm::modules::NativeModule;
use vm::objects::{Dict, List, Module};
use vm::{R, Ref, Str, Thread, Value};

static TERMINAL_SIZE: Description = Description {
    name: "os.terminal_size",
    doc: "A tuple of (columns, lines) for holding terminal window size",
    fields: &["columns", "lines"],
    hidden: &[],
    callable: true,
};
static WAITID_RESULT: Description = Description {
    name: "posix.waitid_result",
    doc: "waitid_result: Result from waitid.",
    fields: &["si_pid", "si_uid", "si_signo", "si_status", "si_code"],
    hidden: &[],
    callable: true,
};
static UNAME_RESULT: Description = Description {
    name: "posix.uname_result",
    doc: "uname_result: Result from os.uname().",
    fields: &["sysname", "nodename", "release", "version", "machine"],
    hidden: &[],
    callable: true,
};
static TIMES_RESULT: Description = Description {
    name: "posix.times_result",
    doc: "times_result: Result from os.times().",
    fields: &["user", "system", "children_user", "children_system", "elapsed"],
    hidden: &[],
    callable: true,
};
static STATVFS_RESULT: Description = Description {
    name: "os.statvfs_result",
    doc: "statvfs_result: Result from statvfs or fstatvfs.",
    fields: &[
        "f_bsize",
        "f_frsize",
        "f_blocks",
        "f_bfree",
        "f_bavail",
        "f_files",
        "f_ffree",
        "f_favail",
        "f_flag",
        "f_namemax",
    ],
    hidden: &["f_fsid"],
    callable: true,
};

/// Calls whose presence `os` asks for, to say which functions take descriptors and folders.
static HAVE: &[&str] = &[
    "HAVE_FACCESSAT",
    "HAVE_FCHDIR",
    "HAVE_FCHMOD",
    "HAVE_FCHMODAT",
    "HAVE_FCHOWN",
    "HAVE_FCHOWNAT",
    "HAVE_FDOPENDIR",
    "HAVE_FSTATAT",
    "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS",
    "HAVE_LINKAT",
    "HAVE_LCHOWN",
    "HAVE_LSTAT",
    "HAVE_MEMFD_CREATE",
    "HAVE_MKDIRAT",
    "HAVE_MKFIFOAT",
    "HAVE_OPENAT",
    "HAVE_READLINKAT",
    "HAVE_RENAMEAT",
    "HAVE_SYMLINKAT",
    "HAVE_UNLINKAT",
    "HAVE_UTIMENSAT",
];

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for group in [directories::ALL, files::ALL, fork::ALL, paths::ALL, process::ALL, stat::ALL, system::ALL] {
        for function in group {
            module.add_function(t, function)?;
        }
    }
    for (name, number) in constants::CONSTANTS.iter().chain(constants::EXIT_STATUSES).chain(system::CONSTANTS) {
        module.add_int(t, name, *number)?;
    }
    stat::initialize(t, module)?;
    for description in [&TERMINAL_SIZE, &WAITID_RESULT, &UNAME_RESULT, &TIMES_RESULT, &STATVFS_RESULT] {
        stat::add_sequence_class(t, module, description)?;
    }
    let names = Dict::new(t)?;
    for (name, number) in constants::SYSCONF {
        names.set_str(t, Str::interned(t, name)?, Value::small(*number))?;
    }
    module.add(t, "sysconf_names", names.value())?;
    module.add(t, "error", t.classes().os_error.value())?;
    module.add(t, "environ", process::create_environ(t)?.value())?;
    let have = List::new(t)?;
    for name in HAVE {
        have.push(t, Str::new(t, name)?.value())?;
    }
    module.add(t, "_have_functions", have.value())
}

/// `posix`.
pub static POSIX: NativeModule = NativeModule {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    functions: &[],
    classes: &[&directories::DIR_ENTRY],
    initialize,
};
