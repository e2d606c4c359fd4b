//! Which crate may use which: the directions of `docs/architecture.md`, held against `cargo metadata`.

use serde_json::Value;

use super::Findings;
use crate::workspace;

/// A crate and the crates of the house that it may use. Test crates may use anything, and nothing uses them.
const DIRECTIONS: [(&str, &[&str]); 13] = [
    (
        "ophion",
        &[
            "ophion-server",
            "ophion-interpreters",
            "ophion-stdlib",
            "ophion-frozen",
            "ophion-vm",
            "ophion-compiler",
            "ophion-bytecode",
            "ophion-host",
            "ophion-sync",
        ],
    ),
    ("ophion-server", &["ophion-interpreters", "ophion-host", "ophion-sync"]),
    ("ophion-interpreters", &["ophion-vm", "ophion-gc", "ophion-sync", "ophion-macros"]),
    (
        "ophion-stdlib",
        &["ophion-vm", "ophion-host", "ophion-text", "ophion-macros", "ophion-gc", "ophion-sync", "ophion-bytecode"],
    ),
    (
        "ophion-vm",
        &[
            "ophion-gc",
            "ophion-sync",
            "ophion-host",
            "ophion-compiler",
            "ophion-bytecode",
            "ophion-macros",
            "ophion-text",
        ],
    ),
    ("ophion-frozen", &["ophion-bytecode"]),
    ("ophion-compiler", &["ophion-bytecode", "ophion-text"]),
    ("ophion-gc", &["ophion-sync"]),
    ("ophion-host", &["ophion-sync"]),
    ("ophion-sync", &[]),
    ("ophion-bytecode", &[]),
    ("ophion-macros", &[]),
    ("ophion-text", &[]),
];

const TESTERS: [&str; 4] = ["xtask", "ophion-tests", "ophion-stress-tests", "ophion-benches"];

/// What a crate may use in its build script besides.
const BUILD: [(&str, &[&str]); 1] = [("ophion-frozen", &["ophion-compiler"])];

pub fn check(findings: &mut Findings) -> Result<(), String> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        if !TESTERS.contains(&name) {
            check_package(name, package, &names, findings);
        }
    }
    Ok(())
}

fn check_package(name: &str, package: &Value, house: &[&str], findings: &mut Findings) {
    let Some(allowed) = uses(&DIRECTIONS, name) else {
        findings.add(name, "a crate without a place in the house: give it one in xtask/src/tidy/dependencies.rs");
        return;
    };
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let target = dependency["name"].as_str().unwrap_or_default();
        let kind = dependency["kind"].as_str().unwrap_or("normal");
        let in_build = kind == "build" && uses(&BUILD, name).is_some_and(|extra| extra.contains(&target));
        let in_tests = kind == "dev" && !TESTERS.contains(&target);
        if house.contains(&target) && !allowed.contains(&target) && !in_build && !in_tests {
            findings.add(name, format!("may not use {target}"));
        }
    }
}

fn uses<'t>(table: &'t [(&str, &'t [&'t str])], name: &str) -> Option<&'t [&'t str]> {
    table.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
}

fn metadata() -> Result<Value, String> {
    let output = workspace::cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}
