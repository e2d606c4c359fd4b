//! The rare operations behind `Opcode::Intrinsic`.

use bytecode::{Instruction, Intrinsic};

use crate::exec::handlers::{read, write};
use crate::object::SlotExt;
use crate::objects::Function;
use crate::protocols;
use crate::raised::R;
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// `Intrinsic`.
#[inline(never)]
pub fn intrinsic(t: &Thread, frame: &Frame, ins: Instruction) -> R<()> {
    let Some(which) = Intrinsic::ALL.get(ins.x() as usize) else { return Err(t.system_error("unknown intrinsic")) };
    let first = || read(frame, ins.b());
    let second = || read(frame, ins.c());
    let result = match which {
        Intrinsic::DisplayHook => {
            display(t, first())?;
            Value::NONE
        }
        Intrinsic::SetFunctionTypeParams => {
            if let Some(function) = first().downcast::<Function>() {
                function.type_params.put(function.header(), t, second());
            }
            first()
        }
        Intrinsic::CheckAnnotateFormat => {
            check_annotate_format(t, first())?;
            Value::NONE
        }
        Intrinsic::TypeVar => crate::builtins::typing::type_variable(t, first(), None, None)?,
        Intrinsic::TypeVarWithBound => crate::builtins::typing::type_variable(t, first(), Some(second()), None)?,
        Intrinsic::TypeVarWithConstraints => crate::builtins::typing::type_variable(t, first(), None, Some(second()))?,
        Intrinsic::ParamSpec => crate::builtins::typing::parameter_specification(t, first())?,
        Intrinsic::TypeVarTuple => crate::builtins::typing::type_variable_tuple(t, first())?,
        Intrinsic::SetTypeParamDefault => crate::builtins::typing::set_default(t, first(), second())?,
        Intrinsic::SubscriptGeneric => crate::builtins::typing::subscript_generic(t, first())?,
        Intrinsic::TypeAlias => crate::builtins::typing::type_alias(t, first())?,
    };
    write(frame, ins.a(), result);
    Ok(())
}

fn display(t: &Thread, value: Value) -> R<()> {
    let names = t.names();
    let Some(sys) = t.interpreter().state().sys.get() else { return Err(t.runtime_error("lost sys.displayhook")) };
    match protocols::get_attribute_optional(t, sys, names.displayhook)? {
        Some(hook) => protocols::call(t, hook, &[value]).map(drop),
        None => Err(t.runtime_error("lost sys.displayhook")),
    }
}

/// Functions made for annotations know the formats VALUE (1) and VALUE_WITH_FAKE_GLOBALS (2) (PEP 649).
fn check_annotate_format(t: &Thread, format: Value) -> R<()> {
    let too_new = protocols::compare(t, format, Value::small(2), protocols::CompareOp::Gt)?;
    if protocols::is_true(t, too_new)? { Err(t.raise_with(t.classes().not_implemented_error, &[])) } else { Ok(()) }
}
