//! `Export`: that someone looks at the bytes of a `ByteArray`, which therefore keeps its length.
//!
//! Each view has an export of its own, which ends when the view is released or when the sweeper finds it dead. In CPython that is
//! the moment in which the last reference goes; here a view that nobody has any more counts until a cycle found it, so whoever minds
//! the count runs one before he believes it (`ByteArray::is_lent`).
//!
//! The count lies in Rust memory that the bytearray and its exports share, since a dead export must not look at other objects.

use sync::Arc;
use sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::heap_object;
use crate::object::Ref;
use crate::objects::owned::{Owned, Owner, drop_owner, new_owner};
use crate::raised::R;
use crate::thread::Thread;

heap_object! {
    /// See the module.
    pub struct Export {
        loan: Owned<Loan>,
    }
    trace {}
    kind Drop
    drop(drop_owner::<Export>)
    fixed
}

/// What an export owns.
pub struct Loan {
    /// How many exports of the bytearray have not ended.
    lent: Arc<AtomicUsize>,
    /// Whether this one is counted there.
    counted: AtomicBool,
}

impl Loan {
    fn end(&self) {
        if self.counted.swap(false, Ordering::AcqRel) {
            self.lent.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.end();
    }
}

impl Owner for Export {
    type Content = Loan;
    fn owned(&self) -> &Owned<Loan> {
        &self.loan
    }
}

impl Export {
    /// What a bytearray holds for its count: an export that never begins.
    pub fn none(t: &Thread) -> R<Ref<Export>> {
        Self::of(t, Arc::new(AtomicUsize::new(0)))
    }

    /// An export beside this one, which has not begun.
    pub fn another(&self, t: &Thread) -> R<Ref<Export>> {
        Self::of(t, self.loan.lent.clone())
    }

    fn of(t: &Thread, lent: Arc<AtomicUsize>) -> R<Ref<Export>> {
        new_owner(t, t.classes().export, Loan { lent, counted: AtomicBool::new(false) }, None)
    }

    /// How many exports of the bytearray have not ended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.loan.lent.load(Ordering::Acquire)
    }

    /// Begins the export.
    pub fn begin(&self) {
        if !self.loan.counted.swap(true, Ordering::AcqRel) {
            self.loan.lent.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Ends it.
    pub fn end(&self) {
        self.loan.end();
    }
}
