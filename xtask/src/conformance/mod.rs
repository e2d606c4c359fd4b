//! `cargo xtask conformance`: CPython's own test modules, test by test, against the ledger.
//!
//! The suite is fetched into a cache outside the checkout (`fetch`); `module` runs one test module in processes
//! with limits and survives their crashes; `ledger` knows which tests are expected to fail, and `table` shows
//! the rates. A failure that the ledger lacks fails the run, and so does a pass that it did not expect.

mod fetch;
mod ledger;
mod module;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::arguments::Arguments;
use crate::suite::Counts;
use crate::{Outcome, workspace};
use ledger::Ledger;
use module::{ModuleReport, Runner};

/// How a run is set up.
struct Options {
    interpreter: Vec<String>,
    modules: Vec<String>,
    jobs: usize,
    memory_mib: usize,
}

pub fn run(mut arguments: Arguments) -> Outcome {
    let update = arguments.flag("--update");
    let jobs = arguments.number("--jobs", 2)?;
    let memory_mib = arguments.number("--memory", 2048)?;
    let binary = arguments.option("--binary")?;
    let reference = arguments.option("--reference")?;
    let named = arguments.rest()?;
    let whole = named.is_empty();
    let modules = if whole { listed_modules()? } else { named };
    if let Some(line) = reference {
        let interpreter = workspace::reference(Some(line))?;
        return count_reference(&Options { interpreter, modules, jobs, memory_mib });
    }
    let binary = match binary {
        Some(path) => PathBuf::from(path),
        None => workspace::build_ophion("quick")?,
    };
    let interpreter = vec![binary.display().to_string()];
    let reports = run_modules(&Options { interpreter, modules, jobs, memory_mib })?;
    let counts = conclude(&reports, update)?;
    println!("conformance: {} as expected, {} not", counts.passed, counts.failed);
    Ok(counts.failed == 0)
}

/// The whole list with default options, for `cargo xtask test`.
pub fn against_ledger(binary: &Path) -> Result<Counts, String> {
    let interpreter = vec![binary.display().to_string()];
    let options = Options { interpreter, modules: listed_modules()?, jobs: 2, memory_mib: 2048 };
    conclude(&run_modules(&options)?, false)
}

fn folder() -> PathBuf {
    workspace::root().join("tests/conformance")
}

fn listed_modules() -> Result<Vec<String>, String> {
    let file = folder().join("modules.txt");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}

/// Compares each report with its ledger, or rewrites the ledger, and prints the table.
fn conclude(reports: &[ModuleReport], update: bool) -> Result<Counts, String> {
    let mut counts = Counts::default();
    for report in reports {
        let ledger = Ledger::read(&folder(), &report.module)?;
        if update {
            ledger.updated(report).write(&folder(), &report.module)?;
        } else {
            ledger.compare(report, &mut counts);
        }
    }
    table::print(reports, &table::reference_counts(&folder()));
    Ok(counts)
}

/// Notes how many tests the reference passes, so that tests which a broken import hides still count.
fn count_reference(options: &Options) -> Outcome {
    let reports = run_modules(options)?;
    table::print(&reports, &table::reference_counts(&folder()));
    table::write_reference_counts(&folder(), &reports)?;
    Ok(true)
}

/// Runs the modules, several at once, and returns their reports in the order of the list.
fn run_modules(options: &Options) -> Result<Vec<ModuleReport>, String> {
    let suite = fetch::suite()?;
    let runner = Runner::new(&options.interpreter, &suite, &folder(), options.memory_mib);
    let next = AtomicUsize::new(0);
    let finished: Mutex<Vec<(usize, Result<ModuleReport, String>)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some((index, module)) = take(&next, &options.modules) {
                    let report = runner.run(module);
                    finished.lock().expect("no worker panics holding it").push((index, report));
                }
            });
        }
    });
    let mut reports = finished.into_inner().expect("no worker panics holding it");
    reports.sort_by_key(|entry| entry.0);
    reports.into_iter().map(|entry| entry.1).collect()
}

fn take<'o>(next: &AtomicUsize, modules: &'o [String]) -> Option<(usize, &'o String)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    modules.get(index).map(|module| (index, module))
}
