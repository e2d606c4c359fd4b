//! `unicodedata`: properties of characters, of the current version of Unicode and of version 3.2.

use text::unicode::normalization::{
    Form, Version, decomposition as decomposition_of, is_normalized as normalized, normalize as normalize_units,
    normalize_by,
};
use text::unicode::version_3_2;
use text::unicode::{self, names, tables};
use vm::heap_object;
use vm::modules::NativeModule;
use vm::native::{ClassDef, GetSet, MethodDef};
use vm::object::{Object, Ref};
use vm::objects::{ClassFlags, Module, Str, float_value};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

heap_object! {
    /// `unicodedata.UCD`: the database of version 3.2.
    pub struct Database {}
    trace {}
    fixed
}

/// A property of a character in either version.
struct Properties {
    category: &'static str,
    bidirectional: &'static str,
    combining: u8,
    mirrored: bool,
    east_asian_width: &'static str,
    decimal: Option<u8>,
    digit: Option<u8>,
    numeric: Option<f64>,
}

fn properties(c: u32, old: bool) -> Properties {
    if old {
        let old = version_3_2::properties(c);
        return Properties {
            category: old.category,
            bidirectional: old.bidirectional,
            combining: old.combining,
            mirrored: old.mirrored,
            east_asian_width: old.east_asian_width,
            decimal: old.decimal,
            digit: old.digit,
            numeric: old.numeric,
        };
    }
    Properties {
        category: unicode::category(c),
        bidirectional: unicode::bidirectional(c),
        combining: unicode::combining(c),
        mirrored: unicode::has(c, tables::MIRRORED),
        east_asian_width: unicode::east_asian_width(c),
        decimal: unicode::decimal(c),
        digit: unicode::digit(c),
        numeric: unicode::numeric(c),
    }
}

fn character(t: &Thread, value: Value, place: &str) -> R<u32> {
    let Some(text) = Str::of(t, value) else {
        let got = protocols::name_of_argument(t, value);
        let place = place.replacen("():", "()", 1);
        return Err(t.type_error(format_args!("{place} must be a unicode character, not {got}")));
    };
    match (text.units().first(), text.len()) {
        (Some(character), 1) => Ok(character),
        (_, length) => {
            Err(t.type_error(format_args!("{place} must be a unicode character, not a string of length {length}")))
        }
    }
}

/// A number, or the default, or ValueError.
fn number_or(t: &Thread, number: Option<Value>, default: Option<Value>, message: &str) -> R {
    match number.or(default) {
        Some(value) => Ok(value),
        None => Err(t.value_error(message)),
    }
}

fn small(number: Option<u8>) -> Option<Value> {
    number.map(|number| Value::small(number.into()))
}

fn form(t: &Thread, name: Ref<Str>) -> R<Form> {
    match Form::from_name(&name.to_string_lossy()) {
        Some(form) => Ok(form),
        None => Err(t.value_error("invalid normalization form")),
    }
}

fn name_of(t: &Thread, c: u32, default: Option<Value>, old: bool) -> R {
    let known = if old && !version_3_2::is_assigned(c) { None } else { names::name(c) };
    match known {
        Some(name) => Ok(Str::new(t, &name)?.value()),
        None => number_or(t, None, default, "no such name"),
    }
}

/// Both sets of functions: those of the module, and the methods of `UCD`.
macro_rules! functions {
    ($($function:ident $method:ident $signature:literal $method_signature:literal ($t:ident, $old:ident $(, $argument:ident: $type:ty)*) -> $result:ty $body:block $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[native($signature)]
            fn $function($t: &Thread $(, $argument: $type)*) -> $result {
                let $old = false;
                $body
            }

            #[doc = $doc]
            #[native($method_signature)]
            fn $method($t: &Thread, _: Ref<Database> $(, $argument: $type)*) -> $result {
                let $old = true;
                $body
            }
        )*
    };
}

functions! {
    category old_category "category(chr, /)" "category($self, chr, /)" (t, old, chr: Value) -> R<&'static str> {
        Ok(properties(character(t, chr, "category(): argument")?, old).category)
    } "Returns the general category assigned to the character chr as string.";
    bidirectional old_bidirectional "bidirectional(chr, /)" "bidirectional($self, chr, /)" (t, old, chr: Value) -> R<&'static str> {
        Ok(properties(character(t, chr, "bidirectional(): argument")?, old).bidirectional)
    } "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned.";
    combining old_combining "combining(chr, /)" "combining($self, chr, /)" (t, old, chr: Value) -> R<i32> {
        Ok(properties(character(t, chr, "combining(): argument")?, old).combining.into())
    } "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined.";
    mirrored old_mirrored "mirrored(chr, /)" "mirrored($self, chr, /)" (t, old, chr: Value) -> R<i32> {
        Ok(properties(character(t, chr, "mirrored(): argument")?, old).mirrored.into())
    } "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise.";
    east_asian_width old_east_asian_width "east_asian_width(chr, /)" "east_asian_width($self, chr, /)" (t, old, chr: Value) -> R<&'static str> {
        Ok(properties(character(t, chr, "east_asian_width(): argument")?, old).east_asian_width)
    } "Returns the east asian width assigned to the character chr as string.";
    decimal old_decimal "decimal(chr, default=<unrepresentable>, /)" "decimal($self, chr, default=<unrepresentable>, /)" (t, old, chr: Value, default: Option<Value>) -> R {
        let number = properties(character(t, chr, "decimal(): argument 1")?, old).decimal;
        number_or(t, small(number), default, "not a decimal")
    } "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    digit old_digit "digit(chr, default=<unrepresentable>, /)" "digit($self, chr, default=<unrepresentable>, /)" (t, old, chr: Value, default: Option<Value>) -> R {
        let number = properties(character(t, chr, "digit(): argument 1")?, old).digit;
        number_or(t, small(number), default, "not a digit")
    } "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    numeric old_numeric "numeric(chr, default=<unrepresentable>, /)" "numeric($self, chr, default=<unrepresentable>, /)" (t, old, chr: Value, default: Option<Value>) -> R {
        let number = match properties(character(t, chr, "numeric(): argument 1")?, old).numeric {
            Some(number) => Some(float_value(t, number)?),
            None => None,
        };
        number_or(t, number, default, "not a numeric character")
    } "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    decomposition old_decomposition "decomposition(chr, /)" "decomposition($self, chr, /)" (t, old, chr: Value) -> R<String> {
        let c = character(t, chr, "decomposition(): argument")?;
        Ok(if old && !version_3_2::is_assigned(c) { String::new() } else { decomposition_of(c) })
    } "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined.";
    is_normalized old_is_normalized "is_normalized(form, unistr, /)" "is_normalized($self, form, unistr, /)" (t, old, name: Ref<Str>, string: Ref<Str>) -> R<bool> {
        let form = form(t, name)?;
        if old {
            return Ok(normalize_by(form, string.units(), Version::V3_2).as_units() == string.units());
        }
        Ok(normalized(form, string.units()))
    } "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    normalize old_normalize "normalize(form, unistr, /)" "normalize($self, form, unistr, /)" (t, old, name: Ref<Str>, string: Ref<Str>) -> R<Ref<Str>> {
        let form = form(t, name)?;
        if old {
            return Str::from_owned(t, normalize_by(form, string.units(), Version::V3_2));
        }
        if normalized(form, string.units()) { Ok(string) } else { Str::from_owned(t, normalize_units(form, string.units())) }
    } "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    name old_name "name(chr, default=<unrepresentable>, /)" "name($self, chr, default=<unrepresentable>, /)" (t, old, chr: Value, default: Option<Value>) -> R {
        name_of(t, character(t, chr, "name(): argument 1")?, default, old)
    } "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised.";
    lookup old_lookup "lookup(name, /)" "lookup($self, name, /)" (t, old, name: Value) -> R<Ref<Str>> {
        look_up(t, name, old)
    } "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised.";
}

fn look_up(t: &Thread, name: Value, old: bool) -> R<Ref<Str>> {
    let text = match Str::of(t, name) {
        Some(text) => text.to_string_lossy(),
        None => String::from_utf8_lossy(&protocols::Buffer::of(t, name)?).into_owned(),
    };
    if text.len() > names::LONGEST_NAME {
        return Err(t.raise(t.classes().key_error, "name too long"));
    }
    // The old database knows neither aliases nor sequences.
    let found = if old { names::proper(&text).map(text::OwnedUnits::from_char) } else { names::lookup(&text) };
    match found {
        Some(character) => Str::from_owned(t, character),
        None => Err(t.raise(t.classes().key_error, format_args!("undefined character name '{text}'"))),
    }
}

fn get_version(t: &Thread, _: Value) -> R {
    Ok(Str::new(t, "3.2.0")?.value())
}

/// `unicodedata.UCD`.
pub static DATABASE: NativeClass = NativeClass::new(ClassDef {
    name: "UCD",
    module: "unicodedata",
    layout: Database::layout,
    base: None,
    flags: ClassFlags::NO_NEW,
    doc: "",
    methods: &[
        MethodDef::Method(&OLD_CATEGORY),
        MethodDef::Method(&OLD_BIDIRECTIONAL),
        MethodDef::Method(&OLD_COMBINING),
        MethodDef::Method(&OLD_MIRRORED),
        MethodDef::Method(&OLD_EAST_ASIAN_WIDTH),
        MethodDef::Method(&OLD_DECIMAL),
        MethodDef::Method(&OLD_DIGIT),
        MethodDef::Method(&OLD_NUMERIC),
        MethodDef::Method(&OLD_DECOMPOSITION),
        MethodDef::Method(&OLD_IS_NORMALIZED),
        MethodDef::Method(&OLD_NORMALIZE),
        MethodDef::Method(&OLD_NAME),
        MethodDef::Method(&OLD_LOOKUP),
    ],
    getset: &[GetSet { name: "unidata_version", get: get_version, set: None, doc: "" }],
});

fn add_database(t: &Thread, module: Ref<Module>) -> R<()> {
    module.add_str(t, "unidata_version", "16.0.0")?;
    let database = t.allocate_exact::<Database>(DATABASE.get(t))?.publish();
    module.add(t, "ucd_3_2_0", database.value())
}

/// `unicodedata`.
pub static MODULE: NativeModule = NativeModule {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from the Unicode Consortium\nat https://www.unicode.org/Public/16.0.0/ucd/UnicodeData.txt.",
    functions: &[
        &DECIMAL,
        &DIGIT,
        &NUMERIC,
        &CATEGORY,
        &BIDIRECTIONAL,
        &COMBINING,
        &MIRRORED,
        &EAST_ASIAN_WIDTH,
        &DECOMPOSITION,
        &NAME,
        &LOOKUP,
        &IS_NORMALIZED,
        &NORMALIZE,
    ],
    classes: &[&DATABASE],
    initialize: add_database,
};
