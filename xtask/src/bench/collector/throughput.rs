//! How fast programs are that live on the collector, and what share of the processor's time it takes.

use super::{Bench, Side, Wanted};
use crate::bench::{compare, median};

/// How many times as fast as the reference on one thread.
const FASTER: f64 = 2.0;
/// How many times as fast on two threads as on one.
const SCALING: f64 = 1.8;
/// The share of the processor's time, over all programs.
const SHARE: f64 = 0.15;
/// What the trees are made with: their depth and how many; enough that a start and the last trees' end do not show.
const TREES: [&str; 2] = ["15", "1200"];

pub fn trees(bench: &mut Bench) -> Result<(), String> {
    bench.heading("binary trees");
    let seconds = |bench: &Bench, side: Side, threads: &str| -> Result<f64, String> {
        Ok(bench.figures(side, "binary_trees", &[TREES[0], TREES[1], threads])?.seconds)
    };
    let (mut one, mut other, mut faster, mut ours, mut theirs) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..bench.rounds {
        let single = seconds(bench, Side::Ophion, "1")?;
        let reference = seconds(bench, Side::Reference, "1")?;
        faster.push(reference / single);
        ours.push(single / seconds(bench, Side::Ophion, "2")?);
        theirs.push(reference / seconds(bench, Side::Reference, "2")?);
        one.push(single);
        other.push(reference);
    }
    bench.line("seconds, one thread", Some(median(&one)), Some(median(&other)), Wanted::Nothing);
    bench.line("times as fast as the reference", Some(median(&faster)), None, Wanted::AtLeast(FASTER));
    let (our_scale, their_scale) = (median(&ours), median(&theirs));
    bench.line("two threads to one", Some(our_scale), Some(their_scale), Wanted::AtLeast(SCALING));
    Ok(())
}

/// On the programs of `bench compare`: what threads stood still for, and what threads ran that are not Python's.
pub fn share(bench: &mut Bench) -> Result<(), String> {
    bench.heading("share of the collector in the processor's time");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for program in compare::programs(&[])? {
        let file = program.display().to_string();
        let (own, other) = bench.both("share", &[&file])?;
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (own, other) = (own.get("share"), other.and_then(|figures| figures.get("share")));
        bench.line(&name, own, other, Wanted::Nothing);
        ours.extend(own);
        theirs.extend(other);
    }
    let mean = |shares: &[f64]| (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
    bench.line("all programs", mean(&ours), mean(&theirs), Wanted::AtMost(SHARE));
    Ok(())
}
