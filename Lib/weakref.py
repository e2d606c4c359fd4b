"""Weak references, and collections that hold their keys or their values weakly.

The library's own WeakKeyDictionary refers to its values strongly: one that leads to its key keeps it for ever. Here each value
is the half of an ephemeron (`_weakref.ephemeron`), so it lives only as long as its key lives otherwise. The rest of the module
stands beside it, as programs know it.
"""

import itertools
import sys
import _collections_abc

from _weakref import (
    CallableProxyType,
    ProxyType,
    ReferenceType,
    _remove_dead_weakref,
    ephemeron as _ephemeron,
    getweakrefcount,
    getweakrefs,
    proxy,
    ref,
)
from _weakrefset import WeakSet

__all__ = [
    "ref", "proxy", "getweakrefcount", "getweakrefs", "WeakKeyDictionary", "ReferenceType", "ProxyType",
    "CallableProxyType", "ProxyTypes", "WeakValueDictionary", "WeakSet", "WeakMethod", "finalize",
]

_collections_abc.MutableSet.register(WeakSet)
ProxyTypes = (ProxyType, CallableProxyType)

# Where a call may omit an argument for which any value could be given.
_missing = object()


class WeakMethod(ref):
    """A weak reference to a bound method, which lives as long as its instance and its function do."""

    __slots__ = "_func_ref", "_meth_type", "_alive", "__weakref__"

    def __new__(cls, method, callback=None):
        try:
            instance, function = method.__self__, method.__func__
        except AttributeError:
            raise TypeError(f"argument should be a bound method, not {type(method)}") from None

        def died(_, own=None):
            # Either half may be the first to go; the callback hears of it once.
            this = own()
            if this is not None and this._alive:
                this._alive = False
                if callback is not None:
                    callback(this)

        this = ref.__new__(cls, instance, lambda half: died(half, own))
        own = ref(this)
        this._func_ref = ref(function, lambda half: died(half, own))
        this._meth_type = type(method)
        this._alive = True
        return this

    def __call__(self):
        instance, function = super().__call__(), self._func_ref()
        if instance is None or function is None:
            return None
        return self._meth_type(function, instance)

    def _equals(self, other):
        if not self._alive or not other._alive:
            return self is other
        return ref.__eq__(self, other) and self._func_ref == other._func_ref

    def __eq__(self, other):
        return self._equals(other) if isinstance(other, WeakMethod) else NotImplemented

    def __ne__(self, other):
        return not self._equals(other) if isinstance(other, WeakMethod) else NotImplemented

    __hash__ = ref.__hash__


class KeyedRef(ref):
    """A weak reference to a value of a mapping, with the key that it stands under."""

    __slots__ = ("key",)

    def __new__(cls, ob, callback, key):
        self = super().__new__(cls, ob, callback)
        self.key = key
        return self

    def __init__(self, ob, callback, key):
        super().__init__(ob, callback)


class _WeakMapping(_collections_abc.MutableMapping):
    """What the two mappings have in common. `self.data` is a plain dict; `_live` gives the pairs both halves of which live."""

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        return f"<{type(self).__name__} at {id(self):#x}>"

    def __iter__(self):
        return (key for key, _ in self._live())

    def keys(self):
        return iter(self)

    def values(self):
        return (value for _, value in self._live())

    def items(self):
        return self._live()

    def copy(self):
        new = type(self)()
        for key, value in self._live():
            new[key] = value
        return new

    __copy__ = copy

    def get(self, key, default=None):
        value = self._find(key)
        return default if value is _missing else value

    def _fill(self, other, named):
        if other is not None:
            if not hasattr(other, "items"):
                other = dict(other)
            for key, value in other.items():
                self[key] = value
        for key, value in named.items():
            self[key] = value

    def __ior__(self, other):
        self.update(other)
        return self

    def __or__(self, other):
        if not isinstance(other, _collections_abc.Mapping):
            return NotImplemented
        new = self.copy()
        new.update(other)
        return new

    def __ror__(self, other):
        if not isinstance(other, _collections_abc.Mapping):
            return NotImplemented
        new = type(self)()
        new.update(other)
        new.update(self)
        return new


class WeakValueDictionary(_WeakMapping):
    """A mapping that holds its values weakly: an entry goes when nothing else refers to its value."""

    def __init__(self, other=(), /, **kw):
        own = ref(self)

        def remove(reference):
            this = own()
            if this is not None:
                # Another thread may have put another value there.
                _remove_dead_weakref(this.data, reference.key)

        self._remove = remove
        self.data = {}
        self.update(other, **kw)

    def _find(self, key):
        reference = self.data.get(key)
        value = None if reference is None else reference()
        return _missing if value is None else value

    def _live(self):
        for reference in self.itervaluerefs():
            value = reference()
            if value is not None:
                yield reference.key, value

    def __getitem__(self, key):
        value = self.data[key]()
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key, value):
        self.data[key] = KeyedRef(value, self._remove, key)

    def __delitem__(self, key):
        del self.data[key]

    def __contains__(self, key):
        return self._find(key) is not _missing

    def __deepcopy__(self, memo):
        from copy import deepcopy

        new = type(self)()
        for key, value in self._live():
            new[deepcopy(key, memo)] = value
        return new

    def itervaluerefs(self):
        """Return an iterator over weak references to the values, whose values may have died when they are used."""
        return iter(self.data.copy().values())

    def valuerefs(self):
        """Return a list of weak references to the values, whose values may have died when they are used."""
        return list(self.data.copy().values())

    def popitem(self):
        while True:
            key, reference = self.data.popitem()
            value = reference()
            if value is not None:
                return key, value

    def pop(self, key, *args):
        reference = self.data.pop(key, None)
        value = None if reference is None else reference()
        if value is not None:
            return value
        if args:
            return args[0]
        raise KeyError(key)

    def setdefault(self, key, default=None):
        mine = None
        while True:
            if mine is None:
                value = self._find(key)
                if value is not _missing:
                    return value
                mine = KeyedRef(default, self._remove, key)
            # In one step, so that threads that race for the key agree on a value.
            value = self.data.setdefault(key, mine)()
            if value is not None:
                return value
            _remove_dead_weakref(self.data, key)

    def update(self, other=None, /, **kwargs):
        self._fill(other, kwargs)


class WeakKeyDictionary(_WeakMapping):
    """A mapping that holds its keys weakly: an entry goes when nothing else refers to its key, whatever its value refers to."""

    def __init__(self, dict=None):
        own = ref(self)

        def remove(reference):
            this = own()
            if this is not None:
                this.data.pop(reference, None)

        self._remove = remove
        self.data = {}
        if dict is not None:
            self.update(dict)

    def _find(self, key):
        entry = self.data.get(ref(key))
        return _missing if entry is None else entry.value

    def _live(self):
        # A copy holds references and ephemerons, and neither what they speak of.
        for reference, entry in self.data.copy().items():
            key = reference()
            if key is not None:
                yield key, entry.value

    def __getitem__(self, key):
        return self.data[ref(key)].value

    def __setitem__(self, key, value):
        entry = _ephemeron(key, value)
        self.data[ref(key, self._remove)] = entry

    def __delitem__(self, key):
        del self.data[ref(key)]

    def __contains__(self, key):
        try:
            reference = ref(key)
        except TypeError:
            return False
        return reference in self.data

    def __deepcopy__(self, memo):
        from copy import deepcopy

        new = type(self)()
        for key, value in self._live():
            new[key] = deepcopy(value, memo)
        return new

    def keyrefs(self):
        """Return a list of weak references to the keys, which may have died when they are used."""
        return list(self.data)

    def popitem(self):
        while True:
            reference, entry = self.data.popitem()
            key = reference()
            if key is not None:
                return key, entry.value

    def pop(self, key, *args):
        entry = self.data.pop(ref(key), *args)
        return entry.value if type(entry) is _ephemeron else entry

    def setdefault(self, key, default=None):
        return self.data.setdefault(ref(key, self._remove), _ephemeron(key, default)).value

    def update(self, dict=None, /, **kwargs):
        self._fill(dict, kwargs)


class finalize:
    """A call that is made when an object dies, or when the program ends, whichever comes first; made once.

    finalize(obj, func, *args, **kwargs) registers it. Calling the result makes the call now. Calls that are left when the program ends
    are made then, the last registered first, unless their `atexit` attribute was set to false.
    """

    # The registry says all that is known of a finalizer, and keeps it: a program need not.
    __slots__ = ()
    _registry = {}
    _numbers = itertools.count()
    _ended = False
    # Whether any was registered since the calls at the end were last put in order.
    _has_new = False
    _awaits_end = False

    class _Call:
        __slots__ = ("reference", "func", "args", "kwargs", "atexit", "number")

    def __init__(self, obj, func, /, *args, **kwargs):
        if not finalize._awaits_end:
            import atexit

            atexit.register(finalize._run_at_end)
            finalize._awaits_end = True
        call = self._Call()
        call.reference = ref(obj, self)
        call.func, call.args, call.kwargs = func, args, kwargs
        call.atexit, call.number = True, next(self._numbers)
        self._registry[self] = call
        finalize._has_new = True

    def __call__(self, _=None):
        """Make the call, unless it was made or called off, and return what it returns; otherwise return None."""
        call = self._registry.pop(self, None)
        if call is not None and not finalize._ended:
            return call.func(*call.args, **call.kwargs)

    def detach(self):
        """Call it off and return (obj, func, args, kwargs); if it was made or called off, return None."""
        parts = self.peek()
        if parts is not None and self._registry.pop(self, None) is not None:
            return parts

    def peek(self):
        """Return (obj, func, args, kwargs); if the call was made or called off, return None."""
        call = self._registry.get(self)
        obj = None if call is None else call.reference()
        return None if obj is None else (obj, call.func, call.args, call.kwargs)

    @property
    def alive(self):
        """Whether the call is still to be made"""
        return self in self._registry

    @property
    def atexit(self):
        """Whether the call is to be made when the program ends"""
        call = self._registry.get(self)
        return call is not None and call.atexit

    @atexit.setter
    def atexit(self, value):
        call = self._registry.get(self)
        if call is not None:
            call.atexit = bool(value)

    def __repr__(self):
        name, parts = type(self).__name__, self.peek()
        if parts is None:
            return f"<{name} object at {id(self):#x}; dead>"
        return f"<{name} object at {id(self):#x}; for {type(parts[0]).__name__!r} at {id(parts[0]):#x}>"

    @staticmethod
    def _due_at_end():
        due = [(call.number, finalizer) for finalizer, call in finalize._registry.copy().items() if call.atexit]
        due.sort(key=lambda entry: entry[0], reverse=True)
        return [finalizer for _, finalizer in due]

    @staticmethod
    def _run_at_end():
        try:
            while due := finalize._due_at_end():
                finalize._has_new = False
                for finalizer in due:
                    # An earlier call may have called it off, or registered one that comes first.
                    if finalizer.atexit and not finalize._has_new:
                        try:
                            finalizer()
                        except Exception:
                            sys.excepthook(*sys.exc_info())
        finally:
            finalize._ended = True
