//! The call of the barrier's slow path, which leaves every register as it was, but for those of floating-point numbers.
//!
//! A call of the usual kind may change half of the registers. A function that makes one, however rarely, therefore saves some at its
//! start and moves others about, on every path: a barrier of three instructions costs nine then. This one goes through a trampoline
//! that saves what the convention does not, so that all of its price is paid when it is made.
//!
//! Only the collector runs in there: the slow path does not poll and does not block, so nobody scans the stack meanwhile; and it does
//! not unwind.

use sync::atomic::AtomicU64;

use crate::mutator::Mutator;
use crate::object::Header;

/// The slow path. `first` is the first of `count` slots of `owner` next to one another.
extern "C" fn slow(mutator: &Mutator, owner: &Header, first: *const AtomicU64, count: usize) {
    // SAFETY: so the only caller says.
    let slots = unsafe { std::slice::from_raw_parts(first, count) };
    mutator.barrier_slow(owner, slots);
}

/// Calls the slow path for stores into slots of `owner`.
#[cfg(all(target_arch = "x86_64", unix, not(miri)))]
#[inline(always)]
pub fn barrier(mutator: &Mutator, owner: &Header, slots: &[AtomicU64]) {
    // SAFETY: the trampoline takes the arguments of `slow` where the convention has them, and gives back all registers but those that
    // are said to change.
    unsafe {
        std::arch::asm!(
            "call {trampoline}",
            trampoline = sym trampoline,
            in("rdi") std::ptr::from_ref(mutator),
            in("rsi") std::ptr::from_ref(owner),
            in("rdx") slots.as_ptr(),
            in("rcx") slots.len(),
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _, out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
        );
    }
}

#[cfg(not(all(target_arch = "x86_64", unix, not(miri))))]
#[inline(always)]
pub fn barrier(mutator: &Mutator, owner: &Header, slots: &[AtomicU64]) {
    slow(mutator, owner, slots.as_ptr(), slots.len());
}

/// Saves the integer registers that a function of the C convention may change, and calls `slow` with the arguments as they are.
#[cfg(all(target_arch = "x86_64", unix, not(miri)))]
#[unsafe(naked)]
unsafe extern "C" fn trampoline() {
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "and rsp, -16",
        "sub rsp, 80",
        "mov [rsp], rax",
        "mov [rsp + 8], rcx",
        "mov [rsp + 16], rdx",
        "mov [rsp + 24], rsi",
        "mov [rsp + 32], rdi",
        "mov [rsp + 40], r8",
        "mov [rsp + 48], r9",
        "mov [rsp + 56], r10",
        "mov [rsp + 64], r11",
        "call {slow}",
        "mov r11, [rsp + 64]",
        "mov r10, [rsp + 56]",
        "mov r9, [rsp + 48]",
        "mov r8, [rsp + 40]",
        "mov rdi, [rsp + 32]",
        "mov rsi, [rsp + 24]",
        "mov rdx, [rsp + 16]",
        "mov rcx, [rsp + 8]",
        "mov rax, [rsp]",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
        slow = sym slow,
    )
}
