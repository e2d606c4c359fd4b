//! What attributes of builtin classes share that are plain fields of the object: the error of their missing setters, and checks of
//! arguments that several constructors make.

use crate::native::Args;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// The setter of a field that Python may only read.
pub fn read_only(t: &Thread, _: Value, _: Option<Value>) -> R<()> {
    Err(t.raise(t.classes().attribute_error, "readonly attribute"))
}

/// The arguments of a function that takes from `least` to `most` of them, by position only; its messages are those of tuples of arguments.
pub fn positional<'a>(t: &Thread, function: &str, args: Args<'a>, least: usize, most: usize) -> R<&'a [Value]> {
    if args.keyword_count() > 0 {
        return Err(t.type_error(format_args!("{function}() takes no keyword arguments")));
    }
    let given = args.values.len();
    if (least..=most).contains(&given) {
        return Ok(args.values);
    }
    let (bound, limit) = match (least == most, given < least) {
        (true, _) => ("", least),
        (false, true) => ("at least ", least),
        (false, false) => ("at most ", most),
    };
    let s = if limit == 1 { "" } else { "s" };
    Err(t.type_error(format_args!("{function} expected {bound}{limit} argument{s}, got {given}")))
}
