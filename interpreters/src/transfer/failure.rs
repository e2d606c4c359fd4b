//! What is left of an exception that left its interpreter: texts.

use vm::builtins::import::import_module;
use vm::builtins::namespace;
use vm::objects::Class;
use vm::{R, Ref, Str, Thread, Value, protocols};

/// A snapshot of an exception.
#[derive(Debug, Default)]
pub struct Failure {
    name: Option<String>,
    qualname: Option<String>,
    module: Option<String>,
    message: Option<String>,
    display: Option<String>,
}

fn text_of(t: &Thread, value: Option<Value>) -> Option<String> {
    value.and_then(|value| Str::of(t, value)).map(|text| text.to_string_lossy())
}

/// Takes the snapshot. What fails on the way is left out.
pub fn capture(t: &Thread, exception: Value) -> Failure {
    let class = exception.class(t);
    let message = protocols::str(t, exception).map(|text| text.to_string_lossy());
    let display = display(t, exception);
    let failure = Failure {
        name: Some(class.name()),
        qualname: text_of(t, class.qualname.get()),
        module: module_of(t, class),
        message: message.ok(),
        display: display.ok(),
    };
    t.clear_pending();
    failure
}

fn module_of(t: &Thread, class: Ref<Class>) -> Option<String> {
    let module = protocols::get_attribute_optional(t, class.value(), t.names().__module__);
    let module = module.ok().flatten();
    text_of(t, module)
}

/// The traceback as `traceback` prints it, without the newline at its end.
fn display(t: &Thread, exception: Value) -> R<String> {
    let module = import_module(t, "traceback")?;
    let class = protocols::get_attribute(t, module, Str::interned(t, "TracebackException")?)?;
    let made = protocols::call_method(t, class, Str::interned(t, "from_exception")?, &[exception])?;
    let lines = protocols::call_method(t, made, Str::interned(t, "format")?, &[])?;
    let mut text = String::new();
    protocols::for_each(t, lines, |line| {
        text.push_str(&protocols::str(t, line)?.to_string_lossy());
        Ok(())
    })?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

impl Failure {
    /// The `excinfo` that `_interpreters.exec` gives.
    pub fn to_namespace(&self, t: &Thread) -> R {
        let kind = namespace::new(t)?;
        set(t, kind, "__name__", self.name.as_deref())?;
        set(t, kind, "__qualname__", self.qualname.as_deref())?;
        set(t, kind, "__module__", self.module.as_deref())?;
        let info = namespace::new(t)?;
        protocols::set_attribute(t, info, Str::interned(t, "type")?, kind)?;
        set(t, info, "msg", self.message.as_deref())?;
        set(t, info, "formatted", self.formatted().as_deref())?;
        set(t, info, "errdisplay", self.display.as_deref())?;
        Ok(info)
    }

    /// The exception in one line.
    pub fn formatted(&self) -> Option<String> {
        let module = self.module.as_deref().filter(|module| *module != "builtins" && *module != "__main__");
        let name = self.qualname.as_ref().or(self.name.as_ref())?;
        let name = module.map_or_else(|| name.clone(), |module| format!("{module}.{name}"));
        Some(match &self.message {
            Some(message) => format!("{name}: {message}"),
            None => name,
        })
    }
}

fn set(t: &Thread, target: Value, name: &str, text: Option<&str>) -> R<()> {
    let value = match text {
        Some(text) => Str::new(t, text)?.value(),
        None => Value::NONE,
    };
    protocols::set_attribute(t, target, Str::interned(t, name)?, value)
}
