//! Writes `cli/start-order.txt`: which functions a start runs, and then which ordinary programs run, as valgrind sees it, for the
//! program to be linked in that order.
//!
//! The programs are the scripts of `tests/scripts`. A function that many of them run comes before one that few run.
//!
//! Symbols lose what changes from compiler to compiler: the hash at the end, and the numbers of crates within. Where the pattern that
//! is left matches far more code than was run (a generic function with hundreds of instances), the symbols stay as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::arguments::Arguments;
use crate::workspace;

/// From so many times the code that ran on, what a name matches counts as far more.
const SURPLUS: u64 = 4;

/// Of so many scripts one at least must run a function that comes with those which programs run.
const RARE: usize = 16;

const HEADER: &str = "\
# The functions that a start runs, and then those that programs run: build.rs has them linked one after the other. Written by
# `cargo xtask start-order`.
# Paths stand for symbols with a hash at the end; names without `::` are symbols or patterns of them.
";

pub fn run(mut arguments: Arguments) -> Outcome {
    let root = workspace::root();
    let binary =
        arguments.option("--binary")?.unwrap_or_else(|| root.join("target/release/ophion").display().to_string());
    arguments.rest()?;
    let symbols = Symbols::of(&binary)?;
    let mut order = Order::default();
    order.add(&symbols, &functions_run(&binary, &["-c", "pass"])?);
    let scripts = scripts(&root)?;
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for script in &scripts {
        for function in functions_run(&binary, &[script])? {
            *runs.entry(function).or_default() += 1;
        }
    }
    for least in (scripts.len().div_ceil(RARE)..=scripts.len()).rev() {
        let ran = runs.iter().filter(|(_, count)| **count >= least).map(|(function, _)| function.clone()).collect();
        order.add(&symbols, &ran);
    }
    let text = order.text();
    let file = root.join("cli/start-order.txt");
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{} functions", order.names.len());
    Ok(true)
}

/// The names of the list, in the order in which their functions are linked.
#[derive(Default)]
struct Order {
    names: Vec<String>,
    known: BTreeSet<String>,
}

impl Order {
    /// Adds those of the functions that are not in it yet.
    fn add(&mut self, symbols: &Symbols, ran: &BTreeSet<String>) {
        for name in symbols.names(ran) {
            if self.known.insert(name.clone()) {
                self.names.push(name);
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::from(HEADER);
        for name in &self.names {
            let _ = writeln!(text, "{name}");
        }
        text
    }
}

/// The functions of a binary.
struct Symbols {
    sizes: BTreeMap<String, u64>,
    /// How much code each name stands for.
    matched: BTreeMap<String, u64>,
}

impl Symbols {
    fn of(binary: &str) -> Result<Self, String> {
        let sizes = symbol_sizes(binary)?;
        let mut matched: BTreeMap<String, u64> = BTreeMap::new();
        for (symbol, size) in &sizes {
            *matched.entry(name_of(symbol)).or_default() += size;
        }
        Ok(Self { sizes, matched })
    }

    /// What the list calls functions that ran.
    fn names(&self, ran: &BTreeSet<String>) -> BTreeSet<String> {
        let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for symbol in ran.iter().filter(|symbol| self.sizes.contains_key(*symbol)) {
            by_name.entry(name_of(symbol)).or_default().push(symbol);
        }
        let mut names = BTreeSet::new();
        for (name, symbols) in by_name {
            let run: u64 = symbols.iter().map(|symbol| self.sizes[*symbol]).sum();
            if self.matched[&name] <= run * SURPLUS {
                names.insert(name);
            } else {
                names.extend(symbols.into_iter().map(without_copy_number));
            }
        }
        names
    }
}

/// The scripts that are run as they are, with nothing beside them that says how.
fn scripts(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("tests/scripts");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let plain =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "py") && !path.with_extension("run").exists());
    let mut scripts: Vec<String> = plain.map(|path| path.display().to_string()).collect();
    scripts.sort();
    Ok(scripts)
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

/// The symbols of the functions that a run calls, however it ends.
fn functions_run(binary: &str, words: &[&str]) -> Result<BTreeSet<String>, String> {
    let file = std::env::temp_dir().join(format!("ophion-start-{}.out", std::process::id()));
    let option = format!("--callgrind-out-file={}", file.display());
    let mut command = Command::new("valgrind");
    command.args(["-q", "--tool=callgrind", "--demangle=no", &option, binary]).args(words);
    command.output().map_err(|error| format!("valgrind: {error}"))?;
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
    without_copy_number(&pattern)
}

/// Copies that the optimizer made have numbers of their own behind a dot.
fn without_copy_number(symbol: &str) -> String {
    let from = if symbol.starts_with("_ZN") { symbol.rfind("E.").map(|end| end + 1) } else { symbol.find('.') };
    from.map_or_else(|| symbol.to_owned(), |dot| format!("{}*", &symbol[..dot]))
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

    #[test]
    fn symbols_of_many_instances_stay() {
        let symbol = |hash: u64| format!("_ZN2vm4each17h{hash:016x}E");
        let mut sizes: BTreeMap<String, u64> = (0..8).map(|hash| (symbol(hash), 10)).collect();
        sizes.insert(format!("{}.llvm.7", symbol(9)), 10);
        let matched = [("vm::each".to_owned(), 90)].into_iter().collect();
        let symbols = Symbols { sizes, matched };
        let ran = [symbol(3), format!("{}.llvm.7", symbol(9))].into_iter().collect();
        assert_eq!(symbols.names(&ran).into_iter().collect::<Vec<_>>(), [symbol(3), format!("{}*", symbol(9))]);
        let ran = (0..8).map(symbol).collect();
        assert_eq!(symbols.names(&ran).into_iter().collect::<Vec<_>>(), ["vm::each"]);
    }
}
