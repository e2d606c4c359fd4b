//! How long `-c pass` takes and how much memory it touches, beside the reference.

use super::{Pair, measure, median};
use crate::Outcome;
use crate::arguments::Arguments;

const ROUNDS: usize = 21;

pub fn run(mut arguments: Arguments) -> Outcome {
    let pair = Pair::from(&mut arguments)?;
    arguments.rest()?;
    let (mut ours, mut theirs) = (Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        ours.take(&pair.ophion)?;
        theirs.take(&pair.reference)?;
    }
    ours.print("ophion");
    theirs.print("reference");
    let faster = median(&ours.milliseconds) <= median(&theirs.milliseconds);
    let smaller = median(&ours.peaks) <= median(&theirs.peaks);
    println!(
        "-c pass: {}, {}",
        if faster { "no slower" } else { "SLOWER" },
        if smaller { "no larger" } else { "LARGER" }
    );
    Ok(faster && smaller)
}

#[derive(Default)]
struct Samples {
    milliseconds: Vec<f64>,
    peaks: Vec<f64>,
}

impl Samples {
    fn take(&mut self, command: &[String]) -> Result<(), String> {
        let measured = measure::run(command, &["-c", "pass"])?;
        self.milliseconds.push(measured.seconds * 1000.0);
        self.peaks.push(measured.peak_kib as f64 / 1024.0);
        Ok(())
    }

    fn print(&self, name: &str) {
        println!("{name:<10} {:6.1} ms {:6.1} MiB", median(&self.milliseconds), median(&self.peaks));
    }
}
