//! Names of characters; no unsafe.

/// The name of a character, if it has one.
pub fn name(c: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(c)?).map(|name| name.to_string())
}

/// The character of a name or an alias; case does not matter.
pub fn character(name: &str) -> Option<u32> {
    unicode_names2::character(name).map(u32::from)
}
