//! The command line, with CPython's options.

use std::num::NonZeroUsize;

use vm::options::Options;

/// What to run.
pub enum Program {
    /// `-c`.
    Command(String),
    /// `-m`.
    Module(String),
    /// A file or folder.
    File(String),
    /// Standard input.
    Input,
    /// `--disassemble`.
    Disassemble(String),
}

/// A command line that runs something.
pub struct Command {
    /// What.
    pub program: Program,
    /// How.
    pub options: Options,
}

/// What a command line says.
pub enum Parsed {
    /// To run something.
    Run(Box<Command>),
    /// To print a text and end.
    Print(String),
    /// Nothing that makes sense.
    Wrong(String),
}

const VERSION: &str = "Python 3.14.0";

const USAGE: &str = "usage: ophion [option] ... [-c cmd | -m mod | file | -] [arg] ...
Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int; also BYTESWARNING (-bb: issue errors)
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-d     : turn on parser debugging output; also PYTHONDEBUG=x
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; also PYTHONINSPECT=x
-I     : isolate Python from the user's environment (implies -E and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered
-v     : verbose (trace import statements); also PYTHONVERBOSE=x
-V     : print the Python version number and exit (also --version)
-W arg : warning control; arg is action:message:category:module:lineno
-X opt : set implementation-specific option
--disassemble file : print the bytecode of a file
file   : program read from script file
-      : program read from stdin (default; interactive mode if a tty)
arg ...: arguments passed to program in sys.argv[1:]";

/// Reads the arguments, the program's own name first.
pub fn parse(given: &[String]) -> Parsed {
    let mut options = Options { orig_argv: given.to_vec(), executable: executable(), ..Options::default() };
    let mut rest = given.iter().skip(1).cloned().collect::<std::collections::VecDeque<String>>();
    let program = loop {
        let Some(argument) = rest.pop_front() else { break Program::Input };
        if argument == "-" {
            rest.push_front(argument);
            break Program::Input;
        }
        if let Some(long) = argument.strip_prefix("--") {
            match long {
                "help" | "help-all" => return Parsed::Print(USAGE.to_owned()),
                "version" => return Parsed::Print(VERSION.to_owned()),
                "disassemble" => match rest.pop_front() {
                    Some(file) => break Program::Disassemble(file),
                    None => return Parsed::Wrong(wrong("Argument expected for the --disassemble option")),
                },
                "check-hash-based-pycs" => {
                    rest.pop_front();
                }
                _ => return Parsed::Wrong(wrong(&format!("Unknown option: --{long}"))),
            }
            continue;
        }
        let Some(letters) = argument.strip_prefix('-') else {
            rest.push_front(argument.clone());
            break Program::File(argument);
        };
        match short_options(letters, &mut rest, &mut options) {
            Short::Options => {}
            Short::Program(program) => break program,
            Short::Ends(parsed) => return parsed,
        }
    };
    options.argv = match &program {
        Program::Command(_) => std::iter::once(String::from("-c")).chain(rest).collect(),
        Program::Module(_) => std::iter::once(String::from("-m")).chain(rest).collect(),
        Program::Input if rest.is_empty() => vec![String::new()],
        _ => rest.into_iter().collect(),
    };
    environment(&mut options);
    Parsed::Run(Box::new(Command { program, options }))
}

enum Short {
    Options,
    Program(Program),
    Ends(Parsed),
}

fn wrong(message: &str) -> String {
    let program = std::env::args_os().next().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    format!(
        "{message}\nusage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information."
    )
}

fn short_options(letters: &str, rest: &mut std::collections::VecDeque<String>, options: &mut Options) -> Short {
    let mut letters = letters.chars();
    while let Some(letter) = letters.next() {
        let mut value = |letters: &mut std::str::Chars<'_>| {
            let attached: String = letters.by_ref().collect();
            if attached.is_empty() { rest.pop_front() } else { Some(attached) }
        };
        match letter {
            'c' | 'm' | 'W' | 'X' => {
                let Some(value) = value(&mut letters) else {
                    return Short::Ends(Parsed::Wrong(wrong(&format!("Argument expected for the -{letter} option"))));
                };
                match letter {
                    'c' => return Short::Program(Program::Command(value)),
                    'm' => return Short::Program(Program::Module(value)),
                    'W' => options.warnings.push(value),
                    _ => extra_option(options, value),
                }
            }
            'b' => options.bytes_warning += 1,
            'B' => options.dont_write_bytecode = true,
            'd' => options.debug += 1,
            'E' => options.ignore_environment = true,
            'h' | '?' => return Short::Ends(Parsed::Print(USAGE.to_owned())),
            'i' => {
                options.inspect = true;
                options.interactive = true;
            }
            'I' => {
                options.isolated = true;
                options.ignore_environment = true;
                options.no_user_site = true;
                options.safe_path = true;
            }
            'O' => options.optimize = (options.optimize + 1).min(2),
            'P' => options.safe_path = true,
            'q' => options.quiet = true,
            'R' | 't' | 'J' | 'x' => {}
            's' => options.no_user_site = true,
            'S' => options.no_site = true,
            'u' => options.unbuffered = true,
            'v' => options.verbose += 1,
            'V' => return Short::Ends(Parsed::Print(VERSION.to_owned())),
            _ => return Short::Ends(Parsed::Wrong(wrong(&format!("Unknown option: -{letter}")))),
        }
    }
    Short::Options
}

fn extra_option(options: &mut Options, value: String) {
    match value.as_str() {
        "dev" => options.dev_mode = true,
        "faulthandler" => options.fault_handler = true,
        "no_debug_ranges" => options.no_debug_ranges = true,
        "utf8" | "utf8=1" => options.utf8_mode = true,
        "utf8=0" => options.utf8_mode = false,
        _ => {
            if let Some(digits) = value.strip_prefix("int_max_str_digits=").and_then(|digits| digits.parse().ok()) {
                options.int_max_str_digits = digits;
            }
        }
    }
    options.extra.push(value);
}

fn executable() -> String {
    std::env::current_exe().map_or_else(|_| String::new(), |path| path.to_string_lossy().into_owned())
}

/// `OPHION_GC_STRESS`: every how many allocations a collection is due, then, after commas, `late` (nothing is marked before the
/// next one is due) and `yield` (threads take turns at each word that is logged).
fn stress(text: &str) -> Option<vm::gc::Stress> {
    let mut parts = text.split(',');
    let every = parts.next()?.parse().ok().filter(|&every| every > 0)?;
    let (mut late, mut yields) = (false, false);
    for part in parts {
        late |= part == "late";
        yields |= part == "yield";
    }
    Some(vm::gc::Stress { every, late, yields })
}

/// The `PYTHON*` variables, and the collector's own. `OPHION_GC_MARKERS` says how many markers work on a heap at a time at most; under
/// stress or with `OPHION_GC_VERIFY` they then share what little there is. With `OPHION_GC_OFF` nothing is collected unless the program
/// asks for it.
fn environment(options: &mut Options) {
    let number = |name: &str| {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| value.parse::<u32>().unwrap_or(1))
    };
    options.gc_stress = std::env::var("OPHION_GC_STRESS").ok().and_then(|text| stress(&text));
    options.gc_verify = number("OPHION_GC_VERIFY").is_some_and(|on| on > 0);
    options.gc_markers = number("OPHION_GC_MARKERS").and_then(|count| NonZeroUsize::new(count as usize));
    options.gc_off = number("OPHION_GC_OFF").is_some_and(|on| on > 0);
    options.gc_log = std::env::var("OPHION_GC_LOG").ok().filter(|path| !path.is_empty());
    if options.ignore_environment {
        return;
    }
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    if let Ok(path) = std::env::var("PYTHONPATH") {
        options.path.extend(path.split(':').filter(|folder| !folder.is_empty()).map(str::to_owned));
    }
    options.dont_write_bytecode |= set("PYTHONDONTWRITEBYTECODE");
    options.no_user_site |= set("PYTHONNOUSERSITE");
    options.unbuffered |= set("PYTHONUNBUFFERED");
    options.inspect |= set("PYTHONINSPECT");
    options.dev_mode |= set("PYTHONDEVMODE");
    options.fault_handler |= set("PYTHONFAULTHANDLER");
    options.no_debug_ranges |= set("PYTHONNODEBUGRANGES");
    options.safe_path |= set("PYTHONSAFEPATH");
    if let Some(level) = number("PYTHONOPTIMIZE") {
        options.optimize = options.optimize.max(level.min(2) as u8);
    }
    if let Some(level) = number("PYTHONVERBOSE") {
        options.verbose = options.verbose.max(level.min(255) as u8);
    }
    if let Some(limit) = number("PYTHONINTMAXSTRDIGITS") {
        options.int_max_str_digits = limit;
    }
    if let Ok(warnings) = std::env::var("PYTHONWARNINGS") {
        let given: Vec<String> = warnings.split(',').filter(|warning| !warning.is_empty()).map(str::to_owned).collect();
        options.warnings.splice(0..0, given);
    }
}
