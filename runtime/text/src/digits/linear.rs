//! Sums, differences, products of a few digits, and shifts.

/// Digits that the loops of sums take at once, so that the carry stays in the processor's flag meanwhile.
const STRIDE: usize = 8;

/// The two digits of `a * b + c + d`, which always fit.
#[inline(always)]
pub fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
    (wide as u64, (wide >> 64) as u64)
}

/// Applies a step with a carry to each digit of two slices of one length.
#[inline(always)]
fn chain(out: &mut [u64], a: &[u64], b: &[u64], step: impl Fn(u64, u64, bool) -> (u64, bool)) -> bool {
    let mut carry = false;
    let (outs, outs_left) = out.as_chunks_mut::<STRIDE>();
    let ((left, left_rest), (right, right_rest)) = (a.as_chunks::<STRIDE>(), b.as_chunks::<STRIDE>());
    for ((out, a), b) in outs.iter_mut().zip(left).zip(right) {
        for index in 0..STRIDE {
            (out[index], carry) = step(a[index], b[index], carry);
        }
    }
    for ((out, &a), &b) in outs_left.iter_mut().zip(left_rest).zip(right_rest) {
        (*out, carry) = step(a, b, carry);
    }
    carry
}

/// Copies digits, adding `one` (which is 1 or -1) to the whole. A carry runs through the digits that are `all`, the last
/// that `one` may be added to; true if it runs out of the end.
#[inline(always)]
fn ripple(out: &mut [u64], a: &[u64], one: u64, all: u64) -> bool {
    let run = a.iter().position(|&digit| digit != all).unwrap_or(a.len());
    if run > 0 {
        out[..run].fill(!all);
    }
    let (Some((first, out)), Some((stop, a))) = (out[run..].split_first_mut(), a[run..].split_first()) else {
        return true;
    };
    *first = stop.wrapping_add(one);
    copy(out, a);
    false
}

/// `a + b`. `a` is no shorter than `b`, and `out` is longer than `a` by one.
#[inline]
pub fn add(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (low, high) = a.split_at(b.len());
    let (out_low, out_high) = out.split_at_mut(b.len());
    let carry = chain(out_low, low, b, u64::carrying_add);
    let (out_high, top) = out_high.split_at_mut(high.len());
    top[0] = 0;
    if !carry {
        copy(out_high, high);
    } else {
        top[0] = u64::from(ripple(out_high, high, 1, u64::MAX));
    }
}

/// `a - b`. `a` is no less than `b`, and `out` is as long as `a`.
#[inline]
pub fn subtract(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (low, high) = a.split_at(b.len());
    let (out_low, out_high) = out.split_at_mut(b.len());
    let borrow = chain(out_low, low, b, u64::borrowing_sub);
    if !borrow {
        copy(out_high, high);
    } else {
        ripple(out_high, high, u64::MAX, 0);
    }
}

/// Adds one in place; true if that overflowed.
pub fn increment(digits: &mut [u64]) -> bool {
    for digit in digits {
        *digit = digit.wrapping_add(1);
        if *digit != 0 {
            return false;
        }
    }
    true
}

/// `a * factor`, and the digit beyond `out`, which is as long as `a`.
#[inline]
pub fn multiply_digit(out: &mut [u64], a: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    for (out, &digit) in out.iter_mut().zip(a) {
        (*out, carry) = multiply_add(digit, factor, carry, 0);
    }
    carry
}

/// `a = a * factor + more`, and the digit beyond `a`.
pub fn multiply_in_place(a: &mut [u64], factor: u64, more: u64) -> u64 {
    let mut carry = more;
    for digit in a {
        (*digit, carry) = multiply_add(*digit, factor, carry, 0);
    }
    carry
}

/// `sum += a * factor`, and the digit beyond `sum`, which is as long as `a`.
#[inline]
fn add_product(sum: &mut [u64], a: &[u64], factor: u64) -> u64 {
    let mut carry = 0;
    let (sums, sums_rest) = sum.as_chunks_mut::<STRIDE>();
    let (digits, digits_rest) = a.as_chunks::<STRIDE>();
    for (sum, a) in sums.iter_mut().zip(digits) {
        for index in 0..STRIDE {
            (sum[index], carry) = multiply_add(a[index], factor, sum[index], carry);
        }
    }
    for (sum, &digit) in sums_rest.iter_mut().zip(digits_rest) {
        (*sum, carry) = multiply_add(digit, factor, *sum, carry);
    }
    carry
}

/// `rest -= a * factor`, and what has to be borrowed beyond `rest`, which is as long as `a`.
#[inline]
pub fn subtract_product(rest: &mut [u64], a: &[u64], factor: u64) -> u64 {
    // The complement of what is left when the product is added to the complement: so that only a carry runs along.
    let mut carry = 0;
    let mut step = |rest: &mut u64, digit: u64| {
        let (sum, next) = multiply_add(digit, factor, !*rest, carry);
        *rest = !sum;
        carry = next;
    };
    let (rests, rests_left) = rest.as_chunks_mut::<STRIDE>();
    let (digits, digits_left) = a.as_chunks::<STRIDE>();
    for (rest, a) in rests.iter_mut().zip(digits) {
        for index in 0..STRIDE {
            step(&mut rest[index], a[index]);
        }
    }
    for (rest, &digit) in rests_left.iter_mut().zip(digits_left) {
        step(rest, digit);
    }
    carry
}

/// `a * b`, digit by digit. Neither is zero, and `out` is as long as both together.
pub fn multiply(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let length = long.len();
    for (index, &factor) in short.iter().enumerate() {
        let (row, above) = out[index..].split_at_mut(length);
        above[0] = if index == 0 { multiply_digit(row, long, factor) } else { add_product(row, long, factor) };
    }
}

/// Copies digits. Often there are none, and then this is no call.
#[inline(always)]
pub fn copy(out: &mut [u64], a: &[u64]) {
    if !a.is_empty() {
        out.copy_from_slice(a);
    }
}

/// Clears digits. Often there are none, and then this is no call.
#[inline(always)]
pub fn clear(out: &mut [u64]) {
    if !out.is_empty() {
        out.fill(0);
    }
}

/// `a << count`. `out` has `count / 64 + 1` digits more than `a`.
pub fn shift_left(out: &mut [u64], a: &[u64], count: u64) {
    let (whole, part) = ((count / 64) as usize, count % 64);
    let (low, out) = out.split_at_mut(whole);
    clear(low);
    let (out, top) = out.split_at_mut(a.len());
    top[0] = 0;
    if part == 0 {
        return copy(out, a);
    }
    let (Some(first), Some(last)) = (a.first(), a.last()) else { return };
    out[0] = first << part;
    // No step waits for the one before, so that several are taken at once.
    for ((out, &digit), &below) in out[1..].iter_mut().zip(&a[1..]).zip(&a[..a.len() - 1]) {
        *out = digit << part | below >> (64 - part);
    }
    top[0] = last >> (64 - part);
}

/// `a >> count`. `out` has `count / 64` digits less than `a`; one more for [`increment`] is zero.
pub fn shift_right(out: &mut [u64], a: &[u64], count: u64) {
    let (whole, part) = ((count / 64) as usize, count % 64);
    let a = a.get(whole..).unwrap_or_default();
    let (out, top) = out.split_at_mut(a.len());
    clear(top);
    if part == 0 {
        return copy(out, a);
    }
    let Some(last) = a.last() else { return };
    for ((out, &digit), &above) in out.iter_mut().zip(a).zip(&a[1..]) {
        *out = digit >> part | above << (64 - part);
    }
    out[a.len() - 1] = last >> part;
}
