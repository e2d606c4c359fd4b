//! Sources that nest deeply compile or are errors; they never overflow the stack.

use compiler::errors::SyntaxErrorKind;
use compiler::{CompileOptions, compile};

fn outcome(source: &str) -> Result<(), SyntaxErrorKind> {
    compile(source, &CompileOptions::default()).map(|_| ()).map_err(|error| error.kind)
}

#[test]
fn refused() {
    assert_eq!(outcome(&format!("{}1", "-".repeat(1_000_000))), Err(SyntaxErrorKind::Memory));
    assert_eq!(outcome(&format!("{}1", "not ".repeat(10_000))), Err(SyntaxErrorKind::Memory));
    assert_eq!(outcome(&format!("{}1", "lambda: ".repeat(10_000))), Err(SyntaxErrorKind::Memory));
    assert_eq!(outcome(&format!("{}1", "1 if x else ".repeat(10_000))), Err(SyntaxErrorKind::Memory));
    assert_eq!(outcome(&format!("x = {}1", "a + ".repeat(500_000))), Err(SyntaxErrorKind::Recursion));
    assert_eq!(outcome(&format!("a{}", ".b".repeat(500_000))), Err(SyntaxErrorKind::Recursion));
    assert!(outcome(&format!("{}{}", "(".repeat(100_000), ")".repeat(100_000))).is_err());
}

#[test]
fn compiled() {
    let sources = [
        format!("{}1", "-".repeat(5_000)),
        format!("x = {}1", "a + ".repeat(20_000)),
        format!("a{}", ".b".repeat(20_000)),
        format!("a{}", "()".repeat(10_000)),
        format!("a{}", "[0]".repeat(10_000)),
        format!("x = {}1", "a ** ".repeat(2_000)),
        format!("{}1", "a = ".repeat(50_000)),
        format!("x = {}b", "a and ".repeat(50_000)),
        format!("x = {}", "'a' ".repeat(50_000)),
        format!("if a: pass\n{}", "elif a: pass\n".repeat(20_000)),
        format!("x = {}{}", "[".repeat(150), "]".repeat(150)),
    ];
    for source in &sources {
        assert_eq!(outcome(source), Ok(()), "{}", &source[..40]);
    }
}
