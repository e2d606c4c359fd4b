//! From values to a message.

use std::collections::HashMap;

use vm::containers::ValueVec;
use vm::objects::memoryview::{MemoryView, READONLY};
use vm::objects::{
    ByteArray, Bytes, Dict, Function, List, Str, Tuple, exact_complex, exact_float, int_of, is_exact_int, to_big,
};
use vm::raised::Raised;
use vm::{R, Ref, Thread, Value, protocols};

use super::{Attachment, Message, Reach, functions, pickling, tag};
use crate::exceptions::{NOT_SHAREABLE, not_shareable};
use crate::queues;

/// The message that carries a value; `NotShareableError` if none can.
pub fn encode(t: &Thread, value: Value, reach: Reach) -> R<Message> {
    let mut encoder =
        Encoder { t, reach, out: Vec::new(), attachments: Vec::new(), seen: HashMap::new(), kept: ValueVec::new(t) };
    encoder.write(value)?;
    Ok(Message { bytes: encoder.out, attachments: encoder.attachments })
}

/// Whether a value's class is one of PEP 734's shareable ones. As in CPython, a tuple's items are not looked at.
pub fn is_shareable(t: &Thread, value: Value) -> R<bool> {
    let classes = t.classes();
    let class = value.class(t);
    let known =
        [classes.none_type, classes.bool_, classes.int, classes.float, classes.str, classes.bytes, classes.tuple];
    Ok(known.contains(&class) || value.downcast::<MemoryView>().is_some() || queues::id_of_queue(t, value)?.is_some())
}

/// Why a value was not encoded structurally.
enum Stop {
    /// It, or something in it, must be pickled.
    Foreign,
    /// An exception was raised.
    Raised(Raised),
}

impl From<Raised> for Stop {
    fn from(raised: Raised) -> Self {
        Stop::Raised(raised)
    }
}

struct Encoder<'t> {
    t: &'t Thread,
    reach: Reach,
    out: Vec<u8>,
    attachments: Vec<Attachment>,
    /// Address of each numbered object to its number.
    seen: HashMap<u64, usize>,
    /// The numbered objects, in order.
    kept: ValueVec,
}

/// The number of a tuple or frozenset whose items are being written: meeting it means a cycle.
const OPEN: usize = usize::MAX;

/// How far an encoder had come.
struct Mark {
    out: usize,
    attachments: usize,
    kept: usize,
}

impl Encoder<'_> {
    /// Writes a value that stands on its own: the root, or an item of a tuple that does.
    fn write(&mut self, value: Value) -> R<()> {
        let t = self.t;
        t.check_recursion(" while sharing an object")?;
        if self.write_simple(value)? {
            return Ok(());
        }
        if let Some(tuple) = value.downcast::<Tuple>().filter(|_| value.class(t) == t.classes().tuple) {
            return self.write_tuple_of_own(tuple);
        }
        if self.reach == Reach::Shareable {
            return Err(unshareable(t, value, None));
        }
        let mark = self.mark();
        match self.write_structure(value) {
            Ok(()) => Ok(()),
            Err(Stop::Raised(raised)) => Err(raised),
            Err(Stop::Foreign) => {
                self.back_to(&mark);
                self.write_foreign(value)
            }
        }
    }

    fn mark(&self) -> Mark {
        Mark { out: self.out.len(), attachments: self.attachments.len(), kept: self.kept.len() }
    }

    /// Forgets what was written since the mark.
    fn back_to(&mut self, mark: &Mark) {
        self.out.truncate(mark.out);
        self.attachments.truncate(mark.attachments);
        self.kept.truncate(self.t, mark.kept);
        self.seen.retain(|_, number| *number < mark.kept);
    }

    fn number(&mut self, value: usize) {
        self.out.extend((value as u64).to_le_bytes());
    }

    fn counted(&mut self, code: u8, count: usize) {
        self.out.push(code);
        self.number(count);
    }

    fn bytes(&mut self, code: u8, bytes: &[u8]) {
        self.counted(code, bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// Numbers an object, which the receiver numbers at the same point.
    fn keep(&mut self, value: Value) -> R<()> {
        self.seen.insert(value.bits(), self.kept.len());
        self.kept.push(self.t, value)
    }

    /// Writes what is no container: numbers, strings, bytes, views, queues; and objects met before. False for others.
    fn write_simple(&mut self, value: Value) -> R<bool> {
        let t = self.t;
        let simple = [(Value::NONE, tag::NONE), (Value::FALSE, tag::FALSE), (Value::TRUE, tag::TRUE)];
        if let Some((_, code)) = simple.into_iter().find(|(other, _)| other.is(value)) {
            self.out.push(code);
            return Ok(true);
        }
        if is_exact_int(value) {
            self.write_int(value);
            return Ok(true);
        }
        if let Some(number) = exact_float(value) {
            self.out.push(tag::FLOAT);
            self.out.extend(number.to_le_bytes());
            return Ok(true);
        }
        if let Some(&number) = self.seen.get(&value.bits()) {
            self.counted(tag::SEEN, number);
            return Ok(true);
        }
        let class = value.class(t);
        if let Some(text) = value.downcast::<Str>().filter(|_| class == t.classes().str) {
            match text.as_utf8() {
                Some(ascii) => self.bytes(tag::STR, ascii.as_bytes()),
                None => self.bytes(tag::STR, &text.to_wtf8()),
            }
            self.keep(value)?;
            return Ok(true);
        }
        if let Some(bytes) = value.downcast::<Bytes>().filter(|_| class == t.classes().bytes) {
            self.bytes(tag::BYTES, bytes.as_slice());
            self.keep(value)?;
            return Ok(true);
        }
        if let Some(view) = value.downcast::<MemoryView>() {
            self.write_view(view)?;
            self.keep(value)?;
            return Ok(true);
        }
        if let Some(id) = queues::id_of_queue(t, value)? {
            let held = queues::hold(t, id)?;
            self.counted(tag::QUEUE, self.attachments.len());
            self.attachments.push(Attachment::Queue(held));
            self.keep(value)?;
            return Ok(true);
        }
        Ok(false)
    }

    fn write_int(&mut self, value: Value) {
        let Some(number) = int_of(value) else { return };
        match number.to_i64() {
            Some(small) => {
                self.out.push(tag::INT);
                self.out.extend(small.to_le_bytes());
            }
            None => self.bytes(tag::BIG_INT, &to_big(number).to_signed_bytes_le()),
        }
    }

    fn write_view(&mut self, view: Ref<MemoryView>) -> R<()> {
        protocols::buffer::check_released(self.t, view)?;
        self.out.push(tag::VIEW);
        self.out.push(u8::from(view.has(READONLY)));
        let format = view.format();
        self.number(format.len());
        self.out.extend(format.as_bytes());
        self.number(view.item_size());
        let shape = view.shape();
        self.number(shape.len());
        for length in shape {
            self.out.extend(length.to_le_bytes());
        }
        let bytes = view.to_vec();
        self.number(bytes.len());
        self.out.extend(bytes);
        Ok(())
    }

    /// A tuple whose items stand on their own.
    fn write_tuple_of_own(&mut self, tuple: Ref<Tuple>) -> R<()> {
        let t = self.t;
        self.counted(tag::TUPLE, tuple.len());
        for index in 0..tuple.len() {
            if let Err(raised) = self.write(tuple.get(index)) {
                let cause = t.catch(raised, NOT_SHAREABLE.get(t))?;
                return Err(unshareable(t, tuple.value(), Some(cause)));
            }
        }
        self.keep(tuple.value())
    }

    /// Writes a value that must not be pickled, nor anything in it: the pickler would lose what its parts share.
    fn write_structure(&mut self, value: Value) -> Result<(), Stop> {
        let t = self.t;
        t.check_recursion(" while sharing an object")?;
        if value.is_object() && self.seen.get(&value.bits()) == Some(&OPEN) {
            return Err(Stop::Foreign);
        }
        if self.write_simple(value)? {
            return Ok(());
        }
        let (class, classes) = (value.class(t), t.classes());
        if value.is(Value::ELLIPSIS) {
            self.out.push(tag::ELLIPSIS);
            return Ok(());
        }
        if let Some(number) = exact_complex(value).filter(|_| class == classes.complex) {
            self.out.push(tag::COMPLEX);
            self.out.extend(number.real.to_le_bytes());
            self.out.extend(number.imaginary.to_le_bytes());
            return Ok(());
        }
        if let Some(array) = value.downcast::<ByteArray>().filter(|_| class == classes.bytearray) {
            self.bytes(tag::BYTEARRAY, &array.to_vec(t));
            return Ok(self.keep(value)?);
        }
        if let Some(list) = value.downcast::<List>().filter(|_| class == classes.list) {
            let items = list.to_tuple(t)?;
            self.counted(tag::LIST, items.len());
            self.keep(value)?;
            return self.write_items(items);
        }
        if let Some(dict) = value.downcast::<Dict>().filter(|_| class == classes.dict) {
            return self.write_dict(dict);
        }
        if class == classes.set {
            let items = protocols::tuple_of(t, value)?;
            self.counted(tag::SET, items.len());
            self.keep(value)?;
            return self.write_items(items);
        }
        if class == classes.tuple || class == classes.frozenset {
            let items = protocols::tuple_of(t, value)?;
            return self.write_frozen(value, items, class == classes.tuple);
        }
        Err(Stop::Foreign)
    }

    fn write_items(&mut self, items: Ref<Tuple>) -> Result<(), Stop> {
        (0..items.len()).try_for_each(|index| self.write_structure(items.get(index)))
    }

    fn write_dict(&mut self, dict: Ref<Dict>) -> Result<(), Stop> {
        let t = self.t;
        // A copy: another thread may change the dict while it is walked.
        let dict_copy = dict.copy(t)?;
        self.counted(tag::DICT, dict_copy.len(t));
        self.keep(dict.value())?;
        let mut position = 0;
        while let Some((key, item, _)) = dict_copy.next_entry(t, &mut position) {
            self.write_structure(key)?;
            self.write_structure(item)?;
        }
        Ok(())
    }

    /// A tuple or frozenset, numbered after its items.
    fn write_frozen(&mut self, value: Value, items: Ref<Tuple>, is_tuple: bool) -> Result<(), Stop> {
        self.seen.insert(value.bits(), OPEN);
        self.counted(if is_tuple { tag::TUPLE } else { tag::FROZENSET }, items.len());
        self.write_items(items)?;
        Ok(self.keep(value)?)
    }

    /// A function by its code, or a pickle.
    fn write_foreign(&mut self, value: Value) -> R<()> {
        let t = self.t;
        let refusal = match value.downcast::<Function>() {
            Some(function) => match functions::check_stateless(t, function) {
                Ok(()) => return self.write_function(function),
                Err(raised) => Some(t.take(raised)),
            },
            None => None,
        };
        let pickle = match pickling::dumps(t, value) {
            Ok(pickle) => pickle,
            Err(raised) => {
                let cause = t.take(raised);
                return Err(unshareable(t, value, Some(refusal.unwrap_or(cause))));
            }
        };
        self.bytes(tag::PICKLE, &pickle.bytes);
        let program = pickle.program.unwrap_or_default();
        self.number(program.len());
        self.out.extend(program.as_bytes());
        self.keep(value)
    }

    fn write_function(&mut self, function: Ref<Function>) -> R<()> {
        self.counted(tag::FUNCTION, self.attachments.len());
        self.attachments.push(Attachment::Code(function.code().unit_arc()));
        self.keep(function.value())
    }
}

/// `NotShareableError` that names the value.
fn unshareable(t: &Thread, value: Value, cause: Option<Value>) -> Raised {
    match protocols::repr(t, value) {
        Ok(shown) => {
            not_shareable(t, &format!("{} does not support cross-interpreter data", shown.to_string_lossy()), cause)
        }
        Err(raised) => raised,
    }
}

/// The message that carries a callable for `Interpreter.call`: a function by its code if it has no state, else a pickle.
pub fn encode_callable(t: &Thread, callable: Value) -> R<Message> {
    let mut message = Message { bytes: Vec::new(), attachments: Vec::new() };
    let Some(function) = callable.downcast::<Function>() else { return encode(t, callable, Reach::Everything) };
    let Err(raised) = functions::check_stateless(t, function) else { return encode(t, callable, Reach::Everything) };
    let cause = t.take(raised);
    match pickling::dumps(t, callable) {
        Ok(pickle) => {
            let program = pickle.program.unwrap_or_default();
            message.bytes.push(tag::PICKLE);
            message.bytes.extend((pickle.bytes.len() as u64).to_le_bytes());
            message.bytes.extend(pickle.bytes);
            message.bytes.extend((program.len() as u64).to_le_bytes());
            message.bytes.extend(program.as_bytes());
            Ok(message)
        }
        Err(raised) => {
            let _ = t.take(raised);
            Err(not_shareable(t, "only stateless functions are shareable", Some(cause)))
        }
    }
}
