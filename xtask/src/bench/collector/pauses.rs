//! How long a program is held up: beside live heaps of several sizes, and by another interpreter that collects.

use super::{Bench, Figures, Side, Wanted};
use crate::bench::median;

/// In milliseconds.
const LONGEST: f64 = 1.0;
const MOST: f64 = 0.5;
/// The longest stop with a gigabyte live, in stops with 200 megabytes.
const GROWTH: f64 = 1.3;
/// How often an interpreter that makes no garbage may be stopped meanwhile.
const OWN_STOPS: f64 = 10.0;
/// The system counts times of processors in so many parts of a second.
const TICKS: f64 = 100.0;
/// What a neighbour may add to an iteration's time, as a factor.
const NOISE: f64 = 1.1;

/// Stops as the runtime counts them, and the longest gap between two iterations as the program sees it, beside that of the same
/// program without garbage: what is left then, the machine makes.
///
/// The longest of some hundred stops tells of the machine as often as of us: a thread that the system or the host has taken off its
/// processor is seen late. So we run in rounds: what is wanted is wanted of the longest of all, and the median of the rounds' longest is
/// printed with it, the longest wait for threads, and what the host took.
pub fn beside_live_heaps(bench: &mut Bench) -> Result<(), String> {
    live_heap(bench, 190, 1, Wanted::Nothing, Wanted::Nothing)?;
    let small = live_heap(bench, 200, 2, Wanted::AtMost(LONGEST), Wanted::AtMost(MOST))?;
    let large = live_heap(bench, 1024, 2, Wanted::AtMost(LONGEST), Wanted::AtMost(MOST))?;
    let growth = small.zip(large).map(|(small, large)| large / small);
    bench.line("longest pause, 1 GB to 200 MB", growth, None, Wanted::AtMost(GROWTH));
    Ok(())
}

/// Our longest pause of all rounds, in milliseconds.
fn live_heap(
    bench: &mut Bench,
    megabytes: usize,
    threads: usize,
    longest: Wanted,
    most: Wanted,
) -> Result<Option<f64>, String> {
    let (live, count, seconds) = (megabytes.to_string(), threads.to_string(), bench.seconds.to_string());
    let words = [live.as_str(), count.as_str(), seconds.as_str()];
    bench.heading(&format!("{megabytes} MB live, {threads} thread(s) making cyclic garbage for {seconds} s"));
    let theirs = bench.theirs("pauses", &words);
    let stolen_before = stolen();
    let mut rounds = Vec::new();
    for _ in 0..bench.rounds {
        rounds.push(bench.figures(Side::Ophion, "pauses", &words)?);
    }
    let taken = stolen().zip(stolen_before).map(|(after, before)| (after - before) * 1e3);
    let (our_noise, their_noise) = bench.both("pauses", &[words[0], words[1], words[2], "--quiet"])?;
    let all = |name: &str| rounds.iter().filter_map(|round| round.get(name)).collect::<Vec<f64>>();
    let usual = |name: &str| Some(all(name)).filter(|figures| !figures.is_empty()).map(|figures| median(&figures));
    let usual_milliseconds = |name: &str| usual(name).map(|seconds| seconds * 1e3);
    let largest = |name: &str| all(name).into_iter().reduce(f64::max).map(|seconds| seconds * 1e3);
    let theirs_of = |name: &str| theirs.as_ref().and_then(|figures| figures.milliseconds(name));
    let their_count = |name: &str| theirs.as_ref().and_then(|figures| figures.get(name));
    let pause = largest("longest_pause");
    bench.line("longest pause, ms", pause, theirs_of("longest_pause"), longest);
    bench.line("99.9 % of pauses, ms", largest("pause_999"), theirs_of("pause_999"), most);
    bench.line("longest pause, median of the rounds, ms", usual_milliseconds("longest_pause"), None, Wanted::Nothing);
    bench.line("longest time to stop, ms", largest("longest_wait"), None, Wanted::Nothing);
    bench.line("taken from the processors by the host, ms", taken, None, Wanted::Nothing);
    bench.line("longest gap, ms", usual_milliseconds("longest_gap"), theirs_of("longest_gap"), Wanted::Nothing);
    let noise = their_noise.as_ref().and_then(|figures| figures.milliseconds("longest_gap"));
    bench.line("longest gap without garbage, ms", our_noise.milliseconds("longest_gap"), noise, Wanted::Nothing);
    bench.line("pauses", usual("pauses"), their_count("pauses"), Wanted::Nothing);
    bench.line("iterations", usual("rounds"), their_count("rounds"), Wanted::Nothing);
    Ok(pause)
}

/// The seconds for which the host ran something else while our processors had work, as the system has counted them, where it does.
fn stolen() -> Option<f64> {
    let counts = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: f64 = counts.lines().next()?.split_ascii_whitespace().nth(8)?.parse().ok()?;
    Some(ticks / TICKS)
}

/// One interpreter collects 500 MB without rest: what the other's iterations take, as a factor of what they took beside one
/// that only computed.
pub fn isolation(bench: &mut Bench) -> Result<(), String> {
    let seconds = bench.seconds.to_string();
    bench.heading(&format!("an interpreter beside one that collects 500 MB without rest for {seconds} s"));
    let (ours, theirs) = bench.both("isolation", &["500", &seconds])?;
    let factor = |figures: &Figures, what: &str| {
        Some(figures.get(&format!("beside_{what}"))? / figures.get(&format!("alone_{what}"))?)
    };
    for (what, wanted) in [("median", Wanted::AtMost(NOISE)), ("999", Wanted::Nothing), ("longest", Wanted::Nothing)] {
        let their_factor = theirs.as_ref().and_then(|figures| factor(figures, what));
        bench.line(&format!("iteration time, {what}, beside to alone"), factor(&ours, what), their_factor, wanted);
    }
    let counts = |name: &str| (ours.get(name), theirs.as_ref().and_then(|figures| figures.get(name)));
    let (our_collections, their_collections) = counts("collections");
    bench.line("collections of the other interpreter", our_collections, their_collections, Wanted::Nothing);
    let (own_stops, none) = counts("own_stops");
    // It makes no garbage; the list of its times is sorted in the end, which may ask for a collection or two.
    bench.line("stops of the measured interpreter", own_stops, none, Wanted::AtMost(OWN_STOPS));
    Ok(())
}
