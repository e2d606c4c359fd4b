//! The shape of the code made for common constructs: what is fused, what stays in place, what is dropped.

use std::sync::Arc;

use bytecode::{Code, Constant, Opcode};
use compiler::{CompileOptions, compile};

/// The code of the first function in `source`.
fn function(source: &str) -> Arc<Code> {
    let compiled = compile(source, &CompileOptions::default()).expect("the source is valid");
    let code = compiled.code.constants.iter().find_map(|constant| match constant {
        Constant::Code(code) => Some(Arc::clone(code)),
        _ => None,
    });
    code.expect("the source has a function")
}

/// The opcodes of a function with this body and the arguments a, b, c.
fn body(statements: &str) -> Vec<Opcode> {
    let indented: String = statements.lines().map(|line| format!("    {line}\n")).collect();
    let code = function(&format!("def f(a, b, c):\n{indented}"));
    code.instructions.iter().filter_map(|instruction| instruction.opcode()).collect()
}

#[test]
fn assigned_locals_are_used_in_place() {
    assert_eq!(body("return a + b"), [Opcode::Add, Opcode::Return]);
    assert_eq!(body("a = b * c\nreturn a"), [Opcode::Mul, Opcode::Return]);
    assert_eq!(body("a, b = b, a"), [Opcode::Move, Opcode::Move, Opcode::Move, Opcode::ReturnNone]);
}

#[test]
fn locals_that_may_be_unset_are_checked_once() {
    use Opcode as O;
    assert_eq!(body("if a: x = 1\nb = x\nreturn x"), [O::JumpIf, O::LoadInt, O::CheckLocal, O::Move, O::Return]);
    assert_eq!(body("del a\nreturn a"), [O::DeleteLocal, O::CheckLocal, O::Return]);
}

#[test]
fn a_walrus_does_not_change_what_was_read_before() {
    let code = function("def f(x): return x + (x := 1)");
    let add = code.instructions.iter().find(|instruction| instruction.opcode() == Some(Opcode::Add));
    let add = add.expect("an addition");
    assert_ne!(add.b(), 0, "the old value is copied");
}

#[test]
fn small_numbers_lie_in_instructions() {
    assert_eq!(body("a += 1\nreturn a // 2"), [Opcode::AddInt, Opcode::FloorDivInt, Opcode::Return]);
    assert_eq!(body("return 1 + a"), [Opcode::LoadInt, Opcode::Add, Opcode::Return]);
    assert_eq!(body("return a + 100000"), [Opcode::LoadInt, Opcode::Add, Opcode::Return]);
    assert_eq!(body("return 2 ** 10 - 24"), [Opcode::LoadInt, Opcode::Return]);
}

#[test]
fn loops_test_at_their_end() {
    use Opcode as O;
    assert_eq!(body("while a < b:\n    a += 1"), [O::JumpLt, O::AddInt, O::LoopLt, O::ReturnNone]);
    assert_eq!(body("while True:\n    a += 1"), [O::AddInt, O::JumpBack]);
    assert_eq!(body("for x in a:\n    b = x"), [O::GetIter, O::ForIter, O::Move, O::LoopIter, O::ReturnNone]);
    assert_eq!(
        body("for x in range(a):\n    b = x"),
        [O::LoadGlobal, O::Move, O::RangePrepare, O::ForRange, O::Move, O::LoopRange, O::ReturnNone]
    );
    assert_eq!(body("for k, v in a:\n    pass"), [O::GetIter, O::ForIter, O::Unpack, O::LoopIter, O::ReturnNone]);
}

#[test]
fn conditions_jump_without_booleans() {
    use Opcode as O;
    assert_eq!(
        body("if a and not b or c is None: return a"),
        [O::JumpIf, O::JumpIf, O::JumpIfNone, O::Return, O::ReturnNone]
    );
    assert_eq!(body("if a < b < c: return a"), [O::JumpLt, O::JumpLt, O::Return, O::ReturnNone]);
    assert_eq!(
        body("for x in a:\n    if x: continue\n    b = x"),
        [O::GetIter, O::ForIter, O::JumpIf, O::Move, O::LoopIter, O::ReturnNone]
    );
}

#[test]
fn code_that_cannot_run_is_dropped() {
    assert_eq!(body("return a\nprint(b)"), [Opcode::Return]);
    assert_eq!(body("if 0: print(a)\nreturn a"), [Opcode::Return]);
    assert_eq!(body("raise a\nx = 1"), [Opcode::Raise]);
    assert_eq!(body("if __debug__: return a\nreturn b"), [Opcode::Return]);
}

#[test]
fn methods_are_called_without_binding() {
    use Opcode as O;
    assert_eq!(body("a.m(b)"), [O::LoadMethod, O::Move, O::Call, O::ReturnNone]);
    assert_eq!(body("return a in [1, 2]"), [O::LoadConst, O::In, O::Return]);
}

#[test]
fn comprehensions_run_inline() {
    use Opcode as O;
    assert_eq!(
        body("return [x for x in a]"),
        [O::GetIter, O::BuildList, O::ForIter, O::ListAppend, O::LoopIter, O::Clear, O::Return]
    );
}

#[test]
fn far_jumps_are_stretched() {
    let long = "    b = a.x\n".repeat(70_000);
    let code = function(&format!("def f(a, b):\n  while a < b:\n{long}"));
    assert!(code.instructions.len() > 70_000);
    assert_eq!(bytecode::verify::verify(&code), Ok(()));
    let code = function(&format!("def f(a, b):\n  for x in a:\n{long}"));
    assert_eq!(bytecode::verify::verify(&code), Ok(()));
}

#[test]
fn optimization_levels() {
    let compile = |optimize| {
        let options = CompileOptions { optimize, ..CompileOptions::default() };
        compile("'doc'\nassert x\ndef f(): 'doc'", &options).expect("it is valid").code
    };
    let has = |code: &Code, op| code.instructions.iter().any(|instruction| instruction.opcode() == Some(op));
    assert!(has(&compile(0), Opcode::AssertFail));
    assert!(!has(&compile(1), Opcode::AssertFail));
    assert!(compile(1).constants.contains(&Constant::Str(b"doc".to_vec())));
    assert!(!compile(2).constants.contains(&Constant::Str(b"doc".to_vec())));
}

#[test]
fn interactive_values_are_shown() {
    let options = CompileOptions { mode: compiler::Mode::Single, ..CompileOptions::default() };
    let shown = |source: &str| {
        let code = compile(source, &options).expect("it is valid").code;
        code.instructions.iter().filter(|instruction| instruction.opcode() == Some(Opcode::Intrinsic)).count()
    };
    assert_eq!(shown("1\n"), 1);
    assert_eq!(shown("for i in x: i\n"), 1);
    assert_eq!(shown("def f(): 1\n"), 0);
}
