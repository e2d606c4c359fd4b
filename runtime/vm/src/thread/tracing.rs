//! Whether a thread reports what its frames do (`exec::tracing`), and which dispatch loop it starts.

use std::cell::Cell;

use gc::DispatchRecord;

use super::Thread;
use crate::exec::dispatch;
use crate::raised::R;
use crate::value::Value;

/// What a trace or profile function was called for.
#[derive(Clone, Copy)]
pub(crate) enum Reported {
    /// None runs.
    Nothing,
    /// A call, or that a generator goes on.
    Call,
    /// A line, or a yield, of the frame with this record, which may go on at another line.
    Line(usize),
    /// Something else.
    Other,
}

/// A thread's part in tracing.
pub struct Tracing {
    /// The loop that a call of Python code from native code starts: the plain one or the one that reports.
    pub(crate) entry: Cell<fn(&Thread, &DispatchRecord) -> R>,
    /// Whether there is somebody to report to.
    pub(crate) wanted: Cell<bool>,
    /// How many callbacks run, in which nothing is reported.
    pub(crate) busy: Cell<u32>,
    /// A plain loop gave an error because the loop that reports has to go on, and not because something was raised.
    pub(crate) switching: Cell<bool>,
    /// The loop that reports ended because there is nothing more to report.
    pub(crate) left: Cell<bool>,
    /// The frame on top has not executed anything yet.
    pub(crate) entered: Cell<bool>,
    /// The event that a callback runs for.
    pub(crate) reported: Cell<Reported>,
    /// The frame that is being reported is about to yield.
    pub(crate) yielding: Cell<bool>,
    /// The frame that is being reported goes on somewhere else.
    pub(crate) jumped: Cell<bool>,
    /// Where the exception was raised that a handler of the frame on top has just caught.
    pub(crate) caught: Cell<Option<u32>>,
    /// The frame that is being reported, its line and its `f_lasti`: what the frame object shows meanwhile.
    pub(crate) shown: Cell<(usize, u32, u32)>,
    /// The native callables whose return will be reported: a list.
    calls: Cell<Option<Value>>,
}

impl Tracing {
    /// Nothing is reported.
    pub(super) fn new() -> Self {
        Self {
            entry: Cell::new(dispatch::run_plain),
            wanted: Cell::new(false),
            busy: Cell::new(0),
            switching: Cell::new(false),
            left: Cell::new(false),
            entered: Cell::new(false),
            reported: Cell::new(Reported::Nothing),
            yielding: Cell::new(false),
            jumped: Cell::new(false),
            caught: Cell::new(None),
            shown: Cell::new((0, 0, 0)),
            calls: Cell::new(None),
        }
    }

    /// Whether events are to be reported now.
    #[inline]
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.wanted.get() && self.busy.get() == 0
    }

    /// The list of native callables whose return will be reported.
    pub(crate) fn calls(&self) -> &Cell<Option<Value>> {
        &self.calls
    }
}
