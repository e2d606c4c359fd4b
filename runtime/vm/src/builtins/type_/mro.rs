//! The C3 linearization.

use crate::containers::ValueVec;
use crate::object::Ref;
use crate::objects::{Class, ClassFlags, Tuple};
use crate::protocols;
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::{Value, class_of_header};

/// The method resolution order of a class with these bases, by C3: the class, then the merge of the bases' orders.
pub fn linearize(t: &Thread, class: Ref<Class>, bases: Ref<Tuple>) -> R<Ref<Tuple>> {
    let mut order = ValueVec::new(t);
    order.push(t, class.value())?;
    let count = bases.len();
    for base in bases.as_slice().iter().filter_map(|base| base.downcast::<Class>()) {
        if base.has(ClassFlags::UNORDERED) {
            return Err(t.type_error(format_args!("Cannot extend an incomplete type '{}'", base.name())));
        }
    }
    if count == 1 {
        let base: Ref<Class> = bases.get(0).downcast().expect("bases are classes");
        order.extend_from_slice(t, base.mro().as_slice())?;
        return order.into_tuple(t);
    }
    check_duplicates(t, bases)?;
    // The sequences to merge: the bases' orders, and the bases themselves.
    let mut sequences = ValueVec::new(t);
    for &base in bases.as_slice() {
        let base: Ref<Class> = base.downcast().expect("bases are classes");
        sequences.push(t, base.mro().value())?;
    }
    sequences.push(t, bases.value())?;
    let mut positions = vec![0_usize; count + 1];
    loop {
        let mut done = true;
        let mut chosen = None;
        for (index, &position) in positions.iter().enumerate() {
            let sequence = sequence_at(&sequences, index);
            let Some(&candidate) = sequence.as_slice().get(position) else { continue };
            done = false;
            if !in_any_tail(&sequences, &positions, candidate) {
                chosen = Some(candidate);
                break;
            }
        }
        if done {
            return order.into_tuple(t);
        }
        let Some(chosen) = chosen else { return Err(conflict(t, &sequences, &positions)) };
        order.push(t, chosen)?;
        for (index, position) in positions.iter_mut().enumerate() {
            let sequence = sequence_at(&sequences, index);
            if sequence.as_slice().get(*position).is_some_and(|head| head.is(chosen)) {
                *position += 1;
            }
        }
    }
}

fn sequence_at(sequences: &ValueVec, index: usize) -> Ref<Tuple> {
    sequences.get(index).downcast().expect("the sequences are tuples")
}

fn in_any_tail(sequences: &ValueVec, positions: &[usize], candidate: Value) -> bool {
    positions.iter().enumerate().any(|(index, &position)| {
        let sequence = sequence_at(sequences, index);
        sequence.as_slice().iter().skip(position + 1).any(|class| class.is(candidate))
    })
}

fn check_duplicates(t: &Thread, bases: Ref<Tuple>) -> R<()> {
    for (index, base) in bases.as_slice().iter().enumerate() {
        if bases.as_slice()[..index].iter().any(|other| other.is(*base)) {
            let name = base.downcast::<Class>().map_or_else(String::new, |class| class.name());
            return Err(t.type_error(format_args!("duplicate base class {name}")));
        }
    }
    Ok(())
}

#[cold]
fn conflict(t: &Thread, sequences: &ValueVec, positions: &[usize]) -> Raised {
    let mut names: Vec<String> = Vec::new();
    for (index, &position) in positions.iter().enumerate() {
        if let Some(class) =
            sequence_at(sequences, index).as_slice().get(position).and_then(|head| head.downcast::<Class>())
        {
            let name = class.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    t.type_error(format_args!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

/// The order of a new class: what its metaclass's `mro` says.
pub fn compute(t: &Thread, class: Ref<Class>) -> R<Ref<Tuple>> {
    let metaclass = class_of_header(class.header());
    let names = t.names();
    let own = metaclass.lookup(t, names.mro);
    if own == t.classes().type_.namespace().get_str(t, names.mro) {
        return linearize(t, class, class.bases());
    }
    let result = protocols::call_method(t, class.value(), names.mro, &[])?;
    let order = crate::protocols::list_of(t, result)?.to_tuple(t)?;
    let bases = class.bases();
    let is_own = |entry: Value| {
        let inherited = |base: Ref<Class>| base.mro().as_slice().iter().any(|other| other.is(entry));
        entry.is(class.value()) || bases.as_slice().iter().filter_map(|base| base.downcast()).any(inherited)
    };
    if !order.as_slice().iter().all(|&entry| is_own(entry)) {
        t.interpreter().add_foreign_order(t, class)?;
    }
    for entry in order.as_slice() {
        let Some(entry) = entry.downcast::<Class>() else {
            return Err(t.type_error(format_args!("mro() returned a non-class ('{}')", entry.class(t).name())));
        };
        if !std::ptr::eq(super::create::solid_base(entry).layout(), super::create::solid_base(class).layout())
            && !super::create::solid_base(class).is_subclass_of(super::create::solid_base(entry))
        {
            return Err(t.type_error(format_args!("mro() returned base with unsuitable layout ('{}')", entry.name())));
        }
    }
    Ok(order)
}
