//! The `ophion` binary: a `python3`.

mod arguments;
mod embedding;
mod run;

use std::process::ExitCode;

use arguments::Parsed;

/// The main interpreter runs on a thread of its own, with a stack large enough for deep native recursion; its pages are
/// committed when first used.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let command = match arguments::parse(&given) {
        Parsed::Run(command) => command,
        Parsed::Print(text) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Parsed::Wrong(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let runner = sync::thread::Builder::new()
        .name(String::from("MainThread"))
        .stack_size(STACK)
        .spawn(move || run::run(*command));
    // This thread only waits.
    host::signal::leave_to_others();
    match runner {
        Ok(handle) => handle.join().unwrap_or_else(|_| ExitCode::from(70)),
        Err(error) => {
            eprintln!("ophion: cannot start the main thread: {error}");
            ExitCode::from(71)
        }
    }
}
