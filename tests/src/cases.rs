//! The scripts of `tests/scripts` and `tests/differences`, and how each is run.
//!
//! `NAME.py` is run as it is. `NAME.run` says more, in lines `key = value`, with or without a script beside it:
//!
//! | key | meaning |
//! |---|---|
//! | `args` | the command line instead of `NAME.py`; quotes group words, `{TMP}` is a fresh folder |
//! | `stdin` | what standard input holds, with `\n`; without it, it is empty |
//! | `stdout` | `closed`: descriptor 1 is not open; `full`: each write to it fails; `broken`: a pipe nobody reads |
//! | `signal` | sent once the script has printed its first line, by its name without `SIG` |
//! | `show` | a file below `{TMP}` that counts as output, too |
//! | `env` | `NAME=VALUE`, may be repeated |
//! | `engines` | the only engines to run it under; the line's comment says why |

use std::path::{Path, PathBuf};

/// A way to run every script.
pub struct Engine {
    pub name: &'static str,
    pub environment: &'static [(&'static str, &'static str)],
    /// How much longer than plainly a script may take.
    pub patience: u32,
}

pub const ENGINES: [Engine; 5] = [
    Engine { name: "plain", environment: &[], patience: 1 },
    Engine { name: "stress", environment: &[("OPHION_GC_STRESS", "200")], patience: 6 },
    Engine { name: "late", environment: &[("OPHION_GC_STRESS", "150,late"), ("OPHION_GC_VERIFY", "1")], patience: 8 },
    Engine { name: "verify", environment: &[("OPHION_GC_VERIFY", "1")], patience: 4 },
    Engine {
        name: "markers",
        environment: &[("OPHION_GC_STRESS", "300"), ("OPHION_GC_VERIFY", "1"), ("OPHION_GC_MARKERS", "4")],
        patience: 8,
    },
];

#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    #[default]
    Captured,
    Closed,
    Full,
    Broken,
}

#[derive(Default)]
pub struct Case {
    pub name: String,
    /// The folder that holds it and in which it runs.
    pub folder: PathBuf,
    pub arguments: Vec<String>,
    pub input: String,
    pub output: Output,
    pub signal: Option<String>,
    pub show: Option<String>,
    pub environment: Vec<(String, String)>,
    engines: Option<Vec<String>>,
}

impl Case {
    pub fn runs_under(&self, engine: &Engine) -> bool {
        self.engines.as_ref().is_none_or(|names| names.iter().any(|name| name == engine.name))
    }

    pub fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "args" => self.arguments = words(value),
            "stdin" => self.input = value.replace("\\n", "\n"),
            "signal" => self.signal = Some(value.to_owned()),
            "show" => self.show = Some(value.to_owned()),
            "engines" => self.engines = Some(words(value)),
            "stdout" => self.output = output(value)?,
            "env" => {
                let (name, value) = value.split_once('=').ok_or("env wants NAME=VALUE")?;
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(format!("unknown key {key}")),
        }
        Ok(())
    }
}

fn output(value: &str) -> Result<Output, String> {
    match value {
        "closed" => Ok(Output::Closed),
        "full" => Ok(Output::Full),
        "broken" => Ok(Output::Broken),
        _ => Err(format!("stdout cannot be {value}")),
    }
}

/// The folder `tests/` of the checkout.
pub fn tests_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All cases, in the order of their names.
pub fn all() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for folder in ["scripts", "differences"] {
        read_folder(&tests_folder().join(folder), &mut cases)?;
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn read_folder(folder: &Path, cases: &mut Vec<Case>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut names: Vec<String> = entries.filter_map(|entry| case_name(&entry.ok()?.path())).collect();
    names.sort();
    names.dedup();
    for name in names {
        cases.push(read(folder, name)?);
    }
    Ok(())
}

fn case_name(file: &Path) -> Option<String> {
    let extension = file.extension()?;
    let names_a_case = extension == "py" || extension == "run";
    names_a_case.then(|| file.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
}

fn read(folder: &Path, name: String) -> Result<Case, String> {
    let arguments = vec![format!("{name}.py")];
    let mut case = Case { name, folder: folder.to_owned(), arguments, ..Case::default() };
    let file = case.file("run");
    let text =
        if file.is_file() { std::fs::read_to_string(&file).map_err(|error| error.to_string())? } else { String::new() };
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (key, value) =
            line.split_once('=').ok_or_else(|| format!("{}: not `key = value`: {line}", file.display()))?;
        case.set(key.trim(), value.trim()).map_err(|message| format!("{}: {message}", file.display()))?;
    }
    Ok(case)
}

/// Splits at blanks; single quotes group, and `\n` in them is a line end.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut open) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        match c {
            '\'' => (quoted, open) = (!quoted, true),
            ' ' if !quoted => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            _ => {
                word.push(c);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words.iter().map(|word| word.replace("\\n", "\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_group_words() {
        assert_eq!(words("-c 'print(1)\\nx = 2'  '' b"), ["-c", "print(1)\nx = 2", "", "b"]);
    }
}
