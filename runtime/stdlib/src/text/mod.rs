//! Text: `_json`, `_string`, `_symtable`, `_tokenize`, `unicodedata`.

pub mod ast;
pub mod json_decode;
pub mod json_encode;
pub mod sre;
pub mod string;
pub mod symtable;
pub mod tokenize;
pub mod unicodedata;

use vm::modules::NativeModule;

/// `_json`.
pub static JSON: NativeModule = NativeModule {
    name: "_json",
    doc: "json speedups\n",
    functions: &[&json_encode::ENCODE_BASESTRING_ASCII, &json_encode::ENCODE_BASESTRING, &json_decode::SCANSTRING],
    classes: &[],
    initialize: |t, module| {
        module.add(t, "make_scanner", json_decode::SCANNER.get(t).value())?;
        module.add(t, "make_encoder", json_encode::ENCODER.get(t).value())
    },
};
