//! `_suggestions`: the name that was meant.

use vm::exceptions::suggestions::{MOST_CANDIDATES, closest};
use vm::modules::{NativeModule, nothing_to_add};
use vm::objects::{List, Str};
use vm::{R, Thread, Value, native};

/// The candidate that item was most likely meant to be, or None if none is close to it.
#[native("_generate_suggestions(candidates, item, /)")]
fn generate_suggestions(t: &Thread, candidates: Value, item: Value) -> R {
    let list = candidates.downcast::<List>().filter(|_| candidates.class(t) == t.classes().list);
    let Some(list) = list else { return Err(t.type_error("candidates must be a list")) };
    let Some(wrong) = Str::of(t, item) else {
        let got = item.class(t).name();
        return Err(t.type_error(format_args!("_generate_suggestions() argument 2 must be str, not {got}")));
    };
    let names = list.to_tuple(t)?;
    let names: Option<Vec<String>> =
        names.as_slice().iter().map(|&name| Str::of(t, name).map(|name| name.to_string_lossy())).collect();
    let Some(names) = names else { return Err(t.type_error("all elements in 'candidates' must be strings")) };
    if names.len() >= MOST_CANDIDATES {
        return Ok(Value::NONE);
    }
    match closest(&wrong.to_string_lossy(), names.iter().map(String::as_str)) {
        Some(name) => Ok(Str::new(t, &name)?.value()),
        None => Ok(Value::NONE),
    }
}

/// `_suggestions`
pub static MODULE: NativeModule = NativeModule {
    name: "_suggestions",
    doc: "",
    functions: &[&GENERATE_SUGGESTIONS],
    classes: &[],
    initialize: nothing_to_add,
};
