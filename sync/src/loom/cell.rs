//! The cell of the model: loom's, which fails the run when an access is not ordered after the ones it conflicts with.

/// Interior mutability whose every access loom watches.
#[derive(Debug)]
pub struct UnsafeCell<T>(::loom::cell::UnsafeCell<T>);

impl<T: Default> Default for UnsafeCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        Self(::loom::cell::UnsafeCell::new(value))
    }

    /// The value, taken out.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }

    /// Reads through a pointer; no one may write meanwhile.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.0.with(read)
    }

    /// Writes through a pointer; no one else may read or write meanwhile.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.0.with_mut(write)
    }

    /// The value, borrowed from a cell that no one else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: the exclusive borrow rules out every other access for as long as the result lives.
        self.0.with_mut(|value| unsafe { &mut *value })
    }
}
