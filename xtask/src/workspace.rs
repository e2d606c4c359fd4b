//! Where things are: the checkout, cargo, the built binary, the cache outside the checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that this task was built from.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask lies one level below the root").to_owned()
}

/// Cargo, started in the root.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}

/// Builds the `ophion` binary under `profile` and returns its path.
pub fn build_ophion(profile: &str) -> Result<PathBuf, String> {
    println!("building ophion (profile {profile})");
    let status = cargo()
        .args(["build", "--quiet", "--package", "ophion", "--profile", profile])
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err("ophion does not build".to_owned());
    }
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(target_directory().join(folder).join("ophion"))
}

/// A folder outside the checkout for what is fetched: `$OPHION_CACHE`, else the user's cache folder.
pub fn cache_directory() -> Result<PathBuf, String> {
    let directory =
        match (std::env::var_os("OPHION_CACHE"), std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")) {
            (Some(own), _, _) => PathBuf::from(own),
            (None, Some(user), _) => Path::new(&user).join("ophion"),
            (None, None, Some(home)) => Path::new(&home).join(".cache/ophion"),
            (None, None, None) => return Err("set OPHION_CACHE: there is no home folder to keep a cache in".to_owned()),
        };
    std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(directory)
}

/// The reference Python's command line: `--reference`, else `REFERENCE_PYTHON`.
pub fn reference(option: Option<String>) -> Result<Vec<String>, String> {
    let line = option
        .or_else(|| std::env::var("REFERENCE_PYTHON").ok())
        .ok_or("name the reference Python with --reference CMD or REFERENCE_PYTHON")?;
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { Err("the reference command is empty".to_owned()) } else { Ok(words) }
}
