//! The dispatch loop: one `match` over the opcode table.
//!
//! Rules for handler code:
//! - `pc` already points at the next instruction. Before anything that can raise, call, poll or look at the frame, it is saved
//!   (`save!`): tracebacks and jumps out of exceptions start from the saved one.
//! - A handler holds no value across a call: the collector skips this function's native frame (rule 12). Results go straight
//!   into registers.
//! - Registers are addressed from `regs`; the verifier checked that operands stay in the window. The register file never moves.
//! - What is not the common case of exact builtin types is a `#[cold]` or `#[inline(never)]` function in `handlers`, which reads
//!   its operands from the window itself, so that this function stays small enough for `pc` and `regs` to live in machine registers.
//! - Back edges and calls poll.
//! - The function is compiled twice: with `TRACED` it reports events (`tracing`); without, there is nothing of that in it
//!   (`docs/decisions/020`).

use bytecode::Instruction;
use gc::DispatchRecord;

use crate::exec::handlers::{arithmetic, attributes, building, calls, control, imports, names, patterns, subscripts};
use crate::exec::tracing::{self, Before, Track};
use crate::exec::{generators, unwind};
use crate::object::{Ref, SlotExt};
use crate::objects::{Cell, List, Tuple};
use crate::raised::R;
use crate::thread::{Frame, FrameFlags, Thread};
use crate::value::{Value, class_of_header};

/// What a handler that may change the running frame tells the loop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Goes on in the same frame.
    Same,
    /// Another frame runs now, or this one at another place: reload.
    Reload,
}

/// Runs the frame on top of the thread's stack until it returns (or yields) to native code.
#[inline(never)]
pub fn run(t: &Thread) -> R {
    let mut record = DispatchRecord::new(t.mutator());
    record.save_registers();
    (t.tracing().entry.get())(t, &record)
}

/// The loop of a thread that reports nothing.
pub(crate) fn run_plain(t: &Thread, record: &DispatchRecord) -> R {
    run_frames::<false>(t, record)
}

/// The loop that reports events, until the frame leaves to native code or there is nothing more to report (`None`): then the plain
/// loop goes on.
pub(crate) fn run_reporting(t: &Thread, record: &DispatchRecord) -> Option<R> {
    let result = run_frames::<true>(t, record);
    if result.is_err() && t.tracing().left.take() { None } else { Some(result) }
}

macro_rules! opcode_constants {
    ($($name:ident)*) => { $(pub const $name: u8 = Opcode::$name as u8;)* };
}

#[allow(non_upper_case_globals, reason = "they stand for the variants of Opcode in patterns")]
mod op {
    use bytecode::Opcode;
    opcode_constants! {
        Nop Extend Move LoadConst LoadInt LoadNone LoadTrue LoadFalse CheckLocal DeleteLocal Clear MakeCell CopyFree LoadCell StoreCell
        DeleteCell LoadFromDictOrCell LoadFromDictOrGlobal LoadGlobal StoreGlobal DeleteGlobal LoadName StoreName DeleteName
        LoadLocals LoadBuildClass SetupAnnotations Add Sub Mul TrueDiv FloorDiv Mod Pow MatMul LShift RShift And Or Xor AddInt
        SubInt MulInt FloorDivInt ModInt AndInt LShiftInt RShiftInt Neg Pos Invert Not Lt Le Eq Ne Gt Ge Is In Jump JumpBack
        JumpIf JumpIfNone JumpLt JumpLe JumpEq JumpNe JumpGt JumpGe JumpLtInt JumpLeInt JumpEqInt JumpNeInt JumpGtInt JumpGeInt
        LoopIf LoopLt LoopLe LoopEq LoopNe LoopGt LoopGe LoopLtInt LoopLeInt LoopEqInt LoopNeInt LoopGtInt LoopGeInt LoopIter
        LoopRange GetItem SetItem DeleteItem GetSlice SetSlice BuildSlice LoadAttr StoreAttr DeleteAttr LoadMethod LoadSuperAttr
        LoadSuperMethod Call CallKw CallEx Return ReturnNone Yield Send BuildTuple BuildList BuildSet BuildMap BuildString
        ListAppend ListExtend SetAdd SetUpdate MapAdd MapUpdate MapMerge ListToTuple Unpack UnpackEx Format BuildInterpolation
        BuildTemplate GetIter ForIter RangePrepare ForRange GetAsyncIter GetAsyncNext GetAwaitable GetYieldFromIter EndAsyncFor
        WithEnter WithExit PushHandled PopHandled MatchException MatchGroup PrepareReraiseStar Reraise Raise AssertFail
        MakeFunction ImportName ImportFrom ImportStar GetLen MatchSequence MatchMapping MatchKeys MatchRest MatchClass Intrinsic
    }
}

#[inline(never)]
fn run_frames<const TRACED: bool>(t: &Thread, record: &DispatchRecord) -> R {
    record.begin_frames();
    let mut track = Track::new();
    let mut frame: *mut Frame;
    let mut pc: *const Instruction;
    let mut regs: *mut u64;

    macro_rules! frame {
        () => {
            // SAFETY: `frame` is the record of the running frame, which stays in place until it is popped.
            (unsafe { &*frame })
        };
    }
    macro_rules! reload {
        () => {{
            frame = t.frames().top();
            pc = frame!().pc.get();
            regs = frame!().registers.get();
        }};
    }
    macro_rules! save {
        () => {
            frame!().pc.set(pc)
        };
    }
    macro_rules! word {
        ($index:expr) => {
            // SAFETY: operands lie in the window (verified when the code was made).
            (*unsafe { &mut *regs.add($index as usize) })
        };
    }
    // The value in a register that the compiler knows to be set.
    macro_rules! value {
        ($index:expr) => {
            {
                let word = word!($index);
                // SAFETY: the compiler checks locals before use and sets temporaries before it reads them, so the word is a value.
                unsafe { Value::from_word(word).unwrap_unchecked() }
            }
        };
    }
    // The cell that the compiler put into a register.
    macro_rules! cell {
        ($index:expr) => {{
            let address = word!($index);
            // SAFETY: the compiler made the register a cell.
            unsafe { Ref::from_address(address) }
        }};
    }
    macro_rules! put {
        ($index:expr, $value:expr) => {{
            let value: Value = $value;
            word!($index) = value.bits();
        }};
    }
    macro_rules! jump {
        ($offset:expr) => {
            // SAFETY: jumps stay inside the code (verified when the code was made).
            pc = unsafe { pc.offset($offset as isize) }
        };
    }
    macro_rules! raise {
        () => {{
            match unwind::unwind(t) {
                Ok(()) => {
                    reload!();
                    continue;
                }
                Err(raised) => match tracing::leave(t, record, raised) {
                    None => {
                        reload!();
                        continue;
                    }
                    Some(result) => return result,
                },
            }
        }};
    }
    // Runs a slow handler that stays in this frame.
    macro_rules! slow {
        ($call:expr) => {{
            save!();
            if $call.is_err() {
                raise!();
            }
        }};
    }
    // Runs a slow handler that may switch frames.
    macro_rules! switch {
        ($call:expr) => {{
            save!();
            match $call {
                Ok(Next::Same) => {}
                Ok(Next::Reload) => reload!(),
                Err(_) => raise!(),
            }
        }};
    }
    macro_rules! poll {
        () => {
            if t.mutator().should_poll() {
                slow!(tracing::poll(t, TRACED));
            }
        };
    }
    // As `poll!`, at the start of an instruction.
    macro_rules! poll_first {
        () => {
            if t.mutator().should_poll() {
                slow!(tracing::poll_first(t, frame!(), TRACED));
            }
        };
    }
    // Calls something. The frame of a Python function polls when it is in place, a native function when it has returned.
    macro_rules! call {
        ($call:expr, $ins:ident) => {{
            save!();
            if TRACED && tracing::calling(t, frame!(), $ins).is_err() {
                raise!();
            }
            match $call {
                Ok(Next::Same) => {
                    if TRACED && tracing::called(t, frame!(), $ins).is_err() {
                        raise!();
                    }
                    poll!();
                }
                Ok(Next::Reload) => {
                    reload!();
                    poll_entered!();
                }
                Err(_) => {
                    if TRACED {
                        tracing::call_failed(t, frame!());
                    }
                    raise!();
                }
            }
        }};
    }
    // As `poll!`, in a frame that was just pushed.
    macro_rules! poll_entered {
        () => {
            if t.mutator().should_poll() && tracing::poll_entered(t, frame!(), TRACED).is_err() {
                raise!();
            }
        };
    }
    // Arithmetic on two registers: both small ints, else both word floats, else slow.
    macro_rules! arithmetic {
        ($ins:ident, $int:expr, $float:expr, $slow:path) => {{
            let (left, right) = (word!($ins.b()), word!($ins.c()));
            let fast = if left & right & 1 == 1 { $int(left, right) } else { None };
            match fast {
                Some(bits) => word!($ins.a()) = bits,
                None => {
                    let fast = match Value::word_floats(value!($ins.b()), value!($ins.c())) {
                        Some((left, right)) => $float(left, right),
                        None => None,
                    };
                    match fast {
                        Some(value) => put!($ins.a(), value),
                        None => switch!($slow(t, frame!(), $ins)),
                    }
                }
            }
        }};
    }
    // The truth of a comparison of two registers or of a register with a small int.
    macro_rules! ordering {
        ($ins:ident, $left:expr, $right:expr, $operator:tt, $code:expr) => {{
            let (left, right): (u64, u64) = ($left, $right);
            if left & right & 1 == 1 {
                (left as i64) $operator (right as i64)
            } else {
                // SAFETY: both words are values, as for `value!`.
                let (left_value, right_value) = unsafe {
                    (Value::from_word(left).unwrap_unchecked(), Value::from_word(right).unwrap_unchecked())
                };
                match Value::word_floats(left_value, right_value) {
                    Some((left, right)) => left $operator right,
                    None => {
                        save!();
                        match arithmetic::compare_truth(t, left_value, right_value, $code) {
                            Ok(truth) => truth,
                            Err(_) => raise!(),
                        }
                    }
                }
            }
        }};
    }
    macro_rules! compare {
        ($ins:ident, $operator:tt, $code:expr) => {{
            let (left, right) = (word!($ins.b()), word!($ins.c()));
            if left & right & 1 == 1 {
                put!($ins.a(), Value::bool((left as i64) $operator (right as i64)));
            } else {
                match Value::word_floats(value!($ins.b()), value!($ins.c())) {
                    Some((left, right)) => put!($ins.a(), Value::bool(left $operator right)),
                    None => slow!(arithmetic::compare(t, frame!(), $ins, $code)),
                }
            }
        }};
    }
    macro_rules! branch {
        ($ins:ident, $operator:tt, $code:expr) => {{
            if ordering!($ins, word!($ins.a()), word!($ins.b()), $operator, $code) == ($ins.x() != 0) {
                jump!($ins.c());
            }
        }};
    }
    macro_rules! branch_int {
        ($ins:ident, $operator:tt, $code:expr) => {{
            if ordering!($ins, word!($ins.a()), small_word($ins.b() as i16), $operator, $code) == ($ins.x() != 0) {
                jump!($ins.c());
            }
        }};
    }
    macro_rules! loop_back {
        ($ins:ident) => {{
            jump!(-($ins.c() as isize));
            poll!();
        }};
    }
    macro_rules! repeat {
        ($ins:ident, $operator:tt, $code:expr) => {{
            if ordering!($ins, word!($ins.a()), word!($ins.b()), $operator, $code) == ($ins.x() != 0) {
                loop_back!($ins);
            }
        }};
    }
    macro_rules! repeat_int {
        ($ins:ident, $operator:tt, $code:expr) => {{
            if ordering!($ins, word!($ins.a()), small_word($ins.b() as i16), $operator, $code) == ($ins.x() != 0) {
                loop_back!($ins);
            }
        }};
    }
    // One step of a loop: an item goes into register a, and then, or at the end, the code after the arrow runs.
    macro_rules! step {
        ($ins:ident, item => $item:expr, end => $end:expr) => {{
            let iterator = value!($ins.b());
            match control::quick_item(t, iterator) {
                Some(item) => {
                    put!($ins.a(), item);
                    $item;
                }
                None => {
                    save!();
                    match control::next_item(t, iterator, $ins.a()) {
                        Ok(control::Step::Item(item)) => {
                            put!($ins.a(), item);
                            $item;
                        }
                        Ok(control::Step::Unpacked) => {
                            $item;
                            // SAFETY: the instruction that is passed over is not the last.
                            pc = unsafe { pc.add(1) };
                        }
                        Ok(control::Step::End) => $end,
                        Ok(control::Step::Resumed) => reload!(),
                        Err(_) => raise!(),
                    }
                }
            }
        }};
    }
    macro_rules! truth {
        ($index:expr) => {{
            let value = value!($index);
            match quick_truth(value) {
                Some(truth) => truth,
                None => {
                    save!();
                    match crate::protocols::is_true(t, value) {
                        Ok(truth) => truth,
                        Err(_) => raise!(),
                    }
                }
            }
        }};
    }

    reload!();
    loop {
        if TRACED {
            match tracing::before(t, frame!(), pc, &mut track) {
                Before::Go(next) => pc = next,
                Before::Raise => raise!(),
                Before::Leave(raised) => return Err(raised),
            }
        }
        // SAFETY: pc stays inside the code, whose last instruction does not fall through (verified).
        let ins = unsafe { *pc };
        // SAFETY: as above.
        pc = unsafe { pc.add(1) };
        match ins.op() {
            op::Nop | op::Extend => {}

            op::Move => word!(ins.a()) = word!(ins.b()),
            op::LoadConst => word!(ins.a()) = frame!().code().constant_array().slot(ins.bx() as usize).bits(),
            op::LoadInt => word!(ins.a()) = ((i64::from(ins.sbx()) << 1) | 1) as u64,
            op::LoadNone => put!(ins.a(), Value::NONE),
            op::LoadTrue => put!(ins.a(), Value::TRUE),
            op::LoadFalse => put!(ins.a(), Value::FALSE),
            op::CheckLocal => {
                if word!(ins.a()) == 0 {
                    slow!(names::unbound_local(t, frame!(), ins));
                }
            }
            op::DeleteLocal => {
                if word!(ins.a()) == 0 {
                    slow!(names::unbound_local(t, frame!(), ins));
                }
                word!(ins.a()) = 0;
            }
            op::Clear => word!(ins.a()) = 0,
            op::MakeCell => slow!(names::make_cell(t, frame!(), ins)),
            op::CopyFree => names::copy_free(frame!(), ins),
            op::LoadCell => {
                let cell: Ref<Cell> = cell!(ins.b());
                let contents = cell.contents.bits();
                if contents == 0 {
                    slow!(names::unbound_cell(t, frame!(), ins.b()));
                }
                word!(ins.a()) = contents;
            }
            op::StoreCell => {
                let cell: Ref<Cell> = cell!(ins.a());
                cell.store(t, Value::from_word(word!(ins.b())));
            }
            op::DeleteCell => slow!(names::delete_cell(t, frame!(), ins)),
            op::LoadFromDictOrCell => slow!(names::load_from_dict_or_cell(t, frame!(), ins)),
            op::LoadFromDictOrGlobal => slow!(names::load_from_dict_or_global(t, frame!(), ins)),

            op::LoadGlobal => match names::cached_global(frame!(), ins.bx() as usize) {
                Some(value) => put!(ins.a(), value),
                None => slow!(names::load_global(t, frame!(), ins)),
            },
            op::StoreGlobal => slow!(names::store_global(t, frame!(), ins)),
            op::DeleteGlobal => slow!(names::delete_global(t, frame!(), ins)),
            op::LoadName => slow!(names::load_name(t, frame!(), ins)),
            op::StoreName => slow!(names::store_name(t, frame!(), ins)),
            op::DeleteName => slow!(names::delete_name(t, frame!(), ins)),
            op::LoadLocals => slow!(names::load_locals(t, frame!(), ins)),
            op::LoadBuildClass => slow!(names::load_build_class(t, frame!(), ins)),
            op::SetupAnnotations => slow!(names::setup_annotations(t, frame!())),

            op::Add => arithmetic!(
                ins,
                |left: u64, right: u64| (left as i64 - 1).checked_add(right as i64).map(|sum| sum as u64),
                |left: f64, right: f64| Value::word_float(left + right),
                arithmetic::add
            ),
            op::Sub => arithmetic!(
                ins,
                |left: u64, right: u64| (left as i64).checked_sub(right as i64 - 1).map(|difference| difference as u64),
                |left: f64, right: f64| Value::word_float(left - right),
                arithmetic::sub
            ),
            op::Mul => arithmetic!(
                ins,
                |left: u64, right: u64| (left as i64 - 1)
                    .checked_mul(right as i64 >> 1)
                    .map(|product| (product | 1) as u64),
                |left: f64, right: f64| Value::word_float(left * right),
                arithmetic::mul
            ),
            op::TrueDiv => arithmetic!(
                ins,
                arithmetic::quotient_of_small,
                |left: f64, right: f64| if right == 0.0 { None } else { Value::word_float(left / right) },
                arithmetic::true_div
            ),
            op::FloorDiv => arithmetic!(ins, arithmetic::floor_of_small, |_: f64, _: f64| None, arithmetic::floor_div),
            op::Mod => arithmetic!(ins, arithmetic::remainder_of_small, |_: f64, _: f64| None, arithmetic::modulo),
            op::Pow => switch!(arithmetic::pow(t, frame!(), ins)),
            op::MatMul => switch!(arithmetic::mat_mul(t, frame!(), ins)),
            op::LShift => {
                arithmetic!(ins, arithmetic::left_shift_of_small, |_: f64, _: f64| None, arithmetic::left_shift)
            }
            op::RShift => {
                arithmetic!(ins, arithmetic::right_shift_of_small, |_: f64, _: f64| None, arithmetic::right_shift)
            }
            op::And => {
                arithmetic!(ins, |left: u64, right: u64| Some(left & right), |_: f64, _: f64| None, arithmetic::and)
            }
            op::Or => {
                arithmetic!(ins, |left: u64, right: u64| Some(left | right), |_: f64, _: f64| None, arithmetic::or)
            }
            op::Xor => arithmetic!(
                ins,
                |left: u64, right: u64| Some((left ^ right) | 1),
                |_: f64, _: f64| None,
                arithmetic::xor
            ),
            op::AddInt => {
                let left = word!(ins.b());
                let sum = (left as i64).checked_add(i64::from(ins.c() as i16) << 1);
                match sum {
                    Some(sum) if left & 1 == 1 => word!(ins.a()) = sum as u64,
                    _ => switch!(arithmetic::add_int(t, frame!(), ins)),
                }
            }
            op::SubInt => {
                let left = word!(ins.b());
                let difference = (left as i64).checked_sub(i64::from(ins.c() as i16) << 1);
                match difference {
                    Some(difference) if left & 1 == 1 => word!(ins.a()) = difference as u64,
                    _ => switch!(arithmetic::sub_int(t, frame!(), ins)),
                }
            }
            op::MulInt => {
                let left = word!(ins.b());
                let product = (left as i64 - 1).checked_mul(i64::from(ins.c() as i16));
                match product {
                    Some(product) if left & 1 == 1 => word!(ins.a()) = (product | 1) as u64,
                    _ => switch!(arithmetic::mul_int(t, frame!(), ins)),
                }
            }
            op::FloorDivInt => {
                let left = word!(ins.b());
                match arithmetic::floor_of_small(left, small_word(ins.c() as i16)) {
                    Some(bits) if left & 1 == 1 => word!(ins.a()) = bits,
                    _ => switch!(arithmetic::floor_div_int(t, frame!(), ins)),
                }
            }
            op::ModInt => {
                let left = word!(ins.b());
                match arithmetic::remainder_of_small(left, small_word(ins.c() as i16)) {
                    Some(bits) if left & 1 == 1 => word!(ins.a()) = bits,
                    _ => switch!(arithmetic::mod_int(t, frame!(), ins)),
                }
            }
            op::AndInt => {
                let left = word!(ins.b());
                if left & 1 == 1 {
                    word!(ins.a()) = left & small_word(ins.c() as i16);
                } else {
                    switch!(arithmetic::and_int(t, frame!(), ins));
                }
            }
            op::LShiftInt => {
                let left = word!(ins.b());
                match arithmetic::left_shift_of_small(left, small_word(ins.c() as i16)) {
                    Some(bits) if left & 1 == 1 => word!(ins.a()) = bits,
                    _ => switch!(arithmetic::left_shift_int(t, frame!(), ins)),
                }
            }
            op::RShiftInt => {
                let left = word!(ins.b());
                match arithmetic::right_shift_of_small(left, small_word(ins.c() as i16)) {
                    Some(bits) if left & 1 == 1 => word!(ins.a()) = bits,
                    _ => switch!(arithmetic::right_shift_int(t, frame!(), ins)),
                }
            }
            op::Neg => switch!(arithmetic::neg(t, frame!(), ins)),
            op::Pos => switch!(arithmetic::pos(t, frame!(), ins)),
            op::Invert => switch!(arithmetic::invert(t, frame!(), ins)),
            op::Not => {
                let truth = truth!(ins.b());
                put!(ins.a(), Value::bool(!truth));
            }

            op::Lt => compare!(ins, <, arithmetic::LT),
            op::Le => compare!(ins, <=, arithmetic::LE),
            op::Eq => compare!(ins, ==, arithmetic::EQ),
            op::Ne => compare!(ins, !=, arithmetic::NE),
            op::Gt => compare!(ins, >, arithmetic::GT),
            op::Ge => compare!(ins, >=, arithmetic::GE),
            op::Is => put!(ins.a(), Value::bool((word!(ins.b()) == word!(ins.c())) != (ins.x() != 0))),
            op::In => slow!(subscripts::contains(t, frame!(), ins)),

            op::Jump => jump!(ins.sbx()),
            op::JumpBack => {
                jump!(ins.sbx());
                poll!();
            }
            op::JumpIf => {
                if truth!(ins.a()) == (ins.x() != 0) {
                    jump!(ins.sbx());
                }
            }
            op::JumpIfNone => {
                if (word!(ins.a()) == Value::NONE.bits()) == (ins.x() != 0) {
                    jump!(ins.sbx());
                }
            }
            op::JumpLt => branch!(ins, <, arithmetic::LT),
            op::JumpLe => branch!(ins, <=, arithmetic::LE),
            op::JumpEq => branch!(ins, ==, arithmetic::EQ),
            op::JumpNe => branch!(ins, !=, arithmetic::NE),
            op::JumpGt => branch!(ins, >, arithmetic::GT),
            op::JumpGe => branch!(ins, >=, arithmetic::GE),
            op::JumpLtInt => branch_int!(ins, <, arithmetic::LT),
            op::JumpLeInt => branch_int!(ins, <=, arithmetic::LE),
            op::JumpEqInt => branch_int!(ins, ==, arithmetic::EQ),
            op::JumpNeInt => branch_int!(ins, !=, arithmetic::NE),
            op::JumpGtInt => branch_int!(ins, >, arithmetic::GT),
            op::JumpGeInt => branch_int!(ins, >=, arithmetic::GE),
            op::LoopIf => {
                if truth!(ins.a()) == (ins.x() != 0) {
                    jump!(ins.sbx());
                    poll!();
                }
            }
            op::LoopLt => repeat!(ins, <, arithmetic::LT),
            op::LoopLe => repeat!(ins, <=, arithmetic::LE),
            op::LoopEq => repeat!(ins, ==, arithmetic::EQ),
            op::LoopNe => repeat!(ins, !=, arithmetic::NE),
            op::LoopGt => repeat!(ins, >, arithmetic::GT),
            op::LoopGe => repeat!(ins, >=, arithmetic::GE),
            op::LoopLtInt => repeat_int!(ins, <, arithmetic::LT),
            op::LoopLeInt => repeat_int!(ins, <=, arithmetic::LE),
            op::LoopEqInt => repeat_int!(ins, ==, arithmetic::EQ),
            op::LoopNeInt => repeat_int!(ins, !=, arithmetic::NE),
            op::LoopGtInt => repeat_int!(ins, >, arithmetic::GT),
            op::LoopGeInt => repeat_int!(ins, >=, arithmetic::GE),
            op::LoopIter => {
                poll_first!();
                step!(ins, item => jump!(-(ins.c() as isize)), end => {});
            }
            op::LoopRange => {
                let (current, stop, step) = (word!(ins.b()), word!(ins.b() + 1), word!(ins.b() + 2));
                if stop != 0 {
                    let (current, stop, step) = (current as i64, stop as i64, step as i64);
                    if if step > 0 { current < stop } else { current > stop } {
                        word!(ins.a()) = current as u64;
                        // Past the last item the sum may leave the small ints: the loop ends there all the same.
                        word!(ins.b()) = current.checked_add(step - 1).unwrap_or(stop) as u64;
                        loop_back!(ins);
                    }
                } else {
                    poll_first!();
                    step!(ins, item => jump!(-(ins.c() as isize)), end => {});
                }
            }

            op::GetItem => {
                let (object, key) = (value!(ins.b()), value!(ins.c()));
                match subscripts::quick_item(object, key) {
                    Some(item) => put!(ins.a(), item),
                    None => switch!(subscripts::get_item(t, frame!(), ins)),
                }
            }
            op::SetItem => slow!(subscripts::set_item(t, frame!(), ins)),
            op::DeleteItem => slow!(subscripts::delete_item(t, frame!(), ins)),
            op::GetSlice => slow!(subscripts::get_slice(t, frame!(), ins)),
            op::SetSlice => slow!(subscripts::set_slice(t, frame!(), ins)),
            op::BuildSlice => slow!(subscripts::build_slice(t, frame!(), ins)),

            op::LoadAttr => match attributes::cached_attribute(frame!().cells(), value!(ins.b()), ins.c() as usize) {
                Some(value) => put!(ins.a(), value),
                None => switch!(attributes::load(t, frame!(), ins)),
            },
            op::StoreAttr => {
                let (object, value) = (value!(ins.a()), value!(ins.b()));
                if !attributes::store_cached(t, frame!().cells(), object, value, ins.c() as usize) {
                    slow!(attributes::store(t, frame!(), ins));
                }
            }
            op::DeleteAttr => slow!(attributes::delete(t, frame!(), ins)),
            op::LoadMethod => {
                let object = value!(ins.b());
                match attributes::cached_method(frame!().cells(), object, ins.c() as usize) {
                    Some(function) => {
                        put!(ins.a(), function);
                        put!(ins.a() + 1, object);
                    }
                    None => switch!(attributes::load_method(t, frame!(), ins)),
                }
            }
            op::LoadSuperAttr => slow!(attributes::load_super(t, frame!(), ins)),
            op::LoadSuperMethod => slow!(attributes::load_super_method(t, frame!(), ins)),

            op::Call => {
                save!();
                let callee = value!(ins.b());
                // SAFETY: `regs` is the window of the running frame, whose instruction this is.
                match if TRACED { None } else { unsafe { calls::enter_simple(t, callee, regs, ins) } } {
                    Some((entered, first, window)) => {
                        pc = first;
                        regs = window;
                        frame = std::ptr::from_ref(entered).cast_mut();
                    }
                    None => call!(calls::call(t, frame!(), ins), ins),
                }
            }
            op::CallKw => {
                pc = pc.wrapping_add(1);
                call!(calls::call_kw(t, frame!(), ins), ins);
            }
            op::CallEx => call!(calls::call_ex(t, frame!(), ins), ins),
            op::Return | op::ReturnNone => {
                if TRACED {
                    slow!(tracing::returning(t, frame!(), ins));
                }
                let bits = if ins.op() == op::Return { word!(ins.a()) } else { Value::NONE.bits() };
                if frame!().flags.get() == 0 {
                    let result = frame!().result.get();
                    t.frames().pop();
                    reload!();
                    t.mutator().registers().top.set(frame!().window_end());
                    word!(result) = bits;
                } else {
                    // SAFETY: the register was set, or the word is None.
                    let value = unsafe { Value::from_word(bits).unwrap_unchecked() };
                    save!();
                    match control::leave(t, value) {
                        Ok(control::Left::ToFrame) => reload!(),
                        Ok(control::Left::ToNative(value)) => return Ok(value),
                        Err(_) => raise!(),
                    }
                }
            }
            op::Yield => {
                if TRACED {
                    save!();
                    match tracing::yielding(t, frame!(), ins) {
                        Ok(false) => {}
                        Ok(true) => {
                            pc = frame!().pc.get().wrapping_sub(1);
                            continue;
                        }
                        Err(_) => raise!(),
                    }
                }
                save!();
                match generators::suspend(t, frame!(), ins) {
                    Ok(control::Left::ToFrame) => reload!(),
                    Ok(control::Left::ToNative(value)) => return Ok(value),
                    Err(_) => raise!(),
                }
            }
            op::Send => switch!(generators::send(t, frame!(), ins)),

            op::BuildTuple => slow!(building::tuple(t, frame!(), ins)),
            op::BuildList => slow!(building::list(t, frame!(), ins)),
            op::BuildSet => slow!(building::set(t, frame!(), ins)),
            op::BuildMap => slow!(building::map(t, frame!(), ins)),
            op::BuildString => slow!(building::string(t, frame!(), ins)),
            op::ListAppend => {
                let address = word!(ins.a());
                // SAFETY: the compiler put a list there.
                let list: Ref<List> = unsafe { Ref::from_address(address) };
                slow!(list.push(t, value!(ins.b())));
            }
            op::ListExtend => slow!(building::list_extend(t, frame!(), ins)),
            op::SetAdd => slow!(building::set_add(t, frame!(), ins)),
            op::SetUpdate => slow!(building::set_update(t, frame!(), ins)),
            op::MapAdd => slow!(building::map_add(t, frame!(), ins)),
            op::MapUpdate => slow!(building::map_update(t, frame!(), ins)),
            op::MapMerge => slow!(building::map_merge(t, frame!(), ins)),
            op::ListToTuple => slow!(building::list_to_tuple(t, frame!(), ins)),
            op::Unpack => {
                let source = value!(ins.b());
                match exact_tuple(t, source) {
                    Some(tuple) if tuple.len() == ins.c() as usize => {
                        for (index, item) in tuple.as_slice().iter().enumerate() {
                            put!(ins.a() as usize + index, *item);
                        }
                    }
                    _ => slow!(building::unpack(t, frame!(), ins)),
                }
            }
            op::UnpackEx => slow!(building::unpack_ex(t, frame!(), ins)),
            op::Format => slow!(building::format(t, frame!(), ins)),
            op::BuildInterpolation => slow!(building::interpolation(t, frame!(), ins)),
            op::BuildTemplate => slow!(building::template(t, frame!(), ins)),

            op::GetIter => slow!(control::get_iter(t, frame!(), ins)),
            op::ForIter => step!(ins, item => {}, end => jump!(ins.c())),
            op::RangePrepare => switch!(control::range_prepare(t, frame!(), ins)),
            op::ForRange => {
                let (current, stop, step) = (word!(ins.b()), word!(ins.b() + 1), word!(ins.b() + 2));
                if stop != 0 {
                    let (current, stop, step) = (current as i64, stop as i64, step as i64);
                    if if step > 0 { current < stop } else { current > stop } {
                        word!(ins.a()) = current as u64;
                        word!(ins.b()) = current.checked_add(step - 1).unwrap_or(stop) as u64;
                    } else {
                        jump!(ins.c());
                    }
                } else {
                    step!(ins, item => {}, end => jump!(ins.c()));
                }
            }
            op::GetAsyncIter => slow!(generators::get_async_iter(t, frame!(), ins)),
            op::GetAsyncNext => slow!(generators::get_async_next(t, frame!(), ins)),
            op::GetAwaitable => slow!(generators::get_awaitable(t, frame!(), ins)),
            op::GetYieldFromIter => slow!(generators::get_yield_from_iter(t, frame!(), ins)),
            op::EndAsyncFor => slow!(generators::end_async_for(t, frame!(), ins)),

            op::WithEnter => slow!(control::with_enter(t, frame!(), ins)),
            op::WithExit => slow!(control::with_exit(t, frame!(), ins)),

            op::PushHandled => {
                let exception = value!(ins.b());
                let previous = generators::begin_handling(t, frame!(), exception);
                put!(ins.a(), previous.unwrap_or(Value::NONE));
            }
            op::PopHandled => {
                let saved = Some(value!(ins.a())).filter(|exception| !exception.is_none());
                generators::end_handling(t, frame!(), saved);
            }
            op::MatchException => slow!(control::match_exception(t, frame!(), ins)),
            op::MatchGroup => slow!(control::match_group(t, frame!(), ins)),
            op::PrepareReraiseStar => slow!(control::prepare_reraise_star(t, frame!(), ins)),
            op::Reraise => {
                save!();
                let _ = t.reraise(value!(ins.a()));
                raise!();
            }
            op::Raise => slow!(control::raise(t, frame!(), ins)),
            op::AssertFail => slow!(control::assert_fail(t, frame!(), ins)),

            op::MakeFunction => slow!(calls::make_function(t, frame!(), ins)),
            op::ImportName => slow!(imports::import_name(t, frame!(), ins)),
            op::ImportFrom => slow!(imports::import_from(t, frame!(), ins)),
            op::ImportStar => slow!(imports::import_star(t, frame!(), ins)),
            op::GetLen => slow!(patterns::get_len(t, frame!(), ins)),
            op::MatchSequence => patterns::match_sequence(t, frame!(), ins),
            op::MatchMapping => patterns::match_mapping(t, frame!(), ins),
            op::MatchKeys => slow!(patterns::match_keys(t, frame!(), ins)),
            op::MatchRest => slow!(patterns::match_rest(t, frame!(), ins)),
            op::MatchClass => slow!(patterns::match_class(t, frame!(), ins)),
            op::Intrinsic => slow!(crate::exec::intrinsics::intrinsic(t, frame!(), ins)),
            // SAFETY: the verifier refuses code with other numbers.
            _ => unsafe { std::hint::unreachable_unchecked() },
        }
    }
}

#[inline(always)]
const fn small_word(number: i16) -> u64 {
    ((number as i64) << 1 | 1) as u64
}

#[inline(always)]
fn quick_truth(value: Value) -> Option<bool> {
    match value {
        Value::TRUE => Some(true),
        Value::FALSE | Value::NONE => Some(false),
        _ => value.as_small_int().map(|number| number != 0),
    }
}

#[inline(always)]
fn exact_tuple(t: &Thread, value: Value) -> Option<Ref<Tuple>> {
    let header = value.header()?;
    if class_of_header(header) == t.classes().tuple {
        // SAFETY: instances of exactly `tuple` have its layout.
        Some(unsafe { Ref::from_header(header) })
    } else {
        None
    }
}

const _: () = assert!(FrameFlags::ENTRY != 0, "a plain frame has no flags");
