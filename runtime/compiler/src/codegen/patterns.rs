//! `match` statements.
//!
//! A pattern is a series of tests that jump to the next case. What it captures waits in temporaries and is assigned once the
//! whole pattern has matched, before the guard.

use bytecode::{Constant, Instruction, Opcode, Reg};
use ruff_python_ast::{
    Expr, MatchCase, Pattern, PatternMatchClass, PatternMatchMapping, PatternMatchOr, PatternMatchSequence, Singleton,
    StmtMatch,
};
use ruff_text_size::{Ranged, TextRange};

use super::Generator;
use super::assemble::Label;

/// A captured value that waits to be assigned.
#[derive(Clone, Copy)]
struct Capture<'a> {
    name: &'a str,
    range: TextRange,
    value: Reg,
}

impl<'a> Generator<'a> {
    pub(crate) fn match_statement(&mut self, node: &'a StmtMatch) {
        let mark = self.unit.top();
        let end = self.label();
        let subject = self.temporary(&node.subject);
        for case in &node.cases {
            self.match_case(case, subject, end);
        }
        self.unit.place(end);
        self.unit.release_to(mark);
    }

    fn match_case(&mut self, case: &'a MatchCase, subject: Reg, end: Label) {
        let mark = self.unit.top();
        let fail = self.label();
        let mut captures = Vec::new();
        if is_wildcard(&case.pattern) {
            // It has no code, and still it is a line that is come to.
            self.unit.mark(case.pattern.range(), false);
        }
        self.pattern(&case.pattern, subject, fail, &mut captures);
        for capture in captures {
            self.set_range(capture.range);
            self.store_name(capture.name, capture.value);
        }
        self.unit.release_to(mark);
        if let Some(guard) = &case.guard {
            self.jump_if_expression(guard, false, fail);
        }
        self.statements(&case.body);
        self.unit.range = None;
        self.unit.jump(end);
        self.unit.place(fail);
    }

    /// Tests `subject`; goes on if it matches. Temporaries stay allocated: captures lie in them.
    fn pattern(&mut self, pattern: &'a Pattern, subject: Reg, fail: Label, captures: &mut Vec<Capture<'a>>) {
        match pattern {
            Pattern::MatchValue(node) => self.value_pattern(&node.value, subject, fail),
            Pattern::MatchSingleton(node) => {
                self.at(node);
                self.singleton_pattern(node.value, subject, fail);
            }
            Pattern::MatchSequence(node) => self.sequence_pattern(node, subject, fail, captures),
            Pattern::MatchMapping(node) => self.mapping_pattern(node, subject, fail, captures),
            Pattern::MatchClass(node) => self.class_pattern(node, subject, fail, captures),
            Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    captures.push(Capture { name, range: node.range, value: subject });
                }
            }
            Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.pattern(pattern, subject, fail, captures);
                }
                if let Some(name) = &node.name {
                    captures.push(Capture { name, range: node.range, value: subject });
                }
            }
            Pattern::MatchOr(node) => self.or_pattern(node, subject, fail, captures),
        }
    }

    fn value_pattern(&mut self, value: &'a Expr, subject: Reg, fail: Label) {
        if let Some(number) = self.small_int(value) {
            self.at(value);
            self.unit.jump_op(Instruction::abc(Opcode::JumpEqInt, 0, subject, number as u16, 0), fail);
            return;
        }
        let mark = self.unit.top();
        let value_register = self.operand(value);
        self.at(value);
        self.unit.jump_op(Instruction::abc(Opcode::JumpEq, 0, subject, value_register, 0), fail);
        self.unit.release_to(mark);
    }

    fn singleton_pattern(&mut self, value: Singleton, subject: Reg, fail: Label) {
        let constant = match value {
            Singleton::None => {
                self.jump_if_none(subject, false, fail);
                return;
            }
            Singleton::True => Constant::Bool(true),
            Singleton::False => Constant::Bool(false),
        };
        let mark = self.unit.top();
        let register = self.unit.allocate();
        self.load_constant(&constant, register);
        self.emit(Opcode::Is, 0, register, subject, register);
        self.jump_if(register, false, fail);
        self.unit.release_to(mark);
    }

    /// Emits a test and the jump to `fail` if it is false.
    fn test(&mut self, op: Opcode, subject: Reg, fail: Label) {
        let mark = self.unit.top();
        let truth = self.unit.allocate();
        self.emit(op, 0, truth, subject, 0);
        self.jump_if(truth, false, fail);
        self.unit.release_to(mark);
    }

    /// Jumps to `fail` unless the length compares with `count` as `op` says.
    fn test_length(&mut self, subject: Reg, exactly: bool, count: usize, fail: Label) {
        let mark = self.unit.top();
        let length = self.unit.allocate();
        self.emit(Opcode::GetLen, 0, length, subject, 0);
        match i16::try_from(count) {
            Ok(number) => {
                let op = if exactly { Opcode::JumpEqInt } else { Opcode::JumpGeInt };
                self.unit.jump_op(Instruction::abc(op, 0, length, number as u16, 0), fail);
            }
            Err(_) => {
                let wanted = self.unit.allocate();
                self.load_constant(&Constant::Int(count as i64), wanted);
                let op = if exactly { Opcode::JumpEq } else { Opcode::JumpGe };
                self.unit.jump_op(Instruction::abc(op, 0, length, wanted, 0), fail);
            }
        }
        self.unit.release_to(mark);
    }

    fn sequence_pattern(
        &mut self,
        node: &'a PatternMatchSequence,
        subject: Reg,
        fail: Label,
        captures: &mut Vec<Capture<'a>>,
    ) {
        let patterns = &node.patterns;
        let star = patterns.iter().position(Pattern::is_match_star);
        self.at(node);
        self.test(Opcode::MatchSequence, subject, fail);
        match star {
            None => self.test_length(subject, true, patterns.len(), fail),
            Some(_) if patterns.len() > 1 => self.test_length(subject, false, patterns.len() - 1, fail),
            Some(_) => {}
        }
        if patterns.iter().all(is_wildcard) {
            return;
        }
        match star {
            Some(star) if is_wildcard(&patterns[star]) => {
                self.indexed_patterns(node, star, subject, fail, captures);
                return;
            }
            _ => {}
        }
        let first = self.unit.allocate_run(patterns.len());
        self.at(node);
        match star {
            None => self.emit(Opcode::Unpack, 0, first, subject, patterns.len() as u16),
            Some(before) => match u8::try_from(patterns.len() - before - 1) {
                Ok(after) => self.emit(Opcode::UnpackEx, after, first, subject, before as u16),
                Err(_) => self.fail(node.range, "too many expressions in star-unpacking sequence pattern"),
            },
        }
        for (index, pattern) in patterns.iter().enumerate() {
            self.pattern(pattern, first + index as Reg, fail, captures);
        }
    }

    /// Items before and after `*_`, each taken by its index.
    fn indexed_patterns(
        &mut self,
        node: &'a PatternMatchSequence,
        star: usize,
        subject: Reg,
        fail: Label,
        captures: &mut Vec<Capture<'a>>,
    ) {
        let count = node.patterns.len();
        for (index, pattern) in node.patterns.iter().enumerate() {
            if index == star || is_wildcard(pattern) {
                continue;
            }
            let item = self.unit.allocate();
            self.at(pattern);
            if index < star {
                self.load_constant(&Constant::Int(index as i64), item);
            } else {
                let from_end = self.unit.allocate();
                self.emit(Opcode::GetLen, 0, item, subject, 0);
                self.load_constant(&Constant::Int((count - index) as i64), from_end);
                self.emit(Opcode::Sub, 0, item, item, from_end);
                self.unit.release_to(from_end);
            }
            self.emit(Opcode::GetItem, 0, item, subject, item);
            self.pattern(pattern, item, fail, captures);
        }
    }

    fn mapping_pattern(
        &mut self,
        node: &'a PatternMatchMapping,
        subject: Reg,
        fail: Label,
        captures: &mut Vec<Capture<'a>>,
    ) {
        self.at(node);
        self.test(Opcode::MatchMapping, subject, fail);
        if node.keys.is_empty() && node.rest.is_none() {
            return;
        }
        if !node.keys.is_empty() {
            self.test_length(subject, false, node.keys.len(), fail);
        }
        let keys = self.unit.allocate();
        self.mapping_keys(node, keys);
        if !node.keys.is_empty() {
            let values = self.unit.allocate();
            self.emit(Opcode::MatchKeys, 0, values, subject, keys);
            self.jump_if_none(values, true, fail);
            self.unpacked_patterns(&node.patterns, node.range, values, fail, captures);
        }
        if let Some(rest) = &node.rest {
            let value = self.unit.allocate();
            self.at(node);
            self.emit(Opcode::MatchRest, 0, value, subject, keys);
            captures.push(Capture { name: rest, range: node.range, value });
        }
    }

    fn mapping_keys(&mut self, node: &'a PatternMatchMapping, keys: Reg) {
        if let Some(constants) = self.constant_items(&node.keys) {
            self.at(node);
            self.load_constant(&Constant::Tuple(constants), keys);
            return;
        }
        for (index, key) in node.keys.iter().enumerate() {
            let register = if index == 0 { keys } else { self.unit.allocate() };
            self.expression_to(key, register);
        }
        self.at(node);
        self.emit(Opcode::BuildTuple, 0, keys, keys, node.keys.len() as u16);
        self.unit.release_to(keys + 1);
    }

    /// Unpacks a tuple of values and matches each.
    fn unpacked_patterns(
        &mut self,
        patterns: &'a [Pattern],
        range: TextRange,
        values: Reg,
        fail: Label,
        captures: &mut Vec<Capture<'a>>,
    ) {
        if patterns.iter().all(is_wildcard) {
            return;
        }
        let first = self.unit.allocate_run(patterns.len());
        self.set_range(range);
        self.emit(Opcode::Unpack, 0, first, values, patterns.len() as u16);
        for (index, pattern) in patterns.iter().enumerate() {
            self.pattern(pattern, first + index as Reg, fail, captures);
        }
    }

    fn class_pattern(
        &mut self,
        node: &'a PatternMatchClass,
        subject: Reg,
        fail: Label,
        captures: &mut Vec<Capture<'a>>,
    ) {
        let positional = &node.arguments.patterns;
        let keywords = &node.arguments.keywords;
        let values = self.unit.allocate();
        let class = self.unit.allocate();
        let names = self.unit.allocate();
        self.expression_to(&node.cls, class);
        self.at(node);
        self.move_register(values, subject);
        let constants = keywords.iter().map(|keyword| Constant::Str(keyword.attr.as_bytes().to_vec())).collect();
        self.load_constant(&Constant::Tuple(constants), names);
        self.emit(Opcode::MatchClass, 0, values, values, positional.len() as u16);
        self.unit.release_to(class);
        self.jump_if_none(values, true, fail);
        let patterns: Vec<&'a Pattern> =
            positional.iter().chain(keywords.iter().map(|keyword| &keyword.pattern)).collect();
        if patterns.iter().all(|pattern| is_wildcard(pattern)) {
            return;
        }
        let first = self.unit.allocate_run(patterns.len());
        self.at(node);
        self.emit(Opcode::Unpack, 0, first, values, patterns.len() as u16);
        for (index, pattern) in patterns.into_iter().enumerate() {
            self.pattern(pattern, first + index as Reg, fail, captures);
        }
    }

    fn or_pattern(&mut self, node: &'a PatternMatchOr, subject: Reg, fail: Label, captures: &mut Vec<Capture<'a>>) {
        let matched = self.label();
        let mut common: Option<Vec<Capture<'a>>> = None;
        let names = capture_count(&node.patterns[0]);
        let slots = self.unit.allocate_run(names);
        let mark = self.unit.top();
        for (index, alternative) in node.patterns.iter().enumerate() {
            let last = index + 1 == node.patterns.len();
            let next = if last { fail } else { self.label() };
            let mut found = Vec::new();
            self.pattern(alternative, subject, next, &mut found);
            self.at(alternative);
            self.settle(&found, &mut common, slots, node.range);
            self.unit.release_to(mark);
            if !last {
                self.unit.jump(matched);
                self.unit.place(next);
            }
        }
        self.unit.place(matched);
        captures.extend(common.unwrap_or_default());
    }

    /// Moves what an alternative captured to the registers that all alternatives share.
    fn settle(&mut self, found: &[Capture<'a>], common: &mut Option<Vec<Capture<'a>>>, slots: Reg, range: TextRange) {
        let shared = common.get_or_insert_with(|| {
            let slot = |(index, capture): (usize, &Capture<'a>)| Capture { value: slots + index as Reg, ..*capture };
            found.iter().enumerate().map(slot).collect()
        });
        let targets: Vec<Option<Reg>> = found
            .iter()
            .map(|capture| shared.iter().find(|other| other.name == capture.name).map(|other| other.value))
            .collect();
        if found.len() != shared.len() || targets.contains(&None) {
            self.fail(range, "alternative patterns bind different names");
            return;
        }
        for (capture, target) in found.iter().zip(targets) {
            if let Some(target) = target {
                self.move_register(target, capture.value);
            }
        }
    }
}

/// `_`, or `*_`.
fn is_wildcard(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(node) => node.name.is_none() && node.pattern.is_none(),
        Pattern::MatchStar(node) => node.name.is_none(),
        _ => false,
    }
}

/// How many names a pattern captures.
fn capture_count(pattern: &Pattern) -> usize {
    match pattern {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => 0,
        Pattern::MatchSequence(node) => node.patterns.iter().map(capture_count).sum(),
        Pattern::MatchMapping(node) => {
            node.patterns.iter().map(capture_count).sum::<usize>() + usize::from(node.rest.is_some())
        }
        Pattern::MatchClass(node) => {
            let keywords = node.arguments.keywords.iter().map(|keyword| capture_count(&keyword.pattern));
            node.arguments.patterns.iter().map(capture_count).sum::<usize>() + keywords.sum::<usize>()
        }
        Pattern::MatchStar(node) => usize::from(node.name.is_some()),
        Pattern::MatchAs(node) => node.pattern.as_deref().map_or(0, capture_count) + usize::from(node.name.is_some()),
        Pattern::MatchOr(node) => node.patterns.first().map_or(0, capture_count),
    }
}
