//! How large a process becomes, whether it stays so and becomes small again, and what single objects take.

use super::{Bench, Side, Wanted};
use crate::bench::{compare, geometric_mean, measure};

/// Peaks beside the reference's, geometric mean.
const PEAK: f64 = 1.2;
/// The last quarter's size beside the second's, of a program that makes garbage at a steady rate.
const STEADY: f64 = 1.05;
/// In seconds.
const FALLS_WITHIN: f64 = 5.0;

pub fn peak(bench: &mut Bench) -> Result<(), String> {
    bench.heading("peak resident size, MB");
    let mut ratios = Vec::new();
    for program in compare::programs(&[])? {
        let file = program.display().to_string();
        let own = measure::run(&bench.pair.ophion, &[&file])?.peak_kib as f64;
        let other = measure::run(&bench.pair.reference, &[&file])?.peak_kib as f64;
        let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        line(bench, &name, own, other);
        ratios.push(own / other);
    }
    for (program, words) in [("binary_trees", &["18", "16", "1"][..]), ("steady", &["5"][..])] {
        let own = bench.figures(Side::Ophion, program, words)?.peak_kib;
        let other = bench.figures(Side::Reference, program, words)?.peak_kib;
        line(bench, program, own, other);
        ratios.push(own / other);
    }
    bench.line("to the reference's, geometric mean", Some(geometric_mean(&ratios)), None, Wanted::AtMost(PEAK));
    Ok(())
}

fn line(bench: &mut Bench, name: &str, ours: f64, theirs: f64) {
    bench.line(name, Some(ours / 1024.0), Some(theirs / 1024.0), Wanted::Nothing);
}

pub fn steady(bench: &mut Bench) -> Result<(), String> {
    let seconds = bench.steady.to_string();
    bench.heading(&format!("cyclic garbage at a steady rate for {seconds} s, resident size"));
    let (ours, theirs) = bench.both("steady", &[&seconds])?;
    let theirs_of = |name: &str| theirs.as_ref().and_then(|figures| figures.megabytes(name));
    for (what, name) in [("second quarter, MB", "early"), ("last quarter, MB", "late")] {
        bench.line(what, ours.megabytes(name), theirs_of(name), Wanted::Nothing);
    }
    let growth = ours.get("late").zip(ours.get("early")).map(|(late, early)| late / early);
    let their_growth = theirs_of("late").zip(theirs_of("early")).map(|(late, early)| late / early);
    bench.line("last to second", growth, their_growth, Wanted::AtMost(STEADY));
    Ok(())
}

pub fn falling(bench: &mut Bench) -> Result<(), String> {
    bench.heading("a peak of 1 GB is dropped, 100 MB stay");
    let (ours, theirs) = bench.both("falling", &["100", "1124", "10"])?;
    let theirs_of = |name: &str| theirs.as_ref().and_then(|figures| figures.megabytes(name));
    for (what, name) in [("before, MB", "before"), ("peak, MB", "peak"), ("after 10 s, MB", "after")] {
        bench.line(what, ours.megabytes(name), theirs_of(name), Wanted::Nothing);
    }
    let fell = theirs.as_ref().and_then(|figures| figures.get("fell_after"));
    bench.line("under 1.5 times before, s", ours.get("fell_after"), fell, Wanted::AtMost(FALLS_WITHIN));
    Ok(())
}

pub fn sizes(bench: &mut Bench) -> Result<(), String> {
    bench.heading("bytes of an object, of a million; in brackets what sys.getsizeof says");
    for (what, kind) in [
        ("an instance with three attributes", "instance"),
        ("a dict of ten entries", "dict"),
        ("a list of ten", "list"),
        ("a str of ten characters", "str"),
    ] {
        let (ours, theirs) = bench.both("sizes", &[kind])?;
        let said = |figure: Option<f64>| figure.map_or_else(String::new, super::shown);
        let theirs_of = |name: &str| theirs.as_ref().and_then(|figures| figures.get(name));
        let what = format!("{what} ({}, {})", said(ours.get("said")), said(theirs_of("said")));
        let most = theirs_of("bytes").map_or(Wanted::Nothing, Wanted::AtMost);
        bench.line(&what, ours.get("bytes"), theirs_of("bytes"), most);
    }
    Ok(())
}
