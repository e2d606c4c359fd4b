//! "Did you mean": the closest of some names, by CPython's weighted edit distance.

const MOVE: usize = 2;
const CASE: usize = 1;
const LONGEST: usize = 40;

/// Among more names than these nobody looks for the one that was meant.
pub const MOST_CANDIDATES: usize = 750;

/// The candidate closest to `wrong`, if it is close enough to be meant.
pub fn closest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    if wrong.chars().count() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == wrong {
            continue;
        }
        let total = wrong.chars().count() + candidate.chars().count();
        let limit = ((total + 3) * MOVE / 6).min(best.map_or(usize::MAX, |(distance, _)| distance.saturating_sub(1)));
        let distance = distance(wrong, candidate, limit);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// Levenshtein's distance where a change of case costs less than a change of letter; `limit + 1` if it is above the limit.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE;
    }
    if a.len() > LONGEST || b.len() > LONGEST || a.len().abs_diff(b.len()) * MOVE > limit {
        return limit.saturating_add(1);
    }
    let mut row: Vec<usize> = (1..=b.len()).map(|index| index * MOVE).collect();
    for (i, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (i * MOVE, (i + 1) * MOVE);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + substitution(*x, *y);
            diagonal = row[j];
            left = substituted.min(left + MOVE).min(row[j] + MOVE);
            row[j] = left;
        }
    }
    row[b.len() - 1]
}

fn substitution(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE
    } else {
        MOVE
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(closest("bluch", ["blech", "something"].into_iter()).as_deref(), Some("blech"));
        assert_eq!(closest("xyzzy", ["blech"].into_iter()), None);
    }
}
