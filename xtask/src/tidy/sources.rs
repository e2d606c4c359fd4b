//! The Rust files of the checkout, each also with comments and literals blanked out.
//!
//! Blanking keeps every newline, so a place in `code` is the same place in `text`. It knows comments (nested
//! too), strings, raw strings, byte strings and characters, and tells a lifetime from a character.

use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
    /// `text` with comments and the insides of literals replaced by spaces.
    pub code: String,
}

impl Source {
    /// The lines of code with their numbers, up to the file's test module.
    pub fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let shipped = if self.is_test() { 0 } else { usize::MAX };
        self.code
            .lines()
            .enumerate()
            .take(shipped)
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .map(|(index, line)| (index + 1, line))
    }

    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The line of the original text, comments included; numbers begin at 1.
    pub fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
    }
}

/// Every `.rs` file that git tracks or would track.
pub fn rust_files(root: &Path) -> Result<Vec<Source>, String> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    let present = |name: &&str| root.join(name).is_file();
    names.lines().filter(present).map(|name| read(root, name)).collect()
}

fn read(root: &Path, name: &str) -> Result<Source, String> {
    let file: PathBuf = root.join(name);
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
    let code = blank(&text);
    Ok(Source { path: name.to_owned(), text, code })
}

/// Replaces comments and the contents of literals by spaces.
pub fn blank(text: &str) -> String {
    let mut blanker = Blanker { rest: text, out: String::with_capacity(text.len()) };
    while !blanker.rest.is_empty() {
        blanker.step();
    }
    blanker.out
}

struct Blanker<'t> {
    rest: &'t str,
    out: String,
}

impl Blanker<'_> {
    fn step(&mut self) {
        let after_word = self.out.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.hide(end);
        } else if self.rest.starts_with("/*") {
            let end = nested_comment(self.rest);
            self.hide(end);
        } else if !after_word && let Some(end) = raw_string(self.rest) {
            self.hide(end);
        } else if self.rest.starts_with('"') {
            let end = quoted(self.rest, '"');
            self.hide(end);
        } else if self.rest.starts_with('\'') && is_character(self.rest) {
            let end = quoted(self.rest, '\'');
            self.hide(end);
        } else {
            self.keep();
        }
    }

    fn keep(&mut self) {
        let c = self.rest.chars().next().expect("called with text left");
        self.out.push(c);
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn hide(&mut self, end: usize) {
        let (hidden, rest) = self.rest.split_at(end);
        self.out.extend(hidden.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }
}

fn nested_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a raw string at the start of `text`, its prefix included.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| text.starts_with(prefix))?;
    let after = &text[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    if !after[hashes..].starts_with('"') {
        return None;
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    let body = prefix.len() + hashes + 1;
    Some(text[body..].find(&closing).map_or(text.len(), |end| body + end + closing.len()))
}

fn quoted(text: &str, quote: char) -> usize {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == '\\' {
            characters.next();
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// A character literal closes after one character or an escape; a lifetime does not.
fn is_character(text: &str) -> bool {
    let mut characters = text.chars().skip(1);
    match characters.next() {
        Some('\\') => true,
        Some(_) => characters.next() == Some('\''),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::blank;

    #[test]
    fn comments_and_literals_go_and_places_stay() {
        let text =
            "let a = \"static X: Mutex\"; // static\nlet c = '\\''; fn f<'a>(x: &'a u8) {}\n/* a /* b */ c */ end";
        let code = blank(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.lines().count(), 3);
        assert!(!code.contains("static") && code.contains("fn f<'a>(x: &'a u8) {}") && code.ends_with(" end"));
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(blank("r#\"a\"b\"# + for_r\"x\""), "         + for_r   ");
    }
}
