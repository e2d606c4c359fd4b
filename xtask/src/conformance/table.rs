//! Pass rates, per module and in total, beside what CPython itself passes.
//!
//! The rate is passes over the tests that CPython passes in the same setting (`reference.txt`), so that a module
//! which does not even import counts with all its tests, and a test that we skip counts as not passed.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::module::{ModuleReport, Verdict};

pub fn print(reports: &[ModuleReport], reference: &HashMap<String, usize>) {
    println!("{:<24} {:>7} {:>7} {:>7} {:>9} {:>7}", "module", "passed", "failed", "skipped", "CPython", "rate");
    let mut total = Row::default();
    for report in reports {
        let row = Row::of(report, reference);
        row.print(&report.module);
        total.add(&row);
    }
    total.print("total");
}

#[derive(Default)]
struct Row {
    passed: usize,
    failed: usize,
    skipped: usize,
    reference: usize,
}

impl Row {
    fn of(report: &ModuleReport, reference: &HashMap<String, usize>) -> Self {
        let (passed, failed) = (report.count(Verdict::Pass), report.count(Verdict::Fail));
        let reference = reference.get(&report.module).copied().unwrap_or(passed + failed);
        Self { passed, failed, skipped: report.count(Verdict::Skip), reference }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.reference += other.reference;
    }

    fn print(&self, name: &str) {
        let rate = self.passed as f64 * 100.0 / self.reference.max(1) as f64;
        println!(
            "{name:<24} {:>7} {:>7} {:>7} {:>9} {rate:>6.1}%",
            self.passed, self.failed, self.skipped, self.reference
        );
    }
}

/// How many tests of each module CPython passes: lines `MODULE N`.
pub fn reference_counts(folder: &Path) -> HashMap<String, usize> {
    let text = fs::read_to_string(folder.join("reference.txt")).unwrap_or_default();
    let parse = |line: &str| {
        let (module, count) = line.split_once(' ')?;
        Some((module.to_owned(), count.trim().parse().ok()?))
    };
    text.lines().filter_map(parse).collect()
}

/// Writes the counts of these reports over those that the file has.
pub fn write_reference_counts(folder: &Path, reports: &[ModuleReport]) -> Result<(), String> {
    let mut counts = reference_counts(folder);
    counts.extend(reports.iter().map(|report| (report.module.clone(), report.count(Verdict::Pass))));
    let mut lines: Vec<String> = counts.iter().map(|(module, count)| format!("{module} {count}\n")).collect();
    lines.sort();
    fs::write(folder.join("reference.txt"), lines.concat()).map_err(|error| format!("reference.txt: {error}"))
}
