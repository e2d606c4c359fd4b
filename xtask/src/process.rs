//! Child processes with a time limit, a memory limit, and their lines read as they come.
//!
//! The memory limit watches the resident size, not the address space: a runtime reserves far more addresses
//! than it uses. A child leads a process group of its own, so that what it started ends with it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

#[derive(Clone, Copy)]
pub struct Limits {
    /// How long the child may go without printing a line.
    pub silence: Duration,
    pub total: Duration,
    pub resident_bytes: u64,
}

pub enum Ending {
    Exited(ExitStatus),
    Silent,
    OutOfTime,
    OutOfMemory,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "{status}"),
            Self::Silent => f.write_str("timed out"),
            Self::OutOfTime => f.write_str("module out of time"),
            Self::OutOfMemory => f.write_str("over its memory limit"),
        }
    }
}

/// Runs `command`, giving each line of its output to `line`; returns how it ended and the end of its errors.
pub fn watch(command: &mut Command, limits: Limits, mut line: impl FnMut(&str)) -> Result<(Ending, String), String> {
    let mut child = spawn(command)?;
    let errors = read_tail(&mut child);
    let lines = read_lines(&mut child);
    let mut watcher = Watcher { limits, started: Instant::now(), heard: Instant::now(), pid: child.id() };
    let stopped = loop {
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(text) => {
                watcher.heard = Instant::now();
                line(&text);
            }
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(ending) = watcher.exceeded() {
            break Some(ending);
        }
    };
    let ending = finish(&mut child, stopped, &watcher)?;
    let tail = errors.join().unwrap_or_default();
    Ok((ending, tail))
}

struct Watcher {
    limits: Limits,
    started: Instant,
    heard: Instant,
    pid: u32,
}

impl Watcher {
    fn exceeded(&self) -> Option<Ending> {
        if self.started.elapsed() > self.limits.total {
            Some(Ending::OutOfTime)
        } else if self.heard.elapsed() > self.limits.silence {
            Some(Ending::Silent)
        } else if resident_bytes(self.pid) > self.limits.resident_bytes {
            Some(Ending::OutOfMemory)
        } else {
            None
        }
    }
}

fn spawn(command: &mut Command) -> Result<Child, String> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))
}

/// Waits for a child whose output has ended, within its limits, and clears away what it left behind.
fn finish(child: &mut Child, stopped: Option<Ending>, watcher: &Watcher) -> Result<Ending, String> {
    let mut stopped = stopped;
    while stopped.is_none() {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            end_group(child);
            return Ok(Ending::Exited(status));
        }
        stopped = watcher.exceeded();
        thread::sleep(Duration::from_millis(5));
    }
    end_group(child);
    child.wait().map_err(|error| error.to_string())?;
    Ok(stopped.expect("the loop ends with an ending"))
}

fn end_group(child: &Child) {
    let group = Pid::from_raw(i32::try_from(child.id()).expect("process ids fit in 31 bits"));
    // The group may be gone already, which is what was wanted.
    let _ = killpg(group, Signal::SIGKILL);
}

fn read_lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let output = child.stdout.take().expect("piped by spawn");
    thread::spawn(move || {
        for chunk in BufReader::new(output).split(b'\n') {
            let Ok(bytes) = chunk else { break };
            if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The last few thousand bytes that a child writes to its standard error.
fn read_tail(child: &mut Child) -> JoinHandle<String> {
    const KEPT: usize = 4000;
    let mut errors = child.stderr.take().expect("piped by spawn");
    thread::spawn(move || {
        let (mut tail, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = errors.read(&mut buffer) {
            tail.extend_from_slice(&buffer[..count]);
            let surplus = tail.len().saturating_sub(KEPT);
            tail.drain(..surplus);
        }
        String::from_utf8_lossy(&tail).into_owned()
    })
}

/// The resident size of a process, or zero when it is gone.
fn resident_bytes(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    pages * 4096
}
