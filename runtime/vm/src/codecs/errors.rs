//! Error handlers: the standard ones answered in place, others called with the exception.

use text::OwnedUnits;
use text::codecs::{EncodeErrors, EncodePatch, Filler, Patch, Policy, Problem};

use crate::codecs::registry;
use crate::object::Ref;
use crate::objects::int::int_from_u64;
use crate::objects::{Bytes, Str, Tuple, int_of};
use crate::protocols::{call, get_attribute};
use crate::raised::{R, Raised};
use crate::thread::Thread;
use crate::value::Value;

/// What is known of an encoding under way: its name, its input, and who answers for problems.
pub struct Encoding<'t> {
    t: &'t Thread,
    name: &'t str,
    text: Ref<Str>,
    errors: Option<Ref<Str>>,
}

impl<'t> Encoding<'t> {
    /// `errors` names the handler; none is `strict`.
    #[must_use]
    pub fn new(t: &'t Thread, name: &'t str, text: Ref<Str>, errors: Option<Ref<Str>>) -> Self {
        Self { t, name, text, errors }
    }

    fn exception(&self, problem: Problem) -> R {
        let t = self.t;
        let arguments = [
            Str::new(t, self.name)?.value(),
            self.text.value(),
            int_from_u64(t, problem.start as u64)?,
            int_from_u64(t, problem.end as u64)?,
            Str::new(t, problem.reason)?.value(),
        ];
        call(t, t.classes().unicode_encode_error.value(), &arguments)
    }
}

/// The policy of a standard name, unless the interpreter's registry has another handler for it.
fn policy_of(errors: Option<Ref<Str>>) -> Option<Policy> {
    match errors {
        None => Some(Policy::Strict),
        Some(errors) => Policy::from_name(errors.as_utf8()?),
    }
}

impl EncodeErrors for Encoding<'_> {
    type Raised = Raised;

    fn replace(&mut self, problem: Problem) -> Result<EncodePatch, Raised> {
        if let Some(policy) = policy_of(self.errors) {
            let patch = policy.encode_patch(self.text.target().units(), self.name, problem);
            return patch.ok_or_else(|| self.refuse(problem));
        }
        let t = self.t;
        let handler = registry::error_handler(t, self.errors)?;
        let exception = self.exception(problem)?;
        let (replacement, resume) = answer(
            t,
            handler,
            exception,
            self.text.len(),
            "encoding error handler must return (str/bytes, int) tuple",
        )?;
        let filler = match (Str::of(t, replacement), Bytes::of(t, replacement)) {
            (Some(text), _) => Filler::Text(text.units().to_canonical()),
            (None, Some(bytes)) => Filler::Bytes(bytes.as_slice().to_vec()),
            (None, None) => return Err(t.type_error("encoding error handler must return (str/bytes, int) tuple")),
        };
        Ok(EncodePatch { filler, resume })
    }

    fn refuse(&mut self, problem: Problem) -> Raised {
        match self.exception(problem) {
            Ok(exception) => self.t.raise_value(exception),
            Err(raised) => raised,
        }
    }
}

/// Calls a handler; gives its replacement and where to go on.
fn answer(t: &Thread, handler: Value, exception: Value, length: usize, complaint: &str) -> R<(Value, usize)> {
    let result = call(t, handler, &[exception])?;
    let pair = Tuple::of(t, result).filter(|pair| pair.len() == 2);
    let Some(pair) = pair else { return Err(t.type_error(complaint)) };
    let (replacement, position) = (pair.get(0), pair.get(1));
    let Some(position) = int_of(position) else { return Err(t.type_error(complaint)) };
    let position = position.to_i64().ok_or_else(|| t.overflow_error("Python int too large to convert to C ssize_t"))?;
    let resume = if position < 0 { position + length as i64 } else { position };
    match usize::try_from(resume).ok().filter(|&resume| resume <= length) {
        Some(resume) => Ok((replacement, resume)),
        None => Err(t.index_error(format_args!("position {position} from error handler out of bounds"))),
    }
}

/// What is known of a decoding under way.
pub struct Decoding<'t> {
    t: &'t Thread,
    name: &'t str,
    bytes: &'t [u8],
    object: Value,
    errors: Option<Ref<Str>>,
}

impl<'t> Decoding<'t> {
    /// `object` holds the bytes; `errors` names the handler, none is `strict`.
    #[must_use]
    pub fn new(t: &'t Thread, name: &'t str, bytes: &'t [u8], object: Value, errors: Option<Ref<Str>>) -> Self {
        Self { t, name, bytes, object, errors }
    }

    fn exception(&self, problem: Problem) -> R {
        let t = self.t;
        let object = match self.object.downcast::<Bytes>() {
            Some(bytes) => bytes,
            None => Bytes::new(t, self.bytes)?,
        };
        let arguments = [
            Str::new(t, self.name)?.value(),
            object.value(),
            int_from_u64(t, problem.start as u64)?,
            int_from_u64(t, problem.end as u64)?,
            Str::new(t, problem.reason)?.value(),
        ];
        call(t, t.classes().unicode_decode_error.value(), &arguments)
    }

    /// The answer to a problem.
    pub fn replace(&mut self, problem: Problem) -> R<Patch> {
        let t = self.t;
        if let Some(policy) = policy_of(self.errors) {
            if let Some(patch) = policy.decode_patch(self.bytes, self.name, problem) {
                return Ok(patch);
            }
            if matches!(policy, Policy::XmlCharRefReplace | Policy::NameReplace) {
                return Err(t.type_error("don't know how to handle UnicodeDecodeError in error callback"));
            }
            let exception = self.exception(problem)?;
            return Err(t.raise_value(exception));
        }
        let handler = registry::error_handler(t, self.errors)?;
        let exception = self.exception(problem)?;
        let complaint = "decoding error handler must return (str, int) tuple";
        let (replacement, resume) = answer(t, handler, exception, self.bytes.len(), complaint)?;
        match Str::of(t, replacement) {
            Some(text) => Ok(Patch { text: text.units().to_canonical(), resume }),
            None => Err(t.type_error(complaint)),
        }
    }
}

/// What a standard handler gives when it is called from Python with an exception.
pub fn call_policy(t: &Thread, policy: Policy, exception: Value) -> R {
    let classes = t.classes();
    let class = exception.class(t);
    if !class.is_subclass_of(classes.base_exception) {
        return Err(t.type_error("codec must pass exception instance"));
    }
    if policy == Policy::Strict {
        return Err(t.raise_value(exception));
    }
    let encode = class.is_subclass_of(classes.unicode_encode_error);
    let translate = class.is_subclass_of(classes.unicode_translate_error);
    let decode = class.is_subclass_of(classes.unicode_decode_error);
    if !encode && !translate && !decode {
        return Err(unknown_exception(t, exception));
    }
    let problem = problem_of(t, exception)?;
    let object = get_attribute(t, exception, t.names().object)?;
    let patch = match (decode, Str::of(t, object)) {
        (true, _) => {
            if matches!(policy, Policy::XmlCharRefReplace | Policy::NameReplace) {
                return Err(unknown_exception(t, exception));
            }
            let encoding =
                crate::protocols::str(t, get_attribute(t, exception, t.names().encoding)?)?.to_string_lossy();
            let bytes = crate::protocols::Buffer::of(t, object)?;
            policy.decode_patch(&bytes, &encoding, problem).map(|patch| (Filler::Text(patch.text), patch.resume))
        }
        (false, Some(text)) => text_patch(t, policy, exception, text, problem, translate)?,
        (false, None) => return Err(t.type_error("object attribute must be str")),
    };
    let Some((filler, resume)) = patch else { return Err(t.raise_value(exception)) };
    let filler = match filler {
        Filler::Text(text) => Str::from_owned(t, text)?.value(),
        Filler::Bytes(bytes) => Bytes::new(t, &bytes)?.value(),
    };
    Ok(Tuple::from_slice(t, &[filler, int_from_u64(t, resume as u64)?])?.value())
}

fn text_patch(
    t: &Thread,
    policy: Policy,
    exception: Value,
    text: Ref<Str>,
    problem: Problem,
    translate: bool,
) -> R<Option<(Filler, usize)>> {
    if translate {
        return match policy {
            Policy::Replace => {
                let marks: OwnedUnits = (problem.start..problem.end).map(|_| 0xfffd).collect();
                Ok(Some((Filler::Text(marks), problem.end)))
            }
            Policy::Ignore | Policy::BackslashReplace => {
                let patch = policy.encode_patch(text.target().units(), "", problem);
                Ok(patch.map(|patch| (patch.filler, patch.resume)))
            }
            _ => Err(unknown_exception(t, exception)),
        };
    }
    let encoding = crate::protocols::str(t, get_attribute(t, exception, t.names().encoding)?)?.to_string_lossy();
    let patch = policy.encode_patch(text.target().units(), &encoding, problem);
    Ok(patch.map(|patch| (patch.filler, patch.resume)))
}

#[cold]
fn unknown_exception(t: &Thread, exception: Value) -> Raised {
    t.type_error(format_args!("don't know how to handle {} in error callback", exception.class(t).name()))
}

fn problem_of(t: &Thread, exception: Value) -> R<Problem> {
    let object = get_attribute(t, exception, t.names().object)?;
    let length = crate::protocols::length(t, object)? as i64;
    let number = |name| -> R<i64> { crate::protocols::index_i64(t, get_attribute(t, exception, name)?) };
    let start = number(t.names().start)?.clamp(0, (length - 1).max(0));
    let end = number(t.names().end)?.clamp(start.min(length), length).max((start + 1).min(length));
    Ok(Problem { start: start as usize, end: end as usize, reason: "" })
}
