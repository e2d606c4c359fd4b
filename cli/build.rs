//! How the program is linked.
//!
//! At a fixed address: a start then relocates nothing, and touches none of the pages that would need it.
//!
//! And with the functions that a start runs one after the other, and behind them those that most programs run. The system maps a
//! program's code by stretches of sixteen pages, so a few hundred functions here and there bring in all of it. `start-order.txt` names them (`cargo xtask start-order`
//! writes it); a name that no longer exists, or is missing, costs some pages and nothing else.

use std::fmt::Write;
use std::path::Path;

const NAMES: &str = "start-order.txt";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={NAMES}");
    let target = |name: &str| std::env::var(name).unwrap_or_default();
    if target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
        let names = std::fs::read_to_string(NAMES).expect("the list lies beside this script");
        let script = Path::new(&target("OUT_DIR")).join("start-order.ld");
        std::fs::write(&script, linker_script(&names)).expect("the build folder can be written");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}

/// Puts the sections of the named functions into one of their own before all other code.
fn linker_script(names: &str) -> String {
    let mut script = String::from("SECTIONS {\n  .text.start : {\n");
    for name in names.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let pattern = symbol_pattern(name);
        let _ = writeln!(script, "    *(.text.{pattern} .text.unlikely.{pattern})");
    }
    script.push_str("  }\n} INSERT BEFORE .text;\n");
    script
}

/// The pattern of a function's symbol: that of a path (`vm::start::start`) has the lengths of its parts and ends in a hash.
fn symbol_pattern(name: &str) -> String {
    if !name.contains("::") {
        return name.to_owned();
    }
    let parts: String = name.split("::").map(|part| format!("{}{part}", part.len())).collect();
    format!("_ZN{parts}17h*")
}
