//! `_lru_cache_wrapper`: results of a function by its arguments, the ones used last kept.
//!
//! The cache is a dict in the order of use: a hit moves its entry to the end, and the first entry is the one to go. Each
//! operation on it is atomic; two threads that miss the same arguments at once both call the function.

use vm::builtins::construct::checked_class;
use vm::builtins::object::{get_dict, new_instance, set_dict};
use vm::containers::ValueVec;
use vm::containers::equality::hash_key;
use vm::native::{Args, ClassDef, GetSet, MethodDef};
use vm::object::Object;
use vm::objects::{ClassFlags, Dict, Method, int_from_u64};
use vm::protocols;
use vm::shared::NativeClass;
use vm::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use vm::{R, Ref, Slot, SlotExt, Str, Thread, Tuple, Value, heap_object, native};

heap_object! {
    /// A function with a cache.
    pub struct CachedFunction {
        function: Slot,
        cache: Slot,
        info_class: Slot,
        /// Separates positional arguments from those by name in a key.
        mark: Slot,
        /// Negative: no limit.
        limit: AtomicI64,
        hits: AtomicU64,
        misses: AtomicU64,
        typed: AtomicBool,
    }
    trace { function, cache, info_class, mark }
}

/// Create and return a new object.  See help(type) for accurate signature.
#[native("__new__($type, user_function, maxsize, typed, cache_info_type)")]
fn cached_new(
    t: &Thread,
    class: Value,
    function: Value,
    maxsize: Value,
    typed: bool,
    info: Value,
) -> R<Ref<CachedFunction>> {
    if !protocols::is_callable(t, function) {
        return Err(t.type_error("the first argument must be callable"));
    }
    let limit = if maxsize.is_none() {
        -1
    } else if protocols::has_index(t, maxsize) {
        protocols::index_i64(t, maxsize)?.max(0)
    } else {
        return Err(t.type_error("maxsize should be integer or None"));
    };
    let class = checked_class(t, class, LRU_CACHE_WRAPPER.get(t))?;
    let (cache, mark) = (Dict::new(t)?, new_instance(t, t.classes().object)?);
    let Some(this) = new_instance(t, class)?.downcast::<CachedFunction>() else {
        return Err(t.system_error("an instance has the layout of its class"));
    };
    this.function.put(this.header(), t, function);
    this.cache.put(this.header(), t, cache.value());
    this.info_class.put(this.header(), t, info);
    this.mark.put(this.header(), t, mark);
    this.limit.store(limit, Ordering::Relaxed);
    this.typed.store(typed, Ordering::Relaxed);
    Ok(this)
}

impl CachedFunction {
    fn cache(&self, t: &Thread) -> R<Ref<Dict>> {
        self.cache.get().and_then(Value::downcast).ok_or_else(|| t.system_error("a cached function has a cache"))
    }

    fn is_typed(&self) -> bool {
        self.typed.load(Ordering::Relaxed)
    }
}

/// The key of a call: the argument itself, if it is one int or str, else a tuple.
fn key_of(t: &Thread, this: &CachedFunction, args: Args<'_>) -> R {
    let typed = this.is_typed();
    if let ([only], None, false) = (args.values, args.names, typed)
        && (only.is_small_int() || only.downcast::<Str>().is_some())
    {
        return Ok(*only);
    }
    if args.names.is_none() && !typed {
        return Ok(Tuple::from_slice(t, args.values)?.value());
    }
    let mut parts = ValueVec::with_capacity(t, args.values.len() * 3 + 1)?;
    parts.extend_from_slice(t, args.positional())?;
    if args.keyword_count() > 0 {
        parts.push(t, this.mark.get().unwrap_or(Value::NONE))?;
        for (name, value) in args.keywords() {
            parts.push(t, name.value())?;
            parts.push(t, value)?;
        }
    }
    if typed {
        for value in args.values {
            parts.push(t, value.class(t).value())?;
        }
    }
    Ok(parts.into_tuple(t)?.value())
}

/// Call self as a function.
#[native("__call__", raw)]
fn cached_call(t: &Thread, args: Args<'_>) -> R {
    let this = vm::builtins::arguments::receiver::<CachedFunction>(t, args, &CACHED_CALL)?;
    let rest = args.rest();
    let function = this.function.get().unwrap_or(Value::NONE);
    let limit = this.limit.load(Ordering::Relaxed);
    if limit == 0 {
        this.misses.fetch_add(1, Ordering::Relaxed);
        return protocols::call_args(t, function, rest);
    }
    let key = key_of(t, this.target(), rest)?;
    let hash = hash_key(t, key)?;
    let cache = this.cache(t)?;
    if let Some(result) = cache.get_hashed(t, key, hash)? {
        this.hits.fetch_add(1, Ordering::Relaxed);
        if limit > 0 {
            cache.move_to_end(t, key, true)?;
        }
        return Ok(result);
    }
    this.misses.fetch_add(1, Ordering::Relaxed);
    let result = protocols::call_args(t, function, rest)?;
    cache.set_hashed(t, key, hash, result)?;
    while limit > 0 && cache.len(t) as i64 > limit {
        let Some((oldest, _, hash)) = cache.next_entry(t, &mut 0) else { break };
        cache.pop_hashed(t, oldest, hash)?;
    }
    Ok(result)
}

/// Report cache statistics
#[native("cache_info($self, /)")]
fn cached_info(t: &Thread, this: Ref<CachedFunction>) -> R {
    let limit = this.limit.load(Ordering::Relaxed);
    let limit = if limit < 0 { Value::NONE } else { int_from_u64(t, limit as u64)? };
    let number = |count: &AtomicU64| int_from_u64(t, count.load(Ordering::Relaxed));
    let size = int_from_u64(t, this.cache(t)?.len(t) as u64)?;
    let class = this.info_class.get().unwrap_or(Value::NONE);
    protocols::call(t, class, &[number(&this.hits)?, number(&this.misses)?, limit, size])
}

/// Clear the cache and cache statistics
#[native("cache_clear($self, /)")]
fn cached_clear(t: &Thread, this: Ref<CachedFunction>) -> R<()> {
    this.hits.store(0, Ordering::Relaxed);
    this.misses.store(0, Ordering::Relaxed);
    this.cache(t)?.clear(t)
}

/// Return an attribute of instance, which is of type owner.
#[native("__get__($self, instance, owner=None, /)")]
fn cached_get(t: &Thread, this: Ref<CachedFunction>, instance: Value, _owner: Value) -> R {
    if instance.is_none() { Ok(this.value()) } else { Ok(Method::new(t, this.value(), instance)?.value()) }
}

#[native("__reduce__($self, /)")]
fn cached_reduce(t: &Thread, this: Value) -> R {
    protocols::get_attribute(t, this, t.names().__qualname__)
}

#[native("__copy__($self, /)")]
fn cached_copy(_: &Thread, this: Value) -> Value {
    this
}

#[native("__deepcopy__($self, memo, /)")]
fn cached_deepcopy(_: &Thread, this: Value, _memo: Value) -> Value {
    this
}

/// `_lru_cache_wrapper`
pub static LRU_CACHE_WRAPPER: NativeClass = NativeClass::new(ClassDef {
    name: "_lru_cache_wrapper",
    module: "functools",
    layout: CachedFunction::layout,
    base: Some(|t| t.classes().object),
    flags: ClassFlags::BASE | ClassFlags::DICT | ClassFlags::WEAKREF | ClassFlags::METHOD_LIKE,
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize",
    methods: &[
        MethodDef::New(&CACHED_NEW),
        MethodDef::Method(&CACHED_CALL),
        MethodDef::Method(&CACHED_INFO),
        MethodDef::Method(&CACHED_CLEAR),
        MethodDef::Method(&CACHED_GET),
        MethodDef::Method(&CACHED_REDUCE),
        MethodDef::Method(&CACHED_COPY),
        MethodDef::Method(&CACHED_DEEPCOPY),
    ],
    getset: &[GetSet { name: "__dict__", get: get_dict, set: Some(set_dict), doc: "" }],
});
