//! What the code of a file must not say: unfinished work, values in untraced memory, hidden process state.

use std::path::Path;

use super::Findings;
use super::sources::Source;

/// Code that is not finished, or that panics without saying why it cannot.
const FORBIDDEN: [(&str, &str); 5] = [
    ("todo!(", "finish it or leave the feature out"),
    ("unimplemented!(", "finish it or leave the feature out"),
    ("dbg!(", "left from debugging"),
    (".unwrap()", "use `expect(\"why it holds\")`"),
    ("process::abort(", "no input may end the process"),
];

/// Files in which ending the process is the purpose.
const MAY_ABORT: [&str; 3] = ["gc/src/verify.rs", "runtime/stdlib/src/posix", "runtime/host/src/process.rs"];

const NOTES: [&str; 3] = ["FIXME", "XXX", "HACK"];

/// Crates that know `Value`; elsewhere the word means something else.
const KNOW_VALUE: [&str; 4] = ["runtime/vm/", "runtime/stdlib/", "interpreters/", "cli/"];

/// A `Value` in `malloc` memory is invisible to the collector.
const UNTRACED: [&str; 9] = [
    "Vec<Value>",
    "VecDeque<Value>",
    "Box<Value>",
    "Box<[Value]>",
    "Rc<Value>",
    "Arc<Value>",
    "Vec<Option<Value>>",
    "Vec<(Value,",
    "SmallVec<[Value",
];

/// Says on the line, or within the three above it, that the memory is a registered root or otherwise traced.
const TRACED_MARK: &str = "tidy: traced";

const INTERIOR: [&str; 12] = [
    "Atomic",
    "Mutex",
    "RwLock",
    "Cell<",
    "OnceLock",
    "Once<",
    "Lazy",
    "LockByte",
    "Condvar",
    "static mut",
    "Parker",
    "DashMap",
];

/// Crates whose concurrency the models cover: they take it from `sync` alone. clippy.toml refuses the types that
/// have a twin; `Arc` and the atomics are the same types there, so only the text tells.
const MODELLED: [&str; 7] =
    ["gc/", "runtime/vm/", "runtime/stdlib/", "interpreters/", "cli/", "server/", "stress-tests/"];

const AROUND_SYNC: [&str; 3] = ["std::sync::", "core::sync::", "std::thread::"];

pub fn check(source: &Source, statics: &AllowedStatics, findings: &mut Findings) {
    for (number, line) in source.shipped_lines() {
        let place = || format!("{}:{number}", source.path);
        check_forbidden(source, line, place, findings);
        check_untraced(source, number, line, place, findings);
        check_static(source, line, place, statics, findings);
        check_door(source, line, place, findings);
    }
    for (index, line) in source.text.lines().enumerate() {
        if let Some(note) = NOTES.iter().find(|note| has_word(line, note))
            && !source.path.starts_with("xtask/")
        {
            findings.add(format!("{}:{}", source.path, index + 1), format!("{note}: open an issue or mend it"));
        }
    }
}

fn check_forbidden(source: &Source, line: &str, place: impl Fn() -> String, findings: &mut Findings) {
    for (word, advice) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
        let allowed = word.contains("abort") && MAY_ABORT.iter().any(|path| source.path.starts_with(path));
        if !allowed {
            findings.add(place(), format!("`{word}`: {advice}"));
        }
    }
}

fn check_untraced(source: &Source, number: usize, line: &str, place: impl Fn() -> String, findings: &mut Findings) {
    if !KNOW_VALUE.iter().any(|layer| source.path.starts_with(layer)) {
        return;
    }
    let dense: String = line.split_whitespace().collect();
    let map = dense.contains("Map<") && (dense.contains(",Value>") || dense.contains("Map<Value,"));
    let set = dense.contains("Set<Value>");
    if !map && !set && !UNTRACED.iter().any(|holder| dense.contains(&holder.replace(' ', ""))) {
        return;
    }
    let marked = (number.saturating_sub(3)..=number).any(|near| source.line(near).contains(TRACED_MARK));
    if !marked {
        findings.add(place(), "a Value in memory that is not traced: use the heap's arrays or a registered root set");
    }
}

fn check_door(source: &Source, line: &str, place: impl Fn() -> String, findings: &mut Findings) {
    let modelled = MODELLED.iter().any(|layer| source.path.starts_with(layer));
    if let Some(path) = AROUND_SYNC.iter().find(|path| modelled && line.contains(*path)) {
        findings.add(place(), format!("`{path}`: `sync` is the only door to concurrency"));
    }
}

fn check_static(
    source: &Source,
    line: &str,
    place: impl Fn() -> String,
    statics: &AllowedStatics,
    findings: &mut Findings,
) {
    if line.contains("thread_local!") && !source.path.starts_with("sync/") {
        findings.add(place(), "thread_local! outside sync: pass the thread explicitly");
    }
    if let Some(name) = mutable_static(line)
        && !statics.allow(&source.path, name)
    {
        findings.add(place(), format!("static {name} has interior mutability and is not in xtask/allowed-statics.txt"));
    }
}

/// The name of a static that can change, if this line declares one.
fn mutable_static(line: &str) -> Option<&str> {
    let declared = line.trim_start();
    let declared =
        declared.strip_prefix("pub").map_or(declared, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
    let rest = declared.strip_prefix("static ")?;
    let (name, kind) = rest.trim_start_matches("mut ").trim_start_matches("ref ").split_once(':')?;
    let mutable = rest.starts_with("mut ") || INTERIOR.iter().any(|word| kind.contains(word));
    mutable.then(|| name.trim())
}

pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

/// The short list of process globals: lines `path NAME  # why`.
pub struct AllowedStatics(Vec<(String, String)>);

impl AllowedStatics {
    pub fn read(root: &Path) -> Result<Self, String> {
        let file = root.join("xtask/allowed-statics.txt");
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let entries = text.lines().filter_map(|line| {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        });
        Ok(Self(entries.collect()))
    }

    fn allow(&self, path: &str, name: &str) -> bool {
        self.0.iter().any(|entry| entry.0 == path && entry.1 == name)
    }

    /// Entries whose static is gone make the list longer than it need be.
    pub fn check_used(&self, sources: &[Source], findings: &mut Findings) {
        for (path, name) in &self.0 {
            let declares = |source: &Source| {
                source.path == *path && source.code.lines().any(|line| mutable_static(line) == Some(name.as_str()))
            };
            if !sources.iter().any(declares) {
                findings.add("xtask/allowed-statics.txt", format!("{path} has no static {name} any more"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{has_word, mutable_static};

    #[test]
    fn only_statics_that_change_are_found() {
        assert_eq!(mutable_static("pub(crate) static TABLE: Mutex<u8> = x;"), Some("TABLE"));
        assert_eq!(mutable_static("static mut COUNT: u8 = 0;"), Some("COUNT"));
        assert_eq!(mutable_static("static NAMES: [&str; 2] = [];"), None);
        assert_eq!(mutable_static("fn f(x: &'static Mutex<u8>) {}"), None);
    }

    #[test]
    fn words_stand_alone() {
        assert!(has_word("an unsafe fn", "unsafe") && !has_word("unsafe_code", "unsafe"));
    }
}
