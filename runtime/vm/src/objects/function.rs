//! Functions made by Python code, native functions, methods and cells.

use crate::heap_object;
use crate::native::NativeDef;
use crate::object::{Ref, Slot, SlotExt};
use crate::objects::{CodeObject, Dict, Str, Tuple, ValueArray};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

use sync::atomic::{AtomicU64, Ordering::Relaxed};

heap_object! {
    /// A function made by `def` or `lambda`, or the wrapper in which a module's, class's or `exec`'s code runs.
    pub struct Function {
        /// A `CodeObject`.
        pub code: Slot,
        /// The code's cache cells in this interpreter: a `ValueArray` of two words a site. Unset until the function is first called.
        pub cells: Slot,
        /// `__globals__`, a dict.
        pub globals: Slot,
        /// `__builtins__`, a dict.
        pub builtins: Slot,
        /// A tuple of cells, or unset.
        pub closure: Slot,
        /// A tuple, or unset.
        pub defaults: Slot,
        /// A dict, or unset.
        pub kwdefaults: Slot,
        /// `__name__`.
        pub name: Slot,
        /// `__qualname__`.
        pub qualname: Slot,
        /// `__doc__`, or unset where it is what the code says.
        pub doc: Slot,
        /// `__module__`.
        pub module: Slot,
        /// `__annotations__`, once made.
        pub annotations: Slot,
        /// `__annotate__`, or unset.
        pub annotate: Slot,
        /// `__type_params__`, a tuple, or unset.
        pub type_params: Slot,
        /// `__dict__`, or unset.
        pub dict: Slot,
    }
    trace {
        code, cells, globals, builtins, closure, defaults, kwdefaults, name, qualname, doc, module, annotations,
        annotate, type_params, dict
    }
    fixed
}

impl Function {
    /// The code.
    #[inline(always)]
    #[must_use]
    pub fn code(&self) -> Ref<CodeObject> {
        // SAFETY: `new` sets the slot to a code object and every later store does.
        unsafe { Ref::from_address(self.code.get().unwrap_unchecked().bits()) }
    }

    /// The cache cells of a function that has them: one whose frame was pushed.
    #[inline(always)]
    #[must_use]
    pub fn cells(&self) -> Ref<ValueArray> {
        debug_assert!(self.has_cells(), "a function is made ready before its frame is pushed");
        // SAFETY: the slot is unset until `ready` sets it to an array, and every later store does; frames are pushed after that.
        unsafe { Ref::from_address(self.cells.get().unwrap_unchecked().bits()) }
    }

    /// Whether it has cache cells: then its code is read, too.
    #[inline(always)]
    #[must_use]
    pub fn has_cells(&self) -> bool {
        SlotExt::bits(&self.cells) != 0
    }

    /// Its cache cells, if it has them.
    #[inline(always)]
    #[must_use]
    pub fn ready_cells(&self) -> Option<Ref<ValueArray>> {
        let address = SlotExt::bits(&self.cells);
        // SAFETY: as for `cells`.
        (address != 0).then(|| unsafe { Ref::from_address(address) })
    }

    /// Makes sure that the code is read and the cache cells are there: before a frame is pushed.
    #[inline(always)]
    pub fn ready(&self, t: &Thread) -> R<()> {
        if self.has_cells() { Ok(()) } else { self.ready_slow(t) }
    }

    #[cold]
    #[inline(never)]
    fn ready_slow(&self, t: &Thread) -> R<()> {
        let code = self.code();
        code.ready(t)?;
        let cells = ValueArray::new(t, code.unit().sites.len() * 2)?;
        // Another thread that was faster has set cells that will do as well.
        let _ = self.cells.compare_exchange(&self.header, t.mutator(), None, Some(cells.value()));
        Ok(())
    }

    /// `__doc__`.
    pub fn doc(&self, t: &Thread) -> R {
        if let Some(doc) = self.doc.get() {
            return Ok(doc);
        }
        let code = self.code();
        code.ready(t)?;
        let documented = code.unit().flags.has(bytecode::CodeFlags::HAS_DOCSTRING);
        Ok(if documented { code.constant(0) } else { Value::NONE })
    }

    /// `__globals__`.
    #[inline(always)]
    #[must_use]
    pub fn globals(&self) -> Ref<Dict> {
        // SAFETY: `new` sets the slot to a dict, and nobody writes it again.
        unsafe { Ref::from_address(self.globals.get().unwrap_unchecked().bits()) }
    }

    /// `__builtins__`: mostly a dict.
    #[inline(always)]
    #[must_use]
    pub fn builtins(&self) -> Value {
        // SAFETY: as for `globals`.
        unsafe { self.builtins.get().unwrap_unchecked() }
    }

    /// `__builtins__` where it is a dict for certain.
    ///
    /// # Safety
    /// It is one: it was found to be, for this function or another one with the same cells.
    #[inline(always)]
    #[must_use]
    pub unsafe fn builtins_dict(&self) -> Ref<Dict> {
        // SAFETY: the caller's promise.
        unsafe { Ref::from_address(self.builtins().bits()) }
    }

    /// What `__builtins__` has under a name.
    pub fn builtin(&self, t: &Thread, name: Ref<Str>) -> R<Option<Value>> {
        let builtins = self.builtins();
        match builtins.downcast::<Dict>().filter(|_| builtins.class(t) == t.classes().dict) {
            // A key that is no string may be equal to the name.
            Some(dict) => dict.get_str(t, name).map_or_else(|| dict.get(t, name.value()), |found| Ok(Some(found))),
            None => crate::protocols::get_item_optional(t, builtins, name.value()),
        }
    }

    /// The closure's cells.
    #[must_use]
    pub fn closure(&self) -> Option<Ref<Tuple>> {
        self.closure.get().and_then(Value::downcast)
    }

    /// The positional defaults.
    #[inline]
    #[must_use]
    pub fn defaults(&self) -> Option<Ref<Tuple>> {
        self.defaults.get().and_then(Value::downcast)
    }

    /// The keyword-only defaults.
    #[must_use]
    pub fn kwdefaults(&self) -> Option<Ref<Dict>> {
        self.kwdefaults.get().and_then(Value::downcast)
    }

    /// `__qualname__` as Rust text.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        self.qualname.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |name| name.to_string_lossy())
    }

    /// `__name__` as Rust text.
    #[must_use]
    pub fn name_text(&self) -> String {
        self.name.get().and_then(Value::downcast::<Str>).map_or_else(String::new, |name| name.to_string_lossy())
    }

    /// Makes a function of `code` with these globals. `cells` are those of an earlier function of the same code, globals and builtins, if any; without them it
    /// gets its own when it is first called.
    pub fn new(
        t: &Thread,
        code: Ref<CodeObject>,
        globals: Ref<Dict>,
        cells: Option<Ref<ValueArray>>,
    ) -> R<Ref<Function>> {
        let builtins = crate::interpreter::builtins_of_globals(t, globals)?;
        Self::with_builtins(t, code, globals, builtins, cells)
    }

    /// As `new`, where the builtins are known.
    pub fn with_builtins(
        t: &Thread,
        code: Ref<CodeObject>,
        globals: Ref<Dict>,
        builtins: Value,
        cells: Option<Ref<ValueArray>>,
    ) -> R<Ref<Function>> {
        let module = globals.get_str(t, t.names().__name__);
        let function = t.allocate_exact::<Function>(t.classes().function)?;
        function
            .set(|f| &f.code, code.value())
            .set(|f| &f.cells, cells.map(Ref::value))
            .set(|f| &f.globals, globals.value())
            .set(|f| &f.builtins, builtins)
            .set(|f| &f.name, code.name.get())
            .set(|f| &f.qualname, code.qualname.get())
            .set(|f| &f.module, module);
        Ok(function.publish())
    }
}

heap_object! {
    /// A Rust function as a Python object: a builtin function, or a descriptor in a builtin class.
    pub struct NativeFunction {
        /// `__self__` of a bound builtin (the module or the instance), or unset.
        pub receiver: Slot,
        /// `__objclass__` of a descriptor, or unset.
        pub owner: Slot,
        /// `__module__`, or unset.
        pub module: Slot,
        definition: AtomicU64,
    }
    trace { receiver, owner, module }
    fixed
}

impl NativeFunction {
    /// The definition.
    #[inline(always)]
    #[must_use]
    pub fn definition(&self) -> &'static NativeDef {
        // SAFETY: set at creation from a `&'static NativeDef`, never changed.
        unsafe { &*(self.definition.load(Relaxed) as *const NativeDef) }
    }

    /// Makes one of the given class (`builtin_function_or_method`, `method_descriptor`, `wrapper_descriptor`, ...).
    pub fn new(
        t: &Thread,
        class: Ref<crate::objects::Class>,
        definition: &'static NativeDef,
        receiver: Option<Value>,
        owner: Option<Value>,
    ) -> R<Ref<NativeFunction>> {
        let function = t.allocate_exact::<NativeFunction>(class)?;
        function.set(|f| &f.receiver, receiver).set(|f| &f.owner, owner);
        function.get().definition.store(std::ptr::from_ref(definition) as u64, Relaxed);
        Ok(function.publish())
    }
}

heap_object! {
    /// A bound method.
    pub struct Method {
        /// `__func__`.
        pub function: Slot,
        /// `__self__`.
        pub receiver: Slot,
    }
    trace { function, receiver }
    fixed
}

impl Method {
    /// Binds `function` to `receiver`.
    pub fn new(t: &Thread, function: Value, receiver: Value) -> R<Ref<Method>> {
        let method = t.allocate_exact::<Method>(t.classes().method)?;
        method.set(|m| &m.function, function).set(|m| &m.receiver, receiver);
        Ok(method.publish())
    }

    /// `__func__` and `__self__`.
    #[inline]
    #[must_use]
    pub fn parts(&self) -> (Value, Value) {
        // SAFETY: `new` sets both slots and nobody unsets them.
        unsafe { (self.function.get().unwrap_unchecked(), self.receiver.get().unwrap_unchecked()) }
    }
}

heap_object! {
    /// A variable shared by a function and the functions inside it.
    pub struct Cell {
        /// What it holds, or unset.
        pub contents: Slot,
    }
    trace { contents }
    fixed
}

impl Cell {
    /// A cell that holds `contents`.
    pub fn new(t: &Thread, contents: Option<Value>) -> R<Ref<Cell>> {
        let cell = t.allocate_exact::<Cell>(t.classes().cell)?;
        cell.set(|c| &c.contents, contents);
        Ok(cell.publish())
    }
}

impl Ref<Cell> {
    /// Stores into the cell.
    #[inline(always)]
    pub fn store(self, t: &Thread, contents: Option<Value>) {
        self.contents.put(self.header(), t, contents);
    }
}
