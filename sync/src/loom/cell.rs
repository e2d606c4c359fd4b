//! The cell of the model: each access is shown to loom, which fails the run when it is not ordered after the ones that it
//! conflicts with.

use super::failed_run::unless_failed;

/// Interior mutability whose every access loom watches.
#[derive(Debug, Default)]
pub struct UnsafeCell<T: ?Sized> {
    watched: ::loom::cell::UnsafeCell<()>,
    value: core::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { watched: ::loom::cell::UnsafeCell::new(()), value: core::cell::UnsafeCell::new(value) }
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads through a pointer; no one may write meanwhile.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        let _reading = unless_failed(|| None, || Some(self.watched.get()));
        read(self.value.get())
    }

    /// Writes through a pointer; no one else may read or write meanwhile.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        let _writing = unless_failed(|| None, || Some(self.watched.get_mut()));
        write(self.value.get())
    }

    /// The value, borrowed from a cell that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}
