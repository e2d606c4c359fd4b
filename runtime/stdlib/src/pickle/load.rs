//! Unpickling: a machine with a stack, marks in it, and a memo, whose instructions are those of a pickle.
//!
//! A `Loader` is a local of native code; its stack and its memo lie in heap arrays. The memo of an `Unpickler` object is parked in the
//! object whenever foreign code runs (`outside`). Below the topmost mark nothing is popped: that is the fence.

use num_bigint::BigInt;
use vm::codecs::{Known, decode_known};
use vm::containers::ValueVec;
use vm::objects::memoryview::READONLY;
use vm::objects::{ByteArray, Bytes, FrozenSet, List, Set, float_value, int_from_big, int_from_i64, text_of_wtf8};
use vm::protocols::{self, call, call_method, get_attribute, get_attribute_optional};
use vm::{Class, Dict, R, Raised, Ref, Str, Thread, Tuple, Value};

use super::input::Input;
use super::instances::{NameCache, Plain};
use super::memo::UnpicklerMemo;
use super::opcodes::*;
use super::state::State;
use super::unpickler::{self, Unpickler};
use super::unpickling_error;

/// How text of Python 2 is read.
#[derive(Clone, Copy)]
pub struct Reading {
    pub fix_imports: bool,
    pub encoding: Ref<Str>,
    pub errors: Ref<Str>,
    /// The iterator over buffers that are not in the pickle.
    pub buffers: Option<Value>,
}

/// One run of unpickling.
pub struct Loader<'t> {
    pub t: &'t Thread,
    pub input: Input,
    stack: ValueVec,
    /// The heights of the stack at the marks.
    marks: Vec<usize>,
    /// The height at the topmost mark.
    fence: usize,
    pub memo: UnpicklerMemo,
    reading: Reading,
    pub protocol: u8,
    owner: Option<Ref<Unpickler>>,
    state: Option<State>,
    /// For BUILD.
    pub plain: Plain,
    /// For NEWOBJ.
    pub plain_new: Plain,
    pub names: NameCache,
}

impl<'t> Loader<'t> {
    /// Nothing read yet.
    pub fn new(t: &'t Thread, input: Input, reading: Reading, owner: Option<Ref<Unpickler>>) -> Self {
        Self {
            t,
            input,
            stack: ValueVec::new(t),
            marks: Vec::new(),
            fence: 0,
            memo: UnpicklerMemo::EMPTY,
            reading,
            protocol: 0,
            owner,
            state: None,
            plain: Plain::default(),
            plain_new: Plain::default(),
            names: NameCache::EMPTY,
        }
    }

    /// Runs code that may be foreign, with the memo in the `Unpickler` object if there is one.
    fn outside<T>(&mut self, run: impl FnOnce(&'t Thread) -> R<T>) -> R<T> {
        let Some(owner) = self.owner else { return run(self.t) };
        owner.park(self.t, &mut self.memo);
        let result = run(self.t);
        owner.unpark(self.t, &mut self.memo);
        result
    }

    /// The state of the module.
    fn state(&mut self) -> R<State> {
        State::kept(self.t, &mut self.state)
    }

    /// Runs a whole pickle.
    pub fn load(&mut self) -> R {
        let t = self.t;
        loop {
            let opcode = self.input.opcode(t)?;
            if opcode == STOP {
                break;
            }
            self.run(opcode)?;
            t.stand_still();
        }
        let value = self.pop()?;
        self.input.settle(t)?;
        Ok(value)
    }

    #[inline(always)]
    fn run(&mut self, opcode: u8) -> R<()> {
        let t = self.t;
        match opcode {
            NONE => self.push(Value::NONE),
            NEWTRUE => self.push(Value::TRUE),
            NEWFALSE => self.push(Value::FALSE),
            BININT1 => {
                let [byte] = self.input.array::<1>(t)?;
                self.push(Value::small(i32::from(byte)))
            }
            BININT2 => {
                let number = u16::from_le_bytes(self.input.array(t)?);
                self.push(Value::small(i32::from(number)))
            }
            BININT => {
                let number = i32::from_le_bytes(self.input.array(t)?);
                self.push(Value::small(number))
            }
            BINFLOAT => {
                let number = f64::from_be_bytes(self.input.array(t)?);
                self.push(float_value(t, number)?)
            }
            SHORT_BINUNICODE => {
                let [length] = self.input.array::<1>(t)?;
                self.load_text(usize::from(length))
            }
            BINUNICODE => {
                let length = u32::from_le_bytes(self.input.array(t)?);
                self.load_text(length as usize)
            }
            MEMOIZE => {
                let top = self.top()?;
                self.memo.set(t, self.memo.count, top)
            }
            BINGET => {
                let [number] = self.input.array::<1>(t)?;
                self.load_memo(usize::from(number))
            }
            LONG_BINGET => {
                let number = u32::from_le_bytes(self.input.array(t)?);
                self.load_memo(number as usize)
            }
            BINPUT => {
                let [number] = self.input.array::<1>(t)?;
                let top = self.top()?;
                self.memo.set(t, usize::from(number), top)
            }
            LONG_BINPUT => {
                let number = u32::from_le_bytes(self.input.array(t)?);
                let top = self.top()?;
                self.memo.set(t, number as usize, top)
            }
            MARK => {
                self.fence = self.stack.len();
                self.marks.push(self.fence);
                Ok(())
            }
            EMPTY_TUPLE => self.push(t.empty_tuple().value()),
            TUPLE1 => self.load_short_tuple(1),
            TUPLE2 => self.load_short_tuple(2),
            TUPLE3 => self.load_short_tuple(3),
            TUPLE => {
                let start = self.mark()?;
                let tuple = Tuple::from_slice(t, &self.stack.as_slice()[start..])?;
                self.stack.truncate(t, start);
                self.push(tuple.value())
            }
            EMPTY_LIST => self.push(List::new(t)?.value()),
            EMPTY_DICT => self.push(Dict::new(t)?.value()),
            APPEND => {
                let height = self.height(1)?;
                self.append_from(height)
            }
            APPENDS => {
                let start = self.mark()?;
                self.append_from(start)
            }
            SETITEM => {
                let height = self.height(2)?;
                self.set_from(height)
            }
            SETITEMS => {
                let start = self.mark()?;
                self.set_from(start)
            }
            BUILD => self.load_build(),
            NEWOBJ => self.load_new(false),
            REDUCE => self.load_reduce(),
            STACK_GLOBAL => self.load_stack_global(),
            FRAME => {
                let length = self.size8("FRAME length exceeds system's maximum of")?;
                self.input.frame(t, length)
            }
            PROTO => {
                let [protocol] = self.input.array::<1>(t)?;
                if protocol > HIGHEST_PROTOCOL {
                    return Err(t.value_error(format_args!("unsupported pickle protocol: {protocol}")));
                }
                self.protocol = protocol;
                Ok(())
            }
            _ => self.run_rare(opcode),
        }
    }

    #[inline(never)]
    fn run_rare(&mut self, opcode: u8) -> R<()> {
        let t = self.t;
        match opcode {
            INT => self.load_int(),
            LONG => self.load_long(),
            LONG1 => {
                let [length] = self.input.array::<1>(t)?;
                self.load_counted_long(usize::from(length))
            }
            LONG4 => {
                let length = i32::from_le_bytes(self.input.array(t)?);
                match usize::try_from(length) {
                    Ok(length) => self.load_counted_long(length),
                    Err(_) => Err(unpickling_error(t, "LONG pickle has negative byte count")),
                }
            }
            FLOAT => self.load_float(),
            SHORT_BINBYTES => {
                let [length] = self.input.array::<1>(t)?;
                self.load_bytes(usize::from(length))
            }
            BINBYTES => {
                let length = u32::from_le_bytes(self.input.array(t)?);
                self.load_bytes(length as usize)
            }
            BINBYTES8 => {
                let length = self.size8("BINBYTES exceeds system's maximum size of")?;
                self.load_bytes(length)
            }
            BYTEARRAY8 => {
                let length = self.size8("BYTEARRAY8 exceeds system's maximum size of")?;
                let array = self.take_bytearray(length)?;
                self.push(array.value())
            }
            BINUNICODE8 => {
                let length = self.size8("BINUNICODE exceeds system's maximum size of")?;
                self.load_text(length)
            }
            UNICODE => self.load_escaped(),
            STRING => self.load_string(),
            SHORT_BINSTRING => {
                let [length] = self.input.array::<1>(t)?;
                self.load_counted_string(usize::from(length))
            }
            BINSTRING => {
                let length = i32::from_le_bytes(self.input.array(t)?);
                match usize::try_from(length) {
                    Ok(length) => self.load_counted_string(length),
                    Err(_) => Err(unpickling_error(t, "BINSTRING pickle has negative byte count")),
                }
            }
            NEXT_BUFFER => self.load_next_buffer(),
            READONLY_BUFFER => self.load_read_only_buffer(),
            LIST => {
                let start = self.mark()?;
                let list = List::from_slice(t, &self.stack.as_slice()[start..])?;
                self.stack.truncate(t, start);
                self.push(list.value())
            }
            DICT => self.load_dict(),
            EMPTY_SET => self.push(Set::new(t)?.value()),
            ADDITEMS => self.load_additems(),
            FROZENSET => self.load_frozenset(),
            OBJ => self.load_obj(),
            INST => self.load_inst(),
            NEWOBJ_EX => self.load_new(true),
            GLOBAL => self.load_global(),
            EXT1 => {
                let [code] = self.input.array::<1>(t)?;
                self.load_extension(i32::from(code))
            }
            EXT2 => {
                let code = u16::from_le_bytes(self.input.array(t)?);
                self.load_extension(i32::from(code))
            }
            EXT4 => {
                let code = i32::from_le_bytes(self.input.array(t)?);
                self.load_extension(code)
            }
            PERSID => self.load_persistent_line(),
            BINPERSID => {
                let identity = self.pop()?;
                self.load_persistent(identity)
            }
            POP => self.load_pop(),
            POP_MARK => {
                let start = self.mark()?;
                self.stack.truncate(t, start);
                Ok(())
            }
            DUP => {
                let top = self.top()?;
                self.push(top)
            }
            GET => {
                let number = self.line_number()?;
                match usize::try_from(number) {
                    Ok(number) => self.load_memo(number),
                    Err(_) => Err(no_memo(t, number)),
                }
            }
            PUT => {
                let number = self.line_number()?;
                let top = self.top()?;
                match usize::try_from(number) {
                    Ok(number) => self.memo.set(t, number, top),
                    Err(_) => Err(t.value_error("negative PUT argument")),
                }
            }
            _ => Err(invalid_opcode(t, opcode)),
        }
    }

    // The stack.

    #[inline(always)]
    fn push(&mut self, value: Value) -> R<()> {
        self.stack.push(self.t, value)
    }

    #[cold]
    fn underflow(&self) -> Raised {
        let message = if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling_error(self.t, message)
    }

    #[inline]
    fn pop(&mut self) -> R {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop(self.t).ok_or_else(|| self.underflow())
    }

    #[inline]
    fn top(&self) -> R {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.last().ok_or_else(|| self.underflow())
    }

    /// The height below the topmost values, which must be there.
    #[inline]
    fn height(&self, values: usize) -> R<usize> {
        match self.stack.len().checked_sub(values) {
            Some(height) if height > self.fence => Ok(height),
            _ => Err(self.underflow()),
        }
    }

    /// Takes the topmost mark away and gives its height.
    #[inline]
    fn mark(&mut self) -> R<usize> {
        let Some(mark) = self.marks.pop() else { return Err(unpickling_error(self.t, "could not find MARK")) };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }

    fn load_pop(&mut self) -> R<()> {
        // A mark without anything on it is what is popped.
        if self.marks.last() == Some(&self.stack.len()) {
            return self.mark().map(drop);
        }
        self.pop().map(drop)
    }

    #[inline]
    fn load_memo(&mut self, number: usize) -> R<()> {
        match self.memo.get(self.t, number)? {
            Some(value) => self.push(value),
            None => Err(no_memo(self.t, number as i64)),
        }
    }

    /// A length of eight bytes.
    fn size8(&mut self, message: &str) -> R<usize> {
        let length = u64::from_le_bytes(self.input.array(self.t)?);
        match usize::try_from(length) {
            Ok(length) if length <= isize::MAX as usize => Ok(length),
            _ => Err(self.t.overflow_error(format_args!("{message} {} bytes", isize::MAX))),
        }
    }

    // Numbers.

    fn line_number(&mut self) -> R<i64> {
        let t = self.t;
        let line = self.input.line(t)?;
        if line.len() < 2 {
            return Err(unpickling_error(t, "pickle data was truncated"));
        }
        let number = parse_int(t, line, 10)?;
        protocols::index_i64(t, number)
    }

    fn load_int(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.line(t)?;
        let value = match line {
            [] | [_] => return Err(unpickling_error(t, "pickle data was truncated")),
            b"00\n" => Value::FALSE,
            b"01\n" => Value::TRUE,
            _ => match parse_int(t, line, 10) {
                Ok(value) => value,
                Err(raised) => {
                    t.catch(raised, t.classes().value_error)?;
                    return Err(t.value_error("could not convert string to int"));
                }
            },
        };
        self.push(value)
    }

    fn load_long(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.line(t)?;
        if line.len() < 2 {
            return Err(unpickling_error(t, "pickle data was truncated"));
        }
        let digits = line.strip_suffix(b"L\n").unwrap_or(line);
        let value = parse_int(t, digits, 10)?;
        self.push(value)
    }

    fn load_counted_long(&mut self, length: usize) -> R<()> {
        let t = self.t;
        let bytes = self.input.take(t, length)?;
        let value = if length <= 8 {
            let fill = if bytes.last().is_some_and(|&last| last >= 0x80) { 0xff } else { 0 };
            let mut wide = [fill; 8];
            wide[..length].copy_from_slice(bytes);
            int_from_i64(t, i64::from_le_bytes(wide))?
        } else {
            int_from_big(t, BigInt::from_signed_bytes_le(bytes))?
        };
        self.push(value)
    }

    fn load_float(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.line(t)?;
        if line.len() < 2 {
            return Err(unpickling_error(t, "pickle data was truncated"));
        }
        let digits = line.strip_suffix(b"\n").unwrap_or(line);
        let plain = !digits.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'_');
        let Some(number) = text::floats::parse::parse(digits).filter(|_| plain) else {
            let shown = raw_quoted(line);
            return Err(t.value_error(format_args!("could not convert string to float: {shown}")));
        };
        if number.is_infinite() && digits.iter().any(u8::is_ascii_digit) {
            let shown = raw_quoted(line);
            return Err(t.overflow_error(format_args!("value too large to convert to float: {shown}")));
        }
        self.push(float_value(t, number)?)
    }

    // Text and bytes.

    #[inline]
    fn load_text(&mut self, length: usize) -> R<()> {
        let t = self.t;
        let bytes = self.input.take(t, length)?;
        let text = if bytes.is_ascii() { Str::from_ascii(t, bytes)? } else { decode(t, bytes)? };
        self.stack.push(t, text.value())
    }

    fn load_bytes(&mut self, length: usize) -> R<()> {
        let owner = self.owner;
        if let Some(owner) = owner {
            owner.park(self.t, &mut self.memo);
        }
        let bytes = self.input.bytes(self.t, length);
        if let Some(owner) = owner {
            owner.unpark(self.t, &mut self.memo);
        }
        self.push(bytes?.value())
    }

    fn take_bytearray(&mut self, length: usize) -> R<Ref<ByteArray>> {
        self.input.bytearray(self.t, length)
    }

    fn load_escaped(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.line(t)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let object = Bytes::new(t, line)?;
        let mut decoding = vm::codecs::errors::Decoding::new(t, "rawunicodeescape", line, object.value(), None);
        let decoded = text::codecs::escapes::decode_raw_unicode(line, true, &mut |problem| decoding.replace(problem))?;
        let text = Str::from_owned(t, decoded.text)?;
        self.push(text.value())
    }

    fn load_string(&mut self) -> R<()> {
        use text::codecs::escapes::{BytesPolicy, decode_bytes};
        let t = self.t;
        let line = self.input.line(t)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let inside = match line {
            [first @ (b'\'' | b'"'), inside @ .., last] if first == last => inside,
            _ => return Err(unpickling_error(t, "the STRING opcode argument must be quoted")),
        };
        let (decoded, _) = decode_bytes(inside, BytesPolicy::Strict).map_err(|message| t.value_error(message))?;
        self.push_string(&decoded)
    }

    fn load_counted_string(&mut self, length: usize) -> R<()> {
        let bytes = self.input.take(self.t, length)?.to_vec();
        self.push_string(&bytes)
    }

    /// A string of Python 2.
    fn push_string(&mut self, bytes: &[u8]) -> R<()> {
        let t = self.t;
        let object = Bytes::new(t, bytes)?;
        let Reading { encoding, errors, .. } = self.reading;
        if encoding.is("bytes") {
            return self.push(object.value());
        }
        let text = self.outside(|t| {
            vm::codecs::decode_text(t, object.target().as_slice(), object.value(), Some(encoding), Some(errors))
        })?;
        self.push(text)
    }

    fn load_next_buffer(&mut self) -> R<()> {
        let t = self.t;
        let Some(buffers) = self.reading.buffers else {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling_error(t, message));
        };
        match self.outside(|t| protocols::next(t, buffers))? {
            Some(buffer) => self.push(buffer),
            None => Err(unpickling_error(t, "not enough out-of-band buffers")),
        }
    }

    fn load_read_only_buffer(&mut self) -> R<()> {
        let buffer = self.top()?;
        let read_only = self.outside(|t| {
            let view = vm::builtins::memoryview::of_object(t, buffer)?;
            if view.has(READONLY) {
                vm::protocols::buffer::release(t, view)?;
                return Ok(None);
            }
            let name = Str::interned(t, "toreadonly")?;
            let read_only = call_method(t, view.value(), name, &[])?;
            vm::protocols::buffer::release(t, view)?;
            Ok(Some(read_only))
        })?;
        match read_only {
            Some(view) => {
                self.pop()?;
                self.push(view)
            }
            None => Ok(()),
        }
    }

    // Containers.

    #[inline]
    fn load_short_tuple(&mut self, length: usize) -> R<()> {
        let t = self.t;
        let start = match self.stack.len().checked_sub(length) {
            Some(start) if start >= self.fence => start,
            _ => return Err(self.underflow()),
        };
        let tuple = Tuple::from_slice(t, &self.stack.as_slice()[start..])?;
        self.stack.truncate(t, start);
        self.push(tuple.value())
    }

    fn load_dict(&mut self) -> R<()> {
        let t = self.t;
        let start = self.mark()?;
        if !(self.stack.len() - start).is_multiple_of(2) {
            return Err(unpickling_error(t, "odd number of items for DICT"));
        }
        let dict = Dict::new(t)?;
        self.fill_dict(dict, start)?;
        self.push(dict.value())
    }

    fn load_frozenset(&mut self) -> R<()> {
        let t = self.t;
        let start = self.mark()?;
        let items = ValueVec::from_slice(t, &self.stack.as_slice()[start..])?;
        let set = self.outside(|t| FrozenSet::from_slice(t, items.as_slice()))?;
        self.stack.truncate(t, start);
        self.push(set.value())
    }

    /// The object below a height, which must lie above the fence.
    fn below(&self, height: usize) -> R {
        if height <= self.fence || height > self.stack.len() {
            return Err(self.underflow());
        }
        Ok(self.stack.get(height - 1))
    }

    fn append_from(&mut self, start: usize) -> R<()> {
        let t = self.t;
        let target = self.below(start)?;
        if start == self.stack.len() {
            return Ok(());
        }
        if target.class(t) == t.classes().list
            && let Some(list) = target.downcast::<List>()
        {
            list.extend_from_slice(t, &self.stack.as_slice()[start..])?;
            self.stack.truncate(t, start);
            return Ok(());
        }
        let items = List::from_slice(t, &self.stack.as_slice()[start..])?;
        self.stack.truncate(t, start);
        self.outside(|t| append_to(t, target, items))
    }

    fn set_from(&mut self, start: usize) -> R<()> {
        let t = self.t;
        let target = self.below(start)?;
        if start == self.stack.len() {
            return Ok(());
        }
        if !(self.stack.len() - start).is_multiple_of(2) {
            return Err(unpickling_error(t, "odd number of items for SETITEMS"));
        }
        if target.class(t) == t.classes().dict
            && let Some(dict) = target.downcast::<Dict>()
        {
            return self.fill_dict(dict, start);
        }
        let mut index = start;
        while index + 1 < self.stack.len() {
            let (key, value) = (self.stack.get(index), self.stack.get(index + 1));
            self.outside(|t| protocols::set_item(t, target, key, value))?;
            index += 2;
        }
        self.stack.truncate(t, start);
        Ok(())
    }

    /// Moves the pairs from a height on into a dict.
    fn fill_dict(&mut self, dict: Ref<Dict>, start: usize) -> R<()> {
        let t = self.t;
        let count = (self.stack.len() - start) / 2;
        if count > 4 && dict.is_empty(t) {
            dict.make_room(t, count)?;
        }
        for pair in 0..count {
            let (key, value) = (self.stack.get(start + 2 * pair), self.stack.get(start + 2 * pair + 1));
            if key.class(t) == t.classes().str || key.is_small_int() {
                dict.set(t, key, value)?;
            } else {
                self.outside(|t| dict.set(t, key, value))?;
            }
        }
        self.stack.truncate(t, start);
        Ok(())
    }

    fn load_additems(&mut self) -> R<()> {
        let t = self.t;
        let start = self.mark()?;
        let target = self.below(start)?;
        if start == self.stack.len() {
            return Ok(());
        }
        let items = ValueVec::from_slice(t, &self.stack.as_slice()[start..])?;
        self.stack.truncate(t, start);
        self.outside(|t| {
            if let Some(set) = target.downcast::<Set>() {
                return items.iter().try_for_each(|item| set.add(t, item).map(drop));
            }
            let add = get_attribute(t, target, t.names().add)?;
            items.iter().try_for_each(|item| call(t, add, &[item]).map(drop))
        })
    }

    // Objects.

    fn load_reduce(&mut self) -> R<()> {
        let t = self.t;
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let Some(arguments) = Tuple::of(t, arguments) else {
            return Err(t.type_error("argument list must be a tuple"));
        };
        let made = self.outside(|t| call(t, callable, arguments.target().as_slice()))?;
        self.push(made)
    }

    fn load_new(&mut self, named: bool) -> R<()> {
        let t = self.t;
        let keywords = if named { Some(self.pop()?) } else { None };
        let (arguments, class) = (self.pop()?, self.pop()?);
        let opcode = if named { "NEWOBJ_EX" } else { "NEWOBJ" };
        let fail = |what: &str, expected: &str, got: Value| {
            let got = got.class(t).name();
            Err(unpickling_error(t, &format!("{opcode} {what} argument must be a {expected}, not {got}")))
        };
        let Some(new_class) = class.downcast::<Class>() else { return fail("class", "type", class) };
        let Some(arguments) = Tuple::of(t, arguments) else { return fail("args", "tuple", arguments) };
        let keywords = match keywords {
            Some(keywords) => match keywords.downcast::<Dict>() {
                Some(keywords) => Some(keywords),
                None => return fail("kwargs", "dict", keywords),
            },
            None => None,
        };
        if arguments.is_empty()
            && keywords.is_none()
            && let Some(made) = self.new_plain(new_class)?
        {
            return self.push(made);
        }
        let made = self.outside(|t| unpickler::new_instance(t, new_class, arguments, keywords))?;
        self.push(made)
    }

    /// Makes an instance as OBJ and INST do.
    fn instantiate(&mut self, class: Value, arguments: Ref<Tuple>) -> R<()> {
        let made = self.outside(|t| {
            if arguments.is_empty() && class.downcast::<Class>().is_some() {
                let name = Str::interned(t, "__getinitargs__")?;
                if get_attribute_optional(t, class, name)?.is_none() {
                    return call_method(t, class, t.names().__new__, &[class]);
                }
            }
            call(t, class, arguments.target().as_slice())
        })?;
        self.push(made)
    }

    fn load_obj(&mut self) -> R<()> {
        let t = self.t;
        let start = self.mark()?;
        let Some((&class, rest)) = self.stack.as_slice()[start..].split_first() else { return Err(self.underflow()) };
        let arguments = Tuple::from_slice(t, rest)?;
        self.stack.truncate(t, start);
        self.instantiate(class, arguments)
    }

    /// A line as text.
    fn name_line(&mut self, known: Known) -> R<Ref<Str>> {
        let t = self.t;
        let line = self.input.line(t)?;
        if line.len() < 2 {
            return Err(unpickling_error(t, "pickle data was truncated"));
        }
        let bytes = Bytes::new(t, &line[..line.len() - 1])?;
        decode_known(t, known, bytes.target().as_slice(), bytes.value(), None)
    }

    fn load_inst(&mut self) -> R<()> {
        let t = self.t;
        let start = self.mark()?;
        let module = self.name_line(Known::Ascii)?;
        let name = self.name_line(Known::Ascii)?;
        let class = self.find_class(module, name)?;
        let arguments = Tuple::from_slice(t, &self.stack.as_slice()[start..])?;
        self.stack.truncate(t, start);
        self.instantiate(class, arguments)
    }

    fn load_global(&mut self) -> R<()> {
        let module = self.name_line(Known::Utf8)?;
        let name = self.name_line(Known::Utf8)?;
        let found = self.find_class(module, name)?;
        self.push(found)
    }

    fn load_stack_global(&mut self) -> R<()> {
        let (name, module) = (self.pop()?, self.pop()?);
        match (module.downcast::<Str>(), name.downcast::<Str>()) {
            (Some(module), Some(name)) => {
                let found = self.find_class(module, name)?;
                self.push(found)
            }
            _ => Err(unpickling_error(self.t, "STACK_GLOBAL requires str")),
        }
    }

    fn find_class(&mut self, module: Ref<Str>, name: Ref<Str>) -> R {
        let (protocol, fix_imports, owner) = (self.protocol, self.reading.fix_imports, self.owner);
        match owner {
            Some(owner) if owner.value().class(self.t) != super::unpickler::UNPICKLER.get(self.t) => {
                owner.set_protocol(protocol);
                self.outside(|t| {
                    let hook = Str::interned(t, "find_class")?;
                    call_method(t, owner.value(), hook, &[module.value(), name.value()])
                })
            }
            _ => self.outside(|t| unpickler::find_class(t, module, name, protocol, fix_imports)),
        }
    }

    fn load_extension(&mut self, code: i32) -> R<()> {
        let t = self.t;
        if code <= 0 {
            return Err(unpickling_error(t, "EXT specifies code <= 0"));
        }
        let (state, key) = (self.state()?, Value::small(code));
        if let Some(found) = state.extension_cache(t)?.get(t, key)? {
            return self.push(found);
        }
        let Some(pair) = state.inverted_registry(t)?.get(t, key)? else {
            return Err(t.value_error(format_args!("unregistered extension code {code}")));
        };
        let names = Tuple::of(t, pair)
            .filter(|pair| pair.len() == 2)
            .and_then(|pair| Some((Str::of(t, pair.get(0))?, Str::of(t, pair.get(1))?)));
        let Some((module, name)) = names else {
            return Err(t.value_error(format_args!("_inverted_registry[{code}] isn't a 2-tuple of strings")));
        };
        let found = self.find_class(module, name)?;
        state.extension_cache(t)?.set(t, key, found)?;
        self.push(found)
    }

    fn load_persistent_line(&mut self) -> R<()> {
        let t = self.t;
        let line = self.input.line(t)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if !line.is_ascii() {
            return Err(unpickling_error(t, "persistent IDs in protocol 0 must be ASCII strings"));
        }
        let identity = Str::from_ascii(t, line)?;
        self.load_persistent(identity.value())
    }

    fn load_persistent(&mut self, identity: Value) -> R<()> {
        let owner = self.owner;
        let found = self.outside(|t| match owner {
            Some(owner) => {
                let hook = Str::interned(t, "persistent_load")?;
                let hook = get_attribute(t, owner.value(), hook)?;
                call(t, hook, &[identity])
            }
            None => Err(unpickler::no_persistent_load(t)),
        })?;
        self.push(found)
    }

    fn load_build(&mut self) -> R<()> {
        let t = self.t;
        let height = self.height(1)?;
        let (object, state) = (self.stack.get(height - 1), self.stack.get(height));
        self.stack.truncate(t, height);
        if self.build_plain(object, state)? {
            return Ok(());
        }
        self.outside(|t| unpickler::build(t, object, state))
    }
}

/// Appends items to what is no list.
fn append_to(t: &Thread, target: Value, items: Ref<List>) -> R<()> {
    if let Some(extend) = get_attribute_optional(t, target, t.names().extend)? {
        return call(t, extend, &[items.value()]).map(drop);
    }
    let append = get_attribute(t, target, t.names().append)?;
    let mut index = 0;
    while let Some(item) = items.get(index) {
        call(t, append, &[item])?;
        index += 1;
    }
    Ok(())
}

#[cold]
fn decode(t: &Thread, bytes: &[u8]) -> R<Ref<Str>> {
    if text::OwnedUnits::from_wtf8(bytes).is_some() {
        return text_of_wtf8(t, bytes);
    }
    let object = Bytes::new(t, bytes)?;
    let errors = Str::interned(t, "surrogatepass")?;
    decode_known(t, Known::Utf8, object.target().as_slice(), object.value(), Some(errors))
}

fn parse_int(t: &Thread, text: &[u8], base: u32) -> R {
    let text = Str::from_units(t, text::Units::One(text))?;
    vm::builtins::int::parse_str(t, text, base, text.value())
}

/// A line between quotes, as it is.
fn raw_quoted(line: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(line))
}

#[cold]
fn no_memo(t: &Thread, number: i64) -> Raised {
    unpickling_error(t, &format!("Memo value not found at index {number}"))
}

#[cold]
fn invalid_opcode(t: &Thread, opcode: u8) -> Raised {
    let shown = match opcode {
        0x20..=0x7e if opcode != b'\'' && opcode != b'\\' => char::from(opcode).to_string(),
        _ => format!("\\x{opcode:02x}"),
    };
    unpickling_error(t, &format!("invalid load key, '{shown}'."))
}
