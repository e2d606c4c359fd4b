//! The handlers of the dispatch loop that are too large for it: one file a group of opcodes.
//!
//! A handler reads its operands from the frame's window and writes its result there.

pub mod arithmetic;
pub mod attributes;
pub mod building;
pub mod calls;
pub mod control;
pub mod imports;
pub mod names;
pub mod patterns;
pub mod subscripts;

use bytecode::Reg;

use crate::thread::Frame;
use crate::value::Value;

/// The value in a register that the compiler knows to be set.
#[inline(always)]
pub fn read(frame: &Frame, register: Reg) -> Value {
    let value = frame.register(register as usize);
    debug_assert!(value.is_some(), "a register that is read is set");
    // SAFETY: the compiler checks locals before use and sets temporaries before it reads them, so the word is a value.
    unsafe { value.unwrap_unchecked() }
}

/// Sets a register.
#[inline(always)]
pub fn write(frame: &Frame, register: Reg, value: Value) {
    frame.set_register(register as usize, Some(value));
}

/// `count` registers from `first` on, as a slice. All are set.
#[inline(always)]
pub fn window(frame: &Frame, first: Reg, count: usize) -> &[Value] {
    debug_assert!((first as usize + count) <= frame.code().register_count(), "registers of the window");
    // SAFETY: the verifier checked that the range lies in the window, and the compiler sets the registers before it uses
    // them together; the words are values.
    unsafe { std::slice::from_raw_parts(frame.registers.get().add(first as usize).cast::<Value>(), count) }
}
