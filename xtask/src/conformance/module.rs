//! One test module, in as many processes as its crashes need.
//!
//! `tests/conformance/run_module.py` runs the module and prints marked lines: the list of tests, then the start
//! and the outcome of each. When a process ends before its list does, the test that was running is charged
//! with it and a new process goes on after that test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Ending, Limits};

/// Begins each line that the runner script means for us; tests print what they like around it.
const MARK: &str = "\u{1}ophion\t";

/// The name under which a module that cannot be loaded is kept.
pub const WHOLE_MODULE: &str = "(module)";

const MOST_RESTARTS: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Fail,
    Skip,
}

pub struct TestReport {
    pub verdict: Verdict,
    /// For a failure its last line, for a skip its reason.
    pub detail: String,
}

pub struct ModuleReport {
    pub module: String,
    pub tests: BTreeMap<String, TestReport>,
}

impl ModuleReport {
    pub fn count(&self, verdict: Verdict) -> usize {
        self.tests.values().filter(|test| test.verdict == verdict).count()
    }
}

pub struct Runner {
    interpreter: Vec<String>,
    suite: PathBuf,
    script: PathBuf,
    limits: Limits,
}

impl Runner {
    pub fn new(interpreter: &[String], suite: &Path, folder: &Path, memory_mib: usize) -> Self {
        let limits = Limits {
            silence: Duration::from_secs(60),
            total: Duration::from_secs(420),
            resident_bytes: (memory_mib as u64) << 20,
        };
        Self {
            interpreter: interpreter.to_vec(),
            suite: suite.to_owned(),
            script: folder.join("run_module.py"),
            limits,
        }
    }

    pub fn run(&self, module: &str) -> Result<ModuleReport, String> {
        let scratch = std::env::temp_dir().join(format!("ophion-conformance-{}-{module}", std::process::id()));
        fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        let mut progress = Progress::default();
        for _ in 0..MOST_RESTARTS {
            let (ending, errors) = self.process(module, &scratch, &mut progress)?;
            if progress.settle(&ending, &errors) {
                break;
            }
        }
        // Left-over scratch files are no reason to fail; the next run makes a folder of its own.
        let _ = fs::remove_dir_all(&scratch);
        let report = progress.into_report(module);
        println!(
            "{module}: {} passed, {} failed, {} skipped",
            report.count(Verdict::Pass),
            report.count(Verdict::Fail),
            report.count(Verdict::Skip)
        );
        Ok(report)
    }

    fn process(&self, module: &str, scratch: &Path, progress: &mut Progress) -> Result<(Ending, String), String> {
        let (program, options) = self.interpreter.split_first().ok_or("no interpreter to run")?;
        let mut command = Command::new(program);
        command
            .args(options)
            .arg(&self.script)
            .arg(module)
            .arg(progress.next.to_string())
            .current_dir(scratch)
            .env("PYTHONPATH", &self.suite)
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TMPDIR", scratch);
        process::watch(&mut command, self.limits, |line| progress.hear(line))
    }
}

/// What the processes of one module have told so far.
#[derive(Default)]
struct Progress {
    names: Vec<String>,
    outcomes: BTreeMap<usize, TestReport>,
    running: Option<usize>,
    /// The first test that the next process runs.
    next: usize,
    finished: bool,
    load_error: Option<String>,
}

impl Progress {
    fn hear(&mut self, line: &str) {
        let Some(at) = line.find(MARK) else { return };
        let mut words = line[at + MARK.len()..].split('\t');
        let kind = words.next().unwrap_or_default();
        let mut text = || words.next().unwrap_or_default().to_owned();
        match kind {
            "test" => self.list(text(), text()),
            "start" => self.running = text().parse().ok(),
            "done" => self.done(&text(), &text(), text()),
            "end" => self.finished = true,
            "unloadable" => self.load_error = Some(text()),
            _ => {}
        }
    }

    fn list(&mut self, index: String, name: String) {
        // Each process lists the tests again, in the same order.
        if index.parse() == Ok(self.names.len()) {
            self.names.push(name);
        }
    }

    fn done(&mut self, index: &str, outcome: &str, detail: String) {
        let Ok(index) = index.parse() else { return };
        let verdict = match outcome {
            "pass" => Verdict::Pass,
            "skip" => Verdict::Skip,
            _ => Verdict::Fail,
        };
        self.outcomes.insert(index, TestReport { verdict, detail });
        if self.running == Some(index) {
            self.running = None;
        }
    }

    /// After a process: whether the module is through. If not, the guilty test is charged and skipped.
    fn settle(&mut self, ending: &Ending, errors: &str) -> bool {
        if self.names.is_empty() {
            let last = || errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
            self.load_error.get_or_insert_with(|| format!("{ending}: {}", last()));
            return true;
        }
        if self.finished || matches!(ending, Ending::OutOfTime) {
            return true;
        }
        let first_open = (self.next..self.names.len()).find(|index| !self.outcomes.contains_key(index));
        let Some(guilty) = self.running.take().or(first_open) else { return true };
        let detail = match ending {
            Ending::Exited(status) => format!("crash ({status})"),
            other => other.to_string(),
        };
        self.outcomes.insert(guilty, TestReport { verdict: Verdict::Fail, detail });
        self.next = guilty + 1;
        self.next >= self.names.len()
    }

    fn into_report(mut self, module: &str) -> ModuleReport {
        let mut tests = BTreeMap::new();
        if let Some(detail) = self.load_error {
            tests.insert(WHOLE_MODULE.to_owned(), TestReport { verdict: Verdict::Fail, detail });
        }
        let prefix = format!("test.{module}.");
        for (index, name) in self.names.iter().enumerate() {
            let report = self.outcomes.remove(&index);
            let report = report.unwrap_or(TestReport { verdict: Verdict::Fail, detail: "not reached".to_owned() });
            let name = name.strip_prefix(&prefix).unwrap_or(name);
            tests.insert(unique(&tests, name), report);
        }
        ModuleReport { module: module.to_owned(), tests }
    }
}

/// Two tests of a module may have one name; the second is told apart by a number.
fn unique(tests: &BTreeMap<String, TestReport>, name: &str) -> String {
    let mut candidates = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}[{number}]")));
    candidates.find(|candidate| !tests.contains_key(candidate)).expect("numbers do not run out")
}

#[cfg(test)]
mod tests {
    use super::{Ending, Progress, Verdict, WHOLE_MODULE};

    fn heard(lines: &[&str]) -> Progress {
        let mut progress = Progress::default();
        lines.iter().for_each(|line| progress.hear(&line.replace('|', "\t").replace('^', "\u{1}ophion")));
        progress
    }

    #[test]
    fn a_crash_is_charged_to_the_test_that_ran() {
        let mut progress = heard(&[
            "^|test|0|test.m.A.a",
            "^|test|1|test.m.A.b",
            "^|test|2|test.m.A.c",
            "^|start|0",
            "^|done|0|pass|",
            "^|start|1",
        ]);
        assert!(!progress.settle(&Ending::Silent, ""));
        assert_eq!(progress.next, 2);
        for line in ["noise ^|start|2", "^|done|2|skip|why", "^|end"] {
            progress.hear(&line.replace('|', "\t").replace('^', "\u{1}ophion"));
        }
        assert!(progress.settle(&Ending::Silent, ""));
        let report = progress.into_report("m");
        assert_eq!((report.count(Verdict::Pass), report.count(Verdict::Fail), report.count(Verdict::Skip)), (1, 1, 1));
        assert_eq!(report.tests["A.b"].detail, "timed out");
    }

    #[test]
    fn a_module_that_does_not_load_is_one_failure() {
        let mut progress = heard(&["^|unloadable|No module named x"]);
        assert!(progress.settle(&Ending::Silent, ""));
        let report = progress.into_report("m");
        assert_eq!(report.tests[WHOLE_MODULE].detail, "No module named x");
    }

    #[test]
    fn tests_of_one_name_are_told_apart() {
        let report =
            heard(&["^|test|0|test.m.A.a", "^|test|1|test.m.A.a", "^|done|0|pass|", "^|done|1|fail|x", "^|end"])
                .into_report("m");
        assert!(report.tests.contains_key("A.a") && report.tests.contains_key("A.a[2]"));
    }
}
