//! The warnings that compiling gives, as CPython gives them.

use compiler::{CompileOptions, compile};

fn warnings(source: &str) -> Vec<(String, u32)> {
    let compiled = compile(source, &CompileOptions::default()).expect("the source is valid");
    compiled.warnings.into_iter().map(|warning| (warning.message, warning.line)).collect()
}

fn first_words(source: &str) -> Vec<String> {
    warnings(source).into_iter().map(|(message, _)| message.split(". ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn escapes() {
    assert_eq!(
        warnings("'''\n\\z'''"),
        [(
            "\"\\z\" is an invalid escape sequence. Such sequences will not work in the future. Did you mean \"\\\\z\"? \
             A raw string is also an option."
                .to_owned(),
            2
        )]
    );
    assert_eq!(first_words("'\\z\\y'"), ["\"\\z\" is an invalid escape sequence"]);
    assert_eq!(first_words("'\\777'"), ["\"\\777\" is an invalid octal escape sequence"]);
    assert_eq!(first_words("f'\\{1}'"), ["\"\\{\" is an invalid escape sequence"]);
    assert_eq!(first_words("f'{1:\\z}'"), ["\"\\z\" is an invalid escape sequence"]);
    assert_eq!(
        first_words("'\\n\\x41\\\\z\\\n\\N{BULLET}' b'\\x00' rb'\\z'".split(" b").next().expect("a part")),
        [""; 0]
    );
    assert_eq!(first_words("b'\\N'"), ["\"\\N\" is an invalid escape sequence"]);
    assert_eq!(first_words("rb'\\z'; r'\\z'; rf'\\z'"), [""; 0]);
}

#[test]
fn numbers() {
    assert_eq!(first_words("1if x else 2"), ["invalid decimal literal"]);
    assert_eq!(first_words("0o7or 2"), ["invalid octal literal"]);
    assert_eq!(first_words("1.5jor 2"), ["invalid imaginary literal"]);
}

#[test]
fn suspicious_code() {
    assert_eq!(first_words("x is 1"), ["\"is\" with 'int' literal"]);
    assert_eq!(first_words("x is not ()"), ["\"is not\" with 'tuple' literal"]);
    assert_eq!(first_words("x is None; x is ..."), [""; 0]);
    assert_eq!(first_words("(1)(2)"), ["'int' object is not callable; perhaps you missed a comma?"]);
    assert_eq!(
        first_words("[1]['a']"),
        ["list indices must be integers or slices, not str; perhaps you missed a comma?"]
    );
    assert_eq!(first_words("assert (1, 2)"), ["assertion is always true, perhaps remove parentheses?"]);
}

#[test]
fn jumps_out_of_finally() {
    let source = "def f():\n try: pass\n finally:\n  return 1\n for x in y:\n  try: pass\n  finally:\n   while 1: break\n   break\n";
    assert_eq!(
        warnings(source),
        [("'return' in a 'finally' block".to_owned(), 4), ("'break' in a 'finally' block".to_owned(), 9)]
    );
}
