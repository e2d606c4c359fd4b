//! `PickleBuffer`: a bytes-like object that a pickle may leave outside (protocol 5).

use vm::builtins::memoryview::{all_parts, try_of_object};
use vm::native::{Args, ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::ClassFlags;
use vm::objects::memoryview::{MemoryView, ViewParts};
use vm::protocols::buffer;
use vm::shared::NativeClass;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Value, heap_object, native};

heap_object! {
    /// A buffer.
    pub struct PickleBuffer {
        /// The object whose memory it shows; unset once it was released.
        base: Slot,
        /// A view of that memory.
        view: Slot,
    }
    trace { base, view }
    fixed
}

/// The view of the memory; ValueError after `release()`.
fn live_view(t: &Thread, this: Ref<PickleBuffer>) -> R<Ref<MemoryView>> {
    match this.view.get().and_then(Value::downcast) {
        Some(view) => Ok(view),
        None => Err(t.value_error("operation forbidden on released PickleBuffer object")),
    }
}

/// A view of the buffer's own memory, which the caller releases.
pub fn view_of(t: &Thread, this: Ref<PickleBuffer>) -> R<Ref<MemoryView>> {
    let view = live_view(t, this)?;
    MemoryView::new(t, derived(t, view, this.base.get().unwrap_or(Value::NONE))?)
}

/// The bytes as they lie in memory, which has no gaps.
pub fn raw_bytes(view: Ref<MemoryView>) -> Vec<u8> {
    if view.is_c_contiguous() {
        return view.to_vec();
    }
    let mut bytes = vec![0; view.byte_count()];
    view.memory().read(view.offset.load(vm::sync::atomic::Ordering::Relaxed), &mut bytes);
    bytes
}

/// A view of a view's memory, for whom the first may be released early.
fn derived(t: &Thread, view: Ref<MemoryView>, exporter: Value) -> R<ViewParts> {
    buffer::check_released(t, view)?;
    Ok(ViewParts { exporter: Some(exporter), ..all_parts(view) })
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__(*args, **kwargs)", raw)]
fn buffer_new(t: &Thread, args: Args<'_>) -> R<Ref<PickleBuffer>> {
    let (class, args) = vm::builtins::construct::class_argument(t, args, PICKLE_BUFFER.get(t))?;
    let all = args.values.len();
    if all > 1 {
        return Err(t.type_error(format_args!("PickleBuffer() takes at most 1 argument ({all} given)")));
    }
    let &[object] = args.positional() else {
        return Err(t.type_error("PickleBuffer() takes exactly 1 positional argument (0 given)"));
    };
    let Some(own) = try_of_object(t, object, buffer::flags::FULL_RO)? else {
        let got = object.class(t).name();
        return Err(t.type_error(format_args!("a bytes-like object is required, not '{got}'")));
    };
    let base = own.exporter.get().unwrap_or(object);
    let fresh = t.allocate::<PickleBuffer>(class)?;
    fresh.set(|buffer| &buffer.base, base).set(|buffer| &buffer.view, own.value());
    Ok(fresh.publish())
}

/// Return a memoryview of the raw memory underlying this buffer.
///
/// Will raise BufferError is the buffer isn't contiguous.
#[native("raw($self, /)")]
fn buffer_raw(t: &Thread, this: Ref<PickleBuffer>) -> R<Ref<MemoryView>> {
    let view = live_view(t, this)?;
    if !view.is_c_contiguous() && !view.is_f_contiguous() {
        return Err(t.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
    }
    let parts = derived(t, view, this.base.get().unwrap_or(Value::NONE))?;
    let length = view.byte_count() as i64;
    let format = Str::from_char(t, u32::from(b'B'))?.value();
    MemoryView::new(t, ViewParts { format, shape: vec![length], strides: vec![1], item_size: 1, ..parts })
}

/// Release the underlying buffer exposed by the PickleBuffer object.
#[native("release($self, /)")]
fn buffer_release(t: &Thread, this: Ref<PickleBuffer>) {
    let view = this.view.get().and_then(Value::downcast::<MemoryView>);
    this.view.put(this.header(), t, None);
    this.base.put(this.header(), t, None);
    if let Some(view) = view {
        // Nobody else has it, so nobody holds buffers of it.
        let _released = buffer::release(t, view);
    }
}

/// Return a buffer object that exposes the underlying memory of the object.
#[native("__buffer__($self, flags, /)")]
fn buffer_buffer(t: &Thread, this: Ref<PickleBuffer>, _flags: i64) -> R<Ref<MemoryView>> {
    view_of(t, this)
}

/// Release the buffer object that exposes the underlying memory of the object.
#[native("__release_buffer__($self, buffer, /)")]
fn buffer_release_buffer(t: &Thread, _: Ref<PickleBuffer>, view: Ref<MemoryView>) -> R<()> {
    buffer::release(t, view)
}

/// `pickle.PickleBuffer`
pub static PICKLE_BUFFER: NativeClass = NativeClass::new(ClassDef {
    name: "PickleBuffer",
    module: "pickle",
    layout: PickleBuffer::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF,
    doc: "Wrapper for potentially out-of-band buffers",
    methods: &[
        MethodDef::New(&BUFFER_NEW),
        MethodDef::Method(&BUFFER_RAW),
        MethodDef::Method(&BUFFER_RELEASE),
        MethodDef::Method(&BUFFER_BUFFER),
        MethodDef::Method(&BUFFER_RELEASE_BUFFER),
    ],
    getset: &[],
});
