//! `cargo xtask tidy`: the rules of the house that a program can check.
//!
//! `sources` finds the files and blanks what is not code; `files` looks at each one's header, size and name;
//! `words` scans its code; `dependencies` holds the crates to their directions. A finding names the file and
//! line and says what to do about it. The one list of exceptions is `xtask/allowed-statics.txt`.

mod dependencies;
mod files;
mod sources;
mod words;

use crate::{Outcome, workspace};

/// What the checks have found, each as `place: message`.
#[derive(Default)]
pub struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, place: impl std::fmt::Display, message: impl std::fmt::Display) {
        self.0.push(format!("{place}: {message}"));
    }
}

pub fn run() -> Outcome {
    let root = workspace::root();
    let mut findings = Findings::default();
    let sources = sources::rust_files(&root)?;
    let statics = words::AllowedStatics::read(&root)?;
    for source in &sources {
        files::check(source, &mut findings);
        words::check(source, &statics, &mut findings);
    }
    statics.check_used(&sources, &mut findings);
    dependencies::check(&mut findings)?;
    for finding in &findings.0 {
        println!("{finding}");
    }
    println!("tidy: {} files, {} findings", sources.len(), findings.0.len());
    Ok(findings.0.is_empty())
}
