//! The methods of `BaseException` and of the exception classes that have some of their own.

use sync::atomic::Ordering::Relaxed;

use crate::exceptions::fields;
use crate::names::Special;
use crate::native;
use crate::native::{Args, GetSet, MethodDef};
use crate::object::{Ref, SlotExt};
use crate::objects::{BaseException, Class, ClassFlags, Dict, List, Str, Traceback, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

type Exception = Ref<BaseException>;

#[native("__new__", raw)]
fn exception_new(t: &Thread, args: Args<'_>) -> R {
    let class: Ref<Class> = args
        .values
        .first()
        .and_then(|class| class.downcast())
        .ok_or_else(|| t.type_error("BaseException.__new__(): not enough arguments"))?;
    let class = if class == t.classes().os_error { os_error_class(t, args.rest()) } else { class };
    make(t, class, args.rest().positional())
}

/// An exception of a builtin class whose `__new__` and `__init__` are those of `BaseException`: there is nothing to call.
pub fn plain(t: &Thread, class: Ref<Class>, arguments: &[Value]) -> Option<R> {
    let base = t.classes().base_exception;
    let inherits = |special| class.special(t, special) == base.special(t, special);
    let ours = !class.has(ClassFlags::HEAP);
    (ours && inherits(Special::New) && inherits(Special::Init)).then(|| make(t, class, arguments))
}

fn make(t: &Thread, class: Ref<Class>, arguments: &[Value]) -> R {
    let object = t.allocate_instance(class)?;
    crate::shapes::initialize(t, object, class)?;
    let value = Value::of_header(object);
    let exception: Exception = value.downcast().expect("exception classes have this layout");
    exception.args.put(object, t, Tuple::from_slice(t, arguments)?.value());
    Ok(value)
}

#[native("__init__", raw)]
fn exception_init(t: &Thread, args: Args<'_>) -> R {
    let exception = receiver(t, args)?;
    let rest = args.rest();
    if rest.keyword_count() > 0 {
        let name = args.values[0].class(t).name();
        return Err(t.type_error(format_args!("{name}() takes no keyword arguments")));
    }
    // `__new__` was given the same, as a rule.
    if exception.args().is_none_or(|known| known.as_slice() != rest.positional()) {
        exception.args.put(exception.header(), t, Tuple::from_slice(t, rest.positional())?.value());
    }
    Ok(Value::NONE)
}

fn receiver(t: &Thread, args: Args<'_>) -> R<Exception> {
    match args.values.first().and_then(|value| value.downcast()) {
        Some(exception) => Ok(exception),
        None => Err(t.type_error("descriptor '__init__' of 'BaseException' object needs an argument")),
    }
}

fn arguments(t: &Thread, this: Exception) -> Ref<Tuple> {
    this.args().unwrap_or_else(|| t.empty_tuple())
}

#[native("__str__($self, /)")]
fn exception_str(t: &Thread, this: Exception) -> R {
    match arguments(t, this).as_slice() {
        [] => Ok(Str::new(t, "")?.value()),
        [one] => Ok(protocols::str(t, *one)?.value()),
        _ => Ok(protocols::str(t, arguments(t, this).value())?.value()),
    }
}

#[native("__repr__($self, /)")]
fn exception_repr(t: &Thread, this: Exception) -> R<String> {
    let name = this.value().class(t).name();
    match arguments(t, this).as_slice() {
        [one] => Ok(format!("{name}({})", protocols::repr(t, *one)?.to_string_lossy())),
        _ => Ok(format!("{name}{}", protocols::repr(t, arguments(t, this).value())?.to_string_lossy())),
    }
}

#[native("__reduce__($self, /)")]
fn exception_reduce(t: &Thread, this: Exception) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let args = arguments(t, this).value();
    match crate::shapes::dict_of(t, this.header())?.filter(|dict| dict.len(t) > 0) {
        Some(dict) => Tuple::from_slice(t, &[class, args, dict.value()]),
        None => Tuple::from_slice(t, &[class, args]),
    }
}

#[native("__setstate__($self, object, /)")]
fn exception_setstate(t: &Thread, this: Exception, state: Value) -> R<()> {
    if state.is_none() {
        return Ok(());
    }
    let Some(state) = state.downcast::<Dict>() else { return Err(t.type_error("state is not a dictionary")) };
    let mut position = 0;
    while let Some((key, value, _)) = state.next_entry(t, &mut position) {
        let Some(name) = Str::of(t, key) else { return Err(t.type_error("attribute name must be string")) };
        protocols::set_attribute(t, this.value(), name, value)?;
    }
    Ok(())
}

/// Set self.__traceback__ to tb and return self.
#[native("with_traceback($self, object, /)")]
fn exception_with_traceback(t: &Thread, this: Exception, traceback: Value) -> R {
    set_traceback(t, this.value(), Some(traceback))?;
    Ok(this.value())
}

/// Add a note to the exception
#[native("add_note($self, object, /)")]
fn exception_add_note(t: &Thread, this: Exception, note: Value) -> R<()> {
    if Str::of(t, note).is_none() {
        return Err(t.type_error(format_args!("add_note() argument must be str, not {}", note.class(t).name())));
    }
    let name = t.names().__notes__;
    let notes = match protocols::get_attribute_optional(t, this.value(), name)? {
        Some(notes) => notes,
        None => {
            let notes = List::new(t)?.value();
            protocols::set_attribute(t, this.value(), name, notes)?;
            notes
        }
    };
    match notes.downcast::<List>() {
        Some(notes) => notes.push(t, note),
        None => Err(t.type_error("Cannot add note: __notes__ is not a list")),
    }
}

/// The methods of `BaseException`.
pub static BASE_METHODS: &[MethodDef] = &[
    MethodDef::New(&EXCEPTION_NEW),
    MethodDef::Method(&EXCEPTION_INIT),
    MethodDef::Method(&EXCEPTION_STR),
    MethodDef::Method(&EXCEPTION_REPR),
    MethodDef::Method(&EXCEPTION_REDUCE),
    MethodDef::Method(&EXCEPTION_SETSTATE),
    MethodDef::Method(&EXCEPTION_WITH_TRACEBACK),
    MethodDef::Method(&EXCEPTION_ADD_NOTE),
];

fn of(value: Value) -> Exception {
    value.downcast().expect("the descriptor checked the receiver")
}

fn get_args(t: &Thread, object: Value) -> R {
    Ok(arguments(t, of(object)).value())
}

fn set_args(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("args may not be deleted")) };
    let list = crate::protocols::list_of(t, value)?;
    of(object).args.put(of(object).header(), t, list.to_tuple(t)?.value());
    Ok(())
}

fn get_traceback(_: &Thread, object: Value) -> R {
    Ok(of(object).traceback.get().unwrap_or(Value::NONE))
}

fn set_traceback(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    match value {
        None => Err(t.type_error("__traceback__ may not be deleted")),
        Some(value) if value.is_none() || value.downcast::<Traceback>().is_some() => {
            of(object).traceback.put(of(object).header(), t, Some(value).filter(|value| !value.is_none()));
            Ok(())
        }
        Some(_) => Err(t.type_error("__traceback__ must be a traceback or None")),
    }
}

fn get_context(_: &Thread, object: Value) -> R {
    Ok(of(object).context.get().unwrap_or(Value::NONE))
}

fn chained(t: &Thread, value: Option<Value>, name: &str) -> R<Option<Value>> {
    match value {
        None => Err(t.type_error(format_args!("{name} may not be deleted"))),
        Some(value) if value.is_none() => Ok(None),
        Some(value) if value.downcast::<BaseException>().is_some() => Ok(Some(value)),
        Some(_) => Err(t.type_error(format_args!(
            "exception {} must be None or derive from BaseException",
            name.trim_matches('_')
        ))),
    }
}

fn set_context(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let context = chained(t, value, "__context__")?;
    super::set_context_to(t, object, context);
    Ok(())
}

fn get_cause(_: &Thread, object: Value) -> R {
    Ok(of(object).cause.get().unwrap_or(Value::NONE))
}

fn set_cause(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let cause = chained(t, value, "__cause__")?;
    super::set_cause(t, object, cause);
    Ok(())
}

fn get_suppress(_: &Thread, object: Value) -> R {
    Ok(Value::bool(of(object).suppress_context.load(Relaxed) != 0))
}

fn set_suppress(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let truth = match value {
        Value::TRUE => 1,
        Value::FALSE => 0,
        _ => return Err(t.type_error("attribute value type must be bool")),
    };
    of(object).suppress_context.store(truth, Relaxed);
    Ok(())
}

/// The computed attributes of `BaseException`.
pub static BASE_GETSET: &[GetSet] = &[
    GetSet { name: "args", get: get_args, set: Some(set_args), doc: "" },
    GetSet { name: "__traceback__", get: get_traceback, set: Some(set_traceback), doc: "" },
    GetSet { name: "__context__", get: get_context, set: Some(set_context), doc: "exception context" },
    GetSet { name: "__cause__", get: get_cause, set: Some(set_cause), doc: "exception cause" },
    GetSet { name: "__suppress_context__", get: get_suppress, set: Some(set_suppress), doc: "" },
    crate::builtins::object::DICT_GETSET,
];

/// Calls `BaseException.__init__` with the positional arguments, then sets fields given by keyword.
fn init_with_keywords(t: &Thread, args: Args<'_>, names: &[&str]) -> R<Exception> {
    let exception = receiver(t, args)?;
    let positional = args.rest().positional();
    exception.args.put(exception.header(), t, Tuple::from_slice(t, positional)?.value());
    // A second initialization leaves nothing of the first.
    for index in (0..names.len()).filter(|&index| exception.detail(index).is_some()) {
        fields::set(t, exception, index, None)?;
    }
    for (given, value) in args.keywords() {
        let given = given.to_string_lossy();
        match names.iter().position(|name| *name == given) {
            Some(index) => fields::set(t, exception, index, Some(value))?,
            None => {
                let class = args.values[0].class(t).name();
                return Err(native::unexpected_keyword(t, &class, &given, names.iter().copied()));
            }
        }
    }
    Ok(exception)
}

#[native("__init__", raw)]
fn stop_iteration_init(t: &Thread, args: Args<'_>) -> R {
    exception_init(t, args)?;
    let value = args.rest().positional().first().copied().unwrap_or(Value::NONE);
    fields::set(t, receiver(t, args)?, 0, Some(value))?;
    Ok(Value::NONE)
}

/// The methods of `StopIteration`.
pub static STOP_ITERATION_METHODS: &[MethodDef] = &[MethodDef::Method(&STOP_ITERATION_INIT)];

#[native("__init__", raw)]
fn system_exit_init(t: &Thread, args: Args<'_>) -> R {
    exception_init(t, args)?;
    let code = match args.rest().positional() {
        [] => Value::NONE,
        [one] => *one,
        many => Tuple::from_slice(t, many)?.value(),
    };
    fields::set(t, receiver(t, args)?, 0, Some(code))?;
    Ok(Value::NONE)
}

/// The methods of `SystemExit`.
pub static SYSTEM_EXIT_METHODS: &[MethodDef] = &[MethodDef::Method(&SYSTEM_EXIT_INIT)];

#[native("__init__", raw)]
fn attribute_error_init(t: &Thread, args: Args<'_>) -> R {
    init_with_keywords(t, args, &["name", "obj"]).map(|_| Value::NONE)
}

/// What pickles of an exception with fields carry: its `__dict__` and the fields of these names and places that are set.
fn state_with_fields(t: &Thread, this: Exception, fields: &[(&str, usize)]) -> R<Option<Ref<Dict>>> {
    let own = crate::shapes::dict_of(t, this.header())?.filter(|dict| dict.len(t) > 0);
    let set: Vec<_> = fields.iter().filter(|(_, index)| this.detail(*index).is_some()).collect();
    if own.is_none() && set.is_empty() {
        return Ok(None);
    }
    let state = match own {
        Some(own) => own.copy(t)?,
        None => Dict::new(t)?,
    };
    for (name, index) in set {
        if let Some(value) = this.detail(*index) {
            state.set_str(t, Str::interned(t, name)?, value)?;
        }
    }
    Ok(Some(state))
}

fn reduce_with_state(t: &Thread, this: Exception, state: Option<Ref<Dict>>) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let args = arguments(t, this).value();
    match state {
        Some(state) => Tuple::from_slice(t, &[class, args, state.value()]),
        None => Tuple::from_slice(t, &[class, args]),
    }
}

const ATTRIBUTE_ERROR_STATE: &[(&str, usize)] = &[("name", 0)];

/// Helper for pickle.
#[native("__getstate__($self, /)")]
fn attribute_error_getstate(t: &Thread, this: Exception) -> R {
    Ok(state_with_fields(t, this, ATTRIBUTE_ERROR_STATE)?.map_or(Value::NONE, Ref::value))
}

#[native("__reduce__($self, /)")]
fn attribute_error_reduce(t: &Thread, this: Exception) -> R<Ref<Tuple>> {
    // The object is left out: it need not be one that can be pickled.
    let state = state_with_fields(t, this, ATTRIBUTE_ERROR_STATE)?;
    reduce_with_state(t, this, state)
}

/// The methods of `AttributeError`.
pub static ATTRIBUTE_ERROR_METHODS: &[MethodDef] = &[
    MethodDef::Method(&ATTRIBUTE_ERROR_INIT),
    MethodDef::Method(&ATTRIBUTE_ERROR_GETSTATE),
    MethodDef::Method(&ATTRIBUTE_ERROR_REDUCE),
];

#[native("__init__", raw)]
fn name_error_init(t: &Thread, args: Args<'_>) -> R {
    init_with_keywords(t, args, &["name"]).map(|_| Value::NONE)
}

/// The methods of `NameError`.
pub static NAME_ERROR_METHODS: &[MethodDef] = &[MethodDef::Method(&NAME_ERROR_INIT)];

#[native("__init__", raw)]
fn import_error_init(t: &Thread, args: Args<'_>) -> R {
    let exception = init_with_keywords(t, args, &["", "name", "path", "name_from"])?;
    if let [message] = args.rest().positional() {
        fields::set(t, exception, 0, Some(*message))?;
    }
    Ok(Value::NONE)
}

#[native("__str__($self, /)")]
fn import_error_str(t: &Thread, this: Exception) -> R {
    match this.detail(0).filter(|message| message.class(t) == t.classes().str) {
        Some(message) => Ok(message),
        None => exception_str(t, this),
    }
}

#[native("__reduce__($self, /)")]
fn import_error_reduce(t: &Thread, this: Exception) -> R<Ref<Tuple>> {
    let state = state_with_fields(t, this, &[("name", 1), ("path", 2), ("name_from", 3)])?;
    reduce_with_state(t, this, state)
}

/// The methods of `ImportError`.
pub static IMPORT_ERROR_METHODS: &[MethodDef] = &[
    MethodDef::Method(&IMPORT_ERROR_INIT),
    MethodDef::Method(&IMPORT_ERROR_STR),
    MethodDef::Method(&IMPORT_ERROR_REDUCE),
];

#[native("__str__($self, /)")]
fn key_error_str(t: &Thread, this: Exception) -> R {
    match arguments(t, this).as_slice() {
        [one] => Ok(protocols::repr(t, *one)?.value()),
        _ => exception_str(t, this),
    }
}

/// The methods of `KeyError`.
pub static KEY_ERROR_METHODS: &[MethodDef] = &[MethodDef::Method(&KEY_ERROR_STR)];

/// The subclass of OSError for an error number, when OSError itself is called with one (PEP 3151).
fn os_error_class(t: &Thread, args: Args<'_>) -> Ref<Class> {
    let classes = t.classes();
    let number = match args.positional() {
        [number, _, ..] if args.positional().len() <= 5 => number.as_small_int(),
        _ => None,
    };
    let Some(number) = number.and_then(|number| i32::try_from(number).ok()) else { return classes.os_error };
    match number {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => classes.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => classes.broken_pipe_error,
        libc::ECHILD => classes.child_process_error,
        libc::ECONNABORTED => classes.connection_aborted_error,
        libc::ECONNREFUSED => classes.connection_refused_error,
        libc::ECONNRESET => classes.connection_reset_error,
        libc::EEXIST => classes.file_exists_error,
        libc::ENOENT => classes.file_not_found_error,
        libc::EISDIR => classes.is_a_directory_error,
        libc::ENOTDIR => classes.not_a_directory_error,
        libc::EINTR => classes.interrupted_error,
        libc::EACCES | libc::EPERM => classes.permission_error,
        libc::ESRCH => classes.process_lookup_error,
        libc::ETIMEDOUT => classes.timeout_error,
        _ => classes.os_error,
    }
}

#[native("__init__", raw)]
fn os_error_init(t: &Thread, args: Args<'_>) -> R {
    exception_init(t, args)?;
    let (exception, given) = (receiver(t, args)?, args.rest().positional());
    if !(2..=5).contains(&given.len()) {
        return Ok(Value::NONE);
    }
    fields::set(t, exception, 0, Some(given[0]))?;
    fields::set(t, exception, 1, Some(given[1]))?;
    if let Some(&filename) = given.get(2) {
        let blocking = args.values[0].class(t).is_subclass_of(t.classes().blocking_io_error);
        if blocking && filename.is_small_int() {
            fields::set(t, exception, 4, Some(filename))?;
            return Ok(Value::NONE);
        }
        fields::set(t, exception, 2, Some(filename))?;
        if let Some(&second) = given.get(4) {
            fields::set(t, exception, 3, Some(second))?;
        }
        exception.args.put(exception.header(), t, Tuple::from_slice(t, &given[..2])?.value());
    }
    Ok(Value::NONE)
}

#[native("__str__($self, /)")]
fn os_error_str(t: &Thread, this: Exception) -> R {
    let shown = |value: Value| protocols::repr(t, value).map(|text| text.to_string_lossy());
    let text = |value: Value| protocols::str(t, value).map(|text| text.to_string_lossy());
    let field = |index| this.detail(index).unwrap_or(Value::NONE);
    let (number, message) = (field(0), field(1));
    let file = this.detail(2).filter(|file| !file.is_none());
    let result = match (file, this.detail(3).filter(|file| !file.is_none())) {
        (Some(first), Some(second)) => {
            format!("[Errno {}] {}: {} -> {}", text(number)?, text(message)?, shown(first)?, shown(second)?)
        }
        (Some(first), None) => format!("[Errno {}] {}: {}", text(number)?, text(message)?, shown(first)?),
        _ if this.detail(0).is_some() && this.detail(1).is_some() => {
            format!("[Errno {}] {}", text(number)?, text(message)?)
        }
        _ => return exception_str(t, this),
    };
    Ok(Str::new(t, &result)?.value())
}

#[native("__reduce__($self, /)")]
fn os_error_reduce(t: &Thread, this: Exception) -> R<Ref<Tuple>> {
    let class = this.value().class(t).value();
    let args = arguments(t, this);
    let args = match (args.as_slice(), this.detail(2).filter(|file| !file.is_none())) {
        ([number, message], Some(file)) => match this.detail(3).filter(|file| !file.is_none()) {
            Some(second) => Tuple::from_slice(t, &[*number, *message, file, Value::NONE, second])?,
            None => Tuple::from_slice(t, &[*number, *message, file])?,
        },
        _ => args,
    };
    match crate::shapes::dict_of(t, this.header())?.filter(|dict| dict.len(t) > 0) {
        Some(dict) => Tuple::from_slice(t, &[class, args.value(), dict.value()]),
        None => Tuple::from_slice(t, &[class, args.value()]),
    }
}

/// The methods of `OSError`.
pub static OS_ERROR_METHODS: &[MethodDef] =
    &[MethodDef::Method(&OS_ERROR_INIT), MethodDef::Method(&OS_ERROR_STR), MethodDef::Method(&OS_ERROR_REDUCE)];

fn get_characters_written(t: &Thread, object: Value) -> R {
    match of(object).detail(4) {
        Some(count) => Ok(count),
        None => Err(t.attribute_error(object, t.names().characters_written, "characters_written")),
    }
}

fn set_characters_written(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    if value.is_none() && of(object).detail(4).is_none() {
        return Err(t.attribute_error(object, t.names().characters_written, "characters_written"));
    }
    let value = match value {
        Some(value) => Some(crate::objects::int_from_i64(t, protocols::index_i64(t, value)?)?),
        None => None,
    };
    fields::set(t, of(object), 4, value)
}

/// The computed attributes of `OSError`.
pub static OS_ERROR_GETSET: &[GetSet] = &[
    GetSet { name: "errno", get: fields::get::<0>, set: Some(fields::put::<0>), doc: "POSIX exception code" },
    GetSet { name: "strerror", get: fields::get::<1>, set: Some(fields::put::<1>), doc: "exception strerror" },
    GetSet { name: "filename", get: fields::get::<2>, set: Some(fields::put::<2>), doc: "exception filename" },
    GetSet { name: "filename2", get: fields::get::<3>, set: Some(fields::put::<3>), doc: "second exception filename" },
    GetSet { name: "characters_written", get: get_characters_written, set: Some(set_characters_written), doc: "" },
];

#[native("__init__", raw)]
fn syntax_error_init(t: &Thread, args: Args<'_>) -> R {
    exception_init(t, args)?;
    let (exception, given) = (receiver(t, args)?, args.rest().positional());
    if let Some(&message) = given.first() {
        fields::set(t, exception, 0, Some(message))?;
    }
    if let [_, details] = given {
        let details = crate::protocols::list_of(t, *details)?.to_tuple(t)?;
        let count = details.len();
        if !(4..=7).contains(&count) || count == 5 {
            let message = match count {
                ..=4 => format!("function missing required argument 'filename' (pos {})", count + 1),
                5 => String::from("end_offset must be provided when end_lineno is provided"),
                _ => format!("function takes at most 7 arguments ({count} given)"),
            };
            return Err(t.type_error(message));
        }
        for (index, &detail) in details.as_slice().iter().enumerate() {
            let field = if index == 6 { fields::SYNTAX_ERROR_METADATA } else { index + 1 };
            fields::set(t, exception, field, Some(detail))?;
        }
    }
    Ok(Value::NONE)
}

#[native("__str__($self, /)")]
fn syntax_error_str(t: &Thread, this: Exception) -> R {
    let message = protocols::str(t, this.detail(0).unwrap_or(Value::NONE))?;
    let file = this.detail(1).and_then(|value| Str::of(t, value)).map(|file| {
        let file = file.to_string_lossy();
        file.rsplit('/').next().map_or_else(String::new, str::to_owned)
    });
    let line = this.detail(2).filter(|line| line.is_small_int()).and_then(Value::as_small_int);
    let message = match (file, line) {
        (Some(file), Some(line)) => format!("{} ({file}, line {line})", message.to_string_lossy()),
        (Some(file), None) => format!("{} ({file})", message.to_string_lossy()),
        (None, Some(line)) => format!("{} (line {line})", message.to_string_lossy()),
        (None, None) => return Ok(message.value()),
    };
    Ok(Str::new(t, &message)?.value())
}

/// The methods of `SyntaxError`.
pub static SYNTAX_ERROR_METHODS: &[MethodDef] =
    &[MethodDef::Method(&SYNTAX_ERROR_INIT), MethodDef::Method(&SYNTAX_ERROR_STR)];

fn unicode_init(t: &Thread, args: Args<'_>, kinds: &[&str]) -> R {
    exception_init(t, args)?;
    let (exception, given) = (receiver(t, args)?, args.rest().positional());
    if given.len() != kinds.len() {
        return Err(t.type_error(format_args!(
            "function takes exactly {} arguments ({} given)",
            kinds.len(),
            given.len()
        )));
    }
    let first = 5 - kinds.len();
    for (index, (&value, kind)) in given.iter().zip(kinds).enumerate() {
        let fits = match *kind {
            "str" => Str::of(t, value).is_some(),
            "int" => crate::objects::int_of(value).is_some(),
            _ => true,
        };
        if !fits {
            let got = value.class(t).name();
            return Err(t.type_error(format_args!("argument {} must be {kind}, not {got}", index + 1)));
        }
        let value = if *kind == "bytes" {
            crate::objects::Bytes::new(t, protocols::Buffer::of(t, value)?.as_slice())?.value()
        } else {
            value
        };
        fields::set(t, exception, first + index, Some(value))?;
    }
    Ok(Value::NONE)
}

#[native("__init__", raw)]
fn unicode_encode_init(t: &Thread, args: Args<'_>) -> R {
    unicode_init(t, args, &["str", "str", "int", "int", "str"])
}

#[native("__init__", raw)]
fn unicode_decode_init(t: &Thread, args: Args<'_>) -> R {
    unicode_init(t, args, &["str", "bytes", "int", "int", "str"])
}

#[native("__init__", raw)]
fn unicode_translate_init(t: &Thread, args: Args<'_>) -> R {
    unicode_init(t, args, &["str", "int", "int", "str"])
}

struct UnicodeFields {
    encoding: String,
    object: Value,
    start: i64,
    end: i64,
    reason: String,
}

fn unicode_fields(t: &Thread, this: Exception) -> R<Option<UnicodeFields>> {
    let Some(object) = this.detail(1) else { return Ok(None) };
    let text = |index| -> R<String> {
        this.detail(index)
            .map_or(Ok(String::new()), |value| protocols::str(t, value).map(|text| text.to_string_lossy()))
    };
    let number = |index| this.detail(index).and_then(Value::as_small_int).unwrap_or(0);
    Ok(Some(UnicodeFields { encoding: text(0)?, object, start: number(2), end: number(3), reason: text(4)? }))
}

fn escape(character: u32) -> String {
    match character {
        0..=0xFF => format!("\\x{character:02x}"),
        0x100..=0xFFFF => format!("\\u{character:04x}"),
        _ => format!("\\U{character:08x}"),
    }
}

fn unicode_text(t: &Thread, this: Exception, verb: &str) -> R<String> {
    let Some(f) = unicode_fields(t, this)? else { return Ok(String::new()) };
    let codec = if verb == "translate" { String::new() } else { format!("'{}' codec ", f.encoding) };
    if verb == "decode" {
        let bytes = protocols::Buffer::of(t, f.object)?;
        let bytes = bytes.as_slice();
        let one = usize::try_from(f.start).ok().and_then(|start| bytes.get(start)).filter(|_| f.end == f.start + 1);
        return Ok(match one {
            Some(byte) => format!("{codec}can't decode byte 0x{byte:02x} in position {}: {}", f.start, f.reason),
            None => format!("{codec}can't decode bytes in position {}-{}: {}", f.start, f.end - 1, f.reason),
        });
    }
    let one = Str::of(t, f.object).filter(|_| f.end == f.start + 1).and_then(|text| {
        let start = usize::try_from(f.start).ok().filter(|start| *start < text.len())?;
        Some(text.units().get(start))
    });
    Ok(match one {
        Some(character) => {
            format!("{codec}can't {verb} character '{}' in position {}: {}", escape(character), f.start, f.reason)
        }
        None => format!("{codec}can't {verb} characters in position {}-{}: {}", f.start, f.end - 1, f.reason),
    })
}

#[native("__str__($self, /)")]
fn unicode_encode_str(t: &Thread, this: Exception) -> R<String> {
    unicode_text(t, this, "encode")
}

#[native("__str__($self, /)")]
fn unicode_decode_str(t: &Thread, this: Exception) -> R<String> {
    unicode_text(t, this, "decode")
}

#[native("__str__($self, /)")]
fn unicode_translate_str(t: &Thread, this: Exception) -> R<String> {
    unicode_text(t, this, "translate")
}

/// The methods of `UnicodeEncodeError`.
pub static UNICODE_ENCODE_METHODS: &[MethodDef] =
    &[MethodDef::Method(&UNICODE_ENCODE_INIT), MethodDef::Method(&UNICODE_ENCODE_STR)];
/// The methods of `UnicodeDecodeError`.
pub static UNICODE_DECODE_METHODS: &[MethodDef] =
    &[MethodDef::Method(&UNICODE_DECODE_INIT), MethodDef::Method(&UNICODE_DECODE_STR)];
/// The methods of `UnicodeTranslateError`.
pub static UNICODE_TRANSLATE_METHODS: &[MethodDef] =
    &[MethodDef::Method(&UNICODE_TRANSLATE_INIT), MethodDef::Method(&UNICODE_TRANSLATE_STR)];
