//! Constant folding: which expressions are constants, with CPython's limits on the size of results.
//!
//! What would raise, or would be too large, is left to run time.

use bytecode::Constant;
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};
use ruff_python_ast::{Expr, Number, Operator, UnaryOp};

use super::Generator;
use super::jumps::truth;

/// Bits of an int.
const MAX_INT_BITS: u64 = 128;
/// Items of a tuple.
const MAX_ITEMS: usize = 256;
/// Items of a string or bytes.
const MAX_TEXT: usize = 4096;

impl Generator<'_> {
    /// The value of a constant expression.
    pub(crate) fn fold(&mut self, expression: &Expr) -> Option<Constant> {
        match expression {
            Expr::NoneLiteral(_) => Some(Constant::None),
            Expr::BooleanLiteral(literal) => Some(Constant::Bool(literal.value)),
            Expr::EllipsisLiteral(_) => Some(Constant::Ellipsis),
            Expr::NumberLiteral(literal) => Some(number(&literal.value)),
            Expr::StringLiteral(literal) => Some(Constant::Str(self.string_value(literal))),
            Expr::BytesLiteral(literal) => Some(Constant::Bytes(literal.value.bytes().collect())),
            Expr::Name(name) if name.id == "__debug__" => Some(Constant::Bool(self.options.optimize < 1)),
            Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Tuple(_) | Expr::Subscript(_) | Expr::Slice(_) => {
                self.fold_compound(expression)
            }
            _ => None,
        }
    }

    fn fold_compound(&mut self, expression: &Expr) -> Option<Constant> {
        let key = std::ptr::from_ref(expression) as usize;
        if self.not_constant.contains(&key) {
            return None;
        }
        let constant = match expression {
            Expr::UnaryOp(node) => self.fold(&node.operand).and_then(|operand| unary(node.op, &operand)),
            Expr::BinOp(node) => self.fold_binary(node.op, &node.left, &node.right),
            Expr::Tuple(node) => {
                node.elts.iter().map(|item| self.fold(item)).collect::<Option<Vec<_>>>().map(Constant::Tuple)
            }
            Expr::Subscript(node) => self.fold_subscript(&node.value, &node.slice),
            Expr::Slice(node) => {
                let mut part = |part: &Option<Box<Expr>>| match part {
                    Some(part) => self.fold(part),
                    None => Some(Constant::None),
                };
                (|| Some(Constant::Slice(Box::new([part(&node.lower)?, part(&node.upper)?, part(&node.step)?]))))()
            }
            _ => None,
        };
        if constant.is_none() {
            self.not_constant.insert(key);
        }
        constant
    }

    fn fold_binary(&mut self, op: Operator, left: &Expr, right: &Expr) -> Option<Constant> {
        // The right side first: it is seldom deep.
        let right = self.fold(right)?;
        let left = self.fold(left)?;
        binary(op, &left, &right)
    }

    fn fold_subscript(&mut self, value: &Expr, index: &Expr) -> Option<Constant> {
        let Constant::Int(index) = self.fold(index)? else { return None };
        let at = |length: usize| {
            let index = if index < 0 { index.checked_add(length as i64)? } else { index };
            usize::try_from(index).ok().filter(|index| *index < length)
        };
        match self.fold(value)? {
            Constant::Tuple(items) => items.get(at(items.len())?).cloned(),
            Constant::Str(text) if text.is_ascii() => Some(Constant::Str(vec![text[at(text.len())?]])),
            Constant::Bytes(bytes) => Some(Constant::Int(i64::from(bytes[at(bytes.len())?]))),
            _ => None,
        }
    }

    /// A list or tuple of constants as a tuple, a set of constants as a frozenset: for `in` and for loops.
    pub(crate) fn constant_container(&mut self, expression: &Expr) -> Option<Constant> {
        match expression {
            Expr::List(list) => self.constant_items(&list.elts).map(Constant::Tuple),
            Expr::Set(set) => {
                let mut members = Vec::new();
                for item in self.constant_items(&set.elts)? {
                    if !members.contains(&item) {
                        members.push(item);
                    }
                }
                Some(Constant::FrozenSet(members))
            }
            _ => None,
        }
    }

    pub(crate) fn constant_items(&mut self, items: &[Expr]) -> Option<Vec<Constant>> {
        items.iter().map(|item| self.fold(item)).collect()
    }
}

/// The constant of a number literal.
pub(crate) fn number(number: &Number) -> Constant {
    match number {
        Number::Int(value) => match value.as_i64() {
            Some(value) => Constant::Int(value),
            None => from_big(&parse_big(&value.to_string())),
        },
        Number::Float(value) => Constant::Float(value.to_bits()),
        Number::Complex { real, imag } => Constant::Complex(real.to_bits(), imag.to_bits()),
    }
}

/// The value of an int literal's text, whatever its base.
fn parse_big(text: &str) -> BigInt {
    let text: String = text.chars().filter(|c| *c != '_').collect();
    let (radix, digits) = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, text.as_str()),
    };
    BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default()
}

fn from_big(value: &BigInt) -> Constant {
    match value.to_i64() {
        Some(value) => Constant::Int(value),
        None => {
            let (sign, magnitude) = value.to_bytes_le();
            Constant::BigInt { negative: sign == Sign::Minus, magnitude }
        }
    }
}

fn to_big(constant: &Constant) -> Option<BigInt> {
    match constant {
        Constant::Bool(value) => Some(BigInt::from(*value)),
        Constant::Int(value) => Some(BigInt::from(*value)),
        Constant::BigInt { negative, magnitude } => {
            let sign = if *negative { Sign::Minus } else { Sign::Plus };
            Some(BigInt::from_bytes_le(sign, magnitude))
        }
        _ => None,
    }
}

fn to_float(constant: &Constant) -> Option<f64> {
    match constant {
        Constant::Float(bits) => Some(f64::from_bits(*bits)),
        Constant::Bool(value) => Some(f64::from(u8::from(*value))),
        Constant::Int(value) => Some(*value as f64),
        _ => None,
    }
}

pub(crate) fn unary(op: UnaryOp, operand: &Constant) -> Option<Constant> {
    if op == UnaryOp::Not {
        return Some(Constant::Bool(!truth(operand)));
    }
    if let Some(value) = to_big(operand) {
        return match op {
            UnaryOp::USub => Some(from_big(&-value)),
            UnaryOp::UAdd => Some(from_big(&value)),
            // `~True` warns at run time.
            _ if matches!(operand, Constant::Bool(_)) => None,
            _ => Some(from_big(&!value)),
        };
    }
    let negate = |bits: u64| (-f64::from_bits(bits)).to_bits();
    match (op, operand) {
        (UnaryOp::UAdd, Constant::Float(_) | Constant::Complex(..)) => Some(operand.clone()),
        (UnaryOp::USub, Constant::Float(bits)) => Some(Constant::Float(negate(*bits))),
        (UnaryOp::USub, Constant::Complex(real, imaginary)) => {
            Some(Constant::Complex(negate(*real), negate(*imaginary)))
        }
        _ => None,
    }
}

pub(crate) fn binary(op: Operator, left: &Constant, right: &Constant) -> Option<Constant> {
    if let (Constant::Bool(left), Constant::Bool(right)) = (left, right) {
        match op {
            Operator::BitAnd => return Some(Constant::Bool(left & right)),
            Operator::BitOr => return Some(Constant::Bool(left | right)),
            Operator::BitXor => return Some(Constant::Bool(left ^ right)),
            _ => {}
        }
    }
    if let (Some(left), Some(right)) = (to_big(left), to_big(right)) {
        return int_binary(op, &left, &right);
    }
    if let (Some(left), Some(right)) = (to_float(left), to_float(right)) {
        return float_binary(op, left, right).map(|value| Constant::Float(value.to_bits()));
    }
    match (op, left, right) {
        (Operator::Add | Operator::Sub, _, _)
            if matches!(left, Constant::Complex(..)) || matches!(right, Constant::Complex(..)) =>
        {
            complex_sum(op == Operator::Sub, left, right)
        }
        (Operator::Add, Constant::Str(a), Constant::Str(b)) => joined(a, b, MAX_TEXT).map(Constant::Str),
        (Operator::Add, Constant::Bytes(a), Constant::Bytes(b)) => joined(a, b, MAX_TEXT).map(Constant::Bytes),
        (Operator::Add, Constant::Tuple(a), Constant::Tuple(b)) => joined(a, b, MAX_ITEMS).map(Constant::Tuple),
        (Operator::Mult, sequence, Constant::Int(count)) | (Operator::Mult, Constant::Int(count), sequence) => {
            repeated(sequence, *count)
        }
        _ => None,
    }
}

fn int_binary(op: Operator, left: &BigInt, right: &BigInt) -> Option<Constant> {
    let small = |value: BigInt| (value.bits() <= MAX_INT_BITS).then(|| from_big(&value));
    match op {
        Operator::Add => Some(from_big(&(left + right))),
        Operator::Sub => Some(from_big(&(left - right))),
        Operator::Mult if left.bits() + right.bits() <= MAX_INT_BITS => Some(from_big(&(left * right))),
        Operator::Div => exact_division(left, right),
        Operator::FloorDiv | Operator::Mod if right.is_zero() => None,
        Operator::FloorDiv => Some(from_big(&num_integer_div_floor(left, right).0)),
        Operator::Mod => Some(from_big(&num_integer_div_floor(left, right).1)),
        Operator::Pow => power(left, right).and_then(small),
        Operator::LShift => {
            let count = right.to_u64().filter(|count| *count <= MAX_INT_BITS)?;
            (left.bits() + count <= MAX_INT_BITS).then(|| from_big(&(left << count)))
        }
        Operator::RShift => right.to_u64().map(|count| from_big(&(left >> count.min(1 << 20)))),
        Operator::BitAnd => Some(from_big(&(left & right))),
        Operator::BitOr => Some(from_big(&(left | right))),
        Operator::BitXor => Some(from_big(&(left ^ right))),
        Operator::Mult | Operator::MatMult => None,
    }
}

/// Quotient and remainder, rounded down.
fn num_integer_div_floor(left: &BigInt, right: &BigInt) -> (BigInt, BigInt) {
    let (quotient, remainder) = (left / right, left % right);
    if !remainder.is_zero() && remainder.is_negative() != right.is_negative() {
        (quotient - 1, remainder + right)
    } else {
        (quotient, remainder)
    }
}

fn power(base: &BigInt, exponent: &BigInt) -> Option<BigInt> {
    let exponent = exponent.to_u32()?;
    (base.bits() * u64::from(exponent) <= MAX_INT_BITS).then(|| base.pow(exponent))
}

/// The quotient of two ints that floats hold exactly.
fn exact_division(left: &BigInt, right: &BigInt) -> Option<Constant> {
    if right.is_zero() || left.bits() > 53 || right.bits() > 53 {
        return None;
    }
    Some(Constant::Float((left.to_f64()? / right.to_f64()?).to_bits()))
}

fn float_binary(op: Operator, left: f64, right: f64) -> Option<f64> {
    match op {
        Operator::Add => Some(left + right),
        Operator::Sub => Some(left - right),
        Operator::Mult => Some(left * right),
        Operator::Div if right != 0.0 => Some(left / right),
        Operator::Pow if left > 0.0 => Some(left.powf(right)).filter(|value| value.is_finite()),
        _ => None,
    }
}

/// The sum or difference of a real and a complex number, or of two complex ones. A real operand has no imaginary part,
/// not even a zero.
fn complex_sum(subtract: bool, left: &Constant, right: &Constant) -> Option<Constant> {
    let parts = |constant: &Constant| match constant {
        Constant::Complex(real, imaginary) => Some((f64::from_bits(*real), Some(f64::from_bits(*imaginary)))),
        _ => to_float(constant).map(|real| (real, None)),
    };
    let ((a, b), (c, d)) = (parts(left)?, parts(right)?);
    let real = if subtract { a - c } else { a + c };
    let imaginary = match (b, d) {
        (Some(b), Some(d)) if subtract => b - d,
        (Some(b), Some(d)) => b + d,
        (Some(b), None) => b,
        (None, Some(d)) if subtract => -d,
        (None, Some(d)) => d,
        (None, None) => return None,
    };
    Some(Constant::Complex(real.to_bits(), imaginary.to_bits()))
}

fn joined<T: Clone>(left: &[T], right: &[T], limit: usize) -> Option<Vec<T>> {
    (left.len() + right.len() <= limit).then(|| [left, right].concat())
}

fn repeated(sequence: &Constant, count: i64) -> Option<Constant> {
    let count = usize::try_from(count.max(0)).ok()?;
    let fits = |length: usize, limit: usize| length.checked_mul(count).is_some_and(|total| total <= limit);
    match sequence {
        Constant::Str(text) if fits(text.len(), MAX_TEXT) => Some(Constant::Str(text.repeat(count))),
        Constant::Bytes(bytes) if fits(bytes.len(), MAX_TEXT) => Some(Constant::Bytes(bytes.repeat(count))),
        Constant::Tuple(items) if fits(items.len(), MAX_ITEMS) => {
            Some(Constant::Tuple(std::iter::repeat_n(items, count).flatten().cloned().collect()))
        }
        _ => None,
    }
}
