//! Arithmetic and comparison: small-int kernels for the dispatch loop, and the general ways.

use bytecode::Instruction;

use super::{read, write};
use crate::exec::dispatch::Next;
use crate::exec::enter::enter_method;
use crate::names::Special;
use crate::object::{Object, Ref};
use crate::objects::{Class, ClassFlags, Function};
use crate::protocols::{self, BinaryOp, CompareOp, UnaryOp};
use crate::raised::R;
use crate::shapes::instance::Instance;
use crate::thread::{Frame, FrameFlags, Thread};
use crate::value::{Value, class_of_header};

/// `<`.
pub const LT: CompareOp = CompareOp::Lt;
/// `<=`.
pub const LE: CompareOp = CompareOp::Le;
/// `==`.
pub const EQ: CompareOp = CompareOp::Eq;
/// `!=`.
pub const NE: CompareOp = CompareOp::Ne;
/// `>`.
pub const GT: CompareOp = CompareOp::Gt;
/// `>=`.
pub const GE: CompareOp = CompareOp::Ge;

/// The numbers of two words of small ints.
#[inline(always)]
const fn numbers(left: u64, right: u64) -> (i64, i64) {
    (left as i64 >> 1, right as i64 >> 1)
}

#[inline(always)]
const fn word(number: i64) -> u64 {
    (number << 1) as u64 | 1
}

/// `left / right` as a word, if it is exact as floats divide.
#[inline(always)]
pub fn quotient_of_small(left: u64, right: u64) -> Option<u64> {
    let (left, right) = numbers(left, right);
    const EXACT: i64 = 1 << 53;
    if right == 0 || left.abs() > EXACT || right.abs() > EXACT {
        return None;
    }
    Value::word_float(left as f64 / right as f64).map(Value::bits)
}

/// `left // right` as a word.
#[inline(always)]
pub fn floor_of_small(left: u64, right: u64) -> Option<u64> {
    let (left, right) = numbers(left, right);
    if right == 0 || right == -1 {
        return None;
    }
    let quotient = left / right;
    Some(word(quotient - i64::from((left % right != 0) && ((left < 0) != (right < 0)))))
}

/// `left % right` as a word.
#[inline(always)]
pub fn remainder_of_small(left: u64, right: u64) -> Option<u64> {
    let (left, right) = numbers(left, right);
    if right == 0 || right == -1 {
        return None;
    }
    let remainder = left % right;
    let floored = if remainder != 0 && (remainder < 0) != (right < 0) { remainder + right } else { remainder };
    Some(word(floored))
}

/// `left << right` as a word.
#[inline(always)]
pub fn left_shift_of_small(left: u64, right: u64) -> Option<u64> {
    let (left, right) = numbers(left, right);
    if !(0..62).contains(&right) {
        return None;
    }
    let shifted = left << right;
    if shifted >> right == left && Value::small_int(shifted).is_some() { Some(word(shifted)) } else { None }
}

/// `left >> right` as a word.
#[inline(always)]
pub fn right_shift_of_small(left: u64, right: u64) -> Option<u64> {
    let (left, right) = numbers(left, right);
    if right < 0 { None } else { Some(word(left >> right.min(63))) }
}

macro_rules! binary {
    ($($name:ident $op:ident;)*) => {
        $(#[inline(never)]
        #[allow(missing_docs, reason = "named as the opcode")]
        pub fn $name(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
            let (left, right) = (read(frame, ins.b()), read(frame, ins.c()));
            operate(t, frame, ins, BinaryOp::$op, left, right)
        })*
    };
}
binary! {
    add Add; sub Sub; mul Mul; true_div TrueDiv; floor_div FloorDiv; modulo Mod; pow Pow; mat_mul MatMul;
    left_shift LShift; right_shift RShift; and And; or Or; xor Xor;
}

macro_rules! with_immediate {
    ($($name:ident $op:ident;)*) => {
        $(#[inline(never)]
        #[allow(missing_docs, reason = "named as the opcode")]
        pub fn $name(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
            let right = Value::small(i32::from(ins.c() as i16));
            operate(t, frame, ins, BinaryOp::$op, read(frame, ins.b()), right)
        })*
    };
}
with_immediate! {
    add_int Add; sub_int Sub; mul_int Mul; floor_div_int FloorDiv; mod_int Mod; and_int And; left_shift_int LShift; right_shift_int RShift;
}

#[inline(always)]
fn operate(t: &Thread, frame: &Frame, ins: Instruction, op: BinaryOp, left: Value, right: Value) -> R<Next> {
    let result = match mixed(op, left, right) {
        Some(result) => result,
        None if (is_of_program(left) || is_of_program(right)) && enter_operator(t, ins, op, left, right) => {
            return Ok(Next::Reload);
        }
        None if ins.x() == 1 => protocols::inplace(t, op, left, right)?,
        None => protocols::binary(t, op, left, right)?,
    };
    write(frame, ins.a(), result);
    Ok(Next::Same)
}

/// Whether the value's class was made by a Python program.
#[inline(always)]
fn is_of_program(value: Value) -> bool {
    value.header().is_some_and(|header| class_of_header(header).has(ClassFlags::HEAP))
}

/// What a method that may decline was asked: the operator, whether of an augmented assignment, and whether it was the right operand's.
#[derive(Clone, Copy)]
struct Asked {
    op: BinaryOp,
    in_place: bool,
    right: bool,
}

impl Asked {
    fn to_value(self) -> Value {
        Value::small((self.op as i32) << 2 | i32::from(self.in_place) << 1 | i32::from(self.right))
    }

    fn of_value(value: Value) -> Self {
        let bits = value.as_small_int().expect("put there with the operands");
        Self { op: BinaryOp::ALL[bits as usize >> 2], in_place: bits & 2 != 0, right: bits & 1 != 0 }
    }
}

/// Enters the Python method that an operator asks first, if that is all there is to ask before it: of the left operand; or of the right
/// one, an instance of a plain class, where the left is a number, which would decline. What is to be done if the method declines lies before
/// its window (`declined`).
#[inline(never)]
fn enter_operator(t: &Thread, ins: Instruction, op: BinaryOp, left: Value, right: Value) -> bool {
    let (left_class, right_class) = (left.class(t), right.class(t));
    let in_place = ins.x() == 1;
    let python = |class: Ref<Class>, special| class.special(t, special).and_then(Value::downcast::<Function>);
    let (asked, function, words) = if left_class.has(ClassFlags::HEAP) {
        // A class that derives from the left operand's may go first.
        if in_place && left_class.special(t, op.in_place()).is_some()
            || left_class != right_class && right_class.is_subclass_of(left_class)
        {
            return false;
        }
        let Some(function) = python(left_class, op.method()) else { return false };
        (Asked { op, in_place, right: false }, function, [left, right])
    } else {
        let number = left_class == t.classes().int || left_class == t.classes().float;
        if !number || !std::ptr::eq(right_class.layout(), Instance::layout()) {
            return false;
        }
        let Some(function) = python(right_class, op.reflected()) else { return false };
        (Asked { op, in_place, right: true }, function, [right, left])
    };
    let words = [left, right, asked.to_value(), words[0], words[1]];
    enter_method(t, function, &words, 2, FrameFlags::OPERATOR, ins.a())
}

/// What an operator gives whose method, which runs in this frame, declined.
#[cold]
#[inline(never)]
pub fn declined(t: &Thread, frame: &Frame) -> R {
    // SAFETY: three words before the window of such a frame were set when it was entered, and stay until it is left.
    let [left, right, asked] = [3, 2, 1].map(|back| unsafe { *frame.registers.get().sub(back) });
    let [left, right, asked] = [left, right, asked].map(|word| Value::from_word(word).expect("a value was put there"));
    let asked = Asked::of_value(asked);
    crate::exec::enter::pop_frame(t);
    protocols::declined(t, asked.op, asked.in_place, left, right, asked.right)
}

/// A number in a word: a small int or bool, or a float.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

#[inline(always)]
fn number(value: Value) -> Option<Number> {
    match (value.as_small_int(), value.as_word_float()) {
        (Some(number), _) => Some(Number::Int(number)),
        (_, Some(number)) => Some(Number::Float(number)),
        _ if value == Value::TRUE => Some(Number::Int(1)),
        _ if value == Value::FALSE => Some(Number::Int(0)),
        _ => None,
    }
}

/// Sums, differences, products and quotients of numbers of two kinds: int, bool and float, each in a word.
#[inline(always)]
fn mixed(op: BinaryOp, left: Value, right: Value) -> Option<Value> {
    if !matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::TrueDiv) {
        return None;
    }
    let (left, right) = match (number(left)?, number(right)?) {
        (Number::Int(left), Number::Int(right)) => {
            let result = match op {
                BinaryOp::Add => left.checked_add(right),
                BinaryOp::Sub => left.checked_sub(right),
                BinaryOp::Mul => left.checked_mul(right),
                _ => None,
            };
            return Value::small_int(result?);
        }
        // The conversion rounds to even, as CPython's does.
        (Number::Int(left), Number::Float(right)) => (left as f64, right),
        (Number::Float(left), Number::Int(right)) => (left, right as f64),
        (Number::Float(left), Number::Float(right)) => (left, right),
    };
    Value::word_float(match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        _ if right == 0.0 => return None,
        _ => left / right,
    })
}

macro_rules! unary {
    ($($name:ident $op:ident;)*) => {
        $(#[inline(never)]
        #[allow(missing_docs, reason = "named as the opcode")]
        pub fn $name(t: &Thread, frame: &Frame, ins: Instruction) -> R<Next> {
            let operand = read(frame, ins.b());
            if is_of_program(operand)
                && let Some(method) = operand.class(t).special(t, Special::$op).and_then(Value::downcast::<Function>)
                && enter_method(t, method, &[operand], 1, 0, ins.a())
            {
                return Ok(Next::Reload);
            }
            let result = protocols::unary(t, UnaryOp::$op, operand)?;
            write(frame, ins.a(), result);
            Ok(Next::Same)
        })*
    };
}
unary! { neg Neg; pos Pos; invert Invert; }

/// A comparison whose result is a value.
#[inline(never)]
pub fn compare(t: &Thread, frame: &Frame, ins: Instruction, op: CompareOp) -> R<()> {
    let (left, right) = (read(frame, ins.b()), read(frame, ins.c()));
    let result = match compare_mixed(left, right, op) {
        Some(truth) => Value::bool(truth),
        None => protocols::compare(t, left, right, op)?,
    };
    write(frame, ins.a(), result);
    Ok(())
}

/// The truth of a comparison of an int or bool with a float or bool, each in a word, where the int is exact as a float.
#[inline(always)]
fn compare_mixed(left: Value, right: Value, op: CompareOp) -> Option<bool> {
    const EXACT: u64 = 1 << 53;
    let as_float = |value| match number(value)? {
        Number::Int(number) => (number.unsigned_abs() <= EXACT).then_some(number as f64),
        Number::Float(number) => Some(number),
    };
    let (left, right) = (as_float(left)?, as_float(right)?);
    Some(match op {
        CompareOp::Lt => left < right,
        CompareOp::Le => left <= right,
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::Gt => left > right,
        CompareOp::Ge => left >= right,
    })
}

/// The truth of a comparison.
#[inline(never)]
pub fn compare_truth(t: &Thread, left: Value, right: Value, op: CompareOp) -> R<bool> {
    if let Some(truth) = compare_mixed(left, right, op) {
        return Ok(truth);
    }
    let result = protocols::compare(t, left, right, op)?;
    protocols::is_true(t, result)
}
