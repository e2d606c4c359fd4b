//! Development tasks: `cargo xtask tidy | test | conformance | bench | expect | start-order`.
//!
//! Each task is a module with one entry that takes its arguments and says whether it succeeded. Tasks print
//! what they do for a reader; the only line meant for machines is the last one of `test`.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "tasks are host programs around the runtime: their threads and locks are never part of a model"
)]

mod arguments;
mod bench;
mod conformance;
mod process;
mod start_order;
mod suite;
mod tidy;
mod workspace;

use std::process::ExitCode;

use arguments::Arguments;

/// What a task returns: `Ok(false)` when it ran and found something wrong, `Err` when it could not run.
type Outcome = Result<bool, String>;

const USAGE: &str = "\
usage: cargo xtask TASK [OPTION ...]

  tidy                      check headers, file sizes, crate directions, statics, traced memory, names
  test [--all]              everything that CI runs, with --all the conformance list as well; ends in one line `N passed, N failed`
  conformance [MODULE ...] [--update] [--binary FILE] [--jobs N] [--memory MIB] [--reference CMD]
                            CPython's own test modules against the ledger
  expect NAME ... --reference CMD
                            write tests/scripts/NAME.out anew from what the reference Python prints
  bench compare [NAME ...] [--reference CMD] [--rounds N]
  bench startup [--reference CMD]
  bench scaling [--reference CMD]
                            ratios to the reference Python (REFERENCE_PYTHON gives the command, too)
  start-order [--binary FILE]
                            write cli/start-order.txt: the functions that a start runs, for the linker
";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_process();
    let outcome = match arguments.next_word().as_deref() {
        Some("tidy") => tidy::run(),
        Some("test") => suite::run(arguments),
        Some("conformance") => conformance::run(arguments),
        Some("expect") => suite::expect(arguments),
        Some("bench") => bench::run(arguments),
        Some("start-order") => start_order::run(arguments),
        Some("measure") => bench::measure::report(arguments),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
