//! Making a class: metaclass, layout, slots, the namespace's hooks.

use sync::atomic::Ordering::Relaxed;

use super::mro;
use crate::builtins::class_method;
use crate::native::Args;
use crate::object::{Object, Ref, SlotExt, attributes_offset};
use crate::objects::{
    Boxed, Cell, Class, ClassFlags, Dict, Function, GetSetDescriptor, List, MemberDescriptor, Str, Tuple,
};
use crate::protocols;
use crate::raised::R;
use crate::shapes;
use crate::thread::Thread;
use crate::value::Value;

/// More inline attributes than this go to the tail.
const MOST_INLINE: usize = 24;

/// The most derived metaclass of `start` and the bases' classes.
pub fn best_metaclass(t: &Thread, start: Ref<Class>, bases: &[Value]) -> R<Ref<Class>> {
    let mut winner = start;
    for base in bases {
        let candidate = base.class(t);
        if winner.is_subclass_of(candidate) {
            continue;
        }
        if !candidate.is_subclass_of(winner) {
            return Err(t.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        winner = candidate;
    }
    Ok(winner)
}

/// The class along the base chain that last added to the layout: its own fixed part, or `__slots__` members.
#[must_use]
pub fn solid_base(class: Ref<Class>) -> Ref<Class> {
    let mut solid = class;
    while let Some(base) = solid.base() {
        let adds = !std::ptr::eq(base.layout(), solid.layout())
            || base.member_slots.load(Relaxed) != solid.member_slots.load(Relaxed);
        if adds {
            return solid;
        }
        solid = base;
    }
    solid
}

/// Whether `boxed` is the solid base of Python subclasses of `exact`, whose instances vary in size.
#[must_use]
pub fn boxes(boxed: Ref<Class>, exact: Ref<Class>) -> bool {
    std::ptr::eq(boxed.layout(), Boxed::layout()) && boxed.is_subclass_of(exact)
}

/// The class that decides which other bases a base goes with. Python subclasses of a type whose instances vary in size hold the
/// value in a box, and two such subclasses of one type go together.
fn layout_owner(base: Ref<Class>) -> Ref<Class> {
    let solid = solid_base(base);
    match solid.base() {
        Some(exact) if boxes(solid, exact) && solid.member_slots.load(Relaxed) == exact.member_slots.load(Relaxed) => {
            solid_base(exact)
        }
        _ => solid,
    }
}

/// The base whose layout the new class extends.
fn best_base(t: &Thread, bases: &[Value]) -> R<Ref<Class>> {
    let mut best: Option<(Ref<Class>, Ref<Class>)> = None;
    for base in bases {
        let Some(base) = base.downcast::<Class>() else { return Err(t.type_error("bases must be types")) };
        if !base.has(ClassFlags::BASE) {
            return Err(t.type_error(format_args!("type '{}' is not an acceptable base type", base.full_name(t))));
        }
        let solid = layout_owner(base);
        best = match best {
            None => Some((base, solid)),
            Some((_, winner)) if winner.is_subclass_of(solid) => best,
            Some((_, winner)) if solid.is_subclass_of(winner) => Some((base, solid)),
            Some(_) => return Err(t.type_error("multiple bases have instance lay-out conflict")),
        };
    }
    Ok(best.map_or(t.classes().object, |(base, _)| base))
}

/// `type.__new__`.
pub fn new_class(
    t: &Thread,
    metaclass: Ref<Class>,
    name: Ref<Str>,
    bases: Ref<Tuple>,
    namespace: Ref<Dict>,
    args: Args<'_>,
) -> R {
    check_bases_are_classes(t, bases)?;
    let winner = best_metaclass(t, metaclass, bases.as_slice())?;
    if winner != metaclass {
        let new = winner.special(t, crate::names::Special::New);
        if new != t.classes().type_.special(t, crate::names::Special::New)
            && let Some(new) = new
        {
            let function = protocols::descriptor_get(t, new, None, winner)?;
            return protocols::with_receiver(t, winner.value(), args, |args| protocols::call_args(t, function, args));
        }
    }
    if name.units().iter().any(|unit| unit == 0) {
        return Err(t.value_error("type name must not contain null characters"));
    }
    check_encodable(t, name)?;
    if let Some(doc) = namespace.get_str(t, t.names().__doc__).and_then(|doc| Str::of(t, doc)) {
        check_encodable(t, doc)?;
    }
    let bases = if bases.is_empty() { Tuple::from_slice(t, &[t.classes().object.value()])? } else { bases };
    let base = best_base(t, bases.as_slice())?;
    let dict = namespace.copy(t)?;
    let class = allocate(t, winner, name, bases, base, dict)?;
    let slots = Slots::read(t, class, base, dict)?;
    lay_out(t, class, base, &slots)?;
    take_special_entries(t, class, dict)?;
    // A metaclass's `mro` may run functions of the body already, which find their class in the cells.
    set_class_cells(t, class, dict)?;
    let (before, order) = (class.mro(), mro::compute(t, class)?);
    // A metaclass's `mro` may have assigned bases: the order that this gave stands.
    if class.mro() == before {
        put_order(t, class, order);
    }
    inherit_flags(t, class, class.mro());
    warn_of_odd_keys(t, class)?;
    add_members(t, class, base, &slots)?;
    class.update_derived_flags(t);
    class.version.store(t.interpreter().next_class_version(), Relaxed);
    register_with_bases(t, class)?;
    call_set_name(t, class)?;
    call_init_subclass(t, class, args)?;
    Ok(class.value())
}

fn put_order(t: &Thread, class: Ref<Class>, order: Ref<Tuple>) {
    class.mro.put(class.header(), t, order.value());
    class.set_flag(ClassFlags::UNORDERED, false);
}

/// A namespace whose keys are not all strings is slow to search: a warning says so.
fn warn_of_odd_keys(t: &Thread, class: Ref<Class>) -> R<()> {
    let (namespace, mut position) = (class.namespace(), 0);
    while let Some((key, ..)) = namespace.next_entry(t, &mut position) {
        if Str::of(t, key).is_none() {
            let message = format!("non-string key in the __dict__ of class {}", class.name());
            return protocols::warn(t, t.classes().runtime_warning, &message);
        }
    }
    Ok(())
}

/// UnicodeEncodeError for text with surrogates, which a class is not named or described with.
pub fn check_encodable(t: &Thread, text: Ref<Str>) -> R<()> {
    if text.units().iter().any(|unit| (0xD800..0xE000).contains(&unit)) {
        crate::codecs::encode_text(t, text.value(), None, None)?;
    }
    Ok(())
}

fn check_bases_are_classes(t: &Thread, bases: Ref<Tuple>) -> R<()> {
    for base in bases.as_slice() {
        if base.downcast::<Class>().is_none() {
            if protocols::get_attribute_optional(t, *base, t.names().__mro_entries__)?.is_some() {
                return Err(t.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
            }
            return Err(t.type_error("bases must be types"));
        }
    }
    Ok(())
}

fn allocate(
    t: &Thread,
    metaclass: Ref<Class>,
    name: Ref<Str>,
    bases: Ref<Tuple>,
    base: Ref<Class>,
    dict: Ref<Dict>,
) -> R<Ref<Class>> {
    let object = t.allocate_instance(metaclass)?;
    shapes::initialize(t, object, metaclass)?;
    let class: Ref<Class> =
        Value::of_header(object).downcast().ok_or_else(|| t.type_error("type.__new__(X): X is not a type object"))?;
    let header = class.header();
    class.layout_pointer.store(std::ptr::from_ref(layout_for(base)) as u64, Relaxed);
    class.flags.store(ClassFlags::HEAP | ClassFlags::BASE | ClassFlags::UNORDERED, Relaxed);
    class.name.put(header, t, name.value());
    class.qualname.put(header, t, name.value());
    class.bases.put(header, t, bases.value());
    class.base.put(header, t, base.value());
    class.dict.put(header, t, dict.value());
    class.mro.put(header, t, Tuple::from_slice(t, &[class.value()])?.value());
    Ok(class)
}

/// Python subclasses of layouts that vary in size are boxes around an exact instance.
fn layout_for(base: Ref<Class>) -> &'static crate::object::Layout {
    let layout = base.layout();
    if layout.extensible { layout } else { Boxed::layout() }
}

/// What `__slots__` of a class body says.
struct Slots {
    /// The mangled names, in order; `None`: there is no `__slots__`.
    names: Option<Ref<List>>,
    dict: bool,
    weakref: bool,
}

impl Slots {
    fn read(t: &Thread, class: Ref<Class>, base: Ref<Class>, dict: Ref<Dict>) -> R<Self> {
        let Some(given) = dict.get_str(t, t.names().__slots__) else {
            return Ok(Self { names: None, dict: true, weakref: true });
        };
        let list = match Str::of(t, given) {
            Some(_) => List::from_slice(t, &[given])?,
            None => crate::protocols::list_of(t, given)?,
        };
        let classes = t.classes();
        let varied = [classes.int, classes.bytes, classes.tuple, classes.type_];
        if !list.is_empty() && varied.iter().any(|varied| base.is_subclass_of(*varied)) {
            return Err(t.type_error(format_args!("nonempty __slots__ not supported for subtype of '{}'", base.name())));
        }
        let mut members = Vec::new();
        let (mut has_dict, mut has_weakref) = (false, false);
        let mut index = 0;
        while let Some(entry) = list.get(index) {
            index += 1;
            let Some(name) = Str::of(t, entry) else {
                return Err(
                    t.type_error(format_args!("__slots__ items must be strings, not '{}'", entry.class(t).name()))
                );
            };
            if !text::unicode::predicates::isidentifier(name.units()) {
                return Err(t.type_error("__slots__ must be identifiers"));
            }
            match &*name.to_string_lossy() {
                "__dict__" if has_dict || base.has_dict() => {
                    return Err(t.type_error("__dict__ slot disallowed: we already got one"));
                }
                "__dict__" => has_dict = true,
                "__weakref__" if has_weakref || base.has(ClassFlags::WEAKREF) => {
                    return Err(t.type_error("__weakref__ slot disallowed: we already got one"));
                }
                "__weakref__" => has_weakref = true,
                text => members.push(mangled(t, class, text)?.to_string_lossy()),
            }
        }
        // In alphabetical order, so that classes with the same names in another order have the same layout.
        members.sort();
        let names = List::new(t)?;
        for name in members {
            names.push(t, crate::containers::intern_text(t, &name)?.value())?;
        }
        Self::check_conflicts(t, dict, names)?;
        Ok(Self { names: Some(names), dict: has_dict, weakref: has_weakref })
    }

    fn check_conflicts(t: &Thread, dict: Ref<Dict>, names: Ref<List>) -> R<()> {
        let text = t.names();
        let mut index = 0;
        while let Some(name) = names.get(index).and_then(|value| Str::of(t, value)) {
            index += 1;
            let allowed = [text.__qualname__, text.__classcell__, text.__classdictcell__].contains(&name);
            if !allowed && dict.get_str(t, name).is_some() {
                let shown = protocols::repr(t, name.value())?.to_string_lossy();
                return Err(t.value_error(format_args!("{shown} in __slots__ conflicts with class variable")));
            }
        }
        Ok(())
    }
}

/// `__name` inside class `C` is `_C__name`.
fn mangled(t: &Thread, class: Ref<Class>, name: &str) -> R<Ref<Str>> {
    let class_name = class.name();
    let stripped = class_name.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || stripped.is_empty() {
        return crate::containers::intern_text(t, name);
    }
    crate::containers::intern_text(t, &format!("_{stripped}{name}"))
}

/// Decides the instances' size: members, inline attributes, tail.
fn lay_out(t: &Thread, class: Ref<Class>, base: Ref<Class>, slots: &Slots) -> R<()> {
    let added = slots.names.map_or(0, |names| names.len());
    let members = base.member_slots.load(Relaxed) as usize + added;
    let any_base = |flag: u32| {
        class.bases().as_slice().iter().any(|base| base.downcast::<Class>().is_some_and(|base| base.has(flag)))
    };
    // Classes are managed through their namespace, not through a `__dict__` of slots.
    let is_metaclass = any_base(ClassFlags::METACLASS);
    let has_dict = (slots.dict || any_base(ClassFlags::DICT))
        && !is_metaclass
        && !base.is_subclass_of(t.classes().module)
        && !base.is_subclass_of(t.classes().function);
    let has_weakref = slots.weakref || any_base(ClassFlags::WEAKREF);
    let inline = if has_dict { inline_slots(t, class, base) } else { 0 };
    class.member_slots.store(members as u32, Relaxed);
    class.inline_slots.store(inline as u32, Relaxed);
    let words = members + inline + usize::from(has_dict);
    let fixed = class.layout().size;
    let size = if words == 0 { fixed } else { attributes_offset(class.layout()) + words * 8 };
    class.instance_size.store(size as u32, Relaxed);
    class.set_flag(ClassFlags::DICT, has_dict);
    class.set_flag(ClassFlags::WEAKREF, has_weakref);
    Ok(())
}

/// How many inline attributes an instance gets: what the bases' instances have, and what this class's methods assign on `self`.
fn inline_slots(t: &Thread, class: Ref<Class>, base: Ref<Class>) -> usize {
    let inherited = class
        .bases()
        .as_slice()
        .iter()
        .filter_map(|base| base.downcast::<Class>())
        .map(|base| base.inline_slots.load(Relaxed) as usize)
        .max()
        .unwrap_or(base.inline_slots.load(Relaxed) as usize);
    let own = class
        .namespace()
        .get_str(t, t.names().__static_attributes__)
        .and_then(|value| Tuple::of(t, value))
        .map_or(0, |names| names.len());
    (inherited + own).clamp(1, MOST_INLINE)
}

/// Takes `__qualname__`, `__classcell__` and so on out of the namespace, and wraps what is static or a class method by its name.
fn take_special_entries(t: &Thread, class: Ref<Class>, dict: Ref<Dict>) -> R<()> {
    let (names, header) = (t.names(), class.header());
    if let Some(qualname) = dict.get_str(t, names.__qualname__) {
        if Str::of(t, qualname).is_none() {
            return Err(t.type_error(format_args!("type __qualname__ must be a str, not {}", qualname.class(t).name())));
        }
        class.qualname.put(header, t, qualname);
        dict.delete_str(t, names.__qualname__)?;
    }
    if dict.get_str(t, names.__module__).is_none() {
        let module = t.frames().current().and_then(|frame| frame.function().globals().get_str(t, names.__name__));
        if let Some(module) = module {
            dict.set_str(t, names.__module__, module)?;
        }
    }
    if dict.get_str(t, names.__doc__).is_none() {
        dict.set_str(t, names.__doc__, Value::NONE)?;
    }
    for name in [names.__init_subclass__, names.__class_getitem__] {
        if let Some(function) = dict.get_str(t, name).filter(|value| value.downcast::<Function>().is_some()) {
            dict.set_str(t, name, class_method::class_method(t, function)?)?;
        }
    }
    if let Some(function) = dict.get_str(t, names.__new__).filter(|value| value.downcast::<Function>().is_some()) {
        dict.set_str(t, names.__new__, class_method::static_method(t, function)?)?;
    }
    // A class that defines equality without a hash is not hashable.
    if dict.get_str(t, names.__eq__).is_some() && dict.get_str(t, names.__hash__).is_none() {
        dict.set_str(t, names.__hash__, Value::NONE)?;
    }
    Ok(())
}

fn inherit_flags(_: &Thread, class: Ref<Class>, order: Ref<Tuple>) {
    let inherited = ClassFlags::MATCH_SELF | ClassFlags::METACLASS | ClassFlags::EXCEPTION | ClassFlags::NO_NEW;
    for base in order.as_slice().iter().skip(1).filter_map(|base| base.downcast::<Class>()) {
        class.flags.fetch_or(base.flags() & inherited & !ClassFlags::NO_NEW, Relaxed);
        // The first base that is a sequence or a mapping decides which of the two this is.
        let pattern = ClassFlags::SEQUENCE | ClassFlags::MAPPING;
        if class.flags() & pattern == 0 {
            class.flags.fetch_or(base.flags() & pattern, Relaxed);
        }
    }
}

fn add_members(t: &Thread, class: Ref<Class>, base: Ref<Class>, slots: &Slots) -> R<()> {
    let dict = class.namespace();
    let first = base.member_slots.load(Relaxed) as usize;
    if let Some(names) = slots.names {
        let mut index = 0;
        while let Some(name) = names.get(index).and_then(|value| Str::of(t, value)) {
            let member = MemberDescriptor::new(t, class, name, first + index, false)?;
            dict.set_str(t, name, member.value())?;
            index += 1;
        }
    }
    let names = t.names();
    if class.has_dict() && !base.has_dict() && dict.get_str(t, names.__dict__).is_none() {
        dict.set_str(
            t,
            names.__dict__,
            GetSetDescriptor::new(t, class, &crate::builtins::object::DICT_GETSET)?.value(),
        )?;
    }
    if class.has(ClassFlags::WEAKREF) && !base.has(ClassFlags::WEAKREF) && dict.get_str(t, names.__weakref__).is_none()
    {
        dict.set_str(
            t,
            names.__weakref__,
            GetSetDescriptor::new(t, class, &crate::builtins::weak_reference::WEAKREF_GETSET)?.value(),
        )?;
    }
    Ok(())
}

/// Enters the class in its bases' lists of subclasses, weakly.
fn register_with_bases(t: &Thread, class: Ref<Class>) -> R<()> {
    for base in class.bases().as_slice().iter().filter_map(|base| base.downcast::<Class>()) {
        let weak = crate::objects::new_weak_entry(t, class.value())?;
        subclass_list(t, base)?.push(t, weak)?;
    }
    Ok(())
}

fn subclass_list(t: &Thread, base: Ref<Class>) -> R<Ref<List>> {
    if base.has(ClassFlags::HEAP) {
        if let Some(list) = base.subclass_list() {
            return Ok(list);
        }
        let made = List::new(t)?;
        return match base.subclasses.compare_exchange(base.header(), t.mutator(), None, Some(made.value())) {
            Ok(()) => Ok(made),
            Err(other) => Ok(other.and_then(Value::downcast).unwrap_or(made)),
        };
    }
    if let Some(list) = t.interpreter().subclasses_of_shared(t, base) {
        return Ok(list);
    }
    let made = List::new(t)?;
    let table: Option<Ref<Dict>> = t.interpreter().state().shared_subclasses.get().and_then(Value::downcast);
    if let Some(table) = table {
        table.set_identity(t, base.value(), made.value())?;
    }
    Ok(made)
}

fn set_class_cells(t: &Thread, class: Ref<Class>, dict: Ref<Dict>) -> R<()> {
    let names = t.names();
    for (name, contents) in [(names.__classcell__, class.value()), (names.__classdictcell__, dict.value())] {
        let Some(cell) = dict.get_str(t, name) else { continue };
        let Some(cell) = cell.downcast::<Cell>() else {
            let (name, got) = (name.to_string_lossy(), cell.class(t).full_name(t));
            return Err(t.type_error(format_args!("{name} must be a nonlocal cell, not <class '{got}'>")));
        };
        cell.store(t, Some(contents));
        dict.delete_str(t, name)?;
    }
    Ok(())
}

fn call_set_name(t: &Thread, class: Ref<Class>) -> R<()> {
    // A copy: a hook may change the namespace.
    let entries = class.namespace().copy(t)?;
    let mut position = 0;
    while let Some((key, value, _)) = entries.next_entry(t, &mut position) {
        let Some(hook) = value.class(t).special(t, crate::names::Special::SetName) else { continue };
        if let Err(raised) = protocols::call_special(t, hook, value, &[class.value(), key]) {
            let kind = value.class(t).name();
            let key = protocols::repr(t, key)?.to_string_lossy();
            let error = t.take(raised);
            let note =
                Str::new(t, &format!("Error calling __set_name__ on '{kind}' instance {key} in '{}'", class.name()))?;
            let add_note = crate::containers::intern_text(t, "add_note")?;
            protocols::call_method(t, error, add_note, &[note.value()])?;
            return Err(t.reraise(error));
        }
    }
    Ok(())
}

fn call_init_subclass(t: &Thread, class: Ref<Class>, args: Args<'_>) -> R<()> {
    let name = t.names().__init_subclass__;
    // A metaclass's `mro` may have left the class itself out.
    if !class.mro().as_slice().iter().any(|entry| entry.is(class.value())) {
        let name = class.name();
        return Err(t.type_error(format_args!(
            "super(type, obj): obj (type {name}) is not an instance or subtype of type ({name})."
        )));
    }
    let hook = crate::builtins::super_::attribute(t, class.value(), class.value(), name)?;
    let keywords = &args.values[args.positional().len()..];
    protocols::call_kw(t, hook, keywords, args.names).map(drop)
}

/// `class.__bases__ = value`.
pub fn assign_bases(t: &Thread, class: Ref<Class>, value: Value) -> R<()> {
    let name = class.name();
    let Some(bases) = Tuple::of(t, value) else {
        return Err(
            t.type_error(format_args!("can only assign tuple to {name}.__bases__, not {}", value.class(t).name()))
        );
    };
    if bases.is_empty() {
        return Err(t.type_error(format_args!("can only assign non-empty tuple to {name}.__bases__, not ()")));
    }
    for base in bases.as_slice() {
        let Some(base) = base.downcast::<Class>() else {
            let got = base.class(t).name();
            return Err(t.type_error(format_args!("{name}.__bases__ must be tuple of classes, not '{got}'")));
        };
        // Where assignments nest, the orders are those of before, but the chain of layouts is up to date.
        let derives = std::iter::successors(Some(base), |base| base.base()).any(|base| base == class);
        if derives || base.is_subclass_of(class) {
            return Err(t.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let base = best_base(t, bases.as_slice())?;
    let old_base = class.base().unwrap_or(t.classes().object);
    let compatible = std::ptr::eq(layout_for(base), class.layout())
        && base.member_slots.load(Relaxed) == old_base.member_slots.load(Relaxed)
        && (class.has_dict() || !base.has_dict());
    if !compatible {
        return Err(t.type_error(format_args!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            base.name(),
            old_base.name()
        )));
    }
    class.zero_version(t);
    let (old_bases, header) = (class.bases(), class.header());
    class.bases.put(header, t, bases.value());
    class.base.put(header, t, base.value());
    let (constructed, changes) = (!class.has(ClassFlags::UNORDERED), List::new(t)?);
    let result = recompute_orders(t, class, changes);
    let outcome = match result {
        Ok(()) if class.bases() == bases && constructed => move_subclass(t, class, old_bases),
        Ok(()) => Ok(()),
        Err(raised) => {
            let error = t.take(raised);
            restore_orders(t, changes);
            if class.bases() == bases {
                class.bases.put(header, t, old_bases.value());
                class.base.put(header, t, old_base.value());
            }
            Err(t.reraise(error))
        }
    };
    class.renew_version(t);
    t.interpreter().flush_caches(t);
    outcome
}

/// Moves a class from its old bases' lists of subclasses to those of its new ones.
fn move_subclass(t: &Thread, class: Ref<Class>, old_bases: Ref<Tuple>) -> R<()> {
    for old in old_bases.as_slice().iter().filter_map(|base| base.downcast::<Class>()) {
        crate::objects::remove_weak_entry(t, subclass_list(t, old)?, class.value());
    }
    register_with_bases(t, class)?;
    class.update_derived_flags(t);
    Ok(())
}

/// Orders the bases of a class and of its subclasses anew. Each change is noted: the class, its new order, and that of before.
fn recompute_orders(t: &Thread, class: Ref<Class>, changes: Ref<List>) -> R<()> {
    let (before, order) = (class.mro(), mro::compute(t, class)?);
    // A metaclass's `mro` may have assigned bases: the order that this gave stands.
    if class.mro() != before {
        return Ok(());
    }
    put_order(t, class, order);
    for value in [class.value(), order.value(), before.value()] {
        changes.push(t, value)?;
    }
    let subclasses = List::new(t)?;
    let mut result = Ok(());
    class.for_each_subclass(t, &mut |subclass| {
        if result.is_ok() {
            result = subclasses.push(t, subclass.value());
        }
    });
    result?;
    let mut index = 0;
    while let Some(subclass) = subclasses.get(index).and_then(Value::downcast::<Class>) {
        recompute_orders(t, subclass, changes)?;
        index += 1;
    }
    Ok(())
}

/// Gives the classes their orders of before, save those that have been given another one since.
fn restore_orders(t: &Thread, changes: Ref<List>) {
    let mut index = 0;
    while let (Some(class), Some(order), Some(before)) =
        (changes.get(index).and_then(Value::downcast::<Class>), changes.get(index + 1), changes.get(index + 2))
    {
        if class.mro().value().is(order) {
            class.mro.put(class.header(), t, before);
        }
        index += 3;
    }
}

/// Whether a class adds nothing to the layout of its base.
fn adds_nothing(class: Ref<Class>, base: Ref<Class>) -> bool {
    std::ptr::eq(class.layout(), base.layout())
        && class.member_slots.load(Relaxed) == base.member_slots.load(Relaxed)
        && class.has_dict() == base.has_dict()
        && class.has(ClassFlags::WEAKREF) == base.has(ClassFlags::WEAKREF)
}

/// The class along the base chain that gave a class its layout, `__dict__` and weak references included.
fn layout_giver(class: Ref<Class>) -> Ref<Class> {
    let mut giver = class;
    while let Some(base) = giver.base().filter(|&base| adds_nothing(giver, base)) {
        giver = base;
    }
    giver
}

/// Whether instances of two classes have the same layout: both owe it to one class, or to two that add the same to one base.
pub fn same_layout(t: &Thread, first: Ref<Class>, second: Ref<Class>) -> bool {
    let (first, second) = (layout_giver(first), layout_giver(second));
    first == second
        || (first.base() == second.base()
            && adds_nothing(first, second)
            && own_members(t, first) == own_members(t, second))
}

/// The names of the members that a class itself adds, in the order of their places.
fn own_members(t: &Thread, class: Ref<Class>) -> Vec<(usize, String)> {
    let first = class.base().map_or(0, |base| base.member_slots.load(Relaxed) as usize);
    let (mut members, mut position) = (Vec::new(), 0);
    while let Some((key, value, _)) = class.namespace().next_entry(t, &mut position) {
        let index = crate::objects::member_index(value, class).filter(|&index| index >= first);
        if let (Some(key), Some(index)) = (Str::of(t, key), index) {
            members.push((index, key.to_string_lossy()));
        }
    }
    members.sort();
    members
}

/// Makes an instance of `old` one of `new`: its attributes keep their slots where the classes agree on how many are inline.
pub fn move_instance(t: &Thread, header: &gc::Header, old: Ref<Class>, new: Ref<Class>) -> R<()> {
    let dict = if old.has_dict() { shapes::dict_of(t, header)? } else { None };
    if old.inline_slots.load(Relaxed) == new.inline_slots.load(Relaxed) && old.has_dict() {
        // The same slots: the instance takes the shape with the same names under the new class.
        let mut shape = shapes::root_shape(t, new)?;
        if let Some(current) = shapes::of(t, header) {
            for slot in 0..current.count() {
                if let Some(name) = current.name_at(slot) {
                    shape = shape.with(t, name)?;
                }
            }
            header.set_class_bits(new.address(), t.mutator());
            header.set_shape(shape.number());
            return Ok(());
        }
        header.set_class_bits(new.address(), t.mutator());
        return Ok(());
    }
    if let Some(dict) = dict {
        // The slots differ in number: from here on the attributes live in the dict alone.
        dict.detach_view(t)?;
        shapes::replace_dict(t, header, dict)?;
    }
    header.set_class_bits(new.address(), t.mutator());
    Ok(())
}

/// `__flags__` as CPython numbers them.
#[must_use]
pub fn cpython_flags(t: &Thread, class: Ref<Class>) -> i64 {
    let classes = t.classes();
    let mut flags = 1 << 12; // ready
    let own = [
        (ClassFlags::HEAP, 1 << 9),
        (ClassFlags::BASE, 1 << 10),
        (ClassFlags::NO_NEW, 1 << 7),
        (ClassFlags::SEQUENCE, 1 << 5),
        (ClassFlags::MAPPING, 1 << 6),
        (ClassFlags::ABSTRACT, 1 << 20),
        (ClassFlags::MATCH_SELF, 1 << 22),
    ];
    for (flag, bit) in own {
        if class.has(flag) {
            flags |= bit;
        }
    }
    if !class.has(ClassFlags::HEAP) || class.has(ClassFlags::IMMUTABLE) {
        flags |= 1 << 8;
    }
    let module = class.module.get().and_then(|module| Str::of(t, module));
    if module.is_some_and(|module| !crate::native::is_module_of_language(&module.to_string_lossy())) {
        flags |= 1 << 9;
    }
    let subclasses = [
        (classes.int, 24),
        (classes.list, 25),
        (classes.tuple, 26),
        (classes.bytes, 27),
        (classes.str, 28),
        (classes.dict, 29),
        (classes.base_exception, 30),
        (classes.type_, 31),
    ];
    for (base, bit) in subclasses {
        if class.is_subclass_of(base) {
            flags |= 1 << bit;
        }
    }
    flags
}

fn of(value: Value) -> Ref<Class> {
    value.downcast().expect("the descriptor checked the receiver")
}

/// `__annotate__` of a class: the function, or None.
pub fn get_annotate(t: &Thread, object: Value) -> R {
    let (class, names) = (of(object), t.names());
    if !class.has(ClassFlags::HEAP) {
        return Err(t.attribute_error(
            object,
            names.__annotate__,
            format_args!("type object '{}' has no attribute '__annotate__'", class.name()),
        ));
    }
    for name in [names.__annotate__, names.__annotate_func__] {
        if let Some(function) = class.namespace().get_str(t, name) {
            return protocols::descriptor_get(t, function, None, class);
        }
    }
    class.namespace().set_str(t, names.__annotate_func__, Value::NONE)?;
    Ok(Value::NONE)
}

/// Sets `__annotate__`.
pub fn set_annotate(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let (class, names) = (of(object), t.names());
    let Some(value) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if !class.has(ClassFlags::HEAP) {
        return Err(
            t.type_error(format_args!("cannot set '__annotate__' attribute of immutable type '{}'", class.name()))
        );
    }
    if !value.is_none() && value.class(t).special(t, crate::names::Special::Call).is_none() {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    class.set_attribute(t, names.__annotate_func__, Some(value))?;
    if !value.is_none() {
        class.set_attribute(t, names.__annotations_cache__, None)?;
    }
    Ok(())
}

/// `__annotations__` of a class, evaluated at first use (PEP 649).
pub fn get_annotations(t: &Thread, object: Value) -> R {
    let (class, names) = (of(object), t.names());
    if !class.has(ClassFlags::HEAP) {
        return Err(t.attribute_error(
            object,
            names.__annotations__,
            format_args!("type object '{}' has no attribute '__annotations__'", class.name()),
        ));
    }
    for name in [names.__annotations__, names.__annotations_cache__] {
        if let Some(known) = class.namespace().get_str(t, name) {
            return protocols::descriptor_get(t, known, None, class);
        }
    }
    let annotate = get_annotate(t, object)?;
    let annotations = if annotate.is_none() {
        Dict::new(t)?.value()
    } else {
        let made = protocols::call(t, annotate, &[Value::small(1)])?;
        if made.downcast::<Dict>().is_none() {
            return Err(t.type_error(format_args!("__annotate__ returned non-dict of type '{}'", made.class(t).name())));
        }
        made
    };
    class.set_attribute(t, names.__annotations_cache__, Some(annotations))?;
    Ok(annotations)
}

/// Sets or deletes `__annotations__`.
pub fn set_annotations(t: &Thread, object: Value, value: Option<Value>) -> R<()> {
    let (class, names) = (of(object), t.names());
    if !class.has(ClassFlags::HEAP) {
        return Err(
            t.type_error(format_args!("cannot set '__annotations__' attribute of immutable type '{}'", class.name()))
        );
    }
    let own = class.namespace().get_str(t, names.__annotations__).is_some();
    let target = if own { names.__annotations__ } else { names.__annotations_cache__ };
    if !class.set_attribute(t, target, value)? {
        return Err(t.attribute_error(object, names.__annotations__, "__annotations__"));
    }
    if own {
        class.set_attribute(t, names.__annotations_cache__, None)?;
    }
    for name in [names.__annotate_func__, names.__annotate__] {
        class.set_attribute(t, name, None)?;
    }
    Ok(())
}
