//! Pickling objects of all other classes: by what they reduce to, or by the name under which they are found.

use vm::builtins::import;
use vm::protocols::{self, call, get_attribute, get_attribute_optional};
use vm::{Class, Dict, List, R, Raised, Ref, Str, Thread, Tuple, Value};

use super::opcodes::*;
use super::pickling_error;
use super::save::Saver;

/// The name of a value's class as messages show it.
fn kind(t: &Thread, value: Value) -> String {
    value.class(t).message_name(t)
}

fn text(value: Ref<Str>) -> String {
    value.to_string_lossy()
}

/// What a call of a reducer came to.
enum Reduced {
    /// A global name.
    Global,
    Value(Value),
}

impl Saver<'_> {
    /// Pickles an object of a class that has no opcodes of its own.
    #[inline(never)]
    pub fn save_other(&mut self, object: Value, class: Ref<Class>) -> R<()> {
        if self.save_plain(object, class)? {
            return Ok(());
        }
        match self.reduce(object, class)? {
            Reduced::Global => self.save_global(object, None),
            Reduced::Value(reduced) => {
                if let Some(name) = Str::of(self.t, reduced) {
                    return self.save_global(object, Some(name));
                }
                let saved = match Tuple::of(self.t, reduced) {
                    Some(reduced) => self.save_reduced(reduced, Some(object)),
                    None => {
                        let got = kind(self.t, reduced);
                        let message = format!("__reduce__ must return a string or tuple, not {got}");
                        Err(pickling_error(self.t, &message))
                    }
                };
                saved.map_err(|raised| self.note(raised, object, "object"))
            }
        }
    }

    fn reduce(&mut self, object: Value, class: Ref<Class>) -> R<Reduced> {
        let classes = self.t.classes();
        if let Some(hook) = self.options.reducer_override {
            let reduced = self.outside(|t| call(t, hook, &[object]))?;
            if !reduced.is(Value::NOT_IMPLEMENTED) {
                return Ok(Reduced::Value(reduced));
            }
        }
        if class == classes.type_ {
            return self.reduce_class(object);
        }
        if class == classes.function {
            return Ok(Reduced::Global);
        }
        if let Some(reducer) = self.reducer_of(class)? {
            return self.outside(|t| call(t, reducer, &[object])).map(Reduced::Value);
        }
        if class.is_subclass_of(classes.type_) {
            return Ok(Reduced::Global);
        }
        self.reduce_by_method(object).map(Reduced::Value)
    }

    /// The classes of singletons have no name.
    fn reduce_class(&self, object: Value) -> R<Reduced> {
        let (t, classes) = (self.t, self.t.classes());
        let singletons = [
            (classes.none_type, Value::NONE),
            (classes.ellipsis, Value::ELLIPSIS),
            (classes.not_implemented_type, Value::NOT_IMPLEMENTED),
        ];
        let found = singletons.iter().find(|(class, _)| class.value().is(object));
        let Some((_, singleton)) = found else { return Ok(Reduced::Global) };
        let arguments = Tuple::from_slice(t, &[*singleton])?;
        Ok(Reduced::Value(Tuple::pair(t, classes.type_.value(), arguments.value())?.value()))
    }

    /// What a table has for a class.
    fn reducer_of(&mut self, class: Ref<Class>) -> R<Option<Value>> {
        match self.options.dispatch_table {
            None => self.state()?.dispatch_table(self.t)?.get(self.t, class.value()),
            Some(table) => self.outside(|t| match protocols::get_item(t, table, class.value()) {
                Ok(reducer) => Ok(Some(reducer)),
                Err(raised) => t.catch(raised, t.classes().key_error).map(|_| None),
            }),
        }
    }

    fn reduce_by_method(&mut self, object: Value) -> R {
        let protocol = Value::small(i32::from(self.options.protocol));
        self.outside(|t| {
            let names = t.names();
            let class = object.class(t);
            let own = class.lookup(t, names.__reduce_ex__);
            if own.is_some() && own == t.classes().object.lookup(t, names.__reduce_ex__) {
                // The common case needs no bound method.
                return protocols::call_method(t, object, names.__reduce_ex__, &[protocol]);
            }
            if let Some(method) = get_attribute_optional(t, object, names.__reduce_ex__)? {
                return call(t, method, &[protocol]);
            }
            match get_attribute_optional(t, object, names.__reduce__)? {
                Some(method) => call(t, method, &[]),
                None => Err(pickling_error(t, &format!("Can't pickle {} object", kind(t, object)))),
            }
        })
    }

    /// Writes what an object reduced to, a tuple.
    pub fn save_reduced(&mut self, reduced: Ref<Tuple>, object: Option<Value>) -> R<()> {
        let t = self.t;
        if !(2..=6).contains(&reduced.len()) {
            return Err(pickling_error(t, "tuple returned by __reduce__ must contain 2 through 6 elements"));
        }
        let (callable, arguments) = (reduced.get(0), reduced.get(1));
        let part = |index: usize| (index < reduced.len()).then(|| reduced.get(index)).filter(|part| !part.is_none());
        let fail = |place: &str, what: &str, got: Value| {
            let got = kind(t, got);
            Err(pickling_error(
                t,
                &format!("{place} item of the tuple returned by __reduce__ must be {what}, not {got}"),
            ))
        };
        if !protocols::is_callable(t, callable) {
            return fail("first", "callable", callable);
        }
        let Some(arguments) = Tuple::of(t, arguments) else { return fail("second", "a tuple", arguments) };
        let (state, items, pairs, setter) = (part(2), part(3), part(4), part(5));
        if let Some(items) = items.filter(|&items| !protocols::is_iterator(t, items)) {
            return fail("fourth", "an iterator", items);
        }
        if let Some(pairs) = pairs.filter(|&pairs| !protocols::is_iterator(t, pairs)) {
            return fail("fifth", "an iterator", pairs);
        }
        if let Some(setter) = setter.filter(|&setter| !protocols::is_callable(t, setter)) {
            return fail("sixth", "callable", setter);
        }
        self.save_call(callable, arguments, object)?;
        if let Some(object) = object {
            // What led back to the object has made it already.
            match self.memo.get(object) {
                Some(number) => {
                    self.out.byte(POP);
                    self.get(number);
                }
                None => self.memoize(object)?,
            }
        }
        // Notes speak of the object; where there is none, of what made it.
        let shown = object.unwrap_or(reduced.value());
        if let Some(items) = items {
            self.append_all(items, shown)?;
        }
        if let Some(pairs) = pairs {
            self.set_all(pairs, shown)?;
        }
        match (state, setter) {
            (None, _) => Ok(()),
            (Some(state), None) => {
                self.save_part(state, shown, "state")?;
                self.out.byte(BUILD);
                Ok(())
            }
            (Some(state), Some(setter)) => {
                self.save_part(setter, shown, "state setter")?;
                self.save(shown)?;
                self.save_part(state, shown, "state")?;
                self.out.extend(&[TUPLE2, REDUCE, POP]);
                Ok(())
            }
        }
    }

    fn save_part(&mut self, part: Value, object: Value, what: &str) -> R<()> {
        self.save(part).map_err(|raised| self.note(raised, object, what))
    }

    /// Writes the call that makes an object.
    fn save_call(&mut self, callable: Value, arguments: Ref<Tuple>, object: Option<Value>) -> R<()> {
        let t = self.t;
        let shown = object.unwrap_or(callable);
        if self.options.protocol >= 2 {
            let name = self.outside(|t| get_attribute_optional(t, callable, t.names().__name__))?;
            if let Some(name) = name.and_then(|name| Str::of(t, name)) {
                if Str::equal(name, t.names().__newobj__) {
                    return self.save_new(arguments, object);
                }
                if Str::equal(name, t.names().__newobj_ex__) {
                    return self.save_new_ex(arguments, shown);
                }
            }
        }
        self.save_part(callable, shown, "reconstructor")?;
        self.save_part(arguments.value(), shown, "reconstructor arguments")?;
        self.out.byte(REDUCE);
        Ok(())
    }

    fn save_new(&mut self, arguments: Ref<Tuple>, object: Option<Value>) -> R<()> {
        let t = self.t;
        let Some((&class, rest)) = arguments.target().as_slice().split_first() else {
            return Err(pickling_error(t, "__newobj__ expected at least 1 argument, got 0"));
        };
        if class.downcast::<Class>().is_none() {
            let got = kind(t, class);
            return Err(pickling_error(t, &format!("first argument to __newobj__() must be a class, not {got}")));
        }
        if let Some(object) = object {
            let own = self.outside(|t| get_attribute(t, object, t.names().__class__))?;
            if !own.is(class) {
                let (own, class) = (text(protocols::repr(t, own)?), text(protocols::repr(t, class)?));
                return Err(pickling_error(t, &format!("first argument to __newobj__() must be {own}, not {class}")));
            }
        }
        let shown = object.unwrap_or(class);
        self.save_part(class, shown, "class")?;
        let rest = Tuple::from_slice(t, rest)?;
        self.save_part(rest.value(), shown, "__new__ arguments")?;
        self.out.byte(NEWOBJ);
        Ok(())
    }

    fn save_new_ex(&mut self, arguments: Ref<Tuple>, shown: Value) -> R<()> {
        let t = self.t;
        let [class, positional, keywords] = *arguments.target().as_slice() else {
            let given = arguments.len();
            return Err(pickling_error(t, &format!("__newobj_ex__ expected 3 arguments, got {given}")));
        };
        let fail = |place: &str, what: &str, got: Value| {
            let got = kind(t, got);
            Err(pickling_error(t, &format!("{place} argument to __newobj_ex__() must be {what}, not {got}")))
        };
        if class.downcast::<Class>().is_none() {
            return fail("first", "a class", class);
        }
        let Some(given) = Tuple::of(t, positional) else { return fail("second", "a tuple", positional) };
        let Some(named) = keywords.downcast::<Dict>() else { return fail("third", "a dict", keywords) };
        if self.options.protocol >= 4 {
            self.save_part(class, shown, "class")?;
            self.save_part(positional, shown, "__new__ arguments")?;
            self.save_part(keywords, shown, "__new__ arguments")?;
            self.out.byte(NEWOBJ_EX);
            return Ok(());
        }
        let partial = self.state()?.partial();
        let made = self.outside(|t| {
            let new = get_attribute(t, class, t.names().__new__)?;
            let all = Tuple::concat(t, Tuple::pair(t, new, class)?, given)?;
            protocols::call_unpacked(t, partial, None, all, Some(named))
        })?;
        self.save_part(made, shown, "reconstructor")?;
        self.save(t.empty_tuple().value())?;
        self.out.byte(REDUCE);
        Ok(())
    }

    // Global names.

    /// Pickles an object by the name under which it is found.
    #[inline(never)]
    pub fn save_global(&mut self, object: Value, name: Option<Ref<Str>>) -> R<()> {
        let t = self.t;
        let name = match name {
            Some(name) => name,
            None => self.outside(|t| global_name(t, object))?,
        };
        let module = self.outside(|t| module_of(t, object, name))?;
        if self.options.protocol >= 2 && self.save_extension(module, name)? {
            return Ok(());
        }
        if self.options.protocol >= 4 {
            self.save(module)?;
            self.save(name.value())?;
            self.out.byte(STACK_GLOBAL);
            return self.memoize(object);
        }
        let Some(module) = Str::of(t, module) else {
            return Err(pickling_error(t, &format!("can't pickle module identifier of {}", kind(t, module))));
        };
        let path = path_of(t, name)?;
        let names = path.target().as_slice();
        for _ in 1..names.len() {
            let getattr = self.state()?.getattr();
            self.save(getattr)?;
            if self.options.protocol < 2 {
                self.out.byte(MARK);
            }
        }
        let first = names.first().and_then(|&first| Str::of(t, first)).unwrap_or(name);
        self.write_global(module, first)?;
        for &attribute in names.iter().skip(1) {
            self.save(attribute)?;
            self.out.byte(if self.options.protocol < 2 { TUPLE } else { TUPLE2 });
            self.out.byte(REDUCE);
        }
        self.memoize(object)
    }

    /// Writes an object by the code that `copyreg` has for it.
    fn save_extension(&mut self, module: Value, name: Ref<Str>) -> R<bool> {
        let t = self.t;
        let registry = self.state()?.extension_registry(t)?;
        if registry.is_empty(t) {
            return Ok(false);
        }
        let Some(code) = registry.get(t, Tuple::pair(t, module, name.value())?.value())? else { return Ok(false) };
        let code = protocols::index_long(t, code)?;
        let Some(code) = i32::try_from(code).ok().filter(|&code| code > 0) else {
            return Err(t.runtime_error(format_args!("extension code {code} is out of range")));
        };
        match code {
            1..=0xff => self.out.with(EXT1, [code as u8]),
            0x100..=0xffff => self.out.with(EXT2, (code as u16).to_le_bytes()),
            _ => self.out.with(EXT4, code.to_le_bytes()),
        }
        Ok(true)
    }

    fn write_global(&mut self, module: Ref<Str>, name: Ref<Str>) -> R<()> {
        let (module, name) = if self.options.fix_imports { self.old_name(module, name)? } else { (module, name) };
        self.out.byte(GLOBAL);
        self.write_line(module, "module")?;
        self.write_line(name, "global")
    }

    fn write_line(&mut self, line: Ref<Str>, what: &str) -> R<()> {
        use vm::codecs::{Known, encode_known};
        let t = self.t;
        let known = if self.options.protocol < 3 { Known::Ascii } else { Known::Utf8 };
        match encode_known(t, known, line, None) {
            Ok(encoded) => self.out.extend(encoded.target().as_slice()),
            Err(raised) => {
                let error = t.catch(raised, t.classes().unicode_encode_error)?;
                let shown = text(protocols::repr(t, line.value())?);
                let protocol = self.options.protocol;
                let message = format!("can't pickle {what} identifier {shown} using pickle protocol {protocol}");
                return Err(pickling_error_from(t, &message, error));
            }
        }
        self.out.byte(b'\n');
        Ok(())
    }

    /// What Python 2 called it.
    fn old_name(&mut self, module: Ref<Str>, name: Ref<Str>) -> R<(Ref<Str>, Ref<Str>)> {
        let (t, state) = (self.t, self.state()?);
        let key = Tuple::pair(t, module.value(), name.value())?;
        if let Some(found) = state.old_names(t)?.get(t, key.value())? {
            return super::pair_of_names(t, found, "_compat_pickle.REVERSE_NAME_MAPPING");
        }
        match state.old_modules(t)?.get(t, module.value())? {
            Some(found) => Ok((super::name_of_module(t, found, "_compat_pickle.REVERSE_IMPORT_MAPPING")?, name)),
            None => Ok((module, name)),
        }
    }
}

/// PicklingError, raised while another exception was handled.
#[cold]
fn pickling_error_from(t: &Thread, message: &str, context: Value) -> Raised {
    let raised = pickling_error(t, message);
    let exception = t.take(raised);
    vm::exceptions::set_context_to(t, exception, Some(context));
    t.reraise(exception)
}

fn global_name(t: &Thread, object: Value) -> R<Ref<Str>> {
    let name = match get_attribute_optional(t, object, t.names().__qualname__)? {
        Some(name) => name,
        None => get_attribute(t, object, t.names().__name__)?,
    };
    Str::of(t, name).ok_or_else(|| t.type_error(format_args!("name must be a string, not {}", kind(t, name))))
}

/// The names between the dots.
fn path_of(t: &Thread, name: Ref<Str>) -> R<Ref<Tuple>> {
    let units = name.target().units();
    let mut names = vm::containers::ValueVec::new(t);
    let mut start = 0;
    for (index, character) in units.iter().enumerate() {
        if character == u32::from(b'.') {
            names.push(t, Str::from_units(t, units.slice(start, index))?.value())?;
            start = index + 1;
        }
    }
    let last = if start == 0 { name } else { Str::from_units(t, units.from(start))? };
    names.push(t, last.value())?;
    names.into_tuple(t)
}

/// What the names lead to, one after another, from an object.
pub fn follow(t: &Thread, object: Value, names: &[Value]) -> R {
    names.iter().try_fold(object, |object, &name| match Str::of(t, name) {
        Some(name) => get_attribute(t, object, name),
        None => Ok(object),
    })
}

/// As `path_of` and `follow`.
pub fn follow_path(t: &Thread, object: Value, name: Ref<Str>) -> R {
    follow(t, object, path_of(t, name)?.target().as_slice())
}

fn cannot_pickle(t: &Thread, object: Value, why: &str) -> R<String> {
    Ok(format!("Can't pickle {}: {why}", text(protocols::repr(t, object)?)))
}

/// The name of the module in which an object is found under a name, which is checked.
fn module_of(t: &Thread, object: Value, name: Ref<Str>) -> R {
    let path = path_of(t, name)?;
    let names = path.target().as_slice();
    let local = |&part: &Value| Str::of(t, part).is_some_and(|part| part.is("<locals>"));
    if names.iter().any(local) {
        let shown = text(protocols::repr(t, object)?);
        return Err(pickling_error(t, &format!("Can't pickle local object {shown}")));
    }
    let own = get_attribute_optional(t, object, t.names().__module__)?.filter(|module| !module.is_none());
    let module_name = match own {
        Some(module) => module,
        None => match search_modules(t, object, names)? {
            Some(module) => return Ok(module),
            None => t.names().__main__.value(),
        },
    };
    let module = match imported(t, module_name) {
        Ok(module) => module,
        Err(raised) => {
            let error = t.take(raised);
            let classes = t.classes();
            let class = error.class(t);
            let expected = [classes.import_error, classes.value_error, classes.key_error];
            if !expected.iter().any(|&base| class.is_subclass_of(base)) {
                return Err(t.reraise(error));
            }
            let why = text(protocols::str(t, error)?);
            return Err(pickling_error_from(t, &cannot_pickle(t, object, &why)?, error));
        }
    };
    let shown = || Ok(format!("{}.{}", text(protocols::str(t, module_name)?), text(name)));
    match follow(t, module, names) {
        Ok(found) if found.is(object) => Ok(module_name),
        Ok(_) => {
            let why = format!("it's not the same object as {}", shown()?);
            Err(pickling_error(t, &cannot_pickle(t, object, &why)?))
        }
        Err(raised) => {
            let error = t.catch(raised, t.classes().attribute_error)?;
            let why = format!("it's not found as {}", shown()?);
            Err(pickling_error_from(t, &cannot_pickle(t, object, &why)?, error))
        }
    }
}

/// `sys.modules`
fn modules(t: &Thread) -> R {
    let sys = import::import_module(t, "sys")?;
    match get_attribute_optional(t, sys, t.names().modules)? {
        Some(modules) => Ok(modules),
        None => Err(t.runtime_error("unable to get sys.modules")),
    }
}

/// The module of a name, imported if need be.
pub fn imported(t: &Thread, name: Value) -> R {
    import::import(t, name, Value::NONE, Value::NONE, None, 0)?;
    protocols::get_item(t, modules(t)?, name)
}

/// The name of a module in which the object is found.
fn search_modules(t: &Thread, object: Value, names: &[Value]) -> R<Option<Value>> {
    let all = modules(t)?;
    let all = match all.downcast::<Dict>() {
        Some(dict) => dict.copy(t)?,
        None => {
            let copy = Dict::new(t)?;
            protocols::update_dict(t, copy, all)?;
            copy
        }
    };
    let keys: Ref<List> = protocols::list_of(t, all.value())?;
    let mut index = 0;
    while let Some(key) = keys.get(index) {
        index += 1;
        let Some(module) = all.get(t, key)?.filter(|module| !module.is_none()) else { continue };
        if Str::of(t, key).is_some_and(|key| key.is("__main__") || key.is("__mp_main__")) {
            continue;
        }
        match follow(t, module, names) {
            Ok(found) if found.is(object) => return Ok(Some(key)),
            Ok(_) => {}
            Err(raised) => drop(t.catch(raised, t.classes().attribute_error)?),
        }
    }
    Ok(None)
}
