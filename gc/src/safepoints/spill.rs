//! Spilling the callee-saved registers, so that what a caller keeps in one is found on the stack; and clearing them, so that
//! what is stale in one is not.

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
/// How many registers are callee-saved.
pub const SAVED: usize = 6;

#[cfg(target_arch = "x86_64")]
#[inline(always)]
/// Stores the callee-saved registers; gives the stack pointer.
pub fn spill(saved: &mut [usize; SAVED]) -> usize {
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
/// How many registers are callee-saved.
pub const SAVED: usize = 12;

#[cfg(target_arch = "aarch64")]
#[inline(always)]
/// Stores the callee-saved registers; gives the stack pointer.
pub fn spill(saved: &mut [usize; SAVED]) -> usize {
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

/// Calls `body` with the stack pointer, below which this frame and all of its callers lie, while the callee-saved registers hold
/// nothing: what the callers left there does not reach the frames of `body`.
#[inline(never)]
#[cfg(target_arch = "x86_64")]
pub fn with_cleared_registers(body: &mut dyn FnMut(usize)) {
    let mut saved = [0usize; SAVED];
    let mut cleared = Cleared { body, stack_pointer: stack_pointer(), panic: None };
    // SAFETY: stores six registers into the six words of the array, whose address survives the call in one of them, and loads
    // them again. `run_cleared` never unwinds.
    unsafe {
        std::arch::asm!(
            "mov [rsi], rbx",
            "mov [rsi + 8], rbp",
            "mov [rsi + 16], r12",
            "mov [rsi + 24], r13",
            "mov [rsi + 32], r14",
            "mov [rsi + 40], r15",
            "mov rbx, rsi",
            "xor ebp, ebp",
            "xor r12d, r12d",
            "xor r13d, r13d",
            "xor r14d, r14d",
            "xor r15d, r15d",
            "call {run}",
            "mov rbp, [rbx + 8]",
            "mov r12, [rbx + 16]",
            "mov r13, [rbx + 24]",
            "mov r14, [rbx + 32]",
            "mov r15, [rbx + 40]",
            "mov rbx, [rbx]",
            run = sym run_cleared,
            in("rdi") std::ptr::from_mut(&mut cleared).cast::<()>(),
            in("rsi") saved.as_mut_ptr(),
            clobber_abi("C"),
        );
    }
    if let Some(panic) = cleared.panic {
        std::panic::resume_unwind(panic);
    }
}

/// Calls `body` with the stack pointer. Stale registers are left as they are here.
#[inline(never)]
#[cfg(not(target_arch = "x86_64"))]
pub fn with_cleared_registers(body: &mut dyn FnMut(usize)) {
    body(stack_pointer());
}

/// What is to run with cleared registers, and how it ended.
#[cfg(target_arch = "x86_64")]
struct Cleared<'a> {
    body: &'a mut dyn FnMut(usize),
    stack_pointer: usize,
    panic: Option<Box<dyn std::any::Any + Send>>,
}

#[cfg(target_arch = "x86_64")]
extern "C" fn run_cleared(cleared: *mut ()) {
    // SAFETY: `with_cleared_registers` passes its local, which it does not touch meanwhile.
    let cleared = unsafe { &mut *cleared.cast::<Cleared<'_>>() };
    let run = std::panic::AssertUnwindSafe(|| (cleared.body)(cleared.stack_pointer));
    cleared.panic = std::panic::catch_unwind(run).err();
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
