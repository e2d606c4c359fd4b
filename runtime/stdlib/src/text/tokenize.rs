//! `_tokenize`: the tokens of a source, as the compiler's own tokenizer cuts it.
//!
//! The lines are read when the first token is asked for, and tokens are made one by one after that. What `readline` raises
//! is raised when the tokens of the lines before it are used up.

use compiler::tokens::{TokenKind, Tokenizer};
use vm::builtins::iterators::{ITER, NEXT};
use vm::compiler;
use vm::modules::NativeModule;
use vm::modules::builtins_module::raise_syntax_error;
use vm::native::{ClassDef, MethodDef};
use vm::object::Object;
use vm::objects::owned::{Owned, Owner, drop_owner, new_owner};
use vm::protocols::{self, Buffer};
use vm::shared::NativeClass;
use vm::sync::Mutex;
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

heap_object! {
    /// `_tokenize.TokenizerIter`
    pub struct TokenizerIter {
        state: Owned<Mutex<State>>,
        readline: Slot,
        /// What `readline` raised.
        failure: Slot,
        /// The line that the last token stands on.
        line: Slot,
    }
    trace { readline, failure, line }
    kind Drop
    drop(drop_owner::<TokenizerIter>)
    next(next_token)
    fixed
}

/// How far the tokens were read.
pub struct State {
    extra: bool,
    encoding: Option<String>,
    tokenizer: Option<Tokenizer>,
    done: bool,
    /// The extent in the text of the line in the slot `line`.
    line: (usize, usize),
}

impl Owner for TokenizerIter {
    type Content = Mutex<State>;
    fn owned(&self) -> &Owned<Self::Content> {
        &self.state
    }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, readline, /, *, encoding=None, extra_tokens=False)")]
fn tokenizer_new(
    t: &Thread,
    _class: Value,
    readline: Value,
    encoding: Value,
    extra_tokens: bool,
) -> R<Ref<TokenizerIter>> {
    let encoding = if encoding.is_none() {
        None
    } else {
        let Some(name) = Str::of(t, encoding) else {
            let got = encoding.class(t).name();
            return Err(t.type_error(format_args!("TokenizerIter() argument 'encoding' must be str, not {got}")));
        };
        Some(name.to_string_lossy())
    };
    let state = State { extra: extra_tokens, encoding, tokenizer: None, done: false, line: (0, 0) };
    let this: Ref<TokenizerIter> = new_owner(t, TOKENIZER_ITER.get(t), Mutex::new(state), None)?;
    this.readline.put(this.header(), t, readline);
    Ok(this)
}

/// All that `readline` gives, up to its end, an empty line or an exception, which is kept.
fn read_lines(t: &Thread, this: Ref<TokenizerIter>, encoding: Option<&str>) -> R<String> {
    let readline = this.readline.get().unwrap_or(Value::NONE);
    let mut text = String::new();
    loop {
        let line = match protocols::call(t, readline, &[]) {
            Ok(line) => line,
            Err(raised) => {
                let failure = t.catch(raised, t.classes().base_exception)?;
                if !failure.class(t).is_subclass_of(t.classes().stop_iteration) {
                    this.failure.put(this.header(), t, failure);
                }
                break;
            }
        };
        let before = text.len();
        append_line(t, line, encoding, &mut text)?;
        if text.len() == before {
            break;
        }
    }
    Ok(text)
}

fn append_line(t: &Thread, line: Value, encoding: Option<&str>, text: &mut String) -> R<()> {
    let Some(encoding) = encoding else {
        let Some(line) = Str::of(t, line) else { return Err(t.type_error("readline() returned a non-string object")) };
        match line.as_utf8() {
            Some(line) => text.push_str(line),
            None => text.push_str(&line.to_string_lossy()),
        }
        return Ok(());
    };
    if !protocols::buffer::is_bytes_like(t, line) {
        return Err(t.type_error("readline() returned a non-bytes object"));
    }
    if matches!(encoding.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "utf-8-sig") {
        text.push_str(&String::from_utf8_lossy(&Buffer::of(t, line)?.into_vec()));
        return Ok(());
    }
    let (name, errors) = (Str::new(t, encoding)?.value(), Str::new(t, "replace")?.value());
    let decoded = protocols::call_method(t, line, t.names().decode, &[name, errors])?;
    append_line(t, decoded, None, text)
}

fn next_token(t: &Thread, this: Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<TokenizerIter>() else { return Ok(None) };
    let (started, encoding, extra) = {
        let state = this.state.lock();
        if state.done {
            return Ok(None);
        }
        (state.tokenizer.is_some(), state.encoding.clone(), state.extra)
    };
    if !started {
        let text = read_lines(t, this, encoding.as_deref())?;
        if text.contains('\0') {
            return Err(t.raise(t.classes().syntax_error, "source code cannot contain null bytes"));
        }
        this.state.lock().tokenizer.get_or_insert(Tokenizer::new(text, extra));
    }
    advance(t, this)
}

/// A token's parts, taken out of the tokenizer before objects are made of them.
struct Parts {
    kind: u8,
    string: String,
    start: (u32, u32),
    end: (u32, u32),
    /// The line, if it is not the one kept.
    line: Option<String>,
}

fn advance(t: &Thread, this: Ref<TokenizerIter>) -> R<Option<Value>> {
    let found = {
        let mut state = this.state.lock();
        let State { extra, tokenizer, done, line, .. } = &mut *state;
        let Some(tokenizer) = tokenizer else { return Ok(None) };
        match tokenizer.next_token() {
            Ok(token) => {
                *done = token.kind == TokenKind::EndMarker;
                // No line was read, and nobody asked for more than the parser sees.
                if token.line == 0 && !*extra {
                    return Ok(None);
                }
                let info = tokenizer.describe(&token);
                let extent = (info.line.as_ptr() as usize, info.line.len());
                let same = std::mem::replace(line, extent) == extent && !info.line.is_empty();
                let (kind, start, end) = (info.kind, info.start, info.end);
                let new_line = (!same).then(|| info.line.to_owned());
                Ok((Parts { kind, string: info.string.to_owned(), start, end, line: new_line }, token.trailing))
            }
            Err(error) => {
                *done = true;
                Err(error.for_tokenize(tokenizer, "<string>"))
            }
        }
    };
    let at_end = found.as_ref().map_or(true, |(_, trailing)| *trailing);
    if at_end && let Some(failure) = this.failure.get() {
        this.state.lock().done = true;
        return Err(t.raise_value(failure));
    }
    match found {
        Ok((parts, _)) => tuple_of(t, this, &parts).map(Some),
        Err(error) => Err(raise_syntax_error(t, &error)),
    }
}

fn tuple_of(t: &Thread, this: Ref<TokenizerIter>, parts: &Parts) -> R {
    let number = |number: u32| Value::small(number.cast_signed());
    let line = match &parts.line {
        Some(line) => {
            let line = Str::new(t, line)?.value();
            this.line.put(this.header(), t, line);
            line
        }
        None => this.line.get().unwrap_or(Value::NONE),
    };
    let string = Str::new(t, &parts.string)?.value();
    let start = Tuple::pair(t, number(parts.start.0), number(parts.start.1))?.value();
    let end = Tuple::pair(t, number(parts.end.0), number(parts.end.1))?.value();
    Ok(Tuple::from_slice(t, &[number(u32::from(parts.kind)), string, start, end, line])?.value())
}

/// `TokenizerIter`
pub static TOKENIZER_ITER: NativeClass = NativeClass::new(ClassDef {
    name: "TokenizerIter",
    module: "_tokenize",
    layout: TokenizerIter::layout,
    base: Some(|t| t.classes().object),
    flags: 0,
    doc: "",
    methods: &[MethodDef::New(&TOKENIZER_NEW), ITER, NEXT],
    getset: &[],
});

/// `_tokenize`
pub static MODULE: NativeModule = NativeModule {
    name: "_tokenize",
    doc: "",
    functions: &[],
    classes: &[],
    initialize: |t, module| module.add(t, "TokenizerIter", TOKENIZER_ITER.get(t).value()),
};
