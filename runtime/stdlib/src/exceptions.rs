//! Exception classes of native modules.

use vm::native::ClassDef;
use vm::object::Object;
use vm::objects::{BaseException, Class, ClassFlags};
use vm::{Ref, Thread};

/// The definition of an exception class; its instances have no fields beside those of its base.
#[must_use]
pub const fn exception(
    name: &'static str,
    module: &'static str,
    base: fn(&Thread) -> Ref<Class>,
    doc: &'static str,
) -> ClassDef {
    ClassDef {
        name,
        module,
        layout: BaseException::layout,
        base: Some(base),
        flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF | ClassFlags::EXCEPTION,
        doc,
        methods: &[],
        getset: &[],
    }
}
