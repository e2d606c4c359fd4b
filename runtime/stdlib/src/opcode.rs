//! `_opcode`: the opcode table and the instructions of code objects, for `opcode`, `dis` and what reads code with them.
//!
//! Names are CPython's in style (`LOAD_GLOBAL` for `Opcode::LoadGlobal`), so that what both machines have is found under the same
//! name. The machine has registers and no operand stack: an instruction pushes nothing and pops nothing, so the stack effect of
//! each is 0.

use bytecode::{Code, Instruction, Intrinsic, LocalKind, Opcode, Operands};
use vm::containers::ValueVec;
use vm::modules::NativeModule;
use vm::objects::{Bytes, CodeObject, Dict, List, Str, Tuple, int_from_i64};
use vm::{R, Ref, Thread, Value, bytecode, native, protocols};

/// Offsets that Python sees count two an instruction, as CPython's do.
const UNITS: i64 = 2;

/// `LoadGlobal` as `LOAD_GLOBAL`.
fn python_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (index, character) in name.char_indices() {
        if index > 0 && character.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(character.to_ascii_uppercase());
    }
    out
}

fn find(opcode: i64) -> Option<Opcode> {
    u8::try_from(opcode).ok().and_then(Opcode::from_u8)
}

/// The opcodes in numeric order.
#[native("get_opnames()")]
fn get_opnames(t: &Thread) -> R<Ref<List>> {
    let names = List::new(t)?;
    for opcode in Opcode::ALL {
        names.push(t, Str::interned(t, &python_name(opcode.name()))?.value())?;
    }
    Ok(names)
}

/// Compute the stack effect of the opcode.
#[native("stack_effect(opcode, oparg=None, /, *, jump=None)")]
fn stack_effect(t: &Thread, opcode: i64, oparg: Value, jump: Value) -> R<i64> {
    if !oparg.is(Value::NONE) {
        protocols::index_i64(t, oparg)?;
    }
    if ![Value::NONE, Value::TRUE, Value::FALSE].iter().any(|allowed| jump.is(*allowed)) {
        return Err(t.value_error("stack_effect: jump must be False, True or None"));
    }
    match find(opcode) {
        Some(_) => Ok(0),
        None => Err(t.value_error("invalid opcode or oparg")),
    }
}

/// Return True if opcode is valid, False otherwise.
#[native("is_valid(opcode)")]
fn is_valid(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some()
}

/// Return True if the opcode uses its oparg, False otherwise.
#[native("has_arg(opcode)")]
fn has_arg(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(|opcode| opcode.operands() != Operands::None)
}

fn takes_constant(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::LoadConst | Opcode::MakeFunction)
}

/// Return True if the opcode accesses a constant, False otherwise.
#[native("has_const(opcode)")]
fn has_const(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(takes_constant)
}

/// Return True if the opcode accesses an attribute by name, False otherwise.
#[native("has_name(opcode)")]
fn has_name(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(Opcode::has_name)
}

/// Return True if the opcode has a jump target, False otherwise.
#[native("has_jump(opcode)")]
fn has_jump(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(Opcode::has_jump)
}

fn takes_cell(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::MakeCell
            | Opcode::CopyFree
            | Opcode::LoadCell
            | Opcode::StoreCell
            | Opcode::DeleteCell
            | Opcode::LoadFromDictOrCell
    )
}

/// Return True if the opcode accesses a free variable, False otherwise.
///
/// Note that 'free' in this context refers to names in the current scope
/// that are referenced by inner scopes or names in outer scopes that are
/// referenced from this scope. It does not include references to global
/// or builtin scopes.
#[native("has_free(opcode)")]
fn has_free(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(takes_cell)
}

fn takes_local(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::Move | Opcode::CheckLocal | Opcode::DeleteLocal | Opcode::Clear)
}

/// Return True if the opcode accesses a local variable, False otherwise.
#[native("has_local(opcode)")]
fn has_local(_: &Thread, opcode: i64) -> bool {
    find(opcode).is_some_and(takes_local)
}

/// Return True if the opcode sets an exception handler, False otherwise.
#[native("has_exc(opcode)")]
fn has_exc(_: &Thread, _opcode: i64) -> bool {
    // Handlers stand in the exception table; no instruction sets one.
    false
}

/// Return the specialization stats
#[native("get_specialization_stats()")]
fn get_specialization_stats(_: &Thread) -> Value {
    Value::NONE
}

fn arithmetic() -> [(Opcode, &'static str); 13] {
    [
        (Opcode::Add, "+"),
        (Opcode::And, "&"),
        (Opcode::FloorDiv, "//"),
        (Opcode::LShift, "<<"),
        (Opcode::MatMul, "@"),
        (Opcode::Mul, "*"),
        (Opcode::Mod, "%"),
        (Opcode::Or, "|"),
        (Opcode::Pow, "**"),
        (Opcode::RShift, ">>"),
        (Opcode::Sub, "-"),
        (Opcode::TrueDiv, "/"),
        (Opcode::Xor, "^"),
    ]
}

/// Return array of symbols of binary ops.
#[native("get_nb_ops()")]
fn get_nb_ops(t: &Thread) -> R<Ref<List>> {
    let pairs = List::new(t)?;
    for (opcode, symbol) in arithmetic() {
        let name = Str::interned(t, &python_name(opcode.name()))?;
        pairs.push(t, Tuple::pair(t, name.value(), Str::interned(t, symbol)?.value())?.value())?;
    }
    Ok(pairs)
}

fn intrinsics(t: &Thread, with_two: bool) -> R<Ref<List>> {
    let names = List::new(t)?;
    for intrinsic in Intrinsic::ALL {
        let two = matches!(
            intrinsic,
            Intrinsic::TypeVarWithBound
                | Intrinsic::TypeVarWithConstraints
                | Intrinsic::SetTypeParamDefault
                | Intrinsic::SetFunctionTypeParams
        );
        if two == with_two {
            let name = python_name(&format!("Intrinsic{intrinsic:?}"));
            names.push(t, Str::interned(t, &name)?.value())?;
        }
    }
    Ok(names)
}

/// Return a list of names of the unary intrinsics.
#[native("get_intrinsic1_descs()")]
fn get_intrinsic1_descs(t: &Thread) -> R<Ref<List>> {
    intrinsics(t, false)
}

/// Return a list of names of the binary intrinsics.
#[native("get_intrinsic2_descs()")]
fn get_intrinsic2_descs(t: &Thread) -> R<Ref<List>> {
    intrinsics(t, true)
}

/// Return a list of special method names.
#[native("get_special_method_names()")]
fn get_special_method_names(t: &Thread) -> R<Ref<List>> {
    let names = List::new(t)?;
    for name in ["__enter__", "__exit__", "__aenter__", "__aexit__"] {
        names.push(t, Str::interned(t, name)?.value())?;
    }
    Ok(names)
}

/// Return the executor object at offset in code if exists, None otherwise.
#[native("get_executor(*, code, offset)")]
fn get_executor(t: &Thread, _code: Value, _offset: Value) -> R {
    Err(t.runtime_error("Executors are not available in this build"))
}

/// What one instruction works on, as Python sees it.
struct Described {
    arg: Option<i64>,
    argval: Value,
    argrepr: String,
}

/// The main operand of an instruction and what it stands for: a constant, a name, a jump's target, a variable, a number.
fn describe(t: &Thread, code: &Code, object: Option<Ref<CodeObject>>, names: &[u32], offset: usize) -> R<Described> {
    let instruction = code.instructions[offset];
    let mut failed = None;
    let show = |index: u32| match object.map(|object| constant_text(t, object, index)) {
        Some(Ok(text)) => text,
        Some(Err(raised)) => {
            let _ = failed.replace(raised);
            String::new()
        }
        None => format!("constant {index}"),
    };
    let argrepr = {
        let show = std::cell::RefCell::new(show);
        bytecode::disassemble::operands(code, offset, &|index| (show.borrow_mut())(index))
    };
    if let Some(raised) = failed {
        return Err(raised);
    }
    let Some(opcode) = instruction.opcode() else {
        return Ok(Described { arg: None, argval: Value::NONE, argrepr });
    };
    let arg = argument(code, names, offset, instruction, opcode);
    let argval = match arg {
        Some(arg) => argument_value(t, code, object, offset, instruction, opcode, arg)?,
        None => Value::NONE,
    };
    Ok(Described { arg, argval, argrepr })
}

fn constant_text(t: &Thread, object: Ref<CodeObject>, index: u32) -> R<String> {
    if index as usize >= object.constant_array().capacity() {
        return Ok("?".to_owned());
    }
    Ok(protocols::repr(t, object.constant(index as usize))?.to_string_lossy())
}

fn argument(code: &Code, names: &[u32], offset: usize, instruction: Instruction, opcode: Opcode) -> Option<i64> {
    if let Some(jump) = instruction.jump() {
        return Some(jump.abs());
    }
    if opcode == Opcode::MakeFunction {
        let site = code.site_at(offset)?;
        return code.sites.get(site as usize).map(|site| i64::from(site.name));
    }
    if opcode.has_name() {
        return match code.name_at(offset) {
            Some(name) => names.iter().position(|used| *used == name).map(|index| index as i64),
            None => code.site_at(offset).map(i64::from),
        };
    }
    match opcode.operands() {
        Operands::None => None,
        Operands::A => Some(i64::from(instruction.a())),
        Operands::AB => Some(i64::from(instruction.b())),
        Operands::ABC => Some(i64::from(instruction.c())),
        Operands::ABImm => Some(i64::from(instruction.c() as i16)),
        _ if opcode == Opcode::LoadInt => Some(i64::from(instruction.sbx())),
        _ => Some(i64::from(instruction.bx())),
    }
}

fn argument_value(
    t: &Thread,
    code: &Code,
    object: Option<Ref<CodeObject>>,
    offset: usize,
    instruction: Instruction,
    opcode: Opcode,
    arg: i64,
) -> R {
    if let Some(jump) = instruction.jump() {
        return int_from_i64(t, (offset as i64 + 1 + jump) * UNITS);
    }
    let Some(object) = object else { return int_from_i64(t, arg) };
    if takes_constant(opcode) {
        let index = arg as usize;
        return Ok(if index < object.constant_array().capacity() { object.constant(index) } else { Value::NONE });
    }
    if let Some(name) = code.name_at(offset) {
        return Ok(object.name_at(name as usize).value());
    }
    let register = match opcode.operands() {
        Operands::A => instruction.a(),
        Operands::AB if opcode == Opcode::StoreCell => instruction.a(),
        Operands::AB => instruction.b(),
        _ => return int_from_i64(t, arg),
    };
    match code.locals.get(usize::from(register)) {
        Some(local) if takes_local(opcode) || (takes_cell(opcode) && local.kind != LocalKind::Plain) => {
            Ok(object.name_at(local.name as usize).value())
        }
        _ => int_from_i64(t, arg),
    }
}

/// Take the instructions of a code object, or of bytes as co_code has them, apart.
///
/// Returns a list with one tuple an instruction: its opcode, its main operand or None, what that stands for,
/// all operands as text, and the registers that it reads and writes as far as they are named.
#[native("get_instructions(code, /)")]
fn get_instructions(t: &Thread, code: Value) -> R<Ref<List>> {
    if let Some(object) = code.downcast::<CodeObject>() {
        return instructions_of(t, object.unit(), Some(object));
    }
    let Some(bytes) = Bytes::of(t, code) else {
        return Err(t.type_error("get_instructions() needs a code object or bytes"));
    };
    let (words, rest) = bytes.target().as_slice().as_chunks::<8>();
    if !rest.is_empty() {
        return Err(t.value_error("an instruction has eight bytes"));
    }
    let instructions = words.iter().map(|word| Instruction(u64::from_le_bytes(*word))).collect();
    instructions_of(t, &Code { instructions, ..Code::default() }, None)
}

fn instructions_of(t: &Thread, code: &Code, object: Option<Ref<CodeObject>>) -> R<Ref<List>> {
    let names = code.used_names();
    let list = List::new(t)?;
    for (offset, instruction) in code.instructions.iter().enumerate() {
        let described = describe(t, code, object, &names, offset)?;
        let mut fields = ValueVec::with_capacity(t, 4)?;
        fields.push(t, Value::small(i32::from(instruction.op())))?;
        fields.push(t, described.arg.map_or(Ok(Value::NONE), |arg| int_from_i64(t, arg))?)?;
        fields.push(t, described.argval)?;
        fields.push(t, Str::new(t, &described.argrepr)?.value())?;
        list.push(t, fields.into_tuple(t)?.value())?;
    }
    Ok(list)
}

/// Return the imports of a code object as a list of tuples (name, level, fromlist).
#[native("get_imports(code, /)")]
fn get_imports(t: &Thread, code: Ref<CodeObject>) -> R<Ref<List>> {
    let unit = code.unit();
    let list = List::new(t)?;
    for (offset, instruction) in unit.instructions.iter().enumerate() {
        if instruction.opcode() != Some(Opcode::ImportName) {
            continue;
        }
        let Some(name) = unit.name_at(offset) else { continue };
        let level = loaded(t, code, offset, instruction.b())?;
        let names = loaded(t, code, offset, instruction.b() + 1)?;
        if let (Some(level), Some(names)) = (level, names) {
            let entry = Tuple::from_slice(t, &[code.name_at(name as usize).value(), level, names])?;
            list.push(t, entry.value())?;
        }
    }
    Ok(list)
}

/// What the last load into a register before `offset` put there, if that is known.
fn loaded(t: &Thread, code: Ref<CodeObject>, offset: usize, register: u16) -> R<Option<Value>> {
    let before = &code.unit().instructions[..offset];
    let Some(load) = before.iter().rev().find(|instruction| instruction.a() == register) else { return Ok(None) };
    Ok(match load.opcode() {
        Some(Opcode::LoadInt) => Some(int_from_i64(t, i64::from(load.sbx()))?),
        Some(Opcode::LoadNone) => Some(Value::NONE),
        Some(Opcode::LoadConst) => Some(code.constant(load.bx() as usize)),
        _ => None,
    })
}

/// Return the opcode map.
#[native("get_opmap()")]
fn get_opmap(t: &Thread) -> R<Ref<Dict>> {
    let map = Dict::new(t)?;
    for opcode in Opcode::ALL {
        let name = Str::interned(t, &python_name(opcode.name()))?;
        map.set_str(t, name, Value::small(opcode as i32))?;
    }
    Ok(map)
}

/// `_opcode`.
pub static MODULE: NativeModule = NativeModule {
    name: "_opcode",
    doc: "Opcode support module.",
    functions: &[
        &STACK_EFFECT,
        &IS_VALID,
        &HAS_ARG,
        &HAS_CONST,
        &HAS_NAME,
        &HAS_JUMP,
        &HAS_FREE,
        &HAS_LOCAL,
        &HAS_EXC,
        &GET_SPECIALIZATION_STATS,
        &GET_NB_OPS,
        &GET_INTRINSIC1_DESCS,
        &GET_INTRINSIC2_DESCS,
        &GET_SPECIAL_METHOD_NAMES,
        &GET_EXECUTOR,
        &GET_OPNAMES,
        &GET_OPMAP,
        &GET_INSTRUCTIONS,
        &GET_IMPORTS,
    ],
    classes: &[],
    initialize: |t, module| {
        // Caches stand beside the instructions here, which are never rewritten.
        for name in ["ENABLE_SPECIALIZATION", "ENABLE_SPECIALIZATION_FT"] {
            module.add(t, name, Value::small(0))?;
        }
        Ok(())
    },
};
