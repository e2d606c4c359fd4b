//! `_stat`: file modes.

use vm::modules::NativeModule;
use vm::objects::Module;
use vm::{R, Ref, Thread, Value, native, protocols};

fn mode_of(t: &Thread, value: Value) -> R<u32> {
    match protocols::index_number(t, value)?.to_i64() {
        Some(number) => u32::try_from(number).map_err(|_| {
            if number < 0 {
                t.overflow_error("can't convert negative value to unsigned int")
            } else {
                t.overflow_error("mode out of range")
            }
        }),
        None => Err(t.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

/// Return the portion of the file's mode that can be set by os.chmod().
#[native("S_IMODE(mode, /)")]
fn s_imode(t: &Thread, mode: Value) -> R<u32> {
    Ok(mode_of(t, mode)? & 0o7777)
}

/// Return the portion of the file's mode that describes the file type.
#[native("S_IFMT(mode, /)")]
fn s_ifmt(t: &Thread, mode: Value) -> R<u32> {
    Ok(mode_of(t, mode)? & libc::S_IFMT)
}

macro_rules! kinds {
    ($($doc:literal $function:ident $signature:literal $kind:expr;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function(t: &Thread, mode: Value) -> R<bool> {
                let kind: Option<u32> = $kind;
                Ok(Some(mode_of(t, mode)? & libc::S_IFMT) == kind)
            }
        )*
    };
}

kinds! {
    "Return True if mode is from a directory." s_isdir "S_ISDIR(mode, /)" Some(libc::S_IFDIR);
    "Return True if mode is from a character special device file." s_ischr "S_ISCHR(mode, /)" Some(libc::S_IFCHR);
    "Return True if mode is from a block special device file." s_isblk "S_ISBLK(mode, /)" Some(libc::S_IFBLK);
    "Return True if mode is from a regular file." s_isreg "S_ISREG(mode, /)" Some(libc::S_IFREG);
    "Return True if mode is from a FIFO (named pipe)." s_isfifo "S_ISFIFO(mode, /)" Some(libc::S_IFIFO);
    "Return True if mode is from a symbolic link." s_islnk "S_ISLNK(mode, /)" Some(libc::S_IFLNK);
    "Return True if mode is from a socket." s_issock "S_ISSOCK(mode, /)" Some(libc::S_IFSOCK);
    "Return True if mode is from a door, which Linux does not have." s_isdoor "S_ISDOOR(mode, /)" None;
    "Return True if mode is from an event port, which Linux does not have." s_isport "S_ISPORT(mode, /)" None;
    "Return True if mode is from a whiteout, which Linux does not have." s_iswht "S_ISWHT(mode, /)" None;
}

/// Convert a file's mode to a string of the form '-rwxrwxrwx'
#[native("filemode(mode, /)")]
fn filemode(t: &Thread, mode: Value) -> R<String> {
    let mode = mode_of(t, mode)?;
    let mut text = String::with_capacity(10);
    text.push(match mode & libc::S_IFMT {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    });
    for (shift, special, letter) in [(6, libc::S_ISUID, 's'), (3, libc::S_ISGID, 's'), (0, libc::S_ISVTX, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    Ok(text)
}

static NUMBERS: &[(&str, i64)] = &[
    ("SF_APPEND", 0x40000),
    ("SF_ARCHIVED", 0x10000),
    ("SF_DATALESS", 0x40000000),
    ("SF_FIRMLINK", 0x800000),
    ("SF_IMMUTABLE", 0x20000),
    ("SF_NOUNLINK", 0x100000),
    ("SF_SETTABLE", 0xffff0000),
    ("SF_SNAPSHOT", 0x200000),
    ("ST_ATIME", 7),
    ("ST_CTIME", 9),
    ("ST_DEV", 2),
    ("ST_GID", 5),
    ("ST_INO", 1),
    ("ST_MODE", 0),
    ("ST_MTIME", 8),
    ("ST_NLINK", 3),
    ("ST_SIZE", 6),
    ("ST_UID", 4),
    ("S_ENFMT", 0o2000),
    ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000),
    ("S_IFCHR", 0o20000),
    ("S_IFDIR", 0o40000),
    ("S_IFDOOR", 0),
    ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000),
    ("S_IFPORT", 0),
    ("S_IFREG", 0o100000),
    ("S_IFSOCK", 0o140000),
    ("S_IFWHT", 0),
    ("S_IREAD", 0o400),
    ("S_IRGRP", 0o40),
    ("S_IROTH", 4),
    ("S_IRUSR", 0o400),
    ("S_IRWXG", 0o70),
    ("S_IRWXO", 7),
    ("S_IRWXU", 0o700),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
    ("S_ISVTX", 0o1000),
    ("S_IWGRP", 0o20),
    ("S_IWOTH", 2),
    ("S_IWRITE", 0o200),
    ("S_IWUSR", 0o200),
    ("S_IXGRP", 8),
    ("S_IXOTH", 1),
    ("S_IXUSR", 0o100),
    ("UF_APPEND", 4),
    ("UF_COMPRESSED", 0x20),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("UF_IMMUTABLE", 2),
    ("UF_NODUMP", 1),
    ("UF_NOUNLINK", 0x10),
    ("UF_OPAQUE", 8),
    ("UF_SETTABLE", 0xffff),
    ("UF_TRACKED", 0x40),
];

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for (name, number) in NUMBERS {
        module.add_int(t, name, *number)?;
    }
    Ok(())
}

/// `_stat`.
pub static MODULE: NativeModule = NativeModule {
    name: "_stat",
    doc: "File modes.",
    functions: &[
        &S_IMODE, &S_IFMT, &S_ISDIR, &S_ISCHR, &S_ISBLK, &S_ISREG, &S_ISFIFO, &S_ISLNK, &S_ISSOCK, &S_ISDOOR,
        &S_ISPORT, &S_ISWHT, &FILEMODE,
    ],
    classes: &[],
    initialize,
};
