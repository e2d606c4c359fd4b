//! Takes the library's own lines out of tracebacks.
//!
//! Frames of the library differ between Pythons in path and line number, and say nothing about the script. An entry
//! whose file is not the script's becomes `File "{LIBRARY}", in NAME`, without its source line.

/// Rewrites each entry of a traceback that belongs to the library.
pub fn hide_library(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_library = false;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start_matches([' ', '|']);
        if let Some(entry) = body.strip_prefix("File \"") {
            in_library = is_library(entry);
            if in_library {
                let function = entry.split_once(", in ").map_or("", |(_, name)| name.trim_end());
                let margin = &line[..line.len() - body.len()];
                out.push_str(&format!("{margin}File \"{{LIBRARY}}\", in {function}\n"));
                continue;
            }
        } else if in_library && line.trim_start_matches('|').starts_with("    ") {
            continue;
        } else {
            in_library = false;
        }
        out.push_str(line);
    }
    out
}

fn is_library(entry: &str) -> bool {
    let own = ["{DIR}", "{TMP}", "<string>", "<stdin>", "<module>", "<python-input"];
    entry.starts_with(['/', '<']) && !own.iter().any(|prefix| entry.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::hide_library;

    #[test]
    fn library_entries_lose_path_line_and_source() {
        let text = "Traceback (most recent call last):\n  File \"/usr/lib/x.py\", line 9, in run\n    self.f()\n    ~~~~~~^^\n  File \"{DIR}/a.py\", line 1, in f\n    1 / 0\nError: x\n";
        let expected = "Traceback (most recent call last):\n  File \"{LIBRARY}\", in run\n  File \"{DIR}/a.py\", line 1, in f\n    1 / 0\nError: x\n";
        assert_eq!(hide_library(text), expected);
    }
}
