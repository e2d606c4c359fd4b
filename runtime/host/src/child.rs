//! Starting programs: what a child does between `fork` and `exec`.
//!
//! Between the two only calls that are safe in a signal handler are made, since the child of a process with threads may find any
//! lock held: everything is prepared before the fork, and nothing is allocated after it.

use std::ffi::{CStr, CString};
use std::ptr;

use crate::error::last;
use crate::file::{Outcome, outcome};

/// What to start, and how.
pub struct Program<'a> {
    /// Files to try, in order.
    pub executables: &'a [CString],
    /// Its arguments.
    pub arguments: &'a [CString],
    /// Its environment; nothing: that of this process.
    pub environment: Option<&'a [CString]>,
    /// Where it starts; nothing: where this process is.
    pub directory: Option<&'a CStr>,
    /// Whether descriptors past 2 are closed, but for `keep`.
    pub close_descriptors: bool,
    /// Descriptors that the program gets, in ascending order.
    pub keep: &'a [i32],
    /// What become its descriptors 0, 1 and 2; -1: those of this process.
    pub streams: [i32; 3],
    /// This process's own ends of the pipes, which the child closes; -1: none.
    pub own_ends: [i32; 3],
    /// The pipe that errors are written to, and its end to read from.
    pub errors: i32,
    /// See `errors`.
    pub errors_read: i32,
    /// Whether signals that Python ignores get their default action back.
    pub restore_signals: bool,
    /// Whether it starts a session.
    pub new_session: bool,
    /// The process group it joins; -1: none.
    pub process_group: i32,
    /// Its group.
    pub group: Option<u32>,
    /// Its further groups.
    pub groups: Option<&'a [u32]>,
    /// Its user.
    pub user: Option<u32>,
    /// Its file mode creation mask; -1: that of this process.
    pub mask: i32,
}

/// A program ready to start: every pointer that `exec` needs is laid out.
pub struct Prepared<'a> {
    program: Program<'a>,
    arguments: Vec<*const libc::c_char>,
    environment: Option<Vec<*const libc::c_char>>,
}

/// What was going on when the child failed; the parent's message depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Setup,
    Directory,
    Execute,
    Python,
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

impl<'a> Prepared<'a> {
    /// Lays out what the child needs.
    #[must_use]
    pub fn new(program: Program<'a>) -> Self {
        let arguments = pointers(program.arguments);
        let environment = program.environment.map(pointers);
        Self { program, arguments, environment }
    }

    /// Starts the program in a child of this process, and gives its number.
    pub fn start(&self) -> Outcome<i32> {
        // SAFETY: the child calls nothing but `become_program`, which makes calls that are safe after a fork.
        let child = outcome(unsafe { libc::fork() })?;
        if child == 0 {
            self.become_program(None);
        }
        Ok(child)
    }

    /// In a forked child: turns into the program. `before` runs Python's `preexec_fn` and says whether it went well. What fails
    /// is written to the pipe for errors.
    pub fn become_program(&self, before: Option<&mut dyn FnMut() -> bool>) -> ! {
        let (number, stage) = match (self.set_up(), before) {
            (Err(failure), _) => failure,
            (Ok(()), Some(before)) => {
                if before() {
                    (self.execute(), Stage::Execute)
                } else {
                    (0, Stage::Python)
                }
            }
            (Ok(()), None) => (self.execute(), Stage::Execute),
        };
        self.report(number, stage);
        // SAFETY: ends the child without cleaning up what belongs to the parent.
        unsafe { libc::_exit(255) }
    }

    fn report(&self, number: i32, stage: Stage) {
        let mut text = [0_u8; 64];
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            for &byte in bytes {
                text[length] = byte;
                length += 1;
            }
        };
        if stage != Stage::Python {
            put(b"OSError:");
            let mut digits = [0_u8; 8];
            let mut count = 0;
            let mut rest = number as u32;
            while rest > 0 || count == 0 {
                digits[count] = b"0123456789ABCDEF"[(rest & 15) as usize];
                rest >>= 4;
                count += 1;
            }
            for &digit in digits[..count].iter().rev() {
                put(&[digit]);
            }
            put(b":");
            put(match stage {
                Stage::Setup => b"noexec",
                Stage::Directory => b"noexec:chdir",
                Stage::Execute | Stage::Python => b"",
            });
        } else {
            put(b"SubprocessError:0:Exception occurred in preexec_fn.");
        }
        // SAFETY: the text is as long as said. Nobody is left to tell where writing fails.
        unsafe { libc::write(self.program.errors, text.as_ptr().cast(), length) };
    }

    fn set_up(&self) -> Result<(), (i32, Stage)> {
        let setup = |result: Outcome<i32>| result.map_err(|number| (number, Stage::Setup));
        setup(self.streams())?;
        let program = &self.program;
        // SAFETY: all of these calls take numbers, or memory that outlives them, and are safe after a fork.
        unsafe {
            if let Some(directory) = program.directory {
                outcome(libc::chdir(directory.as_ptr())).map_err(|number| (number, Stage::Directory))?;
            }
            if program.mask >= 0 {
                libc::umask(program.mask as libc::mode_t);
            }
            if program.restore_signals {
                for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
                    libc::signal(signal, libc::SIG_DFL);
                }
            }
            if program.new_session {
                setup(outcome(libc::setsid()))?;
            }
            if program.process_group >= 0 {
                setup(outcome(libc::setpgid(0, program.process_group)))?;
            }
            if let Some(groups) = program.groups {
                setup(outcome(libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) as i32))?;
            }
            if let Some(group) = program.group {
                setup(outcome(libc::syscall(libc::SYS_setregid, group, group) as i32))?;
            }
            if let Some(user) = program.user {
                setup(outcome(libc::syscall(libc::SYS_setreuid, user, user) as i32))?;
            }
        }
        if program.close_descriptors {
            self.close_others();
        }
        Ok(())
    }

    /// Puts the ends of the pipes where the program looks for them.
    fn streams(&self) -> Outcome<i32> {
        let close = |descriptor: i32| {
            if descriptor >= 0 {
                // SAFETY: closing touches no memory; the descriptors are those of the child.
                unsafe { libc::close(descriptor) };
            }
        };
        let program = &self.program;
        for &descriptor in program.keep {
            if descriptor != program.errors {
                // A descriptor that is not open is no reason not to start: CPython passes over it too.
                let _ = crate::file::set_inheritable(descriptor, true);
            }
        }
        for end in program.own_ends {
            close(end);
        }
        close(program.errors_read);
        let mut streams = program.streams;
        // An end that lies on a number that is to be replaced moves out of the way first.
        for (number, stream) in streams.iter_mut().enumerate().skip(1) {
            if (0..number as i32).contains(stream) {
                // SAFETY: the call takes numbers only.
                *stream = outcome(unsafe { libc::dup(*stream) })?;
            }
        }
        for (number, &stream) in streams.iter().enumerate() {
            let number = number as i32;
            if stream == number {
                crate::file::set_inheritable(stream, true)?;
            } else if stream >= 0 {
                // SAFETY: the call takes numbers only.
                outcome(unsafe { libc::dup2(stream, number) })?;
            }
        }
        Ok(0)
    }

    /// Closes the descriptors past 2 but for those to keep.
    fn close_others(&self) {
        let mut first = 3;
        for &kept in self.program.keep {
            if kept >= first {
                close_range(first, kept - 1);
                first = kept + 1;
            }
        }
        close_range(first, i32::MAX);
    }

    /// Tries each file; gives the most telling error.
    fn execute(&self) -> i32 {
        let mut saved = 0;
        for executable in self.program.executables {
            // SAFETY: the arrays end in null, and all strings outlive the call.
            unsafe {
                match &self.environment {
                    Some(environment) => {
                        libc::execve(executable.as_ptr(), self.arguments.as_ptr(), environment.as_ptr())
                    }
                    None => libc::execv(executable.as_ptr(), self.arguments.as_ptr()),
                };
            }
            let number = last();
            if number != libc::ENOENT && number != libc::ENOTDIR && saved == 0 {
                saved = number;
            }
            if saved == 0
                && std::ptr::eq(executable, &raw const self.program.executables[self.program.executables.len() - 1])
            {
                saved = number;
            }
        }
        saved
    }
}

fn close_range(first: i32, end: i32) {
    if first > end {
        return;
    }
    // SAFETY: the call takes numbers only.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first as u32, end as u32, 0) };
    if done == -1 {
        // A kernel before 5.9: one by one, up to the limit.
        // SAFETY: sysconf takes a number.
        let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) }.clamp(256, 65536) as i32;
        for descriptor in first..=end.min(limit) {
            // SAFETY: closing touches no memory.
            unsafe { libc::close(descriptor) };
        }
    }
}

/// Forks this process: the child's number, or zero in the child.
///
/// # Safety
/// The other threads of the process stand still where they hold no lock that the child will take.
pub unsafe fn fork() -> Outcome<i32> {
    // SAFETY: the caller's promise.
    outcome(unsafe { libc::fork() })
}

/// A new terminal for a child to run in, and the fork that gives it: the child's number or zero, and the master's descriptor.
pub fn open_terminal() -> Outcome<(i32, i32)> {
    let (mut master, mut slave) = (0, 0);
    // SAFETY: both numbers are filled by the call; the other pointers may be null.
    outcome(unsafe { libc::openpty(&raw mut master, &raw mut slave, ptr::null_mut(), ptr::null(), ptr::null()) })?;
    for descriptor in [master, slave] {
        crate::file::set_inheritable(descriptor, false)?;
    }
    Ok((master, slave))
}

/// Makes a terminal the controlling one of a new session, and this process's streams.
pub fn log_in_terminal(descriptor: i32) -> Outcome<()> {
    // SAFETY: the call takes a number.
    outcome(unsafe { libc::login_tty(descriptor) }).map(drop)
}
