//! The encoding half of `_json`: strings, and the encoder of whole values.

use text::TextBuilder;
use text::ints::{self, IntRef};
use text::json::push_string;
use vm::containers::ValueVec;
use vm::heap_object;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::{Object, Ref, Slot};
use vm::objects::float::exact_float;
use vm::objects::{ClassFlags, Dict, List, NativeFunction, Str, Tuple, int_of};
use vm::protocols::{self, call};
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

fn quoted(t: &Thread, string: Value, ascii: bool) -> R<Ref<Str>> {
    let Some(text) = Str::of(t, string) else {
        return Err(t.type_error(format_args!("first argument must be a string, not {}", string.class(t).name())));
    };
    let mut out = TextBuilder::with_capacity(text.len() + 2);
    push_string(&mut out, text.units(), ascii);
    Str::from_owned(t, out.finish())
}

/// encode_basestring_ascii(string) -> string
///
/// Return an ASCII-only JSON representation of a Python string
#[native("encode_basestring_ascii(string, /)")]
fn encode_basestring_ascii(t: &Thread, string: Value) -> R<Ref<Str>> {
    quoted(t, string, true)
}

/// encode_basestring(string) -> string
///
/// Return a JSON representation of a Python string
#[native("encode_basestring(string, /)")]
fn encode_basestring(t: &Thread, string: Value) -> R<Ref<Str>> {
    quoted(t, string, false)
}

heap_object! {
    /// `_json.Encoder`.
    pub struct Encoder {
        markers: Slot,
        default: Slot,
        encoder: Slot,
        indent: Slot,
        key_separator: Slot,
        item_separator: Slot,
        sort_keys: Slot,
        skipkeys: Slot,
        allow_nan: Slot,
    }
    trace { markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan }
    fixed
}

const NAMES: [&str; 9] = [
    "markers",
    "default",
    "encoder",
    "indent",
    "key_separator",
    "item_separator",
    "sort_keys",
    "skipkeys",
    "allow_nan",
];

/// Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)
#[native("__new__", raw)]
fn encoder_new(t: &Thread, args: Args<'_>) -> R {
    let (class, args) = vm::builtins::construct::class_argument(t, args, ENCODER.get(t))?;
    let mut bound = [None; 9];
    if args.positional().len() > 9 {
        return Err(
            t.type_error(format_args!("make_encoder() takes at most 9 arguments ({} given)", args.values.len()))
        );
    }
    for (slot, &value) in bound.iter_mut().zip(args.positional()) {
        *slot = Some(value);
    }
    for (name, value) in args.keywords() {
        match NAMES.iter().position(|known| name.is(known)) {
            Some(index) => bound[index] = Some(value),
            None => {
                return Err(native::unexpected_keyword(t, "make_encoder", &name.to_string_lossy(), NAMES));
            }
        }
    }
    for (index, value) in bound.iter().enumerate() {
        if value.is_none() {
            return Err(t.type_error(format_args!(
                "make_encoder() missing required argument '{}' (pos {})",
                NAMES[index],
                index + 1
            )));
        }
    }
    let given = bound.map(|value| value.unwrap_or(Value::NONE));
    if !given[0].is_none() && given[0].downcast::<Dict>().is_none() {
        let got = given[0].class(t).name();
        return Err(t.type_error(format_args!("make_encoder() argument 1 must be dict or None, not {got}")));
    }
    for index in [4, 5] {
        if Str::of(t, given[index]).is_none() {
            let got = protocols::name_of_argument(t, given[index]);
            return Err(t.type_error(format_args!("make_encoder() argument {} must be str, not {got}", index + 1)));
        }
    }
    let truth = |index: usize| protocols::is_true(t, given[index]).map(Value::bool);
    let (sort_keys, skipkeys, allow_nan) = (truth(6)?, truth(7)?, truth(8)?);
    let fresh = t.allocate::<Encoder>(class)?;
    fresh
        .set(|e| &e.markers, given[0])
        .set(|e| &e.default, given[1])
        .set(|e| &e.encoder, given[2])
        .set(|e| &e.indent, given[3])
        .set(|e| &e.key_separator, given[4])
        .set(|e| &e.item_separator, given[5])
        .set(|e| &e.sort_keys, sort_keys)
        .set(|e| &e.skipkeys, skipkeys)
        .set(|e| &e.allow_nan, allow_nan);
    Ok(fresh.publish().value())
}

/// How strings are written.
#[derive(Clone, Copy)]
enum Quoting {
    Ascii,
    Plain,
    Function(Value),
}

/// An encoding under way.
struct Writer<'t> {
    t: &'t Thread,
    out: TextBuilder,
    markers: Option<Ref<Dict>>,
    default: Value,
    quoting: Quoting,
    indent: Option<Ref<Str>>,
    key_separator: Ref<Str>,
    item_separator: Ref<Str>,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

/// Call self as a function.
#[native("__call__($self, obj, _current_indent_level)")]
fn encoder_call(t: &Thread, this: Ref<Encoder>, object: Value, level: i64) -> R<Ref<Tuple>> {
    let get = |slot: &Slot| slot.get().unwrap_or(Value::NONE);
    let encoder = get(&this.encoder);
    let is = |definition: &'static vm::native::NativeDef| {
        encoder.downcast::<NativeFunction>().is_some_and(|function| std::ptr::eq(function.definition(), definition))
    };
    let quoting = if is(&ENCODE_BASESTRING_ASCII) {
        Quoting::Ascii
    } else if is(&ENCODE_BASESTRING) {
        Quoting::Plain
    } else {
        Quoting::Function(encoder)
    };
    let text = |slot: &Slot| Str::of(t, get(slot)).ok_or_else(|| t.type_error("separators must be strings"));
    let mut writer = Writer {
        t,
        out: TextBuilder::new(),
        markers: get(&this.markers).downcast::<Dict>(),
        default: get(&this.default),
        quoting,
        indent: Str::of(t, get(&this.indent)),
        key_separator: text(&this.key_separator)?,
        item_separator: text(&this.item_separator)?,
        sort_keys: get(&this.sort_keys).is(Value::TRUE),
        skip_keys: get(&this.skipkeys).is(Value::TRUE),
        allow_nan: get(&this.allow_nan).is(Value::TRUE),
    };
    writer.value(object, usize::try_from(level).unwrap_or(0))?;
    let encoded = Str::from_owned(t, writer.out.finish())?;
    Tuple::from_slice(t, &[encoded.value()])
}

impl Writer<'_> {
    fn value(&mut self, value: Value, level: usize) -> R<()> {
        let t = self.t;
        match value {
            Value::NONE => self.out.push_str("null"),
            Value::TRUE => self.out.push_str("true"),
            Value::FALSE => self.out.push_str("false"),
            _ if Str::of(t, value).is_some() => self.string(value)?,
            _ if int_of(value).is_some() => self.integer(value)?,
            _ if exact_float(value).is_some() => self.float(value)?,
            _ if value.downcast::<List>().is_some() || Tuple::of(t, value).is_some() => {
                t.check_recursion(" while encoding a JSON object")?;
                self.guarded(value, |writer| writer.list(value, level))?;
            }
            _ if value.downcast::<Dict>().is_some() => {
                t.check_recursion(" while encoding a JSON object")?;
                self.guarded(value, |writer| writer.dict(value, level))?;
            }
            _ => {
                t.check_recursion(" while encoding a JSON object")?;
                self.guarded(value, |writer| {
                    let replaced = call(t, writer.default, &[value])?;
                    writer.value(replaced, level).map_err(|raised| {
                        t.with_note(raised, &format!("when serializing {} object", value.class(t).name()))
                    })
                })?;
            }
        }
        Ok(())
    }

    /// Notes a container as being encoded, to find circles.
    fn guarded(&mut self, value: Value, encode: impl FnOnce(&mut Self) -> R<()>) -> R<()> {
        let t = self.t;
        let Some(markers) = self.markers else { return encode(self) };
        let key = vm::objects::int::int_from_u64(t, value.bits())?;
        let (_, added) = markers.set_default(t, key, value)?;
        if !added {
            return Err(t.value_error("Circular reference detected"));
        }
        encode(self)?;
        markers.delete(t, key).map(|_| ())
    }

    fn string(&mut self, value: Value) -> R<()> {
        let t = self.t;
        let ascii = match self.quoting {
            Quoting::Ascii => true,
            Quoting::Plain => false,
            Quoting::Function(function) => {
                let encoded = call(t, function, &[value])?;
                let Some(encoded) = Str::of(t, encoded) else {
                    let got = encoded.class(t).name();
                    return Err(t.type_error(format_args!("encoder() must return a string, not {got}")));
                };
                self.out.push_units(encoded.units());
                return Ok(());
            }
        };
        if let Some(text) = Str::of(t, value) {
            push_string(&mut self.out, text.units(), ascii);
        }
        Ok(())
    }

    fn integer(&mut self, value: Value) -> R<()> {
        match int_of(value) {
            Some(IntRef::Small(number)) => {
                if number < 0 {
                    self.out.push_char(b'-'.into());
                }
                self.out.push_latin1(ints::small_digits(number.unsigned_abs(), 10, &mut { ints::SMALL_ROOM }));
            }
            Some(number) => self.out.push_str(&vm::builtins::int::decimal_text(self.t, number)?),
            None => {}
        }
        Ok(())
    }

    fn float_text(&self, value: Value) -> R<String> {
        let number = exact_float(value).unwrap_or(0.0);
        if number.is_finite() {
            return Ok(text::floats::repr(number));
        }
        if !self.allow_nan {
            let shown = protocols::repr(self.t, value)?.to_string_lossy();
            return Err(self.t.value_error(format_args!("Out of range float values are not JSON compliant: {shown}")));
        }
        let name = if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        Ok(name.to_owned())
    }

    fn float(&mut self, value: Value) -> R<()> {
        let text = self.float_text(value)?;
        self.out.push_str(&text);
        Ok(())
    }

    fn line(&mut self, level: usize) {
        if let Some(indent) = self.indent {
            self.out.push_str("\n");
            for _ in 0..level {
                self.out.push_units(indent.units());
            }
        }
    }

    fn separator(&mut self, level: usize) {
        let separator = self.item_separator;
        self.out.push_units(separator.units());
        self.line(level);
    }

    fn list(&mut self, value: Value, level: usize) -> R<()> {
        let t = self.t;
        // A list is read as it is when its turn comes: encoding an item may change it.
        let list = value.downcast::<List>();
        let items = if list.is_none() { protocols::collect(t, value)? } else { ValueVec::new(t) };
        let item_at = |index: usize| match list {
            Some(list) => list.get(index),
            None => items.as_slice().get(index).copied(),
        };
        if item_at(0).is_none() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push_str("[");
        self.line(level + 1);
        let mut index = 0;
        while let Some(item) = item_at(index) {
            if index > 0 {
                self.separator(level + 1);
            }
            self.value(item, level + 1).map_err(|raised| {
                t.with_note(raised, &format!("when serializing {} item {index}", value.class(t).name()))
            })?;
            index += 1;
            t.poll()?;
        }
        self.line(level);
        self.out.push_str("]");
        Ok(())
    }

    /// A key as a string; nothing if it is to be skipped.
    fn key(&self, key: Value) -> R<Option<Value>> {
        let t = self.t;
        if Str::of(t, key).is_some() {
            return Ok(Some(key));
        }
        let text = match key {
            Value::TRUE => "true".to_owned(),
            Value::FALSE => "false".to_owned(),
            Value::NONE => "null".to_owned(),
            _ => {
                if let Some(number) = int_of(key) {
                    vm::builtins::int::decimal_text(t, number)?
                } else if exact_float(key).is_some() {
                    self.float_text(key)?
                } else if self.skip_keys {
                    return Ok(None);
                } else {
                    let got = key.class(t).name();
                    return Err(t.type_error(format_args!("keys must be str, int, float, bool or None, not {got}")));
                }
            }
        };
        Ok(Some(Str::new(t, &text)?.value()))
    }

    fn dict(&mut self, value: Value, level: usize) -> R<()> {
        let t = self.t;
        if protocols::length(t, value)? == 0 {
            self.out.push_str("{}");
            return Ok(());
        }
        let dict = value.downcast::<Dict>().filter(|_| value.class(t) == t.classes().dict && !self.sort_keys);
        self.out.push_str("{");
        let mut first = true;
        match dict {
            // As it is when an entry's turn comes, like a list.
            Some(dict) => {
                let mut position = 0;
                while let Some((key, item, _)) = dict.next_entry(t, &mut position) {
                    self.entry(value, (key, item), level, &mut first)?;
                }
            }
            None => self.entries_of_mapping(value, level, &mut first)?,
        }
        if !first {
            self.line(level);
        }
        self.out.push_str("}");
        Ok(())
    }

    /// The entries that `items` gives, in the order of the keys if that is wanted.
    fn entries_of_mapping(&mut self, mapping: Value, level: usize, first: &mut bool) -> R<()> {
        let t = self.t;
        let items = protocols::call_method(t, mapping, t.names().items, &[])?;
        let items = protocols::list_of(t, items)?;
        if self.sort_keys {
            protocols::call_method(t, items.value(), t.names().sort, &[])?;
        }
        let mut index = 0;
        while let Some(item) = items.get(index) {
            index += 1;
            let Some(pair) = Tuple::of(t, item).filter(|pair| pair.len() == 2) else {
                return Err(t.value_error("items must return 2-tuples"));
            };
            self.entry(mapping, (pair.get(0), pair.get(1)), level, first)?;
        }
        Ok(())
    }

    fn entry(&mut self, mapping: Value, (key, item): (Value, Value), level: usize, first: &mut bool) -> R<()> {
        let t = self.t;
        let Some(text) = self.key(key)? else { return Ok(()) };
        if std::mem::take(first) {
            self.line(level + 1);
        } else {
            self.separator(level + 1);
        }
        self.string(text)?;
        let separator = self.key_separator;
        self.out.push_units(separator.units());
        self.value(item, level + 1).map_err(|raised| {
            let shown = match protocols::repr(t, key) {
                Ok(shown) => shown.to_string_lossy(),
                Err(other) => return other,
            };
            t.with_note(raised, &format!("when serializing {} item {shown}", mapping.class(t).name()))
        })?;
        t.poll()
    }
}

macro_rules! getters {
    ($($function:ident $field:ident;)*) => {
        $(fn $function(_: &Thread, this: Value) -> R {
            Ok(this.downcast::<Encoder>().and_then(|this| this.$field.get()).unwrap_or(Value::NONE))
        })*
    };
}

getters! {
    get_markers markers;
    get_default default;
    get_encoder encoder;
    get_indent indent;
    get_key_separator key_separator;
    get_item_separator item_separator;
    get_sort_keys sort_keys;
    get_skipkeys skipkeys;
}

/// `_json.Encoder`.
pub static ENCODER: NativeClass = NativeClass::new(ClassDef {
    name: "Encoder",
    module: "_json",
    layout: Encoder::layout,
    base: None,
    flags: ClassFlags::BASE,
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    methods: &[MethodDef::New(&ENCODER_NEW), MethodDef::Method(&ENCODER_CALL)],
    getset: &[
        GetSet { name: "markers", get: get_markers, set: None, doc: "markers" },
        GetSet { name: "default", get: get_default, set: None, doc: "default" },
        GetSet { name: "encoder", get: get_encoder, set: None, doc: "encoder" },
        GetSet { name: "indent", get: get_indent, set: None, doc: "indent" },
        GetSet { name: "key_separator", get: get_key_separator, set: None, doc: "key_separator" },
        GetSet { name: "item_separator", get: get_item_separator, set: None, doc: "item_separator" },
        GetSet { name: "sort_keys", get: get_sort_keys, set: None, doc: "sort_keys" },
        GetSet { name: "skipkeys", get: get_skipkeys, set: None, doc: "skipkeys" },
    ],
});
