//! Writes `cli/start-order.txt`: which functions a start runs, as valgrind sees it, for the program to be linked in that order.
//!
//! Symbols lose what changes from build to build: the hash at the end, and the numbers of crates within. A pattern that brings along
//! far more code than the start runs (a generic function with hundreds of instances) comes last, where that code is in nobody's way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::workspace;

/// From so many times the code that runs on, what a pattern matches counts as far more.
const SURPLUS: u64 = 4;

const HEADER: &str = "\
# The functions that a start runs: build.rs has them linked one after the other. Written by `cargo xtask start-order`.
# Paths stand for symbols with a hash at the end; names without `::` are symbols or patterns of them.
";

pub fn run(mut arguments: Arguments) -> Outcome {
    let root = workspace::root();
    let binary =
        arguments.option("--binary")?.unwrap_or_else(|| root.join("target/release/ophion").display().to_string());
    arguments.rest()?;
    let sizes = symbol_sizes(&binary)?;
    let ran = functions_run(&binary)?;
    let mut matched: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (symbol, size) in &sizes {
        let totals = matched.entry(name_of(symbol)).or_default();
        totals.0 += size;
        totals.1 += if ran.contains(symbol) { *size } else { 0 };
    }
    matched.retain(|_, (_, run)| *run > 0);
    let (dense, sparse): (Vec<_>, Vec<_>) = matched.iter().partition(|(_, (all, run))| *all <= run * SURPLUS);
    let mut text = String::from(HEADER);
    for (name, _) in dense.iter().chain(&sparse) {
        let _ = writeln!(text, "{name}");
    }
    let file = root.join("cli/start-order.txt");
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{} functions", matched.len());
    Ok(true)
}

/// The sizes of the functions in the binary, by symbol.
fn symbol_sizes(binary: &str) -> Result<BTreeMap<String, u64>, String> {
    let output = output_of(Command::new("nm").args(["-S", "--defined-only", binary]))?;
    let mut sizes = BTreeMap::new();
    for line in output.lines() {
        if let [_, size, kind, symbol] = line.split_whitespace().collect::<Vec<_>>()[..]
            && matches!(kind, "t" | "T" | "w" | "W")
            && let Ok(size) = u64::from_str_radix(size, 16)
        {
            sizes.insert(symbol.to_owned(), size);
        }
    }
    Ok(sizes)
}

/// The symbols of the functions that `-c pass` calls.
fn functions_run(binary: &str) -> Result<BTreeSet<String>, String> {
    let file = std::env::temp_dir().join(format!("ophion-start-{}.out", std::process::id()));
    let option = format!("--callgrind-out-file={}", file.display());
    output_of(Command::new("valgrind").args([
        "-q",
        "--tool=callgrind",
        "--demangle=no",
        &option,
        binary,
        "-c",
        "pass",
    ]))?;
    let profile = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_file(&file);
    // Where a function first appears, its number and its name: `fn=(12) name` or `cfn=(12) name`; recursion adds `'2`.
    let name = |line: &str| {
        let (kind, rest) = line.split_once('=')?;
        let (_, name) = rest.split_once(' ').filter(|_| matches!(kind, "fn" | "cfn"))?;
        Some(name.split('\'').next().unwrap_or(name).to_owned())
    };
    Ok(profile.lines().filter_map(name).collect())
}

fn output_of(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What stands for a symbol in the list: the path in one that ends in a hash, a pattern for one that has crates' numbers in it.
fn name_of(symbol: &str) -> String {
    hashed_path(symbol).unwrap_or_else(|| without_crate_numbers(symbol))
}

/// `_ZN2vm5start5start17h0123456789abcdefE` is `vm::start::start`.
fn hashed_path(symbol: &str) -> Option<String> {
    let mut rest = symbol.strip_prefix("_ZN")?;
    let mut parts = Vec::new();
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let length = rest[..digits].parse::<usize>().ok()?;
        let part = rest.get(digits..digits + length)?;
        rest = &rest[digits + length..];
        if length == 17 && part.starts_with('h') && rest.starts_with('E') {
            return (parts.len() > 1).then(|| parts.join("::"));
        }
        parts.push(part);
    }
}

/// In symbols of the newer kind, `Cs` and digits in base 62 up to an underscore tell crates of the same name apart.
fn without_crate_numbers(symbol: &str) -> String {
    if !symbol.starts_with("_R") {
        return symbol.to_owned();
    }
    let mut pattern = String::new();
    let mut rest = symbol;
    while let Some(at) = rest.find("Cs") {
        let number = &rest[at + 2..];
        let length = number.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(number.len());
        pattern.push_str(&rest[..at + 2]);
        rest = if number[length..].starts_with('_') && length > 5 {
            pattern.push('*');
            &number[length..]
        } else {
            number
        };
    }
    pattern.push_str(rest);
    // Copies that the optimizer made have numbers of their own behind a dot.
    match pattern.split_once('.') {
        Some((pattern, _)) => format!("{pattern}*"),
        None => pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_lose_what_changes() {
        assert_eq!(name_of("_ZN2vm5start5start17h0123456789abcdefE"), "vm::start::start");
        assert_eq!(name_of("_ZN2vm5start5start17h0123456789abcdefE.llvm.12"), "vm::start::start");
        assert_eq!(name_of("_RNvNtCsjrHSEGnQ3l9_3std3env7args_os"), "_RNvNtCs*_3std3env7args_os");
        assert_eq!(name_of("main"), "main");
    }
}
