//! Runs one case with one interpreter, within a time limit, and normalizes what it printed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::cases::{Case, Output};
use crate::traceback;

/// What a run printed and how it ended, with the machine's own names taken out.
#[derive(PartialEq, Eq, Debug)]
pub struct Observed {
    pub output: String,
    pub errors: String,
    pub status: i32,
}

/// An interpreter to run cases with.
pub struct Interpreter {
    pub command: Vec<String>,
    /// How it names itself in messages.
    pub names: Vec<String>,
}

impl Interpreter {
    pub fn binary(path: &Path) -> Self {
        let name = path.display().to_string();
        let short = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { command: vec![name.clone()], names: vec![name, short] }
    }

    /// An interpreter behind some command; it is asked for its name.
    pub fn reference(line: &str) -> Result<Self, String> {
        let command: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (program, options) = command.split_first().ok_or("the reference command is empty")?;
        let output = Command::new(program)
            .args(options)
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        let executable = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let short = Path::new(&executable).file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { command, names: vec![executable, short] })
    }
}

/// Runs `case`; `environment` is the engine's.
pub fn run(
    case: &Case,
    interpreter: &Interpreter,
    environment: &[(&str, &str)],
    limit: Duration,
) -> Result<Observed, String> {
    let scratch = Scratch::new()?;
    let mut child = spawn(case, interpreter, environment, &scratch)?;
    feed(&mut child, case);
    let output = Collector::start(child.stdout.take());
    let errors = Collector::start(child.stderr.take());
    let status = wait(&mut child, case, &output, limit);
    let (mut output, errors) = (output.finish(), errors.finish());
    let Some(status) = status else {
        return Err(format!("timed out after {limit:?}\n{output}{errors}"));
    };
    if let Some(shown) = &case.show {
        let file = shown.replace("{TMP}", &scratch.text());
        output.push_str(&fs::read_to_string(&file).unwrap_or_else(|error| format!("{shown}: {error}\n")));
    }
    let names = Names { case, interpreter, scratch: scratch.text() };
    Ok(Observed {
        output: names.hide(&output),
        errors: traceback::hide_library(&names.hide(&errors)),
        status: code(status),
    })
}

fn spawn(
    case: &Case,
    interpreter: &Interpreter,
    environment: &[(&str, &str)],
    scratch: &Scratch,
) -> Result<Child, String> {
    let words = case.arguments.iter().map(|word| word.replace("{TMP}", &scratch.text()));
    let mut line: Vec<String> = interpreter.command.iter().cloned().chain(words).collect();
    if case.output == Output::Closed {
        let closing = ["sh", "-c", "exec \"$@\" >&-", "sh"].map(str::to_owned);
        line.splice(0..0, closing);
    }
    let (program, rest) = line.split_first().expect("an interpreter has a program");
    let mut command = Command::new(program);
    // The number of markers may be given from outside, for all engines.
    let is_ours =
        |name: &str| name.starts_with("PYTHON") || name.starts_with("OPHION_GC") && name != "OPHION_GC_MARKERS";
    for (name, _) in std::env::vars().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command
        .args(rest)
        .current_dir(&case.folder)
        .envs([
            ("LC_ALL", "C.UTF-8"),
            ("NO_COLOR", "1"),
            ("TERM", "dumb"),
            ("COLUMNS", "80"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
        .env("TMPDIR", &scratch.folder)
        .envs(environment.iter().copied())
        .envs(case.environment.iter().map(|(name, value)| (name, value.replace("{TMP}", &scratch.text()))))
        .stdin(Stdio::piped())
        .stdout(sink(case.output)?)
        .stderr(Stdio::piped());
    command.spawn().map_err(|error| format!("{program}: {error}"))
}

fn sink(output: Output) -> Result<Stdio, String> {
    match output {
        Output::Captured | Output::Closed => Ok(Stdio::piped()),
        Output::Full => {
            File::options().write(true).open("/dev/full").map(Stdio::from).map_err(|error| error.to_string())
        }
        Output::Broken => {
            let (reader, writer) = std::io::pipe().map_err(|error| error.to_string())?;
            drop(reader);
            Ok(writer.into())
        }
    }
}

fn feed(child: &mut Child, case: &Case) {
    if let Some(mut input) = child.stdin.take() {
        // A script may end without reading what it is given.
        let _ = input.write_all(case.input.as_bytes());
    }
}

/// Waits for the child; sends the case's signal once there is output; ends it at the time limit.
fn wait(child: &mut Child, case: &Case, output: &Collector, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    let mut signal = case.signal.as_deref();
    let mut pause = Duration::from_micros(500);
    while started.elapsed() < limit {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if let Some(name) = signal.filter(|_| output.has_line()) {
            send(child.id(), name);
            signal = None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    // It may have ended by itself between the last look and now.
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn send(process: u32, signal: &str) {
    // The script is past its first line but perhaps not yet in its wait.
    thread::sleep(Duration::from_millis(200));
    let line = format!("kill -{signal} {process}");
    // A failure shows as a time-out of the case.
    let _ = Command::new("sh").args(["-c", &line]).status();
}

/// The exit status, or the signal that ended it, negated.
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or(i32::MIN)
}

/// Reads a stream to its end on a thread of its own.
struct Collector {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collector {
    fn start(stream: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let reader = stream.map(|mut stream| {
            thread::spawn(move || {
                let mut buffer = [0; 8192];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    shared.lock().expect("no holder panics").extend_from_slice(&buffer[..count]);
                }
            })
        });
        Self { bytes, reader }
    }

    fn has_line(&self) -> bool {
        self.bytes.lock().expect("no holder panics").contains(&b'\n')
    }

    fn finish(mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading does not panic");
        }
        String::from_utf8_lossy(&self.bytes.lock().expect("no holder panics")).into_owned()
    }
}

/// Replaces what differs between machines and interpreters by names in braces.
struct Names<'a> {
    case: &'a Case,
    interpreter: &'a Interpreter,
    scratch: String,
}

impl Names<'_> {
    fn hide(&self, text: &str) -> String {
        let folder = self.case.folder.display().to_string();
        let mut text = text.replace(&self.scratch, "{TMP}").replace(&folder, "{DIR}");
        for name in &self.interpreter.names {
            text = text.replace(&format!("{name}: "), "{PYTHON}: ");
            text = text.replace(&format!("usage: {name} "), "usage: {PYTHON} ");
        }
        text
    }
}

/// A folder of its own for a run, removed afterwards.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, String> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ophion-script-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { folder })
    }

    fn text(&self) -> String {
        self.folder.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What a script left open may hold the folder; it lies among temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
