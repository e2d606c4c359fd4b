//! `cargo xtask bench`: ratios between Ophion and a reference Python, measured in turn in one run.
//!
//! No absolute time is a result: the machine is shared. Each figure comes from pairs of runs, one after the
//! other, and the ratio of a pair is what is kept.

mod collector;
mod compare;
pub mod measure;
mod scaling;
mod startup;

use crate::arguments::Arguments;
use crate::{Outcome, workspace};

pub fn run(mut arguments: Arguments) -> Outcome {
    match arguments.next_word().as_deref() {
        Some("compare") => compare::run(arguments),
        Some("startup") => startup::run(arguments),
        Some("scaling") => scaling::run(arguments),
        Some("collector") => collector::run(arguments),
        _ => Err("bench compare | startup | scaling | collector".to_owned()),
    }
}

/// The two command lines that a comparison runs in turn.
struct Pair {
    ophion: Vec<String>,
    reference: Vec<String>,
}

impl Pair {
    fn from(arguments: &mut Arguments) -> Result<Self, String> {
        let reference = workspace::reference(arguments.option("--reference")?)?;
        Ok(Self { ophion: ophion(arguments)?, reference })
    }
}

/// The binary that `--binary` names, else a fresh release build.
fn ophion(arguments: &mut Arguments) -> Result<Vec<String>, String> {
    let binary = match arguments.option("--binary")? {
        Some(path) => path,
        None => workspace::build_ophion("release")?.display().to_string(),
    };
    Ok(vec![binary])
}

/// The middle of some figures; of an even number the mean of the two in the middle.
fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
    }
}

fn geometric_mean(figures: &[f64]) -> f64 {
    let sum: f64 = figures.iter().map(|figure| figure.ln()).sum();
    (sum / figures.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::{geometric_mean, median};

    #[test]
    fn means() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!((geometric_mean(&[1.0, 4.0]) - 2.0).abs() < 1e-12);
    }
}
