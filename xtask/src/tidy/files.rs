//! What every file owes its reader: a header, one subject, a name that says it.

use super::Findings;
use super::sources::Source;

/// Past this a file has two subjects.
const LONGEST_FILE: usize = 1000;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "common", "misc", "helpers", "helper", "inner"];

/// Where `unsafe` may stand; everything else is safe code.
const UNSAFE_LAYERS: [&str; 5] = ["sync/", "gc/", "runtime/host/", "runtime/vm/", "stress-tests/"];

pub fn check(source: &Source, findings: &mut Findings) {
    if !source.text.starts_with("//!") {
        findings.add(&source.path, "begin with a `//!` header that says the file's one subject");
    }
    let lines = source.text.lines().count();
    if lines > LONGEST_FILE {
        findings.add(&source.path, format!("{lines} lines, over {LONGEST_FILE}: this is two subjects, split it"));
    }
    check_name(source, findings);
    check_unsafe(source, findings);
}

fn check_name(source: &Source, findings: &mut Findings) {
    let parts = source.path.trim_end_matches(".rs").split('/');
    for part in parts.filter(|part| EMPTY_NAMES.contains(part)) {
        findings.add(&source.path, format!("`{part}` is no subject; name the file after what it holds"));
    }
}

fn check_unsafe(source: &Source, findings: &mut Findings) {
    if UNSAFE_LAYERS.iter().any(|layer| source.path.starts_with(layer)) {
        return;
    }
    for (number, line) in source.shipped_lines() {
        if super::words::has_word(line, "unsafe") && !line.contains("forbid(unsafe_code)") {
            findings.add(format!("{}:{number}", source.path), "unsafe code outside its layers");
        }
    }
}
