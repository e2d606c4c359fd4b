//! `string.templatelib.Template` and `Interpolation`: what a t-string makes (PEP 750).
//!
//! Invariant: a template has one string more than interpolations; both are tuples, set before it is published.

use sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::builtins::construct::class_argument;
use crate::builtins::member::read_only;
use crate::containers::{ValueVec, intern_text};
use crate::heap_object;
use crate::native;
use crate::native::{Args, ClassDef, GetSet, MethodDef};
use crate::object::{Object, Ref, Slot, SlotExt};
use crate::objects::{Class, ClassFlags, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::shared::NativeClass;
use crate::thread::Thread;
use crate::value::Value;

heap_object! {
    /// A template.
    pub struct Template {
        /// `strings`.
        strings: Slot,
        /// `interpolations`.
        interpolations: Slot,
    }
    trace { strings, interpolations }
    fixed
}

heap_object! {
    /// An interpolated value with what was written about it.
    pub struct Interpolation {
        /// `value`.
        value: Slot,
        /// `expression`.
        expression: Slot,
        /// `conversion`, or `None`.
        conversion: Slot,
        /// `format_spec`.
        format_spec: Slot,
    }
    trace { value, expression, conversion, format_spec }
    fixed
}

heap_object! {
    /// The iterator over a template's parts.
    pub struct TemplateIterator {
        /// The template, or unset once exhausted.
        template: Slot,
        /// Twice the number of the next part: even for strings, odd for interpolations.
        position: AtomicU32,
    }
    trace { template }
    next(iterator_next)
    fixed
}

impl Template {
    fn strings(&self) -> Ref<Tuple> {
        self.strings.get().and_then(Value::downcast).expect("every template is made with a tuple of strings")
    }

    fn interpolations(&self) -> Ref<Tuple> {
        self.interpolations
            .get()
            .and_then(Value::downcast)
            .expect("every template is made with a tuple of interpolations")
    }
}

/// `{value!conversion:spec}` of a t-string; the conversion is 0, or 1, 2, 3 for `s`, `r`, `a`.
pub fn interpolation(t: &Thread, value: Value, text: Value, conversion: u8, spec: Value) -> R {
    let conversion = match conversion {
        1 => intern_text(t, "s")?.value(),
        2 => intern_text(t, "r")?.value(),
        3 => intern_text(t, "a")?.value(),
        _ => Value::NONE,
    };
    make_interpolation(t, value, text, conversion, spec)
}

fn make_interpolation(t: &Thread, value: Value, expression: Value, conversion: Value, format_spec: Value) -> R {
    let made = t.allocate_exact::<Interpolation>(INTERPOLATION.get(t))?;
    made.set(|i| &i.value, value)
        .set(|i| &i.expression, expression)
        .set(|i| &i.conversion, conversion)
        .set(|i| &i.format_spec, format_spec);
    Ok(made.publish().value())
}

/// The template of a t-string.
pub fn template(t: &Thread, strings: Value, interpolations: Value) -> R {
    let made = t.allocate_exact::<Template>(TEMPLATE.get(t))?;
    made.set(|x| &x.strings, strings).set(|x| &x.interpolations, interpolations);
    Ok(made.publish().value())
}

/// Strings and interpolations in turn, while a template is put together.
struct Builder {
    strings: ValueVec,
    interpolations: ValueVec,
    /// The last string, which neighbours are joined to.
    last: Option<Ref<Str>>,
}

impl Builder {
    fn new(t: &Thread) -> Self {
        Self { strings: ValueVec::new(t), interpolations: ValueVec::new(t), last: None }
    }

    fn text(&mut self, t: &Thread, text: Ref<Str>) -> R<()> {
        self.last = Some(match self.last {
            Some(last) => Str::concat(t, last, text)?,
            None => text,
        });
        Ok(())
    }

    fn end_text(&mut self, t: &Thread) -> R<()> {
        let text = match self.last.take() {
            Some(text) => text,
            None => Str::empty(t)?,
        };
        self.strings.push(t, text.value())
    }

    fn value(&mut self, t: &Thread, interpolation: Value) -> R<()> {
        self.end_text(t)?;
        self.interpolations.push(t, interpolation)
    }

    fn template(&mut self, t: &Thread, template: &Template) -> R<()> {
        let (strings, interpolations) = (template.strings(), template.interpolations());
        for (index, &string) in strings.target().as_slice().iter().enumerate() {
            if let Some(string) = Str::of(t, string) {
                self.text(t, string)?;
            }
            if let Some(&interpolation) = interpolations.target().as_slice().get(index) {
                self.value(t, interpolation)?;
            }
        }
        Ok(())
    }

    fn finish(mut self, t: &Thread) -> R {
        self.end_text(t)?;
        let (strings, interpolations) = (self.strings.into_tuple(t)?, self.interpolations.into_tuple(t)?);
        template(t, strings.value(), interpolations.value())
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn template_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, TEMPLATE.get(t))?;
    if rest.keyword_count() > 0 {
        return Err(t.type_error("Template.__new__ only accepts *args arguments"));
    }
    let mut builder = Builder::new(t);
    for &part in rest.values {
        if let Some(text) = Str::of(t, part) {
            builder.text(t, text)?;
        } else if part.downcast::<Interpolation>().is_some() {
            builder.value(t, part)?;
        } else {
            let got = part.class(t).full_name(t);
            return Err(t.type_error(format_args!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}"
            )));
        }
    }
    builder.finish(t)
}

/// Return self+value.
#[native("__add__($self, value, /)")]
fn template_add(t: &Thread, this: Ref<Template>, other: Value) -> R {
    let Some(second) = other.downcast::<Template>() else {
        let got = other.class(t).full_name(t);
        return Err(t.type_error(format_args!(
            "can only concatenate string.templatelib.Template (not \"{got}\") to string.templatelib.Template"
        )));
    };
    let mut builder = Builder::new(t);
    builder.template(t, this.target())?;
    builder.template(t, second.target())?;
    builder.finish(t)
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn template_repr(t: &Thread, this: Ref<Template>) -> R<Ref<Str>> {
    let mut text = text::TextBuilder::new();
    text.push_str("Template(strings=");
    text.push_units(protocols::repr(t, this.strings().value())?.units());
    text.push_str(", interpolations=");
    text.push_units(protocols::repr(t, this.interpolations().value())?.units());
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

/// Implement iter(self).
#[native("__iter__($self, /)")]
fn template_iter(t: &Thread, this: Ref<Template>) -> R {
    let made = t.allocate_exact::<TemplateIterator>(TEMPLATE_ITERATOR.get(t))?;
    made.set(|i| &i.template, this.value());
    Ok(made.publish().value())
}

fn iterator_next(t: &Thread, iterator: Value) -> R<Option<Value>> {
    let Some(this) = iterator.downcast::<TemplateIterator>() else { return Ok(None) };
    let Some(template) = this.template.get().and_then(Value::downcast::<Template>) else { return Ok(None) };
    loop {
        let position = this.position.fetch_add(1, Relaxed) as usize;
        let index = position / 2;
        let part = if position.is_multiple_of(2) {
            template.strings().target().as_slice().get(index)
        } else {
            template.interpolations().target().as_slice().get(index)
        };
        match part {
            None => {
                this.template.put(this.header(), t, None);
                return Ok(None);
            }
            // Empty strings between interpolations are no parts.
            Some(&part) if position.is_multiple_of(2) && Str::of(t, part).is_some_and(|text| text.is_empty()) => {}
            Some(&part) => return Ok(Some(part)),
        }
    }
}

#[native("__reduce__($self, /)")]
fn template_reduce(t: &Thread, this: Ref<Template>) -> R<Ref<Tuple>> {
    let library = crate::builtins::import::import_module(t, "string.templatelib")?;
    let function = protocols::get_attribute(t, library, intern_text(t, "_template_unpickle")?)?;
    let parts = Tuple::pair(t, this.strings().value(), this.interpolations().value())?;
    Tuple::pair(t, function, parts.value())
}

fn template_of(value: Value) -> Ref<Template> {
    value.downcast().expect("the descriptor checked the receiver")
}

fn get_strings(_: &Thread, object: Value) -> R {
    Ok(template_of(object).strings().value())
}

fn get_interpolations(_: &Thread, object: Value) -> R {
    Ok(template_of(object).interpolations().value())
}

fn get_values(t: &Thread, object: Value) -> R {
    let interpolations = template_of(object).interpolations();
    let value = |index: usize| {
        interpolations.get(index).downcast::<Interpolation>().and_then(|part| part.value.get()).unwrap_or(Value::NONE)
    };
    Ok(Tuple::with(t, interpolations.len(), |index| Ok(value(index)))?.value())
}

#[native("Interpolation(value, expression='', conversion=None, format_spec='')")]
fn interpolation_of(
    t: &Thread,
    value: Value,
    expression: Option<Value>,
    conversion: Option<Value>,
    format_spec: Option<Value>,
) -> R {
    let text = |given: Option<Value>, name: &str| match given {
        None => Ok(Str::empty(t)?.value()),
        Some(given) => string_argument(t, given, name),
    };
    let expression = text(expression, "expression")?;
    let conversion = match conversion.filter(|conversion| !conversion.is_none()) {
        None => Value::NONE,
        Some(given) => {
            let given = string_argument(t, given, "conversion")?;
            match Str::of(t, given).filter(|given| ["s", "a", "r"].iter().any(|known| given.is(known))) {
                Some(_) => given,
                None => {
                    return Err(t.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
                }
            }
        }
    };
    let format_spec = text(format_spec, "format_spec")?;
    make_interpolation(t, value, expression, conversion, format_spec)
}

fn string_argument(t: &Thread, given: Value, name: &str) -> R {
    if Str::of(t, given).is_some() {
        return Ok(given);
    }
    let got = protocols::name_of_argument(t, given);
    Err(t.type_error(format_args!("Interpolation() argument '{name}' must be str, not {got}")))
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, *args, **kwargs)", raw)]
fn interpolation_new(t: &Thread, args: Args<'_>) -> R {
    let (_, rest) = class_argument(t, args, INTERPOLATION.get(t))?;
    let given = rest.positional().len();
    if given > 4 {
        return Err(t.type_error(format_args!("Interpolation() takes at most 4 arguments ({given} given)")));
    }
    INTERPOLATION_OF.invoke(t, None, rest)
}

impl Interpolation {
    fn parts(&self) -> [Value; 4] {
        [&self.value, &self.expression, &self.conversion, &self.format_spec]
            .map(|slot| slot.get().unwrap_or(Value::NONE))
    }
}

/// Return repr(self).
#[native("__repr__($self, /)")]
fn interpolation_repr(t: &Thread, this: Ref<Interpolation>) -> R<Ref<Str>> {
    let mut text = text::TextBuilder::new();
    text.push_str("Interpolation(");
    for (index, part) in this.parts().into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_units(protocols::repr(t, part)?.units());
    }
    text.push_str(")");
    Str::from_owned(t, text.finish())
}

/// __reduce__() -> (cls, state)
#[native("__reduce__($self, /)")]
fn interpolation_reduce(t: &Thread, this: Ref<Interpolation>) -> R<Ref<Tuple>> {
    let state = Tuple::from_slice(t, &this.parts())?;
    Tuple::pair(t, this.value().class(t).value(), state.value())
}

fn part(object: Value, index: usize) -> R {
    let this: Ref<Interpolation> = object.downcast().expect("the descriptor checked the receiver");
    Ok(this.parts()[index])
}

fn get_value(_: &Thread, object: Value) -> R {
    part(object, 0)
}

fn get_expression(_: &Thread, object: Value) -> R {
    part(object, 1)
}

fn get_conversion(_: &Thread, object: Value) -> R {
    part(object, 2)
}

fn get_format_spec(_: &Thread, object: Value) -> R {
    part(object, 3)
}

fn add_match_args(t: &Thread, class: Ref<Class>) -> R<()> {
    let names = ["value", "expression", "conversion", "format_spec"];
    let names = Tuple::with(t, names.len(), |index| Ok(intern_text(t, names[index])?.value()))?;
    class.namespace().set_str(t, t.names().__match_args__, names.value())
}

/// `string.templatelib.Template`.
pub static TEMPLATE: NativeClass = NativeClass::new(ClassDef {
    name: "Template",
    module: "string.templatelib",
    layout: Template::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "Template object",
    methods: &[
        MethodDef::New(&TEMPLATE_NEW),
        MethodDef::Method(&TEMPLATE_ADD),
        MethodDef::Method(&TEMPLATE_REPR),
        MethodDef::Method(&TEMPLATE_ITER),
        MethodDef::Method(&TEMPLATE_REDUCE),
        MethodDef::Class(&crate::builtins::generic_alias::CLASS_GETITEM),
    ],
    getset: &[
        GetSet { name: "strings", get: get_strings, set: Some(read_only), doc: "Strings" },
        GetSet { name: "interpolations", get: get_interpolations, set: Some(read_only), doc: "Interpolations" },
        GetSet { name: "values", get: get_values, set: None, doc: "Values of interpolations" },
    ],
});

/// `string.templatelib.Interpolation`.
pub static INTERPOLATION: NativeClass = NativeClass::with_setup(
    ClassDef {
        name: "Interpolation",
        module: "string.templatelib",
        layout: Interpolation::layout,
        base: Some(|t| t.classes().object),
        flags: 0,
        doc: "Interpolation object",
        methods: &[
            MethodDef::New(&INTERPOLATION_NEW),
            MethodDef::Method(&INTERPOLATION_REPR),
            MethodDef::Method(&INTERPOLATION_REDUCE),
            MethodDef::Class(&crate::builtins::generic_alias::CLASS_GETITEM),
        ],
        getset: &[
            GetSet { name: "value", get: get_value, set: Some(read_only), doc: "Value" },
            GetSet { name: "expression", get: get_expression, set: Some(read_only), doc: "Expression" },
            GetSet { name: "conversion", get: get_conversion, set: Some(read_only), doc: "Conversion" },
            GetSet { name: "format_spec", get: get_format_spec, set: Some(read_only), doc: "Format specifier" },
        ],
    },
    add_match_args,
);

static TEMPLATE_ITERATOR: NativeClass = NativeClass::new(ClassDef {
    name: "TemplateIter",
    module: "string.templatelib",
    layout: TemplateIterator::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::NO_NEW,
    doc: "Template iterator object",
    methods: &[MethodDef::Method(&protocols::ITERATOR_ITER), MethodDef::Method(&protocols::ITERATOR_NEXT)],
    getset: &[],
});
