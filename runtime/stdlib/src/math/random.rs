//! `_random`: the Mersenne Twister.
//!
//! Invariant: words and index are only touched under the object's lock byte, and no Python code runs meanwhile; so threads that
//! share a generator draw different numbers of one sequence.

use sync::atomic::{AtomicU32, Ordering::Relaxed};
use text::random::MersenneTwister;
use vm::heap_object;
use vm::modules::{NativeModule, nothing_to_add};
use vm::native::{Args, ClassDef, MethodDef};
use vm::object::{Object, Ref};
use vm::objects::int::{int_from, int_from_i64, to_big};
use vm::objects::int_arithmetic::to_u64;
use vm::objects::{ClassFlags, Tuple, float_value, int_of};
use vm::protocols;
use vm::shared::NativeClass;
use vm::{R, Thread, Value, native};

/// Words of the generator's state.
const WORDS: usize = 624;

heap_object! {
    /// `_random.Random`.
    pub struct Random {
        words: [AtomicU32; WORDS],
        index: AtomicU32,
    }
    trace {}
}

impl Random {
    fn load(&self) -> MersenneTwister {
        let words = std::array::from_fn(|index| self.words[index].load(Relaxed));
        let index = (self.index.load(Relaxed) as usize).min(WORDS);
        MersenneTwister::from_state(words, index).expect("the index is within the words")
    }

    fn store(&self, generator: &MersenneTwister) {
        let (words, index) = generator.state();
        for (slot, &word) in self.words.iter().zip(words) {
            slot.store(word, Relaxed);
        }
        self.index.store(index as u32, Relaxed);
    }

    /// Under the lock: the next 32 bits.
    fn next(&self) -> u32 {
        let index = self.index.load(Relaxed) as usize;
        let Some(word) = self.words.get(index) else {
            let mut generator = self.load();
            let word = generator.next_u32();
            self.store(&generator);
            return word;
        };
        self.index.store(index as u32 + 1, Relaxed);
        let mut word = word.load(Relaxed);
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }
}

fn system_seed() -> MersenneTwister {
    let words: Vec<u32> = (0..WORDS / 2)
        .flat_map(|_| {
            let seed = sync::random::seed();
            [seed as u32, (seed >> 32) as u32]
        })
        .collect();
    MersenneTwister::from_key(&words)
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__", raw)]
fn random_new(t: &Thread, args: Args<'_>) -> R {
    let (class, _) = vm::builtins::construct::class_argument(t, args, RANDOM.get(t))?;
    let random = t.publish_instance(t.allocate::<Random>(class)?, class);
    random.store(&system_seed());
    Ok(random.value())
}

/// Initialize self.  See help(type(self)) for accurate signature.
#[native("__init__", raw)]
fn random_init(t: &Thread, args: Args<'_>) -> R<()> {
    match args.values {
        [_] => Ok(()),
        [this, seed] if args.keyword_count() == 0 => match this.downcast::<Random>() {
            Some(this) => reseed(t, this, *seed),
            None => Err(t.type_error("descriptor '__init__' requires a '_random.Random' object")),
        },
        values => Err(
            t.type_error(format_args!("Random() takes at most 1 argument ({} given)", values.len().saturating_sub(1)))
        ),
    }
}

fn reseed(t: &Thread, this: Ref<Random>, seed: Value) -> R<()> {
    let generator = if seed.is_none() {
        system_seed()
    } else if let Some(number) = int_of(seed) {
        MersenneTwister::from_int(&to_big(number))
    } else {
        MersenneTwister::from_u64(protocols::hash(t, seed)?)
    };
    let _guard = this.header.lock(t.mutator());
    this.store(&generator);
    Ok(())
}

/// seed([n]) -> None.
///
/// Defaults to use urandom and falls back to a combination
/// of the current time and the process identifier.
#[native("seed($self, n=None, /)")]
fn random_seed(t: &Thread, this: Ref<Random>, seed: Value) -> R<()> {
    reseed(t, this, seed)
}

/// random() -> x in the interval [0, 1).
#[native("random($self, /)")]
fn random_random(t: &Thread, this: Ref<Random>) -> R {
    let (high, low) = {
        let _guard = this.header.lock(t.mutator());
        (this.next() >> 5, this.next() >> 6)
    };
    float_value(t, (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0)
}

/// getrandbits(k) -> x.  Generates an int with k random bits.
#[native("getrandbits($self, k, /)")]
fn random_getrandbits(t: &Thread, this: Ref<Random>, bits: Value) -> R {
    let number = protocols::index_number(t, bits)?;
    if number.is_negative() {
        return Err(t.value_error("number of bits must be non-negative"));
    }
    let Some(bits) = to_u64(number) else {
        return Err(t.overflow_error("Python int too large to convert to C uint64_t"));
    };
    if (1..=32).contains(&bits) {
        let word = {
            let _guard = this.header.lock(t.mutator());
            this.next()
        };
        return int_from_i64(t, i64::from(word >> (32 - bits)));
    }
    vm::objects::int::check_bits(t, bits)?;
    let drawn = {
        let _guard = this.header.lock(t.mutator());
        let mut generator = this.load();
        let drawn = generator.getrandbits(bits as usize);
        this.store(&generator);
        drawn
    };
    int_from(t, drawn)
}

/// getstate() -> tuple containing the current state.
#[native("getstate($self, /)")]
fn random_getstate(t: &Thread, this: Ref<Random>) -> R<Ref<Tuple>> {
    let generator = {
        let _guard = this.header.lock(t.mutator());
        this.load()
    };
    let (words, index) = generator.state();
    Tuple::with(t, WORDS + 1, |place| int_from_i64(t, if place < WORDS { words[place].into() } else { index as i64 }))
}

/// setstate(state) -> None.  Restores generator state.
#[native("setstate($self, state, /)")]
fn random_setstate(t: &Thread, this: Ref<Random>, state: Value) -> R<()> {
    let Some(state) = Tuple::of(t, state) else { return Err(t.type_error("state vector must be a tuple")) };
    if state.len() != WORDS + 1 {
        return Err(t.value_error("state vector is the wrong size"));
    }
    let mut words = [0; WORDS];
    for (word, &value) in words.iter_mut().zip(state.as_slice()) {
        let number = protocols::index_long(t, value)?;
        *word = number as u32;
    }
    let index = protocols::index_long(t, state.get(WORDS))?;
    let generator = usize::try_from(index).ok().and_then(|index| MersenneTwister::from_state(words, index));
    let Some(generator) = generator else { return Err(t.value_error("invalid state")) };
    let _guard = this.header.lock(t.mutator());
    this.store(&generator);
    Ok(())
}

/// `_random.Random`.
pub static RANDOM: NativeClass = NativeClass::new(ClassDef {
    name: "Random",
    module: "_random",
    layout: Random::layout,
    base: None,
    flags: ClassFlags::BASE,
    doc: "Random() -> create a random number generator with its own internal state.",
    methods: &[
        MethodDef::New(&RANDOM_NEW),
        MethodDef::Method(&RANDOM_INIT),
        MethodDef::Method(&RANDOM_SEED),
        MethodDef::Method(&RANDOM_RANDOM),
        MethodDef::Method(&RANDOM_GETRANDBITS),
        MethodDef::Method(&RANDOM_GETSTATE),
        MethodDef::Method(&RANDOM_SETSTATE),
    ],
    getset: &[],
});

/// `_random`.
pub static MODULE: NativeModule = NativeModule {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    functions: &[],
    classes: &[&RANDOM],
    initialize: nothing_to_add,
};
