//! Functions and code that pass between interpreters by their code alone.

use vm::bytecode::{Code, CodeFlags, Opcode};
use vm::objects::{CodeObject, Function};
use vm::{R, Ref, Str, Thread};

/// ValueError unless the function is its code and nothing else: no defaults, no closure, no globals but builtins.
pub fn check_stateless(t: &Thread, function: Ref<Function>) -> R<()> {
    if function.defaults().is_some_and(|defaults| !defaults.is_empty()) {
        return Err(t.value_error("defaults not supported"));
    }
    if function.kwdefaults().is_some_and(|defaults| !defaults.is_empty(t)) {
        return Err(t.value_error("keyword defaults not supported"));
    }
    let code = function.code();
    if function.closure().is_some_and(|closure| !closure.is_empty()) || code.free_count() > 0 {
        return Err(t.value_error("closures not supported"));
    }
    for index in global_names(code.unit()) {
        let name = Str::interned(t, &code.unit().names[index])?;
        // A name that is nowhere yet would be looked for in other globals there.
        let is_builtin = function.builtin(t, name)?.is_some();
        if !is_builtin || function.globals().get_str(t, name).is_some() {
            return Err(t.value_error("globals not supported"));
        }
    }
    Ok(())
}

/// Indices of the names that the code takes for globals.
fn global_names(code: &Code) -> impl Iterator<Item = usize> {
    code.instructions.iter().filter_map(|instruction| match instruction.opcode()? {
        Opcode::LoadGlobal | Opcode::StoreGlobal | Opcode::DeleteGlobal => {
            code.sites.get(instruction.bx() as usize).map(|site| site.name as usize)
        }
        _ => None,
    })
}

/// ValueError unless the code can run as a script: no closure, no arguments, and nothing to return.
pub fn check_script(t: &Thread, code: Ref<CodeObject>) -> R<()> {
    let unit = code.unit();
    if code.free_count() > 0 {
        return Err(t.value_error("closures not supported"));
    }
    let takes_more = unit.flags.has(CodeFlags::VARARGS) || unit.flags.has(CodeFlags::VARKEYWORDS);
    if unit.argument_count > 0 || unit.keyword_only_count > 0 || takes_more {
        return Err(t.value_error("code with args not supported"));
    }
    if unit.instructions.iter().any(|instruction| instruction.opcode() == Some(Opcode::Return))
        && !returns_none_only(unit)
    {
        return Err(t.value_error("code that returns a value is not a script"));
    }
    Ok(())
}

/// Whether each `Return` gives what the instruction before it made None.
fn returns_none_only(unit: &Code) -> bool {
    unit.instructions.windows(2).all(|pair| {
        pair[1].opcode() != Some(Opcode::Return)
            || (pair[0].opcode() == Some(Opcode::LoadNone) && pair[0].a() == pair[1].a())
    })
}
