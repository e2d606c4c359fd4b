//! A stable, adaptive merge sort of indices by a comparison that may fail: natural runs, short ones extended by binary
//! insertion, merged in the order of Munro and Wild's power sort, with galloping where one run keeps winning (after Tim
//! Peters). What is sorted are numbers of items, so that a comparison that raises, or lies, leaves no item behind.

/// How many wins in a row make a merge gallop.
const MIN_GALLOP: usize = 7;

/// Sorts `order` so that `less` of two of its elements, the later one first, is false.
pub fn sort_indices<E>(order: &mut [u32], less: &mut impl FnMut(u32, u32) -> Result<bool, E>) -> Result<(), E> {
    let length = order.len();
    if length < 2 {
        return Ok(());
    }
    let min_run = min_run(length);
    let mut runs: Vec<Run> = Vec::new();
    let mut scratch = Vec::new();
    let mut start = 0;
    while start < length {
        let natural = count_run(&mut order[start..], less)?;
        let end = (start + natural.max(min_run)).min(length);
        insert_rest(&mut order[start..end], natural, less)?;
        if let Some(&last) = runs.last() {
            let power = power(last.start, start, end, length);
            while runs.len() > 1 && runs[runs.len() - 2].power > power {
                merge_top(order, &mut runs, start, &mut scratch, less)?;
            }
            if let Some(last) = runs.last_mut() {
                last.power = power;
            }
        }
        runs.push(Run { start, power: 0 });
        start = end;
    }
    while runs.len() > 1 {
        // The last run has no power yet; merging from the top down is what is left to do.
        let top = runs.pop().expect("there are two runs at least");
        let below = runs.last().expect("there are two runs at least").start;
        merge(&mut order[below..], top.start - below, &mut scratch, less)?;
    }
    Ok(())
}

/// A sorted stretch, which ends where the next one starts; the power of the boundary behind it.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    power: u32,
}

/// Merges the last two runs on the stack; the upper one ends at `end`.
fn merge_top<E>(
    order: &mut [u32],
    runs: &mut Vec<Run>,
    end: usize,
    scratch: &mut Vec<u32>,
    less: &mut impl FnMut(u32, u32) -> Result<bool, E>,
) -> Result<(), E> {
    let top = runs.pop().expect("the caller saw the run");
    match runs.last() {
        Some(below) => merge(&mut order[below.start..end], top.start - below.start, scratch, less),
        None => {
            runs.push(Run { start: top.start, power: 0 });
            Ok(())
        }
    }
}

/// The depth in the perfectly balanced tree of merges at which the boundary between two runs lies.
fn power(start: usize, middle: usize, end: usize, length: usize) -> u32 {
    let left = (start + middle) as u128;
    let right = (middle + end) as u128;
    let scale = |sum: u128| ((sum << 31) / length as u128) as u64;
    (scale(left) ^ scale(right)).leading_zeros()
}

/// Between 32 and 64, so that the number of runs is a power of two or just below.
fn min_run(mut length: usize) -> usize {
    let mut rest = 0;
    while length >= 64 {
        rest |= length & 1;
        length >>= 1;
    }
    length + rest
}

/// The length of the run at the start; one that descends strictly is turned around.
fn count_run<E>(order: &mut [u32], less: &mut impl FnMut(u32, u32) -> Result<bool, E>) -> Result<usize, E> {
    if order.len() < 2 {
        return Ok(order.len());
    }
    let mut end = 2;
    if less(order[1], order[0])? {
        while end < order.len() && less(order[end], order[end - 1])? {
            end += 1;
        }
        order[..end].reverse();
    } else {
        while end < order.len() && !less(order[end], order[end - 1])? {
            end += 1;
        }
    }
    Ok(end)
}

/// Sorts the elements from `sorted` on into the sorted ones before them.
fn insert_rest<E>(
    order: &mut [u32],
    sorted: usize,
    less: &mut impl FnMut(u32, u32) -> Result<bool, E>,
) -> Result<(), E> {
    for next in sorted..order.len() {
        let item = order[next];
        let (mut low, mut high) = (0, next);
        while low < high {
            let middle = low + (high - low) / 2;
            if less(item, order[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        order.copy_within(low..next, low + 1);
        order[low] = item;
    }
    Ok(())
}

/// Merges the sorted stretches before and after `middle`.
fn merge<E>(
    order: &mut [u32],
    middle: usize,
    scratch: &mut Vec<u32>,
    less: &mut impl FnMut(u32, u32) -> Result<bool, E>,
) -> Result<(), E> {
    // What is in place already stays there.
    let start = gallop(&order[..middle], |item| Ok(!less(order[middle], item)?))?;
    if start == middle {
        return Ok(());
    }
    let last = order[middle - 1];
    let end = middle + gallop(&order[middle..], |item| less(item, last))?;
    let (order, middle) = (&mut order[start..end], middle - start);
    scratch.clear();
    scratch.extend_from_slice(&order[..middle]);
    let (mut left, mut right, mut to) = (0, middle, 0);
    let (mut left_wins, mut right_wins) = (0, 0);
    while left < scratch.len() && right < order.len() {
        if less(order[right], scratch[left])? {
            order[to] = order[right];
            right += 1;
            (left_wins, right_wins) = (0, right_wins + 1);
        } else {
            order[to] = scratch[left];
            left += 1;
            (left_wins, right_wins) = (left_wins + 1, 0);
        }
        to += 1;
        if left_wins < MIN_GALLOP && right_wins < MIN_GALLOP {
            continue;
        }
        (left_wins, right_wins) = (0, 0);
        if left == scratch.len() || right == order.len() {
            break;
        }
        let count = gallop(&scratch[left..], |item| Ok(!less(order[right], item)?))?;
        order[to..to + count].copy_from_slice(&scratch[left..left + count]);
        (left, to) = (left + count, to + count);
        if left == scratch.len() {
            break;
        }
        let count = gallop(&order[right..], |item| less(item, scratch[left]))?;
        order.copy_within(right..right + count, to);
        (right, to) = (right + count, to + count);
    }
    let rest = scratch.len() - left;
    order[to..to + rest].copy_from_slice(&scratch[left..]);
    Ok(())
}

/// How many items at the start of a sorted slice satisfy a condition that holds for a first part of it: by doubling steps,
/// then by halves.
fn gallop<E>(items: &[u32], mut holds: impl FnMut(u32) -> Result<bool, E>) -> Result<usize, E> {
    let (mut low, mut step) = (0, 1);
    while low + step <= items.len() && holds(items[low + step - 1])? {
        low += step;
        step *= 2;
    }
    let mut high = (low + step - 1).min(items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(items[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[u64]) -> (Vec<u32>, usize) {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        let mut compared = 0;
        let mut less = |a: u32, b: u32| {
            compared += 1;
            Ok::<_, ()>(keys[a as usize] < keys[b as usize])
        };
        assert_eq!(sort_indices(&mut order, &mut less), Ok(()));
        (order, compared)
    }

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut seed = 42u64;
        for length in [0, 1, 2, 3, 10, 63, 64, 65, 100, 1000, 5000] {
            for range in [2, 10, 1 << 40] {
                let mut random = || {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (seed >> 20) % range
                };
                let mut keys: Vec<u64> = (0..length).map(|_| random()).collect();
                for pass in 0..3 {
                    let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
                    expected.sort_by_key(|&index| keys[index as usize]);
                    assert_eq!(sorted(&keys).0, expected, "{length} {range} {pass}");
                    // Next: sorted with a disturbance, then two sorted halves.
                    keys.sort_unstable();
                    let half = keys.len() / 2;
                    if pass == 1 {
                        keys.rotate_left(half)
                    } else if half > 0 {
                        keys.swap(0, half)
                    }
                }
            }
        }
    }

    #[test]
    fn shuffled_input_takes_little_more_than_the_fewest_comparisons() {
        let length = 30_011;
        let keys: Vec<u64> = (0..length).map(|index| index * 7919 % length).collect();
        // The logarithm of the number of orders, to base 2, is 402 thousand.
        let compared = sorted(&keys).1;
        assert!(compared < 420_000, "{compared}");
    }

    #[test]
    fn sorted_input_takes_one_comparison_an_item() {
        let keys: Vec<u64> = (0..1000).collect();
        assert_eq!(sorted(&keys).1, 999);
        let keys: Vec<u64> = (0..1000).rev().collect();
        assert_eq!(sorted(&keys).1, 999);
    }
}
