//! `_locale`: the C library's locale.

use vm::modules::NativeModule;
use vm::objects::{Dict, List, Module};
use vm::{R, Raised, Ref, Str, Thread, Value, native, protocols};

use crate::system::{decode_name, encode_name, terminated};

#[cold]
fn error(t: &Thread, message: &str) -> Raised {
    let modules = t.interpreter().state().modules.get().and_then(Value::downcast::<Dict>);
    let class = Str::interned(t, "_locale")
        .ok()
        .and_then(|name| modules?.get_str(t, name))
        .and_then(|module| protocols::get_attribute(t, module, Str::interned(t, "Error").ok()?).ok())
        .and_then(Value::downcast);
    t.raise(class.unwrap_or(t.classes().value_error), message)
}

/// Activates or queries locale processing.
#[native("setlocale(category, locale=None, /)")]
fn setlocale(t: &Thread, category: i32, name: Value) -> R<Ref<Str>> {
    let name = match Str::of(t, name) {
        Some(name) => Some(terminated(t, encode_name(t, name)?, "embedded null character")?),
        None if name.is_none() => None,
        None => {
            let got = name.class(t).name();
            return Err(t.type_error(format_args!("setlocale() argument 2 must be str or None, not {got}")));
        }
    };
    match host::locale::set(category, name.as_deref()) {
        Some(result) => decode_name(t, &result),
        None if name.is_some() => Err(error(t, "unsupported locale setting")),
        None => Err(error(t, "locale query failed")),
    }
}

/// Returns numeric and monetary locale-specific parameters.
#[native("localeconv()")]
fn localeconv(t: &Thread) -> R<Ref<Dict>> {
    let dict = Dict::new(t)?;
    let all = host::locale::conventions();
    for (name, text) in &all.texts {
        dict.set_str(t, Str::interned(t, name)?, decode_name(t, text)?.value())?;
    }
    for (name, number) in &all.numbers {
        dict.set_str(t, Str::interned(t, name)?, Value::small(*number))?;
    }
    for (name, bytes) in &all.groupings {
        let list = List::new(t)?;
        for &byte in bytes {
            list.push(t, Value::small(i32::from(byte)))?;
        }
        // The terminator belongs to a grouping that is not empty.
        if bytes.last().is_some_and(|&last| last != libc::c_char::MAX as u8) {
            list.push(t, Value::small(0))?;
        }
        dict.set_str(t, Str::interned(t, name)?, list.value())?;
    }
    Ok(dict)
}

/// Compares two strings according to the locale.
#[native("strcoll(os1, os2, /)")]
fn strcoll(t: &Thread, a: Ref<Str>, b: Ref<Str>) -> R<i32> {
    let a = terminated(t, encode_name(t, a)?, "embedded null character")?;
    let b = terminated(t, encode_name(t, b)?, "embedded null character")?;
    Ok(host::locale::compare(&a, &b))
}

/// Return a string that can be used as a key for locale-aware comparisons.
#[native("strxfrm(string, /)")]
fn strxfrm(t: &Thread, text: Ref<Str>) -> R<Ref<Str>> {
    let text = terminated(t, encode_name(t, text)?, "embedded null character")?;
    let key = host::locale::sort_key(&text);
    // The key is a sequence of numbers: each byte is a character, so that keys compare as their bytes do.
    let key: String = key.iter().map(|&byte| char::from(byte)).collect();
    Str::new(t, &key)
}

/// Return the value for the locale information associated with key.
#[native("nl_langinfo(key, /)")]
fn nl_langinfo(t: &Thread, key: i32) -> R<Ref<Str>> {
    if !INFORMATION.iter().any(|&(_, known)| known == i64::from(key)) {
        return Err(t.value_error("unsupported langinfo constant"));
    }
    decode_name(t, &host::locale::information(key))
}

/// Get the current locale encoding.
#[native("getencoding()")]
fn getencoding(_: &Thread) -> &'static str {
    "utf-8"
}

/// Takes the character type of the environment's locale, as Python does when it starts; the C locale is coerced to UTF-8 (PEP 538).
/// Nobody sees the difference before this module is there to ask.
fn follow_environment() {
    let current = host::locale::set(libc::LC_CTYPE, Some(c""));
    if current.is_none_or(|name| matches!(&*name, b"C" | b"POSIX")) {
        // A system without this locale stays with the C locale, as Python does there.
        let _ = host::locale::set(libc::LC_CTYPE, Some(c"C.UTF-8"));
    }
}

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

static INFORMATION: &[(&str, i64)] = numbers! {
    ABDAY_1 ABDAY_2 ABDAY_3 ABDAY_4 ABDAY_5 ABDAY_6 ABDAY_7 ABMON_1 ABMON_2 ABMON_3 ABMON_4 ABMON_5 ABMON_6 ABMON_7 ABMON_8 ABMON_9
    ABMON_10 ABMON_11 ABMON_12 ALT_DIGITS AM_STR CODESET CRNCYSTR DAY_1 DAY_2 DAY_3 DAY_4 DAY_5 DAY_6 DAY_7 D_FMT D_T_FMT ERA
    ERA_D_FMT ERA_D_T_FMT ERA_T_FMT MON_1 MON_2 MON_3 MON_4 MON_5 MON_6 MON_7 MON_8 MON_9 MON_10 MON_11 MON_12 NOEXPR PM_STR
    RADIXCHAR THOUSEP T_FMT T_FMT_AMPM YESEXPR
};

static CATEGORIES: &[(&str, i64)] = numbers! {
    LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME
};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    if t.interpreter().id == 0 {
        follow_environment();
    }
    for (name, number) in INFORMATION.iter().chain(CATEGORIES) {
        module.add_int(t, name, *number)?;
    }
    module.add_int(t, "CHAR_MAX", 127)?;
    module.add_exception(t, "locale", "Error", t.classes().exception.value()).map(drop)
}

/// `_locale`.
pub static MODULE: NativeModule = NativeModule {
    name: "_locale",
    doc: "Support for POSIX locales.",
    functions: &[&SETLOCALE, &LOCALECONV, &STRCOLL, &STRXFRM, &NL_LANGINFO, &GETENCODING],
    classes: &[],
    initialize,
};
