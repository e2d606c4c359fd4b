//! What the collector costs: pauses, throughput, share of the processor, memory, what one interpreter feels of another's. Every
//! program of `benches/collector` runs on both interpreters in turn, one line a figure, with what is wanted of ours.

mod barriers;
mod memory;
mod pauses;
mod throughput;

use std::collections::HashMap;

use super::{Pair, measure};
use crate::arguments::Arguments;
use crate::{Outcome, workspace};

/// Measures something and prints it.
type Part = fn(&mut Bench) -> Result<(), String>;

/// The parts, by the names under which one is run alone.
const PARTS: [(&str, Part); 9] = [
    ("pauses", pauses::beside_live_heaps),
    ("isolation", pauses::isolation),
    ("trees", throughput::trees),
    ("share", throughput::share),
    ("barriers", barriers::cost),
    ("peak", memory::peak),
    ("steady", memory::steady),
    ("falling", memory::falling),
    ("sizes", memory::sizes),
];

pub fn run(mut arguments: Arguments) -> Outcome {
    let seconds = arguments.number("--seconds", 30)?;
    let steady = arguments.number("--steady", 600)?;
    let rounds = arguments.number("--rounds", 3)?.max(1);
    let pair = Pair::from(&mut arguments)?;
    let named = arguments.rest()?;
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let parts: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("no part {unknown}: {}", parts.join(" ")));
    }
    let mut bench = Bench { pair, seconds, steady, rounds, missed: Vec::new() };
    println!("{:<52} {:>12} {:>12}   wanted", "", "ophion", "reference");
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            part(&mut bench)?;
        }
    }
    match bench.missed.len() {
        0 => println!("all as wanted"),
        count => println!("{count} not as wanted: {}", bench.missed.join("; ")),
    }
    Ok(bench.missed.is_empty())
}

struct Bench {
    pair: Pair,
    /// How long a program that measures pauses runs.
    seconds: usize,
    /// How long garbage is made at a steady rate.
    steady: usize,
    /// How often a program runs that is timed as a whole, or whose longest pause is sought.
    rounds: usize,
    missed: Vec<String>,
}

/// The two interpreters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ophion,
    Reference,
}

/// What a run printed, a name and a number a line, and what was measured from outside.
struct Figures {
    named: HashMap<String, f64>,
    seconds: f64,
    peak_kib: f64,
}

impl Figures {
    fn get(&self, name: &str) -> Option<f64> {
        self.named.get(name).copied()
    }

    /// A time in milliseconds.
    fn milliseconds(&self, name: &str) -> Option<f64> {
        self.get(name).map(|seconds| seconds * 1e3)
    }

    /// A size in megabytes.
    fn megabytes(&self, name: &str) -> Option<f64> {
        self.get(name).map(|bytes| bytes / f64::from(1 << 20))
    }
}

/// What is wanted of our figure.
#[derive(Clone, Copy)]
enum Wanted {
    /// Nothing: it is there to be seen.
    Nothing,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Wanted {
    fn is_met(self, figure: Option<f64>) -> bool {
        match self {
            Self::Nothing => true,
            Self::AtMost(limit) => figure.is_some_and(|figure| figure <= limit),
            Self::AtLeast(limit) => figure.is_some_and(|figure| figure >= limit),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::AtMost(limit) => format!("at most {}", shown(limit)),
            Self::AtLeast(limit) => format!("at least {}", shown(limit)),
        }
    }
}

impl Bench {
    /// Runs a program of `benches/collector` on one side.
    fn figures(&self, side: Side, program: &str, words: &[&str]) -> Result<Figures, String> {
        let command = match side {
            Side::Ophion => &self.pair.ophion,
            Side::Reference => &self.pair.reference,
        };
        let file = workspace::root().join("benches/collector").join(format!("{program}.py")).display().to_string();
        let words: Vec<&str> = std::iter::once(file.as_str()).chain(words.iter().copied()).collect();
        let measured = measure::run(command, &words)?;
        let named = measured.output.lines().filter_map(|line| {
            let (name, figure) = line.split_once(' ')?;
            Some((name.to_owned(), figure.parse().ok()?))
        });
        Ok(Figures { named: named.collect(), seconds: measured.seconds, peak_kib: measured.peak_kib as f64 })
    }

    /// The same on the reference, which may be unable to run it: that is said and is no error.
    fn theirs(&self, program: &str, words: &[&str]) -> Option<Figures> {
        let theirs = self.figures(Side::Reference, program, words);
        if let Err(error) = &theirs {
            let last = error.lines().last().unwrap_or_default();
            println!("the reference does not run {program} {}: {last}", words.join(" "));
        }
        theirs.ok()
    }

    /// The same on both.
    fn both(&self, program: &str, words: &[&str]) -> Result<(Figures, Option<Figures>), String> {
        Ok((self.figures(Side::Ophion, program, words)?, self.theirs(program, words)))
    }

    fn heading(&self, text: &str) {
        println!("{text}");
    }

    /// Prints a line, and remembers it if our figure is not what is wanted.
    fn line(&mut self, what: &str, ours: Option<f64>, theirs: Option<f64>, wanted: Wanted) {
        let verdict = if wanted.is_met(ours) { "" } else { "   MISSED" };
        println!("  {what:<50} {:>12} {:>12}   {}{verdict}", cell(ours), cell(theirs), wanted.text());
        if !verdict.is_empty() {
            self.missed.push(what.to_owned());
        }
    }
}

fn cell(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".to_owned(), shown)
}

/// A figure with some three digits that count.
fn shown(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 || figure == figure.trunc() => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, shown};

    #[test]
    fn figures_are_short() {
        assert_eq!(shown(1234.5), "1234");
        assert_eq!(shown(12.34), "12.3");
        assert_eq!(shown(1.0), "1");
        assert_eq!(shown(0.0123), "0.0123");
    }

    #[test]
    fn what_is_missing_is_not_what_is_wanted() {
        assert!(Wanted::AtMost(2.0).is_met(Some(2.0)));
        assert!(!Wanted::AtLeast(2.0).is_met(Some(1.9)));
        assert!(!Wanted::AtMost(2.0).is_met(None));
        assert!(Wanted::Nothing.is_met(None));
    }
}
