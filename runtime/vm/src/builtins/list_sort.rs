//! `list.sort`. The values are taken out of the list meanwhile, as in CPython, and sorted by their numbers; keys that are all
//! small ints, floats or strings, or tuples of one length with such columns, are compared without a call.
//!
//! Invariant: nobody stores into the arrays of values and keys while they are sorted (the list that they came from is
//! empty), so slices of them stay as they are.

use crate::containers::ValueVec;
use crate::containers::merge_sort::sort_indices;
use crate::object::Ref;
use crate::objects::value_array::{AT_ONCE, ValueArray};
use crate::objects::{List, Str, Tuple};
use crate::protocols;
use crate::raised::R;
use crate::thread::Thread;
use crate::value::Value;

/// Sorts a list in place; ValueError if it was changed meanwhile.
pub fn sort(t: &Thread, list: Ref<List>, key: Option<Value>, reverse: bool) -> R<()> {
    let (values, mark) = list.lend(t)?;
    let (values, result) = match sorted(t, &values, key, reverse) {
        Ok(Some(sorted)) => (sorted, Ok(())),
        Ok(None) => (values, Ok(())),
        Err(raised) => (values, Err(raised)),
    };
    let untouched = list.put_back(t, values, mark);
    if result.is_ok() && !untouched {
        return Err(t.value_error("list modified during sort"));
    }
    result
}

/// How many values are sorted while the collector may have to wait: half a millisecond's worth.
const SORTED_AT_ONCE: usize = 1 << 12;
/// The same of small ints alone.
const NUMBERS_AT_ONCE: usize = 1 << 15;

/// The values in order; none if they are in order already.
fn sorted(t: &Thread, values: &ValueVec, key: Option<Value>, reverse: bool) -> R<Option<ValueVec>> {
    let keys = match key {
        Some(function) => Some(keys_of(t, values, function)?),
        None => None,
    };
    if values.len() < 2 {
        return Ok(None);
    }
    if keys.is_none()
        && let Some(mut numbers) = all_words(t, values.as_slice(), Value::as_small_int)
    {
        t.blocking_if(numbers.len() > NUMBERS_AT_ONCE, || {
            if reverse { numbers.sort_by(|a, b| b.cmp(a)) } else { numbers.sort() }
        });
        return filled(t, numbers.len(), |index| Value::small_int(numbers[index])).map(Some);
    }
    let order = order_of(t, keys.as_ref().unwrap_or(values).as_slice(), reverse)?;
    if order.iter().enumerate().all(|(place, &index)| place == index as usize) {
        return Ok(None);
    }
    let values = values.as_slice();
    filled(t, order.len(), |index| Some(values[order[index] as usize])).map(Some)
}

fn keys_of(t: &Thread, values: &ValueVec, function: Value) -> R<ValueVec> {
    let mut keys = ValueVec::with_capacity(t, values.len())?;
    for value in values.iter() {
        let key = protocols::call(t, function, &[value])?;
        keys.push(t, key)?;
        // A native function may not have.
        t.poll()?;
    }
    Ok(keys)
}

fn filled(t: &Thread, length: usize, value: impl Fn(usize) -> Option<Value>) -> R<ValueVec> {
    Ok(ValueVec::from_array(Some(ValueArray::with(t, length, |index| (index..length).map(&value))?), length))
}

/// What the keys hold, if all hold such a thing. This thread may be stopped in between.
fn all_words<T>(t: &Thread, keys: &[Value], word: impl Fn(Value) -> Option<T>) -> Option<Vec<T>> {
    word(keys[0])?;
    word(keys[keys.len() - 1])?;
    let mut words = Vec::with_capacity(keys.len());
    for piece in keys.chunks(AT_ONCE) {
        for &key in piece {
            words.push(word(key)?);
        }
        t.stand_still();
    }
    Some(words)
}

/// The numbers of the keys in order.
fn order_of(t: &Thread, keys: &[Value], reverse: bool) -> R<Vec<u32>> {
    if let Some(numbers) = all_words(t, keys, Value::as_small_int) {
        return Ok(order_by(t, keys, numbers, reverse, |a, b| a.cmp(b)));
    }
    if let Some(numbers) = all_words(t, keys, Value::as_word_float) {
        // Floats in words are neither nan nor infinite.
        return Ok(order_by(t, keys, numbers, reverse, f64::total_cmp));
    }
    if let Some(strings) = all_words(t, keys, |key| Some(StringKey::new(key.downcast::<Str>()?.target()))) {
        return Ok(order_by(t, keys, strings, reverse, StringKey::compare));
    }
    if let Some(rows) = all_words(t, keys, |key| key.downcast::<Tuple>())
        && let Some(columns) = columns_of(&rows)
    {
        let rows = rows.into_iter().map(|row| (columns[0].prefix(row.get(0)), row)).collect();
        return Ok(order_by(t, keys, rows, reverse, |a: &(u64, Ref<Tuple>), b| {
            a.0.cmp(&b.0).then_with(|| compare_rows(&columns, a.1, b.1))
        }));
    }
    order_by_calls(t, keys, reverse)
}

/// What all values of a column are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Int,
    Float,
    Text,
}

impl Column {
    fn of(value: Value) -> Option<Self> {
        if value.is_small_int() {
            return Some(Column::Int);
        }
        if value.is_word_float() {
            return Some(Column::Float);
        }
        value.downcast::<Str>().map(|_| Column::Text)
    }

    /// A number whose order is the values', as far as it goes.
    fn prefix(self, value: Value) -> u64 {
        const SIGN: u64 = 1 << 63;
        match self {
            Column::Int => value.bits() ^ SIGN,
            Column::Float => {
                let bits = value.as_word_float().unwrap_or(0.0).to_bits();
                if bits & SIGN == 0 { bits ^ SIGN } else { !bits }
            }
            Column::Text => value.downcast::<Str>().map_or(0, |text| StringKey::new(text.target()).prefix),
        }
    }

    fn compare(self, a: Value, b: Value) -> std::cmp::Ordering {
        match self {
            Column::Int => (a.bits() as i64).cmp(&(b.bits() as i64)),
            Column::Float | Column::Text => quick_order(a, b).unwrap_or(std::cmp::Ordering::Equal),
        }
    }
}

/// The columns of tuples of one length, not empty, if each has values of one sort.
fn columns_of(rows: &[Ref<Tuple>]) -> Option<Vec<Column>> {
    let (first, others) = rows.split_first()?;
    let columns = first.as_slice().iter().map(|&value| Column::of(value)).collect::<Option<Vec<_>>>()?;
    let alike = |row: &Ref<Tuple>| {
        row.len() == columns.len()
            && row.as_slice().iter().zip(&columns).all(|(&value, &column)| Column::of(value) == Some(column))
    };
    (!columns.is_empty() && others.iter().all(alike)).then_some(columns)
}

fn compare_rows(columns: &[Column], a: Ref<Tuple>, b: Ref<Tuple>) -> std::cmp::Ordering {
    let items = a.target().as_slice().iter().zip(b.target().as_slice());
    let mut orders = columns.iter().zip(items).map(|(column, (&a, &b))| column.compare(a, b));
    orders.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// The numbers of the keys in the order of what they hold.
fn order_by<T>(
    t: &Thread,
    keys: &[Value],
    held: Vec<T>,
    reverse: bool,
    compare: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Vec<u32> {
    // Without the collector if it is much: the comparisons read nothing of the heap but strings and tuples, which do not change, and
    // which the array of keys keeps.
    let order = t.blocking_if(held.len() > SORTED_AT_ONCE, || {
        let mut pairs: Vec<(T, u32)> = held.into_iter().zip(0..).collect();
        if reverse {
            pairs.sort_by(|a, b| compare(&b.0, &a.0));
        } else {
            pairs.sort_by(|a, b| compare(&a.0, &b.0));
        }
        pairs.into_iter().map(|(_, index)| index).collect()
    });
    // What the pairs referred to is kept by the keys alone, as far as the collector sees.
    std::hint::black_box(keys);
    order
}

/// A string with its first characters at hand. The array of keys keeps the string.
struct StringKey<'a> {
    prefix: u64,
    string: &'a Str,
}

impl<'a> StringKey<'a> {
    fn new(string: &'a Str) -> Self {
        let units = string.units();
        // Four characters of 16 bits, larger ones counted as the largest: enough to tell most strings apart.
        let prefix = (0..4)
            .fold(0, |prefix, index| prefix << 16 | u64::from(units.try_get(index).map_or(0, |c| c.min(0xFFFE) + 1)));
        Self { prefix, string }
    }

    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| self.string.units().compare(other.string.units()))
    }
}

/// The general case: `<` of the keys decides.
fn order_by_calls(t: &Thread, keys: &[Value], reverse: bool) -> R<Vec<u32>> {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    if reverse {
        order.reverse();
    }
    let tuples =
        all_words(t, keys, |key| key.downcast::<Tuple>().filter(|tuple| !tuple.is_empty()).map(|_| ())).is_some();
    sort_indices(&mut order, &mut |a: u32, b: u32| {
        let (a, b) = (keys[a as usize], keys[b as usize]);
        t.stand_still();
        match quick_less(a, b, tuples) {
            Some(less) => Ok(less),
            None => protocols::less(t, a, b),
        }
    })?;
    if reverse {
        order.reverse();
    }
    Ok(order)
}

/// `a < b`, where that follows from numbers or strings, or from the first items of tuples.
fn quick_less(a: Value, b: Value, tuples: bool) -> Option<bool> {
    if !tuples {
        return quick_order(a, b).map(std::cmp::Ordering::is_lt);
    }
    let (a, b) = (a.downcast::<Tuple>()?, b.downcast::<Tuple>()?);
    quick_order(a.get(0), b.get(0)).filter(|order| order.is_ne()).map(std::cmp::Ordering::is_lt)
}

fn quick_order(a: Value, b: Value) -> Option<std::cmp::Ordering> {
    if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.as_word_float(), b.as_word_float()) {
        return a.partial_cmp(&b);
    }
    Some(a.downcast::<Str>()?.target().units().compare(b.downcast::<Str>()?.target().units()))
}
