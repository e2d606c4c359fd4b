//! How much faster two threads do the threaded examples than one; and, to tell what the machine gives meanwhile, how much more two
//! processes do at once than one, each with one thread.

use super::{measure, median, ophion};
use crate::Outcome;
use crate::arguments::Arguments;

/// The factor that two threads are to reach.
const WANTED: f64 = 1.8;

pub fn run(mut arguments: Arguments) -> Outcome {
    let rounds = arguments.number("--rounds", 5)?.max(1);
    let command = ophion(&mut arguments)?;
    arguments.rest()?;
    let output = std::env::temp_dir().join(format!("ophion-scaling-{}", std::process::id()));
    let output = output.display().to_string();
    let index = ["examples/index_source.py", "--library", "--out", &output];
    // Of a smaller picture a tenth of the time of two threads would be the start of the process and its imports.
    let mandelbrot = ["examples/mandelbrot.py", "--size", "1000", &output];
    let indexed = scale(&command, "index_source", &index, rounds)?;
    let drawn = scale(&command, "mandelbrot", &mandelbrot, rounds)?;
    // The file is in the folder for temporary files; leaving it would do no harm either.
    let _ = std::fs::remove_file(&output);
    Ok(indexed >= WANTED && drawn >= WANTED)
}

fn scale(command: &[String], name: &str, words: &[&str], rounds: usize) -> Result<f64, String> {
    let (mut factors, mut machine) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let one = threads(command, words, "1")?;
        let two = threads(command, words, "2")?;
        factors.push(one / two);
        machine.push(2.0 * one / two_at_once(command, words)?);
    }
    let each: Vec<String> = factors.iter().map(|factor| format!("{factor:.2}")).collect();
    let (factor, machine) = (median(&factors), median(&machine));
    println!(
        "{name:<14} two threads are {factor:.2} times as fast as one ({}); two processes {machine:.2}",
        each.join(" ")
    );
    Ok(factor)
}

/// The seconds until both of two processes with one thread each are done.
fn two_at_once(command: &[String], words: &[&str]) -> Result<f64, String> {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| threads(command, words, "1"));
        let own = threads(command, words, "1")?;
        let other = other.join().map_err(|_| "the thread that waits for a process panicked".to_owned())??;
        Ok(own.max(other))
    })
}

fn threads(command: &[String], words: &[&str], count: &str) -> Result<f64, String> {
    let words: Vec<&str> = words.iter().copied().chain(["--threads", count]).collect();
    Ok(measure::run(command, &words)?.seconds)
}
