//! `_types`: the builtin types that `types` names. Without this module it would look for examples of each, and there is no
//! `member_descriptor` among the attributes of functions here, which are all computed.

use vm::builtins::import::import_module;
use vm::modules::NativeModule;
use vm::objects::Module;
use vm::{R, Ref, Str, Thread, protocols};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let c = t.classes();
    let named = [
        ("AsyncGeneratorType", c.async_generator),
        ("BuiltinFunctionType", c.builtin_function),
        ("BuiltinMethodType", c.builtin_function),
        ("CellType", c.cell),
        ("ClassMethodDescriptorType", c.classmethod_descriptor),
        ("CodeType", c.code),
        ("CoroutineType", c.coroutine),
        ("EllipsisType", c.ellipsis),
        ("FrameType", c.frame),
        ("FunctionType", c.function),
        ("GeneratorType", c.generator),
        ("GetSetDescriptorType", c.getset_descriptor),
        ("LambdaType", c.function),
        ("MappingProxyType", c.mappingproxy),
        ("MemberDescriptorType", c.member_descriptor),
        ("MethodDescriptorType", c.method_descriptor),
        ("MethodType", c.method),
        ("MethodWrapperType", c.method_wrapper),
        ("ModuleType", c.module),
        ("NoneType", c.none_type),
        ("NotImplementedType", c.not_implemented_type),
        ("TracebackType", c.traceback),
        ("WrapperDescriptorType", c.wrapper_descriptor),
    ];
    for (name, class) in named {
        module.add(t, name, class.value())?;
    }
    let (int, list, string) = (c.int.value(), c.list.value(), c.str.value());
    let alias = protocols::call_method(t, list, Str::interned(t, "__class_getitem__")?, &[int])?;
    module.add(t, "GenericAlias", alias.class(t).value())?;
    let or = Str::interned(t, "or_")?;
    let union = protocols::call_method(t, import_module(t, "_operator")?, or, &[int, string])?;
    module.add(t, "UnionType", union.class(t).value())?;
    let sys = import_module(t, "sys")?;
    let implementation = protocols::get_attribute(t, sys, Str::interned(t, "implementation")?)?;
    module.add(t, "SimpleNamespace", implementation.class(t).value())
}

/// `_types`.
pub static MODULE: NativeModule =
    NativeModule { name: "_types", doc: "Define names for built-in types.", functions: &[], classes: &[], initialize };
