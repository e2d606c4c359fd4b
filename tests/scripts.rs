//! The script tests' entry: see `tests::harness`.

fn main() -> std::process::ExitCode {
    tests::harness::main()
}
