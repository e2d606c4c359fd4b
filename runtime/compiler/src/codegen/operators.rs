//! Operators that give values: unary, binary, comparisons.

use bytecode::{Constant, Instruction, Opcode, Reg};
use ruff_python_ast::{CmpOp, Expr, ExprBinOp, ExprCompare, ExprUnaryOp, Operator, UnaryOp};
use ruff_text_size::TextRange;

use super::Generator;
use super::assemble::Label;

/// A comparison's opcode and its `x`.
#[derive(Clone, Copy)]
pub(crate) struct Comparison {
    pub(crate) value: Opcode,
    pub(crate) negated: u8,
    /// The fused jump, with two registers and with a number, and the fused loop ends.
    pub(crate) fused: Option<[Opcode; 4]>,
}

impl<'a> Generator<'a> {
    pub(crate) fn binary_to(&mut self, node: &'a ExprBinOp, to: Reg) {
        if node.op == Operator::Mod && self.percent_format_to(node, to) {
            return;
        }
        // A chain of operators leans to the left: it is walked in a loop, since it may be long.
        let mut chain = vec![node];
        let mut leftmost: &'a Expr = &node.left;
        while let Expr::BinOp(inner) = leftmost {
            if self.fold(leftmost).is_some() {
                break;
            }
            chain.push(inner);
            leftmost = &inner.left;
        }
        let mark = self.unit.top();
        let first = chain[chain.len() - 1];
        let mut left = self.first_operand(leftmost, &first.right, to);
        let accumulator = match chain.len() {
            1 => to,
            _ if self.unit.is_temporary(to) => to,
            _ if self.unit.is_temporary(left) => left,
            _ => self.unit.allocate(),
        };
        while let Some(link) = chain.pop() {
            let result = if chain.is_empty() { to } else { accumulator };
            self.binary_with(link.op, left, &link.right, result, link.range, 0);
            left = result;
        }
        self.unit.release_to(mark);
    }

    /// `to = left op right`, with a small constant in the instruction where there is a form for it.
    pub(crate) fn binary_with(
        &mut self,
        op: Operator,
        left: Reg,
        right: &'a Expr,
        to: Reg,
        range: TextRange,
        augmented: u8,
    ) {
        if let (Some(number), Some(opcode)) = (self.small_int(right), int_form(op)) {
            self.set_range(range);
            self.emit(opcode, augmented, to, left, number as u16);
            return;
        }
        let mark = self.unit.top();
        let right = self.operand(right);
        self.set_range(range);
        self.emit(binary_opcode(op), augmented, to, left, right);
        self.unit.release_to(mark);
    }

    /// The value of an int constant of 16 bits.
    pub(crate) fn small_int(&mut self, expression: &Expr) -> Option<i16> {
        match self.fold(expression)? {
            Constant::Int(value) => i16::try_from(value).ok(),
            _ => None,
        }
    }

    pub(crate) fn unary_to(&mut self, node: &'a ExprUnaryOp, to: Reg) {
        let mark = self.unit.top();
        let operand = self.only_operand(&node.operand, to);
        self.at(node);
        let op = match node.op {
            UnaryOp::Invert => Opcode::Invert,
            UnaryOp::Not => Opcode::Not,
            UnaryOp::UAdd => Opcode::Pos,
            UnaryOp::USub => Opcode::Neg,
        };
        self.emit(op, 0, to, operand, 0);
        self.unit.release_to(mark);
    }

    pub(crate) fn compare_to(&mut self, node: &'a ExprCompare, to: Reg) {
        self.check_comparison(node);
        if node.ops.len() > 1 {
            self.through_temporary(to, |this, work| this.chain_to(node, work));
            return;
        }
        let mark = self.unit.top();
        let left = self.first_operand(&node.left, &node.comparators[0], to);
        let right = self.comparand(node.ops[0], &node.comparators[0]);
        self.at(node);
        self.compare(node.ops[0], to, left, right);
        self.unit.release_to(mark);
    }

    fn chain_to(&mut self, node: &'a ExprCompare, to: Reg) {
        let end = self.label();
        let mark = self.unit.top();
        let mut left = self.kept_operand(&node.left);
        for (index, (op, comparator)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let right = match index + 1 == node.ops.len() {
                true => self.comparand(*op, comparator),
                false => self.kept_operand(comparator),
            };
            self.at(node);
            self.compare(*op, to, left, right);
            if index + 1 != node.ops.len() {
                self.jump_if(to, false, end);
            }
            left = right;
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    /// The right side of a comparison; a display of constants after `in` is a constant itself.
    pub(crate) fn comparand(&mut self, op: CmpOp, expression: &'a Expr) -> Reg {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(constant) = self.constant_container(expression)
        {
            let register = self.unit.allocate();
            self.at(expression);
            self.load_constant(&constant, register);
            return register;
        }
        self.operand(expression)
    }

    fn compare(&mut self, op: CmpOp, to: Reg, left: Reg, right: Reg) {
        let comparison = comparison(op);
        self.emit(comparison.value, comparison.negated, to, left, right);
    }

    /// Jumps to `target` if the comparison's truth is `condition`.
    pub(crate) fn jump_if_compare(&mut self, node: &'a ExprCompare, condition: bool, target: Label) {
        self.check_comparison(node);
        let mark = self.unit.top();
        let count = node.ops.len();
        let skip = (count > 1 && condition).then(|| self.label());
        let mut left = match count {
            1 => self.operand_before(&node.left, &node.comparators[0]),
            _ => self.kept_operand(&node.left),
        };
        for (index, (op, comparator)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let last = index + 1 == count;
            let (wanted, to) = if last { (condition, target) } else { (false, skip.unwrap_or(target)) };
            left = self.jump_if_pair(node.range, left, *op, comparator, wanted, to, last);
        }
        if let Some(skip) = skip {
            self.unit.place(skip);
        }
        self.unit.release_to(mark);
    }

    /// One comparison and its jump; gives the register of the right side.
    #[expect(clippy::too_many_arguments, reason = "the parts of one comparison")]
    fn jump_if_pair(
        &mut self,
        range: TextRange,
        left: Reg,
        op: CmpOp,
        right: &'a Expr,
        condition: bool,
        target: Label,
        last: bool,
    ) -> Reg {
        if matches!(op, CmpOp::Is | CmpOp::IsNot) && right.is_none_literal_expr() && last {
            self.set_range(range);
            self.jump_if_none(left, condition == (op == CmpOp::Is), target);
            return left;
        }
        let comparison = comparison(op);
        let back = usize::from(self.unit.is_placed(target));
        if let (Some(fused), Some(number), true) = (comparison.fused, self.small_int(right), last) {
            self.set_range(range);
            let word = Instruction::abc(fused[1 + 2 * back], u8::from(condition), left, number as u16, 0);
            self.unit.jump_op(word, target);
            return left;
        }
        let right = if last { self.comparand(op, right) } else { self.kept_operand(right) };
        self.set_range(range);
        match comparison.fused {
            Some(fused) => {
                let word = Instruction::abc(fused[2 * back], u8::from(condition), left, right, 0);
                self.unit.jump_op(word, target);
            }
            None => {
                let mark = self.unit.top();
                let truth = self.unit.allocate();
                self.emit(comparison.value, comparison.negated, truth, left, right);
                self.jump_if(truth, condition, target);
                self.unit.release_to(mark);
            }
        }
        right
    }

    /// Jumps if (register is None) == `condition`.
    pub(crate) fn jump_if_none(&mut self, register: Reg, condition: bool, target: Label) {
        if self.unit.is_placed(target) {
            let skip = self.label();
            self.unit.jump_op(Instruction::abx(Opcode::JumpIfNone, u8::from(!condition), register, 0), skip);
            self.unit.jump_back(target, self.unit.top());
            self.unit.place(skip);
            return;
        }
        self.unit.jump_op(Instruction::abx(Opcode::JumpIfNone, u8::from(condition), register, 0), target);
    }
}

pub(crate) fn comparison(op: CmpOp) -> Comparison {
    use Opcode as O;
    let (value, negated, fused) = match op {
        CmpOp::Eq => (O::Eq, 0, Some([O::JumpEq, O::JumpEqInt, O::LoopEq, O::LoopEqInt])),
        CmpOp::NotEq => (O::Ne, 0, Some([O::JumpNe, O::JumpNeInt, O::LoopNe, O::LoopNeInt])),
        CmpOp::Lt => (O::Lt, 0, Some([O::JumpLt, O::JumpLtInt, O::LoopLt, O::LoopLtInt])),
        CmpOp::LtE => (O::Le, 0, Some([O::JumpLe, O::JumpLeInt, O::LoopLe, O::LoopLeInt])),
        CmpOp::Gt => (O::Gt, 0, Some([O::JumpGt, O::JumpGtInt, O::LoopGt, O::LoopGtInt])),
        CmpOp::GtE => (O::Ge, 0, Some([O::JumpGe, O::JumpGeInt, O::LoopGe, O::LoopGeInt])),
        CmpOp::Is => (O::Is, 0, None),
        CmpOp::IsNot => (O::Is, 1, None),
        CmpOp::In => (O::In, 0, None),
        CmpOp::NotIn => (O::In, 1, None),
    };
    Comparison { value, negated, fused }
}

pub(crate) fn binary_opcode(op: Operator) -> Opcode {
    match op {
        Operator::Add => Opcode::Add,
        Operator::Sub => Opcode::Sub,
        Operator::Mult => Opcode::Mul,
        Operator::MatMult => Opcode::MatMul,
        Operator::Div => Opcode::TrueDiv,
        Operator::Mod => Opcode::Mod,
        Operator::Pow => Opcode::Pow,
        Operator::LShift => Opcode::LShift,
        Operator::RShift => Opcode::RShift,
        Operator::BitOr => Opcode::Or,
        Operator::BitXor => Opcode::Xor,
        Operator::BitAnd => Opcode::And,
        Operator::FloorDiv => Opcode::FloorDiv,
    }
}

fn int_form(op: Operator) -> Option<Opcode> {
    Some(match op {
        Operator::Add => Opcode::AddInt,
        Operator::Sub => Opcode::SubInt,
        Operator::Mult => Opcode::MulInt,
        Operator::FloorDiv => Opcode::FloorDivInt,
        Operator::Mod => Opcode::ModInt,
        Operator::BitAnd => Opcode::AndInt,
        Operator::LShift => Opcode::LShiftInt,
        Operator::RShift => Opcode::RShiftInt,
        _ => return None,
    })
}
