//! `_sre.SRE_Scanner`: a search that goes on, call by call. Two threads that share one see each place at most twice.

use sync::atomic::{AtomicBool, AtomicI64, Ordering};
use vm::heap_object;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::{Object, Slot, SlotExt};
use vm::objects::{Bytes, ClassFlags, Str};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Ref, Thread, Value, native};

use super::scan::{How, Scan};
use super::{Pattern, new_match};

heap_object! {
    /// `_sre.SRE_Scanner`.
    pub struct Scanner {
        pattern: Slot,
        string: Slot,
        /// A view that keeps a buffer as long as it is, until the search is over.
        view: Slot,
        /// Where the search began, for the matches.
        first: AtomicI64,
        end: AtomicI64,
        /// Where it goes on; negative once it is over.
        next: AtomicI64,
        must_advance: AtomicBool,
    }
    trace { pattern, string, view }
    fixed
}

/// A scanner of a string.
pub fn new(t: &Thread, pattern: Ref<Pattern>, string: Value, pos: i64, endpos: i64) -> R {
    let scan = Scan::new(t, &pattern, &string, pos, endpos)?;
    let made = t.allocate_exact::<Scanner>(SCANNER.get(t))?.publish();
    made.pattern.put(made.header(), t, pattern.value());
    made.string.put(made.header(), t, string);
    if Str::of(t, string).is_none() && string.downcast::<Bytes>().is_none() {
        made.view.put(made.header(), t, protocols::call(t, t.classes().memoryview.value(), &[string])?);
    }
    made.first.store(scan.start as i64, Ordering::Relaxed);
    made.end.store(scan.end as i64, Ordering::Relaxed);
    made.next.store(scan.start as i64, Ordering::Relaxed);
    Ok(made.value())
}

fn step(t: &Thread, this: Ref<Scanner>, how: How) -> R {
    let start = this.next.load(Ordering::Acquire);
    let pattern = this.pattern.get().and_then(Value::downcast::<Pattern>);
    let (Some(pattern), Some(string), true) = (pattern, this.string.get(), start >= 0) else { return Ok(Value::NONE) };
    let mut scan = Scan::new(t, &pattern, &string, start, this.end.load(Ordering::Relaxed))?;
    scan.must_advance = this.must_advance.load(Ordering::Relaxed);
    let end = scan.end as i64;
    match scan.next(how)? {
        Some(found) => {
            let whole = found.whole;
            this.must_advance.store(whole.start == whole.end, Ordering::Relaxed);
            this.next.store(whole.end as i64, Ordering::Release);
            let first = this.first.load(Ordering::Relaxed);
            new_match(t, pattern, string, first, end, &found)
        }
        None => {
            this.next.store(-1, Ordering::Release);
            if let Some(view) = this.view.get() {
                this.view.put(this.header(), t, None);
                protocols::call_method(t, view, Str::interned(t, "release")?, &[])?;
            }
            Ok(Value::NONE)
        }
    }
}

#[native("match($self, /)")]
fn scanner_match(t: &Thread, this: Ref<Scanner>) -> R {
    step(t, this, How::Match)
}

#[native("search($self, /)")]
fn scanner_search(t: &Thread, this: Ref<Scanner>) -> R {
    step(t, this, How::Search)
}

fn get_pattern(_: &Thread, this: Value) -> R {
    Ok(this.downcast::<Scanner>().and_then(|scanner| scanner.pattern.get()).unwrap_or(Value::NONE))
}

/// `_sre.SRE_Scanner`.
static SCANNER: NativeClass = NativeClass::new(ClassDef {
    name: "SRE_Scanner",
    module: "_sre",
    layout: <Scanner as Object>::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[MethodDef::Method(&SCANNER_MATCH), MethodDef::Method(&SCANNER_SEARCH)],
    getset: &[GetSet { name: "pattern", get: get_pattern, set: None, doc: "" }],
});
