//! `_functools`: `partial`, `reduce`, `cmp_to_key` and the wrapper of `lru_cache`.

mod key;
mod lru;
mod partial;

use vm::builtins::arguments::is_iterable;
use vm::modules::NativeModule;
use vm::native::Args;
use vm::objects::Module;
use vm::protocols;
use vm::{R, Ref, Thread, Value, native};

/// Apply a function of two arguments cumulatively to the items of an iterable, from left to right.
///
/// This effectively reduces the iterable to a single value.  If initial is present,
/// it is placed before the items of the iterable in the calculation, and serves as
/// a default when the iterable is empty.
///
/// For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])
/// calculates ((((1 + 2) + 3) + 4) + 5).
#[native("reduce(function, iterable, /, initial=<unrepresentable>)", raw)]
fn reduce(t: &Thread, args: Args<'_>) -> R {
    let given = args.positional();
    let [function, iterable, rest @ ..] = given else {
        return Err(
            t.type_error(format_args!("reduce() takes at least 2 positional arguments ({} given)", given.len()))
        );
    };
    let mut total = match rest {
        [] => None,
        [initial] => Some(*initial),
        _ => return Err(t.type_error(format_args!("reduce() takes at most 3 arguments ({} given)", given.len()))),
    };
    for (name, value) in args.keywords() {
        if !name.is("initial") {
            return Err(native::unexpected_keyword(t, "reduce", &name.to_string_lossy(), ["initial"]));
        }
        if total.replace(value).is_some() {
            return Err(t.type_error("argument for reduce() given by name ('initial') and position (3)"));
        }
    }
    if !is_iterable(t, *iterable) {
        return Err(t.type_error("reduce() arg 2 must support iteration"));
    }
    protocols::for_each(t, *iterable, |item| {
        total = Some(match total {
            None => item,
            Some(total) => protocols::call(t, *function, &[total, item])?,
        });
        Ok(())
    })?;
    total.ok_or_else(|| t.type_error("reduce() of empty iterable with no initial value"))
}

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    let placeholder: Value = partial::placeholder(t)?;
    module.add(t, "Placeholder", placeholder)
}

/// `_functools`
pub static FUNCTOOLS: NativeModule = NativeModule {
    name: "_functools",
    doc: "Tools that operate on functions.",
    functions: &[&REDUCE, &key::CMP_TO_KEY],
    classes: &[&partial::PARTIAL, &partial::PLACEHOLDER_TYPE, &lru::LRU_CACHE_WRAPPER],
    initialize,
};
