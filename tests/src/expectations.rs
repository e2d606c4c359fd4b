//! What a case is expected to print: `NAME.out`, and `NAME.err` when it does not end quietly.
//!
//! `NAME.err` begins with a line `status N`; the rest is standard error. Without that file, the status is 0 and
//! standard error is empty.

use std::fs;
use std::path::Path;

use crate::cases::Case;
use crate::execution::Observed;

pub fn read(case: &Case) -> Result<Observed, String> {
    let output = fs::read_to_string(case.file("out")).map_err(|error| format!("{}.out: {error}", case.name))?;
    let Ok(text) = fs::read_to_string(case.file("err")) else {
        return Ok(Observed { output, errors: String::new(), status: 0 });
    };
    let (first, errors) = text.split_once('\n').unwrap_or((&text, ""));
    let status = first.strip_prefix("status ").and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| format!("{}.err does not begin with `status N`", case.name))?;
    Ok(Observed { output, errors: errors.to_owned(), status })
}

pub fn write(case: &Case, observed: &Observed) -> Result<(), String> {
    put(&case.file("out"), &observed.output)?;
    let errors = case.file("err");
    if observed.status == 0 && observed.errors.is_empty() {
        // There may be one from before the script was mended.
        let _ = fs::remove_file(errors);
        return Ok(());
    }
    put(&errors, &format!("status {}\n{}", observed.status, observed.errors))
}

fn put(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The first places where the two differ, for a reader.
pub fn difference(expected: &Observed, observed: &Observed) -> String {
    let mut report = String::new();
    if expected.status != observed.status {
        report.push_str(&format!("  exit status {} instead of {}\n", observed.status, expected.status));
    }
    report.push_str(&first_lines("stdout", &expected.output, &observed.output));
    report.push_str(&first_lines("stderr", &expected.errors, &observed.errors));
    report
}

fn first_lines(stream: &str, expected: &str, observed: &str) -> String {
    const SHOWN: usize = 6;
    if expected == observed {
        return String::new();
    }
    let (wanted, got): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), observed.lines().collect());
    let same = wanted.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let mut report = format!("  {stream} differs at line {}:\n", same + 1);
    for line in wanted.iter().skip(same).take(SHOWN) {
        report.push_str(&format!("    - {line}\n"));
    }
    for line in got.iter().skip(same).take(SHOWN) {
        report.push_str(&format!("    + {line}\n"));
    }
    report
}
