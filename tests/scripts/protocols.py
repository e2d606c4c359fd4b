"""Attribute, item, iteration and context protocols that classes can define."""


class Everything:
    def __init__(self):
        object.__setattr__(self, "log", [])

    def __getattribute__(self, name):
        if name in ("log", "__class__", "__dict__"):
            return object.__getattribute__(self, name)
        object.__getattribute__(self, "log").append(f"getattribute {name}")
        return object.__getattribute__(self, name)

    def __getattr__(self, name):
        self.log.append(f"getattr {name}")
        if name == "missing":
            raise AttributeError("no such thing")
        return name.upper()

    def __setattr__(self, name, value):
        self.log.append(f"set {name}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        self.log.append(f"del {name}")
        object.__delattr__(self, name)

    def __dir__(self):
        return ["b", "a"]


e = Everything()
e.x = 1
print(e.x, e.y, dir(e), hasattr(e, "missing"), getattr(e, "missing", "default"))
del e.x
print(e.log, e.__dict__)


class Old:
    def __getitem__(self, i):
        if i == 3:
            raise IndexError
        return i * 10


print(list(Old()), 20 in Old(), 5 in Old(), [*zip(Old(), "ab")], list(map(str, Old())), tuple(Old()), max(Old()))
try:
    reversed(Old())
except TypeError as error:
    print(error)


class Sequence(Old):
    def __len__(self):
        return 3


print(list(reversed(Sequence())), bool(Sequence()), Sequence()[-1], Sequence()[1:2:3] if False else "slices pass through")


class Slices:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        print("set", key, value)

    def __delitem__(self, key):
        print("del", key)


s = Slices()
print(s[1], s[1:2], s[::], s[1, 2], s[1:2, ...], s[()], s[None:], s[*[1, 2]], s[1, *[2, 3]], s["k"])
s[1:2] = 5
del s[:], s[1]


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration("finished")
        self.n -= 1
        return self.n

    def __length_hint__(self):
        return self.n


a, b, *c = Countdown(5)
print(a, b, c, list(Countdown(3)), sum(Countdown(4)), sorted(Countdown(3)), 1 in Countdown(3), dict(zip(Countdown(2), "xy")), [*Countdown(2), *Countdown(1)], "".join(str(i) for i in Countdown(3)))
for i in Countdown(2):
    pass
else:
    print("ended", i)


class Raising:
    def __iter__(self):
        yield 1
        raise KeyError("in the iterator")


for use in [list, tuple, set, sum, sorted, lambda r: [*r], lambda r: dict.fromkeys(r), lambda r: "".join(r), lambda r: [x for x in r], lambda r: max(r), lambda r: list(map(str, r)), lambda r: [].extend(r), lambda r: bytes(r)]:
    try:
        use(Raising())
    except (KeyError, TypeError) as error:
        print(type(error).__name__, error)


class Manager:
    def __init__(self, on_enter=None, on_exit=None):
        self.on_enter, self.on_exit = on_enter, on_exit

    def __enter__(self):
        if self.on_enter:
            raise self.on_enter
        return self

    def __exit__(self, kind, value, traceback):
        print("exit", kind.__name__ if kind else None)
        if self.on_exit:
            raise self.on_exit


for outer, inner in [(Manager(), Manager(ValueError("enter"))), (Manager(), Manager(None, KeyError("exit")))]:
    try:
        with outer, inner:
            raise TypeError("body")
    except Exception as error:
        print(repr(error), repr(error.__context__))
try:
    with object():
        pass
except TypeError as error:
    print(error)


class Half:
    def __enter__(self):
        pass


try:
    with Half():
        pass
except TypeError as error:
    print(error)


class Callable:
    def __call__(self, *args, **kw):
        return args, kw


c = Callable()
c.__call__ = lambda: "instance attribute is not used"
print(c(1, a=2), callable(c))


class InstanceDunder:
    pass


i = InstanceDunder()
i.__len__ = lambda: 5
try:
    len(i)
except TypeError as error:
    print(error)


class Hashed:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        return self.v == other.v


try:
    hash(Hashed(1))
except TypeError as error:
    print(error)


class Copy:
    def __copy__(self):
        return "copied"

    def __deepcopy__(self, memo):
        return "deep"

    def __reduce__(self):
        return (str, ("reduced",))

    def __sizeof__(self):
        return 1000

    def __fspath__(self):
        return "/path"

    def __instancecheck__(self, x):
        return True


import copy
import os
import pickle
print(copy.copy(Copy()), copy.deepcopy(Copy()), pickle.loads(pickle.dumps(Copy())), os.fspath(Copy()), isinstance(5, Copy()), Copy().__sizeof__())


class Prop:
    def __init__(self):
        self._v = 1

    v = property(lambda self: self._v, lambda self, value: setattr(self, "_v", value), None, "the doc")

    @property
    def broken(self):
        return self.nothing_here

    @classmethod
    def c(cls):
        return cls

    @staticmethod
    def s():
        return "static"


p = Prop()
p.v = 5
print(p.v, Prop.v.__doc__, Prop.v.fset is not None, Prop.c() is Prop, p.c() is Prop, p.s(), Prop.__dict__["s"].__func__(), type(Prop.__dict__["c"]))
for text in ["del p.v", "p.broken", "Prop.v.__get__(p)", "p.broken = 1", "Prop.v.fdel", "p.c = 1; p.c", "Prop.__dict__['x']", "p.__slots__", "Prop.mro()[0].__name__", "p.__class__.__name__", "object.__getattribute__(p, '_v')", "type.__getattribute__(Prop, 'nope')", "p.__init__.__name__", "Prop.__init__(5)", "object.__new__(5)", "object.__init__(p, 1)", "int.__new__(str)", "object.__setattr__(1, 'a', 2)", "str.__add__('a', 1)", "str.join", "int.from_bytes.__self__", "[].append.__self__", "''.join.__name__", "p.s.__qualname__"]:
    try:
        try:
            print(text, "=", eval(text))
        except SyntaxError:
            exec(text)
            print(text, "done")
    except Exception as error:
        print(text, "!", type(error).__name__, error)
