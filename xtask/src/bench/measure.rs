//! One run of a command: wall-clock seconds, peak resident size, output.
//!
//! The kernel keeps the peak of all waited-for children together, so each measured command is the only child of
//! a process of its own: this task started again as `xtask measure`.

use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

use crate::Outcome;
use crate::arguments::Arguments;

pub struct Measured {
    pub seconds: f64,
    pub peak_kib: i64,
    pub output: String,
}

/// Runs `command` with `words` after it; fails when the command does.
pub fn run(command: &[String], words: &[&str]) -> Result<Measured, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(own)
        .arg("measure")
        .args(command)
        .args(words)
        .current_dir(crate::workspace::root())
        .output()
        .map_err(|error| error.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let figures = errors.lines().rfind(|line| line.starts_with("measured "));
    let Some([seconds, peak]) = figures.and_then(two_figures).filter(|_| output.status.success()) else {
        return Err(format!("{} {}: {}", command.join(" "), words.join(" "), errors.trim()));
    };
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(Measured { seconds, peak_kib: peak as i64, output })
}

fn two_figures(line: &str) -> Option<[f64; 2]> {
    let mut words = line.split(' ').skip(1).map(|word| word.parse().ok());
    Some([words.next()??, words.next()??])
}

/// The other side: runs the command given and prints its figures as the last line of standard error.
pub fn report(arguments: Arguments) -> Outcome {
    let words = arguments.remaining();
    let (program, rest) = words.split_first().ok_or("measure COMMAND ...")?;
    let started = Instant::now();
    let status = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    let seconds = started.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    eprintln!("measured {seconds:.6} {}", usage.max_rss());
    Ok(status.success())
}
