//! `scandir` and `DirEntry`.

use sync::atomic::{AtomicI32, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use vm::native;
use vm::native::{ClassDef, GetSet, MethodDef, NativeDef};
use vm::object::Object;
use vm::objects::{List, int_from_u64};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Thread, Value};

use super::argument::{Also, Path};
use super::paths::entries;
use super::stat::{result, status_of};

vm::heap_object! {
    /// An entry of a folder.
    pub struct DirEntry {
        name: Slot,
        path: Slot,
        /// `stat()` with links followed, once asked for.
        status: Slot,
        /// `stat()` without.
        link_status: Slot,
        inode: AtomicU64,
        /// The folder's descriptor if that is what was scanned, else "the working directory".
        folder: AtomicI32,
        kind: AtomicU8,
    }
    trace { name, path, status, link_status }
    fixed
}

vm::heap_object! {
    /// The iterator that `scandir` gives: the entries were read when it was made.
    pub struct ScandirIterator {
        entries: Slot,
        position: AtomicUsize,
    }
    trace { entries }
    next(scandir_next_entry)
    fixed
}

fn new_entry(t: &Thread, path: &Path, entry: &host::path::Entry) -> R<Ref<DirEntry>> {
    let name = path.name_value(t, entry.name.as_bytes())?;
    let full = match &path.name {
        None => name,
        Some(folder) => {
            let mut bytes = folder.as_bytes().to_vec();
            if bytes.last().is_some_and(|&last| last != b'/') {
                bytes.push(b'/');
            }
            bytes.extend_from_slice(entry.name.as_bytes());
            path.name_value(t, &bytes)?
        }
    };
    let made = t.allocate_exact::<DirEntry>(DIR_ENTRY.get(t))?;
    made.set(|e| &e.name, name).set(|e| &e.path, full);
    made.get().inode.store(entry.inode, Ordering::Relaxed);
    made.get().folder.store(path.descriptor, Ordering::Relaxed);
    made.get().kind.store(entry.kind, Ordering::Relaxed);
    Ok(made.publish())
}

/// Return an iterator of DirEntry objects for given path.
#[native("scandir(path=None)")]
fn scandir(t: &Thread, path: Value) -> R<Ref<ScandirIterator>> {
    let path = Path::of(t, "scandir", path, Also::DescriptorOrNone)?;
    let list = List::new(t)?;
    for entry in entries(t, &path)? {
        list.push(t, new_entry(t, &path, &entry)?.value())?;
    }
    let iterator = t.allocate_exact::<ScandirIterator>(SCANDIR_ITERATOR.get(t))?;
    iterator.set(|i| &i.entries, list.value());
    Ok(iterator.publish())
}

fn scandir_next_entry(_: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<ScandirIterator>() else { return Ok(None) };
    let Some(entries) = iterator.entries.get().and_then(Value::downcast::<List>) else { return Ok(None) };
    Ok(entries.get(iterator.position.fetch_add(1, Ordering::Relaxed)))
}

#[native("close($self, /)")]
fn scandir_close(t: &Thread, this: Ref<ScandirIterator>) {
    this.entries.put(this.header(), t, None);
}

#[native("__enter__($self, /)")]
fn scandir_enter(_: &Thread, this: Ref<ScandirIterator>) -> Value {
    this.value()
}

#[native("__exit__($self, /, *args)")]
fn scandir_exit(t: &Thread, this: Ref<ScandirIterator>, _args: Value) {
    this.entries.put(this.header(), t, None);
}

/// The iterator's class.
pub static SCANDIR_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "ScandirIterator",
    module: "posix",
    layout: ScandirIterator::layout,
    base: Some(|t| t.classes().object),
    flags: vm::objects::ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&protocols::ITERATOR_ITER),
        MethodDef::Method(&protocols::ITERATOR_NEXT),
        MethodDef::Method(&SCANDIR_CLOSE),
        MethodDef::Method(&SCANDIR_ENTER),
        MethodDef::Method(&SCANDIR_EXIT),
    ],
    getset: &[],
});

type This = Ref<DirEntry>;

fn full_path(t: &Thread, this: This) -> R<Path> {
    Path::of(t, "DirEntry", this.path.get().unwrap_or(Value::NONE), Also::Nothing)
}

/// Return stat_result object for the entry; cached per entry.
#[native("stat($self, /, *, follow_symlinks=True)")]
fn entry_stat(t: &Thread, this: This, follow: bool) -> R {
    let follow = follow && is_link(t, this)?;
    let slot = if follow { &this.target().status } else { &this.target().link_status };
    if let Some(known) = slot.get() {
        return Ok(known);
    }
    let path = full_path(t, this)?;
    let status = status_of(t, &path, this.folder.load(Ordering::Relaxed), follow)?;
    let made = result(t, &path.check(t, status)?)?;
    slot.put(this.header(), t, made);
    Ok(made)
}

fn is_link(t: &Thread, this: This) -> R<bool> {
    match this.kind.load(Ordering::Relaxed) {
        libc::DT_UNKNOWN => mode_is(t, this, false, libc::S_IFLNK),
        kind => Ok(kind == libc::DT_LNK),
    }
}

/// Whether a file of this type is there; a missing one is of none.
fn mode_is(t: &Thread, this: This, follow: bool, wanted: u32) -> R<bool> {
    let path = full_path(t, this)?;
    match status_of(t, &path, this.folder.load(Ordering::Relaxed), follow)? {
        Ok(status) => Ok(status.st_mode & libc::S_IFMT == wanted),
        Err(libc::ENOENT) => Ok(false),
        Err(number) => Err(path.error(t, number)),
    }
}

fn is_kind(t: &Thread, this: This, follow: bool, kind: u8, mode: u32) -> R<bool> {
    match this.kind.load(Ordering::Relaxed) {
        libc::DT_UNKNOWN => mode_is(t, this, follow, mode),
        libc::DT_LNK if follow => mode_is(t, this, true, mode),
        known => Ok(known == kind),
    }
}

/// Return True if the entry is a directory; cached per entry.
#[native("is_dir($self, /, *, follow_symlinks=True)")]
fn entry_is_dir(t: &Thread, this: This, follow: bool) -> R<bool> {
    is_kind(t, this, follow, libc::DT_DIR, libc::S_IFDIR)
}

/// Return True if the entry is a file; cached per entry.
#[native("is_file($self, /, *, follow_symlinks=True)")]
fn entry_is_file(t: &Thread, this: This, follow: bool) -> R<bool> {
    is_kind(t, this, follow, libc::DT_REG, libc::S_IFREG)
}

/// Return True if the entry is a symbolic link; cached per entry.
#[native("is_symlink($self, /)")]
fn entry_is_symlink(t: &Thread, this: This) -> R<bool> {
    is_link(t, this)
}

/// Return True if the entry is a junction; cached per entry.
#[native("is_junction($self, /)")]
fn entry_is_junction(_: &Thread, _this: This) -> bool {
    false
}

/// Return inode of the entry; cached per entry.
#[native("inode($self, /)")]
fn entry_inode(t: &Thread, this: This) -> R {
    int_from_u64(t, this.inode.load(Ordering::Relaxed))
}

/// Returns the path for the entry.
#[native("__fspath__($self, /)")]
fn entry_fspath(_: &Thread, this: This) -> Value {
    this.path.get().unwrap_or(Value::NONE)
}

#[native("__repr__($self, /)")]
fn entry_repr(t: &Thread, this: This) -> R<String> {
    let name = protocols::repr(t, this.name.get().unwrap_or(Value::NONE))?;
    Ok(format!("<DirEntry {}>", name.to_string_lossy()))
}

fn get_name(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<DirEntry>().and_then(|entry| entry.name.get()).unwrap_or(Value::NONE))
}

fn get_path(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<DirEntry>().and_then(|entry| entry.path.get()).unwrap_or(Value::NONE))
}

/// `os.DirEntry`.
pub static DIR_ENTRY: NativeClass = NativeClass::new(ClassDef {
    name: "DirEntry",
    module: "posix",
    layout: DirEntry::layout,
    base: Some(|t| t.classes().object),
    flags: vm::objects::ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&ENTRY_STAT),
        MethodDef::Method(&ENTRY_IS_DIR),
        MethodDef::Method(&ENTRY_IS_FILE),
        MethodDef::Method(&ENTRY_IS_SYMLINK),
        MethodDef::Method(&ENTRY_IS_JUNCTION),
        MethodDef::Method(&ENTRY_INODE),
        MethodDef::Method(&ENTRY_FSPATH),
        MethodDef::Method(&ENTRY_REPR),
        MethodDef::Class(&vm::builtins::sequence::CLASS_GETITEM),
    ],
    getset: &[
        GetSet {
            name: "name",
            get: get_name,
            set: None,
            doc: "the entry's base filename, relative to scandir() \"path\" argument",
        },
        GetSet {
            name: "path",
            get: get_path,
            set: None,
            doc: "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)",
        },
    ],
});

/// The functions.
pub static ALL: &[&NativeDef] = &[&SCANDIR];
