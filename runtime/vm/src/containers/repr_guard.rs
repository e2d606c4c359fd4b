//! `ReprGuard`: notices that a container's repr was asked for while it is being made.

use crate::object::Ref;
use crate::objects::List;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Held while a container's repr is made.
pub struct ReprGuard<'t> {
    t: &'t Thread,
    stack: Ref<List>,
    value: Value,
}

impl<'t> ReprGuard<'t> {
    /// Enters a container; none if it was entered already.
    pub fn enter(t: &'t Thread, value: Value) -> R<Option<Self>> {
        let stack = match t.repr_stack().get().and_then(Value::downcast::<List>) {
            Some(stack) => stack,
            None => {
                let stack = List::new(t)?;
                t.repr_stack().set(Some(stack.value()));
                stack
            }
        };
        let entered = (0..stack.len()).any(|index| stack.get(index).is_some_and(|other| other.is(value)));
        if entered {
            return Ok(None);
        }
        stack.push(t, value)?;
        Ok(Some(Self { t, stack, value }))
    }
}

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        let last =
            (0..self.stack.len()).rev().find(|&index| self.stack.get(index).is_some_and(|other| other.is(self.value)));
        if let Some(index) = last {
            self.stack.remove_at(self.t, index);
        }
    }
}
