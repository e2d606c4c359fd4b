//! `cargo xtask test`: everything that CI runs, and `expect`, which writes script expectations anew.
//!
//! A step that fails does not stop the others, except that nothing which needs the binary runs without it.
//! The last line is `N passed, N failed` and counts checks, tests, scripts and conformance expectations alike.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::{Outcome, conformance, tidy, workspace};

/// What steps have counted so far.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
}

impl Counts {
    fn one(good: bool) -> Self {
        Self { passed: usize::from(good), failed: usize::from(!good) }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

pub fn run(mut arguments: Arguments) -> Outcome {
    let all = arguments.flag("--all");
    let rest = arguments.rest()?;
    if !rest.is_empty() {
        return Err(format!("unexpected: {}", rest.join(" ")));
    }
    let mut suite = Suite::default();
    suite.step("formatting", || check(workspace::cargo().args(["fmt", "--all", "--check"])));
    suite.step("lints", || {
        let arguments = ["clippy", "--quiet", "--workspace", "--no-deps", "--all-targets", "--", "-D", "warnings"];
        check(workspace::cargo().args(arguments))
    });
    suite.step("tidy", || tidy::run().map(Counts::one));
    suite.step("unit tests", unit_tests);
    suite.step("documentation tests", documentation_tests);
    suite.step("loom models", || models("loom"));
    suite.step("shuttle models", || models("shuttle"));
    match workspace::build_ophion("quick") {
        Ok(binary) => suite.with_binary(&binary, all),
        Err(message) => suite.step("build", || Err(message)),
    }
    Ok(suite.finish())
}

/// Writes expectations anew: the script harness does it, since it knows how a script is run.
pub fn expect(mut arguments: Arguments) -> Outcome {
    let reference = workspace::reference(arguments.option("--reference")?)?;
    let mut command = script_harness();
    command.args(["--expect", &reference.join(" ")]).args(arguments.rest()?);
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    Ok(status.success())
}

#[derive(Default)]
struct Suite {
    counts: Counts,
    failed_steps: Vec<&'static str>,
}

impl Suite {
    fn step(&mut self, name: &'static str, run: impl FnOnce() -> Result<Counts, String>) {
        println!("\n== {name}");
        let started = Instant::now();
        let counts = run().unwrap_or_else(|message| {
            println!("{message}");
            Counts::one(false)
        });
        println!("== {name}: {} passed, {} failed, {:.0?}", counts.passed, counts.failed, started.elapsed());
        if counts.failed > 0 {
            self.failed_steps.push(name);
        }
        self.counts.add(counts);
    }

    /// What the runtime does: first programs, then the scripts. CPython's tests run with `--all`, since they take long and a few of them
    /// still depend on chance.
    fn with_binary(&mut self, binary: &Path, all: bool) {
        self.step("first steps of the runtime", || first_steps(binary));
        self.step("script tests, under every engine", || counted(script_harness().env("OPHION_BINARY", binary)));
        if all {
            self.step("conformance", || conformance::against_ledger(binary));
        }
    }

    fn finish(self) -> bool {
        if !self.failed_steps.is_empty() {
            println!("\nfailed: {}", self.failed_steps.join(", "));
        }
        println!("\n{} passed, {} failed", self.counts.passed, self.counts.failed);
        self.counts.failed == 0
    }
}

/// Programs and what they print.
const FIRST_STEPS: [(&str, &str); 6] = [
    ("print('hello', 1 + 2)", "hello 3\n"),
    ("def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)\nprint(fib(15))", "610\n"),
    ("class A:\n    def __init__(self, x): self.x = x\n    def f(self): return self.x + 1\nprint(A(3).f())", "4\n"),
    ("def g(n):\n    for i in range(n): yield i * i\nprint(list(g(5)), sum(g(10)))", "[0, 1, 4, 9, 16] 285\n"),
    ("try: 1/0\nexcept ZeroDivisionError as e: print('caught', e)", "caught division by zero\n"),
    (
        "print(f'{3.14159:.2f} {10**30} {dict(zip(\"abc\", range(3)))}')",
        "3.14 1000000000000000000000000000000 {'a': 0, 'b': 1, 'c': 2}\n",
    ),
];

/// Each program under the plain engine and with every collection verified.
fn first_steps(binary: &Path) -> Result<Counts, String> {
    let mut counts = Counts::default();
    for (program, expected) in FIRST_STEPS {
        for verify in ["0", "1"] {
            let run = Command::new(binary).args(["-c", program]).env("OPHION_GC_VERIFY", verify).output();
            let output = run.map_err(|error| format!("{}: {error}", binary.display()))?;
            let good = output.status.success() && String::from_utf8_lossy(&output.stdout) == expected;
            if !good {
                println!(
                    "{program}\n{}{}",
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            counts.add(Counts::one(good));
        }
    }
    Ok(counts)
}

fn script_harness() -> Command {
    let mut command = workspace::cargo();
    command.args(["test", "--quiet", "--package", "ophion-tests", "--test", "scripts", "--"]);
    command
}

/// The workspace's own tests; scripts run later, against the optimised binary.
fn unit_tests() -> Result<Counts, String> {
    let scope = ["--workspace", "--exclude", "ophion-tests", "--all-targets"];
    if have_nextest() {
        println!("with cargo-nextest");
        return counted(workspace::cargo().args(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]).args(scope));
    }
    println!("with cargo test: cargo-nextest is not here and could not be installed");
    counted(workspace::cargo().args(["test", "--no-fail-fast"]).args(scope))
}

/// Doc comments of native functions are Python doc strings, whose examples are Python. `--doc` does not heed that the manifests of
/// the crates with native functions say so.
fn documentation_tests() -> Result<Counts, String> {
    let without = ["ophion-vm", "ophion-stdlib"].iter().flat_map(|name| ["--exclude", *name]);
    counted(workspace::cargo().args(["test", "--workspace", "--doc"]).args(without))
}

fn have_nextest() -> bool {
    let answers = || {
        let version = workspace::cargo().args(["nextest", "--version"]).output();
        version.is_ok_and(|output| output.status.success())
    };
    answers()
        || (workspace::cargo().args(["install", "--quiet", "--locked", "cargo-nextest"]).status().is_ok() && answers())
}

/// The models under loom or shuttle. They need another build of everything below them, which has a target folder of its own.
fn models(under: &str) -> Result<Counts, String> {
    let mut command = workspace::cargo();
    command
        .args(["test", "--package", "ophion-stress-tests", "--test", under])
        .env("RUSTFLAGS", format!("--cfg ophion_{under}"))
        .env("CARGO_TARGET_DIR", workspace::target_directory().join(under));
    counted(&mut command)
}

/// Runs a command that is one check.
fn check(command: &mut Command) -> Result<Counts, String> {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    Ok(Counts::one(status.success()))
}

/// Runs a test runner, shows what it prints, and adds up its summary lines.
fn counted(command: &mut Command) -> Result<Counts, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let counts = Arc::new(Mutex::new(Counts::default()));
    let output = child.stdout.take().expect("piped above");
    let errors = child.stderr.take().expect("piped above");
    let other = Arc::clone(&counts);
    let reader = thread::spawn(move || echo(errors, &other));
    echo(output, &counts);
    reader.join().map_err(|_| "reading a runner's output failed")?;
    let status = child.wait().map_err(|error| error.to_string())?;
    let mut counts = *counts.lock().map_err(|_| "reading a runner's output failed")?;
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok(counts)
}

fn echo(stream: impl Read, counts: &Mutex<Counts>) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        println!("{line}");
        if let Some(found) = summary(&line)
            && let Ok(mut counts) = counts.lock()
        {
            counts.add(found);
        }
    }
}

/// What a summary line of cargo test or of nextest counts.
fn summary(line: &str) -> Option<Counts> {
    let plain = without_escapes(line);
    let line = plain.trim();
    if !line.starts_with("test result:") && !line.starts_with("Summary [") {
        return None;
    }
    let before = |word: &str| {
        let (head, _) = line.split_once(word)?;
        head.trim_end().rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    Some(Counts { passed: before(" passed").unwrap_or(0), failed: before(" failed").unwrap_or(0) })
}

fn without_escapes(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, text)| text));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn summaries_of_both_runners_are_read() {
        let nextest =
            summary("     Summary [   0.011s] 5 tests run: 4 passed (1 slow), 1 failed, 0 skipped").expect("a summary");
        assert_eq!((nextest.passed, nextest.failed), (4, 1));
        let cargo = summary("test result: \u{1b}[32mok\u{1b}[0m. 12 passed; 0 failed; 1 ignored").expect("a summary");
        assert_eq!((cargo.passed, cargo.failed), (12, 0));
        assert!(summary("3 passed through here").is_none());
    }
}
