//! Spilling the callee-saved registers, so that what a caller keeps in one is found on the stack.

use std::hint::black_box;

/// Calls `body` with the stack pointer, below which this frame and all of its callers lie, after the callee-saved registers
/// were stored in the frame.
#[inline(never)]
pub fn with_spilled_registers(body: &mut dyn FnMut(usize)) {
    let mut saved = [0usize; SAVED];
    let stack_pointer = spill(&mut saved);
    body(stack_pointer);
    black_box(&saved);
}

#[cfg(target_arch = "x86_64")]
const SAVED: usize = 6;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn spill(saved: &mut [usize; SAVED]) -> usize {
    let stack_pointer: usize;
    // SAFETY: stores six registers into the six words of the array and reads the stack pointer.
    unsafe {
        std::arch::asm!(
            "mov [{saved}], rbx",
            "mov [{saved} + 8], rbp",
            "mov [{saved} + 16], r12",
            "mov [{saved} + 24], r13",
            "mov [{saved} + 32], r14",
            "mov [{saved} + 40], r15",
            "mov {pointer}, rsp",
            saved = in(reg) saved.as_mut_ptr(),
            pointer = out(reg) stack_pointer,
            options(nostack, preserves_flags),
        );
    }
    stack_pointer
}

#[cfg(target_arch = "aarch64")]
const SAVED: usize = 12;

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn spill(saved: &mut [usize; SAVED]) -> usize {
    let stack_pointer: usize;
    // SAFETY: stores twelve registers into the twelve words of the array and reads the stack pointer.
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{saved}]",
            "stp x21, x22, [{saved}, #16]",
            "stp x23, x24, [{saved}, #32]",
            "stp x25, x26, [{saved}, #48]",
            "stp x27, x28, [{saved}, #64]",
            "stp x29, x30, [{saved}, #80]",
            "mov {pointer}, sp",
            saved = in(reg) saved.as_mut_ptr(),
            pointer = out(reg) stack_pointer,
            options(nostack, preserves_flags),
        );
    }
    stack_pointer
}

/// The stack pointer of the function that this is inlined into.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads the stack pointer.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads the stack pointer.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}
