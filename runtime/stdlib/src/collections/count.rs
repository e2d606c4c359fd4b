//! `_count_elements`, the loop of `Counter.update`.

use vm::containers::equality::hash_dict_key;
use vm::objects::Dict;
use vm::protocols::{self, BinaryOp};
use vm::{R, Ref, Thread, Value, native};

/// _count_elements(mapping, iterable) -> None
///
/// Count elements in the iterable, updating the mapping
#[native("_count_elements(mapping, iterable, /)")]
pub fn count_elements(t: &Thread, mapping: Value, iterable: Value) -> R<()> {
    match mapping.downcast::<Dict>().filter(|_| counts_as_dict(t, mapping)) {
        Some(dict) => protocols::for_each(t, iterable, |key| count_in_dict(t, dict, key)),
        None => {
            let get = protocols::get_attribute(t, mapping, t.names().get)?;
            protocols::for_each(t, iterable, |key| {
                let count = protocols::call(t, get, &[key, Value::small(0)])?;
                let count = protocols::binary(t, BinaryOp::Add, count, Value::small(1))?;
                protocols::set_item(t, mapping, key, count)
            })
        }
    }
}

/// Whether the mapping's class reads and stores items as `dict` does.
fn counts_as_dict(t: &Thread, mapping: Value) -> bool {
    let (class, dict) = (mapping.class(t), t.classes().dict);
    [t.names().get, t.names().__setitem__].into_iter().all(|name| class.lookup(t, name) == dict.lookup(t, name))
}

fn count_in_dict(t: &Thread, dict: Ref<Dict>, key: Value) -> R<()> {
    let hash = hash_dict_key(t, key)?;
    let counted = dict.update_value(t, key, hash, |count| match count {
        None => Some(Value::small(1)),
        Some(count) => Value::small_int(count.as_small_int()? + 1),
    })?;
    if counted {
        return Ok(());
    }
    let count = dict.get_hashed(t, key, hash)?.unwrap_or(Value::small(0));
    let count = protocols::binary(t, BinaryOp::Add, count, Value::small(1))?;
    dict.set_hashed(t, key, hash, count)
}
