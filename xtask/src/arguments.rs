//! The command line of a task: words, `--flag` and `--option VALUE`.

use std::collections::VecDeque;

/// The words that no task has taken yet.
pub struct Arguments {
    words: VecDeque<String>,
}

impl Arguments {
    pub fn from_process() -> Self {
        Self { words: std::env::args().skip(1).collect() }
    }

    pub fn next_word(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// Whether `--name` stands anywhere; takes it out.
    pub fn flag(&mut self, name: &str) -> bool {
        let place = self.words.iter().position(|word| word == name);
        place.map(|index| self.words.remove(index)).is_some()
    }

    /// The value after `--name` or in `--name=value`; takes both out.
    pub fn option(&mut self, name: &str) -> Result<Option<String>, String> {
        let joined = format!("{name}=");
        let Some(index) = self.words.iter().position(|word| word == name || word.starts_with(&joined)) else {
            return Ok(None);
        };
        let word = self.words.remove(index).expect("position found it");
        if let Some(value) = word.strip_prefix(&joined) {
            return Ok(Some(value.to_owned()));
        }
        match self.words.remove(index) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("{name} needs a value")),
        }
    }

    pub fn number(&mut self, name: &str, default: usize) -> Result<usize, String> {
        match self.option(name)? {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name}: not a number: {text}")),
        }
    }

    /// What is left, which must be plain words.
    pub fn rest(self) -> Result<Vec<String>, String> {
        match self.words.iter().find(|word| word.starts_with("--")) {
            Some(option) => Err(format!("unknown option {option}")),
            None => Ok(self.words.into()),
        }
    }

    /// What is left, as it stands, for handing on to another program.
    pub fn remaining(self) -> Vec<String> {
        self.words.into()
    }
}
