//! Single-thread programs of `benches/programs`, on both interpreters in turn.

use std::path::PathBuf;

use super::{Pair, geometric_mean, measure, median};
use crate::arguments::Arguments;
use crate::{Outcome, workspace};

/// What a run has to reach: the geometric mean and the worst program.
const MEAN_FLOOR: f64 = 1.5;
const WORST_FLOOR: f64 = 0.8;

pub fn run(mut arguments: Arguments) -> Outcome {
    let rounds = arguments.number("--rounds", 5)?.max(1);
    let pair = Pair::from(&mut arguments)?;
    let programs = programs(&arguments.rest()?)?;
    println!("{:<14} {:>9} {:>9} {:>7}   ratios of the rounds", "program", "ophion", "reference", "ratio");
    let mut ratios = Vec::new();
    for program in &programs {
        ratios.push(compare(&pair, program, rounds)?);
    }
    let mean = geometric_mean(&ratios);
    let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    println!("geometric mean {mean:.2}, worst {worst:.2} (wanted {MEAN_FLOOR} and {WORST_FLOOR})");
    Ok(mean >= MEAN_FLOOR && worst >= WORST_FLOOR)
}

/// The programs named, or all of them in the order of their names.
pub fn programs(named: &[String]) -> Result<Vec<PathBuf>, String> {
    let folder = workspace::root().join("benches/programs");
    if !named.is_empty() {
        return Ok(named.iter().map(|name| folder.join(format!("{name}.py"))).collect());
    }
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    Ok(files)
}

/// How many times as fast as the reference one program runs: the median over the rounds.
fn compare(pair: &Pair, program: &std::path::Path, rounds: usize) -> Result<f64, String> {
    let file = program.display().to_string();
    let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let own = measure::run(&pair.ophion, &[&file])?;
        let other = measure::run(&pair.reference, &[&file])?;
        if own.output != other.output {
            return Err(format!("{name}: the outputs differ:\n{}\n{}", own.output, other.output));
        }
        ours.push(own.seconds);
        theirs.push(other.seconds);
        ratios.push(other.seconds / own.seconds);
    }
    let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    let ratio = median(&ratios);
    println!("{name:<14} {:>8.2}s {:>8.2}s {ratio:>7.2}   {}", median(&ours), median(&theirs), each.join(" "));
    Ok(ratio)
}
