//! The ledger: for each module the tests that are expected to fail, and why.
//!
//! `tests/conformance/ledger/MODULE.txt` has lines `TEST  # reason`. A reason that begins with `flaky:` allows
//! either outcome; it is for tests that depend on time. Updating keeps the reasons of tests that still fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::module::{ModuleReport, Verdict};
use crate::suite::Counts;

#[derive(Default)]
pub struct Ledger {
    expected: BTreeMap<String, String>,
}

impl Ledger {
    pub fn read(folder: &Path, module: &str) -> Result<Self, String> {
        let file = place(folder, module);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        let entries = text.lines().filter_map(|line| {
            let (test, reason) = line.split_once("  #").unwrap_or((line, ""));
            let test = test.trim();
            (!test.is_empty() && !test.starts_with('#')).then(|| (test.to_owned(), reason.trim().to_owned()))
        });
        Ok(Self { expected: entries.collect() })
    }

    fn is_flaky(&self, test: &str) -> bool {
        self.expected.get(test).is_some_and(|reason| reason.starts_with("flaky:"))
    }

    /// Counts what came as expected and prints what did not.
    pub fn compare(&self, report: &ModuleReport, counts: &mut Counts) {
        for (name, test) in &report.tests {
            let surprise = match (test.verdict, self.expected.contains_key(name)) {
                _ if self.is_flaky(name) => None,
                (Verdict::Fail, false) => Some("unexpected failure"),
                (Verdict::Pass, true) => Some("unexpected pass: mend the ledger with --update"),
                _ => None,
            };
            match surprise {
                None => counts.passed += 1,
                Some(what) => {
                    counts.failed += 1;
                    println!("{} {name}: {what} {}", report.module, test.detail);
                }
            }
        }
        for name in self.expected.keys().filter(|name| !report.tests.contains_key(*name)) {
            counts.failed += 1;
            println!("{} {name}: in the ledger, but there is no such test", report.module);
        }
    }

    /// The ledger that this report would satisfy.
    pub fn updated(&self, report: &ModuleReport) -> Self {
        let mut expected = BTreeMap::new();
        for (name, test) in &report.tests {
            if test.verdict == Verdict::Fail || self.is_flaky(name) {
                let known = self
                    .expected
                    .get(name)
                    .filter(|reason| reason.starts_with("flaky:") || reason.starts_with("known:"));
                expected.insert(name.clone(), known.cloned().unwrap_or_else(|| test.detail.clone()));
            }
        }
        Self { expected }
    }

    pub fn write(&self, folder: &Path, module: &str) -> Result<(), String> {
        let file = place(folder, module);
        if self.expected.is_empty() {
            // A module without expected failures has no file; it may never have had one.
            let _ = fs::remove_file(&file);
            return Ok(());
        }
        let lines: Vec<String> = self.expected.iter().map(|(test, reason)| line(test, reason)).collect();
        fs::create_dir_all(folder.join("ledger")).map_err(|error| error.to_string())?;
        fs::write(&file, lines.concat()).map_err(|error| format!("{}: {error}", file.display()))
    }
}

/// One line of the file. Reasons are cut short: they point to a cause, they are not the report.
fn line(test: &str, reason: &str) -> String {
    const LONGEST_REASON: usize = 100;
    let hides_addresses: Vec<&str> =
        reason.split_whitespace().map(|word| if word.starts_with("0x") { "0x..." } else { word }).collect();
    let short: String = hides_addresses.join(" ").chars().take(LONGEST_REASON).collect();
    format!("{test}  # {}\n", short.trim_end())
}

fn place(folder: &Path, module: &str) -> PathBuf {
    folder.join("ledger").join(format!("{module}.txt"))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_are_short_and_the_same_in_every_run() {
        assert_eq!(line("A.a", "TypeError:  at 0x7f00 x"), "A.a  # TypeError: at 0x... x\n");
        assert!(line("A.a", &"long ".repeat(50)).len() < 120);
    }
}
