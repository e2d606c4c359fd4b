//! What the write barrier and the poll cost, in instructions as callgrind counts them: a build beside one that has neither. Both run
//! without collecting, which the one could not.

use std::path::Path;
use std::process::Command;

use super::{Bench, Wanted};
use crate::workspace;

/// The instructions of barriers and polls, to those of a build without them.
const COST: f64 = 1.03;
/// The programs of `bench compare` that store most.
const PROGRAMS: [&str; 4] = ["objects", "list_sort", "dict_work", "matrix"];

pub fn cost(bench: &mut Bench) -> Result<(), String> {
    bench.heading("instructions, to those of a build without barriers and polls");
    let bare = build_bare()?;
    for name in PROGRAMS {
        let with = instructions(Path::new(&bench.pair.ophion[0]), name)?;
        let without = instructions(&bare, name)?;
        bench.line(name, Some(with / without), None, Wanted::AtMost(COST));
    }
    Ok(())
}

/// A release build under `cfg(ophion_bare)`, in a target folder of its own.
fn build_bare() -> Result<std::path::PathBuf, String> {
    let target = workspace::target_directory().join("bare");
    println!("building ophion without barriers and polls");
    let status = workspace::cargo()
        // Beside the flags of the project's own configuration, which `RUSTFLAGS` would replace.
        .args(["--config", "target.x86_64-unknown-linux-gnu.rustflags=['--cfg', 'ophion_bare']"])
        .args(["build", "--quiet", "--package", "ophion", "--release"])
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(target.join("release/ophion")) } else { Err("the bare build fails".to_owned()) }
}

/// The instructions of one run, all threads together.
fn instructions(binary: &Path, program: &str) -> Result<f64, String> {
    let root = workspace::root();
    let output = Command::new("valgrind")
        .env("OPHION_GC_OFF", "1")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .arg(root.join(format!("benches/programs/{program}.py")))
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let counted = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    counted.filter(|_| output.status.success()).ok_or_else(|| format!("{program} under valgrind: {}", report.trim()))
}
