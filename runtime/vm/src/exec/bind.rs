//! Binding the arguments of a call to the parameters of a Python function, in place in the callee's window.

use bytecode::{Code, CodeFlags};

use crate::exec::enter::push_frame;
use crate::native::{Args, plural};
use crate::object::{Ref, SlotExt};
use crate::objects::{CodeObject, Dict, Function, Str, Tuple};
use crate::raised::{R, Raised};
use crate::thread::{Frame, Thread};
use crate::value::Value;

/// Code whose call makes a generator, coroutine or async generator.
pub const SUSPENDABLE: u32 = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;

/// Pushes a frame whose window starts at `registers`, with `args` bound to the parameters. The arguments may lie in that window.
///
/// # Safety
/// `registers` points into the register file, at or before the end of the running frame's window; what lies there from that register on
/// is not needed any more, but for `args`.
pub(crate) unsafe fn push_bound<'t>(
    t: &'t Thread,
    function: Ref<Function>,
    code: Ref<CodeObject>,
    registers: *mut u64,
    args: Args<'_>,
    flags: u16,
    result: u16,
) -> R<&'t Frame> {
    function.ready(t)?;
    let unit = code.unit();
    let total = unit.argument_registers();
    let file = t.mutator().registers();
    if registers.wrapping_add(code.register_count() + args.values.len()) >= file.limit() {
        return Err(t.recursion_error("maximum recursion depth exceeded"));
    }
    if bind_in_place(t, function, code, registers, args) {
        // SAFETY: the caller promised where the window starts, and all arguments are bound.
        return unsafe { push_frame(t, function, code, registers, total, flags, result) };
    }
    let mut binder = Binder { t, function, code: unit, bound: Bound::new(t, total)? };
    binder.positional(args.positional())?;
    binder.keywords(args)?;
    binder.defaults(args.positional().len())?;
    let bound = binder.bound;
    // The arguments were all read: the window may be written now.
    for index in 0..total {
        // SAFETY: the window lies below the file's limit, tested above.
        unsafe { *registers.add(index) = bound.get(index).map_or(0, Value::bits) };
    }
    // SAFETY: as above.
    unsafe { push_frame(t, function, code, registers, total, flags, result) }
}

/// The usual calls, bound without looking for what is wrong with them: no `**kwargs` among the parameters, every argument
/// has its place and no parameter is left without a value. False: nothing was written, and `Binder` does it or says why not.
#[inline(always)]
fn bind_in_place(
    t: &Thread,
    function: Ref<Function>,
    code: Ref<CodeObject>,
    registers: *mut u64,
    args: Args<'_>,
) -> bool {
    let unit = code.unit();
    if unit.flags.has(CodeFlags::VARKEYWORDS) {
        return false;
    }
    if args.names.is_none() && unit.keyword_only_count == 0 && !unit.flags.has(CodeFlags::VARARGS) {
        return bind_positional(function, unit, registers, args.values);
    }
    bind_named(t, function, code, registers, args)
}

/// Positional arguments and parameters only: they move to the window's start, where they mostly lie already, and defaults follow them.
#[inline(always)]
fn bind_positional(function: Ref<Function>, unit: &Code, registers: *mut u64, given: &[Value]) -> bool {
    let count = usize::from(unit.argument_count);
    if given.len() > count {
        return false;
    }
    let missing = count - given.len();
    let defaults = match function.defaults() {
        Some(defaults) if defaults.len() >= missing => Some(defaults),
        _ if missing == 0 => None,
        _ => return false,
    };
    if !std::ptr::eq(given.as_ptr().cast::<u64>(), registers) {
        // SAFETY: the caller found room for the window and the arguments below the file's limit; `copy` allows for overlap.
        unsafe { std::ptr::copy(given.as_ptr().cast::<u64>(), registers, given.len()) };
    }
    for index in given.len()..count {
        let default = defaults.map_or(0, |defaults| defaults.get(defaults.len() - (count - index)).bits());
        // SAFETY: as above.
        unsafe { *registers.add(index) = default };
    }
    true
}

/// The most parameters that `bind_named` takes.
const FEW_PARAMETERS: usize = 16;

/// Some arguments come with names, or some parameters want them, or one takes what is left. The arguments are collected on the native
/// stack first, since they may lie in the window.
#[inline(never)]
fn bind_named(t: &Thread, function: Ref<Function>, code: Ref<CodeObject>, registers: *mut u64, args: Args<'_>) -> bool {
    let unit = code.unit();
    let (count, total) = (usize::from(unit.argument_count), unit.argument_registers());
    let given = args.positional();
    let variadic = unit.flags.has(CodeFlags::VARARGS);
    if total > FEW_PARAMETERS || (given.len() > count && !variadic) {
        return false;
    }
    let mut bound = [0_u64; FEW_PARAMETERS];
    let direct = given.len().min(count);
    // What takes the rest stands behind all that have names.
    let named = total - usize::from(variadic);
    if variadic {
        let Some(rest) = rest_of(t, &given[direct..]) else { return false };
        bound[named] = rest.value().bits();
    }
    for (place, value) in bound.iter_mut().zip(&given[..direct]) {
        *place = value.bits();
    }
    let first = usize::from(unit.positional_only_count);
    let parameters = &unit.locals[..total];
    let code_names = code.name_array();
    // Names in calls and of parameters are interned: the same name is mostly the same word.
    let is_named = |index: usize, name: Value| code_names.slot(parameters[index].name as usize).bits() == name.bits();
    let names = args.names.as_ref().map_or(&[][..], |names| names.as_slice());
    // Callers mostly keep to the order of the parameters.
    let mut next = first.max(direct);
    for (&name, value) in names.iter().zip(&args.values[given.len()..]) {
        let found = (next..named).chain(first..next).find(|&index| is_named(index, name));
        match found {
            Some(index) if bound[index] == 0 => {
                bound[index] = value.bits();
                next = index + 1;
            }
            _ => return false,
        }
    }
    if !fill_defaults(t, function, code, &mut bound[..named], direct) {
        return false;
    }
    for (index, &word) in bound[..total].iter().enumerate() {
        // SAFETY: the caller found room for the window below the file's limit.
        unsafe { *registers.add(index) = word };
    }
    true
}

/// The arguments that have no parameters of their own. Without memory for them the general way says so.
fn rest_of(t: &Thread, rest: &[Value]) -> Option<Ref<Tuple>> {
    if rest.is_empty() {
        return Some(Tuple::empty(t));
    }
    Tuple::from_slice(t, rest).map_err(|_| t.clear_pending()).ok()
}

/// Gives parameters from `given` on that have no value their defaults; false if one has none.
#[inline(always)]
fn fill_defaults(t: &Thread, function: Ref<Function>, code: Ref<CodeObject>, bound: &mut [u64], given: usize) -> bool {
    let unit = code.unit();
    let count = usize::from(unit.argument_count);
    let defaults = function.defaults();
    for (index, word) in bound.iter_mut().enumerate().skip(given).filter(|(_, word)| **word == 0) {
        let default = if index < count {
            defaults.and_then(|defaults| (defaults.len() + index).checked_sub(count).map(|place| defaults.get(place)))
        } else {
            // They stand in the dict in the order of the parameters, as a rule.
            let name = code.name_at(unit.locals[index].name as usize);
            function.kwdefaults().and_then(|defaults| defaults.get_str_near(t, name, index - count))
        };
        match default {
            Some(value) => *word = value.bits(),
            None => return false,
        }
    }
    true
}

/// The bound arguments while they are collected: on the native stack, where the collector sees them, or in a heap array.
enum Bound {
    Few([Option<Value>; 24]),
    Many(Ref<crate::objects::ValueArray>),
}

impl Bound {
    fn new(t: &Thread, count: usize) -> R<Self> {
        if count <= 24 {
            Ok(Bound::Few([None; 24]))
        } else {
            Ok(Bound::Many(crate::objects::ValueArray::new(t, count)?))
        }
    }

    fn get(&self, index: usize) -> Option<Value> {
        match self {
            Bound::Few(values) => values[index],
            Bound::Many(array) => array.slot(index).get(),
        }
    }

    fn set(&mut self, t: &Thread, index: usize, value: Value) {
        match self {
            Bound::Few(values) => values[index] = Some(value),
            Bound::Many(array) => array.slot(index).set(array.header(), t.mutator(), Some(value)),
        }
    }
}

struct Binder<'t> {
    t: &'t Thread,
    function: Ref<Function>,
    code: &'t Code,
    bound: Bound,
}

impl Binder<'_> {
    fn argument_count(&self) -> usize {
        usize::from(self.code.argument_count)
    }

    fn star_index(&self) -> usize {
        self.argument_count() + usize::from(self.code.keyword_only_count)
    }

    fn positional(&mut self, given: &[Value]) -> R<()> {
        let limit = self.argument_count();
        let direct = given.len().min(limit);
        for (index, &value) in given[..direct].iter().enumerate() {
            self.bound.set(self.t, index, value);
        }
        if self.code.flags.has(CodeFlags::VARARGS) {
            let rest = Tuple::from_slice(self.t, &given[direct..])?;
            self.bound.set(self.t, self.star_index(), rest.value());
        }
        Ok(())
    }

    fn keywords(&mut self, args: Args<'_>) -> R<()> {
        let extra = if self.code.flags.has(CodeFlags::VARKEYWORDS) {
            let dict = Dict::new(self.t)?;
            let index = self.star_index() + usize::from(self.code.flags.has(CodeFlags::VARARGS));
            self.bound.set(self.t, index, dict.value());
            Some(dict)
        } else {
            None
        };
        let mut too_many = args.positional().len() > self.argument_count() && !self.code.flags.has(CodeFlags::VARARGS);
        for (name, value) in args.keywords() {
            let parameter = self.parameter_named(name);
            match (parameter, extra) {
                (Some(index), _) if self.bound.get(index).is_some() => {
                    let function = self.function.qualified_name();
                    return Err(self.t.type_error(format_args!(
                        "{function}() got multiple values for argument '{}'",
                        name.to_string_lossy()
                    )));
                }
                (Some(index), _) => self.bound.set(self.t, index, value),
                (None, Some(extra)) => extra.set_str(self.t, name, value)?,
                (None, None) => return Err(self.unexpected_keyword(args, name)),
            }
        }
        if std::mem::take(&mut too_many) {
            return Err(self.too_many_positional(args));
        }
        Ok(())
    }

    /// The register of the parameter that may be given by this name.
    fn parameter_named(&self, name: Ref<Str>) -> Option<usize> {
        let first = usize::from(self.code.positional_only_count);
        let code = self.function.code();
        let is_named = |index: &usize| {
            let own = code.name_at(self.code.locals[*index].name as usize);
            own == name || Str::equal(own, name)
        };
        (first..self.star_index()).find(is_named)
    }

    fn defaults(&mut self, given: usize) -> R<()> {
        let count = self.argument_count();
        let defaults = self.function.defaults();
        let first_default = count - defaults.map_or(0, |defaults| defaults.len()).min(count);
        let mut missing = Vec::new();
        for index in given.min(count)..count {
            if self.bound.get(index).is_some() {
                continue;
            }
            match defaults.filter(|_| index >= first_default) {
                Some(defaults) => {
                    let skip = defaults.len() - (count - first_default);
                    self.bound.set(self.t, index, defaults.get(skip + index - first_default));
                }
                None => missing.push(self.parameter_text(index)),
            }
        }
        if !missing.is_empty() {
            return Err(self.missing(&missing, "positional"));
        }
        self.keyword_defaults()
    }

    fn keyword_defaults(&mut self) -> R<()> {
        let mut missing = Vec::new();
        let defaults = self.function.kwdefaults();
        for index in self.argument_count()..self.star_index() {
            if self.bound.get(index).is_some() {
                continue;
            }
            let name = self.function.code().name_at(self.code.locals[index].name as usize);
            match defaults.and_then(|defaults| defaults.get_str(self.t, name)) {
                Some(value) => self.bound.set(self.t, index, value),
                None => missing.push(self.parameter_text(index)),
            }
        }
        if missing.is_empty() { Ok(()) } else { Err(self.missing(&missing, "keyword-only")) }
    }

    fn parameter_text(&self, index: usize) -> String {
        self.code.names[self.code.locals[index].name as usize].clone().into_owned()
    }

    #[cold]
    fn missing(&self, names: &[String], kind: &str) -> Raised {
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let list = match &quoted[..] {
            [one] => one.clone(),
            [first, second] => format!("{first} and {second}"),
            [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
            [] => String::new(),
        };
        let (function, count) = (self.function.qualified_name(), names.len());
        self.t
            .type_error(format_args!("{function}() missing {count} required {kind} argument{}: {list}", plural(count)))
    }

    #[cold]
    fn unexpected_keyword(&self, args: Args<'_>, name: Ref<Str>) -> Raised {
        let function = self.function.qualified_name();
        let positional_only: Vec<String> =
            (0..usize::from(self.code.positional_only_count)).map(|index| self.parameter_text(index)).collect();
        let wrong: Vec<String> = args
            .keywords()
            .map(|(name, _)| name.to_string_lossy())
            .filter(|name| positional_only.contains(name))
            .collect();
        if !wrong.is_empty() {
            let list = wrong.join(", ");
            return self.t.type_error(format_args!(
                "{function}() got some positional-only arguments passed as keyword arguments: '{list}'"
            ));
        }
        let given = name.to_string_lossy();
        let candidates: Vec<String> = (0..self.star_index()).map(|index| self.parameter_text(index)).collect();
        let hint = crate::exceptions::suggestions::closest(&given, candidates.iter().map(String::as_str));
        let hint = hint.map_or_else(String::new, |hint| format!(". Did you mean '{hint}'?"));
        self.t.type_error(format_args!("{function}() got an unexpected keyword argument '{given}'{hint}"))
    }

    #[cold]
    fn too_many_positional(&self, args: Args<'_>) -> Raised {
        let (function, limit, given) = (self.function.qualified_name(), self.argument_count(), args.positional().len());
        let keyword_only = (limit..self.star_index()).filter(|&index| self.bound.get(index).is_some()).count();
        let defaults = self.function.defaults().map_or(0, |defaults| defaults.len());
        let (takes, many) = if defaults > 0 {
            (format!("from {} to {limit}", limit - defaults.min(limit)), true)
        } else {
            (limit.to_string(), limit != 1)
        };
        let plural_takes = if many { "s" } else { "" };
        let also = if keyword_only > 0 {
            format!(
                " positional argument{} (and {keyword_only} keyword-only argument{})",
                plural(given),
                plural(keyword_only)
            )
        } else {
            String::new()
        };
        let were = if given == 1 && keyword_only == 0 { "was" } else { "were" };
        self.t.type_error(format_args!(
            "{function}() takes {takes} positional argument{plural_takes} but {given}{also} {were} given"
        ))
    }
}
