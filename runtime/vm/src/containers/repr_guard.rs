//! `ReprGuard`: notices that a container's repr was asked for while it is being made.

use crate::object::Ref;
use crate::objects::Dict;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Nests deeper than this raise RecursionError, as they do on a native stack of the usual size; ours may be far larger.
const DEEPEST: usize = 20_000;

/// Held while a container's repr is made.
pub struct ReprGuard<'t> {
    t: &'t Thread,
    /// What is entered, by identity, so that a deep nest is not searched at each of its levels.
    entered: Ref<Dict>,
    value: Value,
}

impl<'t> ReprGuard<'t> {
    /// Enters a container; none if it was entered already.
    pub fn enter(t: &'t Thread, value: Value) -> R<Option<Self>> {
        let entered = match t.repr_stack().get().and_then(Value::downcast::<Dict>) {
            Some(entered) => entered,
            None => {
                let entered = Dict::new(t)?;
                t.repr_stack().set(Some(entered.value()));
                entered
            }
        };
        if entered.get_identity(t, value).is_some() {
            return Ok(None);
        }
        if entered.len(t) >= DEEPEST {
            return Err(t.recursion_error("maximum recursion depth exceeded while getting the repr of an object"));
        }
        entered.set_identity(t, value, Value::TRUE)?;
        Ok(Some(Self { t, entered, value }))
    }
}

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        self.entered.delete_identity(self.t, self.value);
    }
}
