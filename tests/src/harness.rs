//! A test runner for scripts, with the options that cargo test and nextest give.
//!
//! Each script under each engine is a test `ENGINE::NAME`. `OPHION_BINARY` names the binary; without it, one is
//! built. `--expect COMMAND NAME ...` writes expectations instead, from what COMMAND prints.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cases::{self, Case, ENGINES, Engine};
use crate::execution::{self, Interpreter};
use crate::expectations;

const TIME_LIMIT: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Options {
    list: bool,
    ignored_only: bool,
    exact: bool,
    jobs: Option<usize>,
    filters: Vec<String>,
    skips: Vec<String>,
    expect: Option<String>,
}

pub fn main() -> ExitCode {
    let options = parse(std::env::args().skip(1));
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(101),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Options {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => options.list = true,
            "--ignored" => options.ignored_only = true,
            "--exact" => options.exact = true,
            "--test-threads" => options.jobs = words.next().and_then(|count| count.parse().ok()),
            "--skip" => options.skips.extend(words.next()),
            "--expect" => options.expect = words.next(),
            "--format" | "--color" | "--logfile" => drop(words.next()),
            // Options of the usual runner that change how it prints.
            _ if word.starts_with('-') => {}
            _ => options.filters.push(word),
        }
    }
    options
}

fn run(options: &Options) -> Result<bool, String> {
    let cases = cases::all()?;
    if let Some(command) = &options.expect {
        return write_expectations(&cases, command, &options.filters);
    }
    let tests: Vec<Test> = if options.ignored_only { Vec::new() } else { select(&cases, options) };
    if options.list {
        tests.iter().for_each(|test| println!("{}: test", test.name()));
        return Ok(true);
    }
    let interpreter = if tests.is_empty() { None } else { Some(Interpreter::binary(&binary()?)) };
    let jobs = options.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    println!("\nrunning {} tests", tests.len());
    let failures = interpreter.map_or_else(Vec::new, |interpreter| run_all(&tests, &interpreter, jobs));
    for (name, message) in &failures {
        println!("\n---- {name}\n{message}");
    }
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {} passed; {} failed; 0 ignored\n",
        tests.len() - failures.len(),
        failures.len()
    );
    Ok(failures.is_empty())
}

struct Test<'c> {
    case: &'c Case,
    engine: &'static Engine,
}

impl Test<'_> {
    fn name(&self) -> String {
        format!("{}::{}", self.engine.name, self.case.name)
    }

    fn run(&self, interpreter: &Interpreter) -> Result<(), String> {
        let expected = expectations::read(self.case)?;
        let limit = TIME_LIMIT * self.engine.patience;
        let observed = execution::run(self.case, interpreter, self.engine.environment, limit)?;
        if observed == expected { Ok(()) } else { Err(expectations::difference(&expected, &observed)) }
    }
}

fn select<'c>(cases: &'c [Case], options: &Options) -> Vec<Test<'c>> {
    let tests = ENGINES.iter().flat_map(|engine| cases.iter().map(move |case| Test { case, engine }));
    let matches =
        |name: &str, filter: &String| if options.exact { name == filter } else { name.contains(filter.as_str()) };
    tests
        .filter(|test| test.case.runs_under(test.engine))
        .filter(|test| {
            let name = test.name();
            let wanted = options.filters.is_empty() || options.filters.iter().any(|filter| matches(&name, filter));
            wanted && !options.skips.iter().any(|filter| matches(&name, filter))
        })
        .collect()
}

/// Runs the tests on `jobs` threads; returns the failures in the order of the tests.
fn run_all(tests: &[Test<'_>], interpreter: &Interpreter, jobs: usize) -> Vec<(String, String)> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some((index, test)) = take(&next, tests) {
                    let result = test.run(interpreter);
                    println!("test {} ... {}", test.name(), if result.is_ok() { "ok" } else { "FAILED" });
                    if let Err(message) = result {
                        failures.lock().expect("no holder panics").push((index, test.name(), message));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no holder panics");
    failures.sort();
    failures.into_iter().map(|(_, name, message)| (name, message)).collect()
}

fn take<'t, 'c>(next: &AtomicUsize, tests: &'t [Test<'c>]) -> Option<(usize, &'t Test<'c>)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    tests.get(index).map(|test| (index, test))
}

/// The binary under test: `OPHION_BINARY`, else one built now.
fn binary() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("OPHION_BINARY") {
        return Ok(path.into());
    }
    let root = cases::tests_folder().parent().expect("tests lies in the root").to_owned();
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--package", "ophion", "--profile", "quick"])
        .current_dir(&root)
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err("ophion does not build".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    Ok(Path::new(&target).join("quick/ophion"))
}

fn write_expectations(cases: &[Case], command: &str, names: &[String]) -> Result<bool, String> {
    let interpreter = Interpreter::reference(command)?;
    let chosen = |case: &&Case| case.folder.ends_with("scripts") && (names.is_empty() || names.contains(&case.name));
    for case in cases.iter().filter(chosen) {
        let first = execution::run(case, &interpreter, &[], TIME_LIMIT)?;
        let second = execution::run(case, &interpreter, &[], TIME_LIMIT)?;
        if first != second {
            return Err(format!("{}: two runs differ\n{}", case.name, expectations::difference(&first, &second)));
        }
        expectations::write(case, &first)?;
        println!("{}: status {}, {} bytes", case.name, first.status, first.output.len());
    }
    Ok(true)
}
