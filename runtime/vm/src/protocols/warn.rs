//! Issuing warnings from native code, through `_warnings` as it stands in the interpreter.

use crate::object::Ref;
use crate::objects::{Class, Dict, Str};
use crate::protocols::{call, get_attribute_optional};
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Issues a warning at the running Python code. An error if the filters turn it into one.
pub fn warn(t: &Thread, category: Ref<Class>, message: &str) -> R<()> {
    let Some(modules) = t.interpreter().state().modules.get().and_then(Value::downcast::<Dict>) else { return Ok(()) };
    for name in ["_warnings", "warnings"] {
        let name = Str::interned(t, name)?;
        let Some(module) = modules.get_str(t, name) else { continue };
        if let Some(function) = get_attribute_optional(t, module, t.names().warn)? {
            let message = Str::new(t, message)?;
            call(t, function, &[message.value(), category.value(), Value::small(1)])?;
            return Ok(());
        }
    }
    Ok(())
}

/// Issues a `DeprecationWarning`.
pub fn warn_deprecated(t: &Thread, message: &str) -> R<()> {
    warn(t, t.classes().deprecation_warning, message)
}

/// Issues a warning at a place in a source: what the compiler found. An error if the filters turn it into one.
pub fn warn_explicit(t: &Thread, category: Ref<Class>, message: &str, filename: &str, line: u32) -> R<()> {
    let Some(modules) = t.interpreter().state().modules.get().and_then(Value::downcast::<Dict>) else { return Ok(()) };
    for name in ["_warnings", "warnings"] {
        let name = Str::interned(t, name)?;
        let Some(module) = modules.get_str(t, name) else { continue };
        if let Some(function) = get_attribute_optional(t, module, t.names().warn_explicit)? {
            let (message, filename) = (Str::new(t, message)?, Str::new(t, filename)?);
            call(
                t,
                function,
                &[
                    message.value(),
                    category.value(),
                    filename.value(),
                    crate::objects::int_from_i64(t, i64::from(line))?,
                ],
            )?;
            return Ok(());
        }
    }
    Ok(())
}
