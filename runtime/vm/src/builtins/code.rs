//! `code`: code objects as Python sees them.
//!
//! Offsets are CPython's in kind: `co_lines`, `f_lasti` and `tb_lasti` count two an instruction, and `co_positions` gives one entry an
//! instruction. `co_code`, `co_linetable` and `co_exceptiontable` are our own formats, as bytes.

use std::ops::Range;

use sync::Arc;

use bytecode::{Code, CodeFlags, Constant, LineTable, LocalKind, Position};

use crate::builtins::member::read_only;
use crate::containers::ValueVec;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, SlotExt};
use crate::objects::{Bytes, ClassFlags, CodeObject, List, Str, Tuple, ValueArray};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

fn of(value: Value) -> Ref<CodeObject> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn code_repr(_: &Thread, this: Ref<CodeObject>) -> String {
    let text = |slot: &crate::object::Slot| {
        slot.get().and_then(Value::downcast::<Str>).map_or_else(|| "???".to_owned(), |text| text.to_string_lossy())
    };
    let (name, file, line) = (text(&this.name), text(&this.filename), this.unit().first_line);
    format!("<code object {name} at {:#x}, file \"{file}\", line {line}>", this.address())
}

/// Whether two units are the same program, file names apart.
fn same_unit(a: &Code, b: &Code) -> bool {
    std::ptr::eq(a, b)
        || (a.name == b.name
            && a.first_line == b.first_line
            && a.flags == b.flags
            && a.argument_count == b.argument_count
            && a.positional_only_count == b.positional_only_count
            && a.keyword_only_count == b.keyword_only_count
            && a.locals == b.locals
            && a.names == b.names
            && a.sites == b.sites
            && a.instructions == b.instructions
            && a.exceptions == b.exceptions
            && a.lines == b.lines)
}

fn equal(t: &Thread, a: Ref<CodeObject>, b: Ref<CodeObject>) -> R<bool> {
    if a == b {
        return Ok(true);
    }
    if !same_unit(a.unit(), b.unit()) {
        return Ok(false);
    }
    a.ready(t)?;
    b.ready(t)?;
    let (mine, theirs) = (a.constant_array(), b.constant_array());
    if mine.capacity() != theirs.capacity() {
        return Ok(false);
    }
    for index in 0..mine.capacity() {
        let (x, y) = (a.constant(index), b.constant(index));
        if !same_constant(t, x, y)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Constants are the same if their types are, deeply, and zeroes have the same sign: their reprs tell that for numbers.
fn same_constant(t: &Thread, a: Value, b: Value) -> R<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if a.class(t) != b.class(t) {
        return Ok(false);
    }
    if let (Some(a), Some(b)) = (a.downcast::<CodeObject>(), b.downcast::<CodeObject>()) {
        return equal(t, a, b);
    }
    if !protocols::equal(t, a, b)? {
        return Ok(false);
    }
    Ok(Str::equal(protocols::repr(t, a)?, protocols::repr(t, b)?))
}

/// Return self==value.
#[native("__eq__($self, value, /)")]
fn code_eq(t: &Thread, this: Ref<CodeObject>, other: Value) -> R {
    match other.downcast::<CodeObject>() {
        Some(other) => equal(t, this, other).map(Value::bool),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Return self!=value.
#[native("__ne__($self, value, /)")]
fn code_ne(t: &Thread, this: Ref<CodeObject>, other: Value) -> R {
    match other.downcast::<CodeObject>() {
        Some(other) => equal(t, this, other).map(|same| Value::bool(!same)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// Return hash(self).
#[native("__hash__($self, /)")]
fn code_hash(t: &Thread, this: Ref<CodeObject>) -> R<i64> {
    let unit = this.unit();
    let mut hash = match this.name.get() {
        Some(name) => protocols::hash(t, name)?,
        None => 0,
    };
    let mut mix = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(7);
    mix(u64::from(unit.first_line));
    mix(u64::from(unit.flags.0));
    mix(u64::from(unit.argument_count) << 32
        | u64::from(unit.positional_only_count) << 16
        | u64::from(unit.keyword_only_count));
    for instruction in &unit.instructions {
        mix(instruction.0);
    }
    let hash = hash as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

fn number(t: &Thread, number: u32) -> R {
    crate::objects::int_from_i64(t, i64::from(number))
}

macro_rules! numbers {
    ($($function:ident $field:ident;)*) => { $(
        fn $function(t: &Thread, object: Value) -> R {
            number(t, u32::from(of(object).unit().$field))
        }
    )* };
}
numbers! {
    get_argument_count argument_count;
    get_positional_only_count positional_only_count;
    get_keyword_only_count keyword_only_count;
    get_stack_size register_count;
    get_first_line first_line;
}

fn get_flags(t: &Thread, object: Value) -> R {
    number(t, of(object).unit().flags.0)
}

/// The names of the registers that `choose` takes.
fn names_of(t: &Thread, code: Ref<CodeObject>, choose: impl Fn(&bytecode::LocalVariable) -> bool) -> R<Ref<Tuple>> {
    let mut names = ValueVec::new(t);
    for local in code.unit().locals.iter().filter(|local| choose(local)) {
        names.push(t, code.name_at(local.name as usize).value())?;
    }
    names.into_tuple(t)
}

fn is_variable(local: &bytecode::LocalVariable) -> bool {
    local.argument || matches!(local.kind, LocalKind::Plain | LocalKind::Hidden)
}

fn get_variable_names(t: &Thread, object: Value) -> R {
    Ok(names_of(t, of(object), is_variable)?.value())
}

fn get_cell_names(t: &Thread, object: Value) -> R {
    let makes_cell = |local: &bytecode::LocalVariable| matches!(local.kind, LocalKind::Cell | LocalKind::HiddenCell);
    Ok(names_of(t, of(object), makes_cell)?.value())
}

fn get_free_names(t: &Thread, object: Value) -> R {
    Ok(names_of(t, of(object), |local| local.kind == LocalKind::Free)?.value())
}

fn get_local_count(t: &Thread, object: Value) -> R {
    number(t, of(object).unit().locals.iter().filter(|local| is_variable(local)).count() as u32)
}

fn get_constants(t: &Thread, object: Value) -> R {
    let this = of(object);
    this.ready(t)?;
    Ok(Tuple::with(t, this.constant_array().capacity(), |index| Ok(this.constant(index)))?.value())
}

/// The names that instructions use, in the order of their first use.
fn get_names(t: &Thread, object: Value) -> R {
    let this = of(object);
    let mut names = ValueVec::new(t);
    for name in this.unit().used_names() {
        names.push(t, this.name_at(name as usize).value())?;
    }
    Ok(names.into_tuple(t)?.value())
}

fn get_filename(_: &Thread, object: Value) -> R {
    Ok(of(object).filename.get().unwrap_or(Value::NONE))
}

fn get_name(_: &Thread, object: Value) -> R {
    Ok(of(object).name.get().unwrap_or(Value::NONE))
}

fn get_qualname(_: &Thread, object: Value) -> R {
    Ok(of(object).qualname.get().unwrap_or(Value::NONE))
}

fn instruction_bytes(unit: &Code) -> Vec<u8> {
    unit.instructions.iter().flat_map(|instruction| instruction.0.to_le_bytes()).collect()
}

fn get_code(t: &Thread, object: Value) -> R {
    Ok(Bytes::new(t, &instruction_bytes(of(object).unit()))?.value())
}

fn get_line_table(t: &Thread, object: Value) -> R {
    Ok(Bytes::new(t, &of(object).unit().lines.0)?.value())
}

fn get_exception_table(t: &Thread, object: Value) -> R {
    let mut bytes = Vec::new();
    for entry in &of(object).unit().exceptions {
        for word in [entry.start, entry.end, entry.target, u32::from(entry.register)] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
    }
    Ok(Bytes::new(t, &bytes)?.value())
}

fn iterator(t: &Thread, list: Ref<List>) -> R {
    protocols::iterate(t, list.value())
}

#[native("co_lines($self, /)")]
fn code_lines(t: &Thread, this: Ref<CodeObject>) -> R {
    let list = List::new(t)?;
    for (range, line) in line_ranges(this) {
        let line = line.map_or(Ok(Value::NONE), |line| number(t, line))?;
        let entry = Tuple::from_slice(t, &[number(t, range.start)?, number(t, range.end)?, line])?;
        list.push(t, entry.value())?;
    }
    iterator(t, list)
}

/// The lines of code, by `f_lasti`: the beginning of the code counts as one instruction more, and a mark takes the second half of what
/// comes before its instruction; that of a jump, the second half of the jump.
fn line_ranges(code: Ref<CodeObject>) -> Vec<(Range<u32>, Option<u32>)> {
    let lines = &code.unit().lines;
    let begin = std::iter::once((0..2, Some(code.begin_line())));
    let instructions = lines.lines().map(|(range, line)| ((range.start + 1) * 2..(range.end + 1) * 2, line));
    let mut marks = lines.marks().map(|mark| ((mark.offset + u32::from(mark.on_jump)) * 2 + 1, mark.line)).peekable();
    let mut found: Vec<(Range<u32>, Option<u32>)> = Vec::new();
    let mut add = |range: Range<u32>, line: Option<u32>| match found.last_mut() {
        _ if range.is_empty() => {}
        Some((last, last_line)) if *last_line == line => last.end = range.end,
        _ => found.push((range, line)),
    };
    for (range, line) in begin.chain(instructions) {
        let mut start = range.start;
        while let Some((at, marked)) = marks.next_if(|(at, _)| *at < range.end) {
            add(start..at.max(start), line);
            add(at.max(start)..at + 1, Some(marked));
            start = at + 1;
        }
        add(start..range.end, line);
    }
    found
}

#[native("co_positions($self, /)")]
fn code_positions(t: &Thread, this: Ref<CodeObject>) -> R {
    let list = List::new(t)?;
    let line = this.begin_line();
    let begin = place_tuple(t, Position { line, end_line: line, column: 0, end_column: 0 })?;
    list.push(t, begin.value())?;
    for position in this.unit().lines.positions() {
        let entry = position_tuple(t, position)?;
        list.push(t, entry.value())?;
    }
    iterator(t, list)
}

fn position_tuple(t: &Thread, position: Position) -> R<Ref<Tuple>> {
    if position.line == 0 {
        return Tuple::from_slice(t, &[Value::NONE; 4]);
    }
    place_tuple(t, position)
}

fn place_tuple(t: &Thread, position: Position) -> R<Ref<Tuple>> {
    let ranges = !t.interpreter().options.no_debug_ranges;
    let column = |column: u32| if ranges { number(t, column) } else { Ok(Value::NONE) };
    let values = [
        number(t, position.line)?,
        number(t, if ranges { position.end_line } else { position.line })?,
        column(position.column)?,
        column(position.end_column)?,
    ];
    Tuple::from_slice(t, &values)
}

/// (internal-only) Return the local variable name for the given oparg.
#[native("_varname_from_oparg($self, /, oparg)")]
fn code_variable_name(t: &Thread, this: Ref<CodeObject>, oparg: i64) -> R {
    let local = usize::try_from(oparg).ok().and_then(|index| this.unit().locals.get(index));
    match local {
        Some(local) => Ok(this.name_at(local.name as usize).value()),
        None => Err(t.index_error("tuple index out of range")),
    }
}

/// What `replace` was asked to change.
struct Changes {
    unit: Code,
    constants: Option<Ref<Tuple>>,
    line_shift: i64,
}

fn text_argument(t: &Thread, name: &str, value: Value) -> R<String> {
    match Str::of(t, value) {
        Some(text) => Ok(text.to_string_lossy()),
        None => Err(wrong_type(t, name, "str", value)),
    }
}

fn wrong_type(t: &Thread, name: &str, expected: &str, got: Value) -> crate::raised::Raised {
    let got = protocols::name_of_argument(t, got);
    t.type_error(format_args!("replace() argument '{name}' must be {expected}, not {got}"))
}

fn tuple_argument(t: &Thread, name: &str, value: Value) -> R<Ref<Tuple>> {
    Tuple::of(t, value).ok_or_else(|| wrong_type(t, name, "tuple", value))
}

fn bytes_argument(t: &Thread, name: &str, value: Value) -> R<Vec<u8>> {
    match Bytes::of(t, value) {
        Some(bytes) => Ok(bytes.target().as_slice().to_vec()),
        None => Err(wrong_type(t, name, "bytes", value)),
    }
}

fn count_argument(t: &Thread, name: &str, value: Value) -> R<u32> {
    let number = protocols::index_i64(t, value)?;
    u32::try_from(number).map_err(|_| t.value_error(format_args!("{name} must be a positive integer")))
}

fn small_count(t: &Thread, name: &str, value: Value) -> R<u16> {
    let number = count_argument(t, name, value)?;
    u16::try_from(number).map_err(|_| t.value_error(format_args!("{name} is too large")))
}

impl Changes {
    fn apply(&mut self, t: &Thread, name: &str, value: Value) -> R<()> {
        match name {
            "co_name" => self.unit.name = text_argument(t, name, value)?.into(),
            "co_qualname" => self.unit.qualname = text_argument(t, name, value)?.into(),
            "co_filename" => self.unit.filename = text_argument(t, name, value)?.into(),
            "co_argcount" => self.unit.argument_count = small_count(t, name, value)?,
            "co_posonlyargcount" => self.unit.positional_only_count = small_count(t, name, value)?,
            "co_kwonlyargcount" => self.unit.keyword_only_count = small_count(t, name, value)?,
            "co_firstlineno" => {
                let line = count_argument(t, name, value)?;
                self.line_shift = i64::from(line) - i64::from(self.unit.first_line);
                self.unit.first_line = line;
            }
            "co_flags" => self.unit.flags = CodeFlags(count_argument(t, name, value)?),
            // Registers are counted when the code is made.
            "co_stacksize" => drop(count_argument(t, name, value)?),
            "co_nlocals" => {
                let count = count_argument(t, name, value)? as usize;
                if count != self.unit.locals.iter().filter(|local| is_variable(local)).count() {
                    return Err(t.value_error("code: co_nlocals != len(co_varnames)"));
                }
            }
            "co_consts" => self.constants = Some(tuple_argument(t, name, value)?),
            "co_names" => {
                let places = self.unit.used_names().into_iter().map(|index| index as usize).collect();
                self.separate_names();
                self.rename(t, name, value, places)?;
            }
            "co_varnames" => self.rename_locals(t, name, value, is_variable)?,
            "co_cellvars" => self.rename_locals(t, name, value, |local| local.kind == LocalKind::Cell)?,
            "co_freevars" => self.rename_locals(t, name, value, |local| local.kind == LocalKind::Free)?,
            "co_code" => self.instructions(t, &bytes_argument(t, name, value)?)?,
            "co_linetable" => self.unit.lines = LineTable(bytes_argument(t, name, value)?.into()),
            "co_exceptiontable" => self.exceptions(t, &bytes_argument(t, name, value)?)?,
            _ => return Err(t.type_error(format_args!("replace() got an unexpected keyword argument '{name}'"))),
        }
        Ok(())
    }

    fn rename_locals(
        &mut self,
        t: &Thread,
        name: &str,
        value: Value,
        choose: impl Fn(&bytecode::LocalVariable) -> bool,
    ) -> R<()> {
        let places = self.unit.locals.iter().filter(|local| choose(local)).map(|local| local.name as usize).collect();
        self.rename(t, name, value, places)
    }

    /// Gives the registers entries of their own in the table of names, which they may share with instructions.
    fn separate_names(&mut self) {
        for local in &mut self.unit.locals {
            let Some(name) = self.unit.names.get(local.name as usize).cloned() else { continue };
            local.name = self.unit.names.len() as u32;
            self.unit.names.push(name);
        }
    }

    fn rename(&mut self, t: &Thread, name: &str, value: Value, places: Vec<usize>) -> R<()> {
        let names = tuple_argument(t, name, value)?;
        if names.len() != places.len() {
            let side = if names.len() < places.len() { "small" } else { "large" };
            return Err(t.value_error(format_args!("code: {name} is too {side}")));
        }
        for (&place, &text) in places.iter().zip(names.target().as_slice()) {
            let Some(text) = Str::of(t, text) else {
                return Err(t.type_error(format_args!(
                    "name tuples must contain only strings, not '{}'",
                    text.class(t).name()
                )));
            };
            self.unit.names[place] = text.to_string_lossy().into();
        }
        Ok(())
    }

    fn instructions(&mut self, t: &Thread, bytes: &[u8]) -> R<()> {
        let (words, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(t.value_error("code: co_code is malformed"));
        }
        self.unit.instructions = words.iter().map(|word| bytecode::Instruction(u64::from_le_bytes(*word))).collect();
        Ok(())
    }

    fn exceptions(&mut self, t: &Thread, bytes: &[u8]) -> R<()> {
        let (entries, rest) = bytes.as_chunks::<16>();
        if !rest.is_empty() {
            return Err(t.value_error("code: co_exceptiontable is malformed"));
        }
        let word = |entry: &[u8; 16], index: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&entry[index * 4..index * 4 + 4]);
            u32::from_le_bytes(word)
        };
        let entry = |entry: &[u8; 16]| bytecode::ExceptionEntry {
            start: word(entry, 0),
            end: word(entry, 1),
            target: word(entry, 2),
            register: word(entry, 3) as u16,
        };
        self.unit.exceptions = entries.iter().map(entry).collect();
        Ok(())
    }

    /// Lines are stored as they are; CPython's are relative to the first.
    fn shift_lines(&mut self) {
        if self.line_shift == 0 {
            return;
        }
        let shift = self.line_shift;
        let moved = |line: u32| u32::try_from(i64::from(line) + shift).unwrap_or(1).max(1);
        let positions: Vec<Position> = self
            .unit
            .lines
            .positions()
            .map(|position| {
                if position.line == 0 {
                    position
                } else {
                    Position { line: moved(position.line), end_line: moved(position.end_line), ..position }
                }
            })
            .collect();
        self.unit.lines = LineTable::encode(positions);
    }
}

/// The changed constants, which must go on where the instructions need them.
fn constants(t: &Thread, old: Ref<CodeObject>, given: Ref<Tuple>) -> R<Ref<ValueArray>> {
    let unit = old.unit();
    if given.len() < unit.constants.len() {
        return Err(t.value_error("code: co_consts is too small"));
    }
    for (constant, value) in unit.constants.iter().zip(given.target().as_slice()) {
        let was_code = matches!(constant, Constant::Code(_) | Constant::LazyCode(_));
        if was_code && value.downcast::<CodeObject>().is_none() {
            return Err(t.value_error("code: co_consts must keep its code objects"));
        }
    }
    ValueArray::from_slice(t, given.target().as_slice(), given.len())
}

/// Return a copy of the code object with new values for the specified fields.
#[native("replace($self, /, **changes)", raw)]
fn code_replace(t: &Thread, args: Args<'_>) -> R {
    replace(t, args)
}

/// The same as replace().
#[native("__replace__($self, /, **changes)", raw)]
fn code_dunder_replace(t: &Thread, args: Args<'_>) -> R {
    replace(t, args)
}

fn replace(t: &Thread, args: Args<'_>) -> R {
    let Some(this) = args.values.first().and_then(|this| this.downcast::<CodeObject>()) else {
        return Err(t.type_error("unbound method code.replace() needs an argument"));
    };
    if args.positional().len() > 1 {
        return Err(t.type_error("replace() takes no positional arguments"));
    }
    this.ready(t)?;
    let mut changes = Changes { unit: this.unit().clone(), constants: None, line_shift: 0 };
    for (name, value) in args.keywords() {
        changes.apply(t, &name.to_string_lossy(), value)?;
    }
    changes.shift_lines();
    if let Err(fault) = bytecode::verify::verify_unit(&changes.unit) {
        return Err(t.value_error(format_args!("code: {fault}")));
    }
    let given = match changes.constants {
        Some(given) => constants(t, this, given)?,
        None => this.constant_array(),
    };
    let made = CodeObject::new(t, Arc::new(changes.unit))?;
    made.constants.put(made.header(), t, given.value());
    Ok(made.value())
}

macro_rules! members {
    ($($name:literal $get:ident),* $(,)?) => { &[$(GetSet { name: $name, get: $get, set: Some(read_only), doc: "" }),*] };
}

/// `code`.
pub static CODE: ClassDef = ClassDef {
    name: "code",
    module: "builtins",
    layout: CodeObject::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::WEAKREF | ClassFlags::NO_NEW,
    doc: "What a function runs.",
    methods: &[
        MethodDef::Method(&CODE_REPR),
        MethodDef::Method(&CODE_HASH),
        MethodDef::Method(&CODE_EQ),
        MethodDef::Method(&CODE_NE),
        MethodDef::Method(&CODE_LINES),
        MethodDef::Method(&CODE_POSITIONS),
        MethodDef::Method(&CODE_REPLACE),
        MethodDef::Method(&CODE_DUNDER_REPLACE),
        MethodDef::Method(&CODE_VARIABLE_NAME),
    ],
    getset: members! {
        "co_argcount" get_argument_count,
        "co_posonlyargcount" get_positional_only_count,
        "co_kwonlyargcount" get_keyword_only_count,
        "co_stacksize" get_stack_size,
        "co_flags" get_flags,
        "co_nlocals" get_local_count,
        "co_consts" get_constants,
        "co_names" get_names,
        "co_filename" get_filename,
        "co_name" get_name,
        "co_qualname" get_qualname,
        "co_firstlineno" get_first_line,
        "co_linetable" get_line_table,
        "co_exceptiontable" get_exception_table,
        "co_varnames" get_variable_names,
        "co_cellvars" get_cell_names,
        "co_freevars" get_free_names,
        "co_code" get_code,
        "_co_code_adaptive" get_code,
    },
};
