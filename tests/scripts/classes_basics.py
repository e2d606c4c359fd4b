"""Classes: attributes, inheritance, MRO, super, properties, slots, class and static methods, special methods."""


class Base:
    shared = []
    kind = "base"

    def __init__(self, name):
        self.name = name

    def who(self):
        return f"{type(self).__name__}:{self.name}:{self.kind}"

    @classmethod
    def make(cls, *args):
        return cls(*args)

    @staticmethod
    def plain(x):
        return x * 2

    @property
    def upper(self):
        "The name in capitals."
        return self.name.upper()

    @upper.setter
    def upper(self, value):
        self.name = value.lower()

    @upper.deleter
    def upper(self):
        self.name = ""


class Left(Base):
    kind = "left"

    def who(self):
        return "L(" + super().who() + ")"


class Right(Base):
    def who(self):
        return "R(" + super().who() + ")"


class Both(Left, Right):
    def who(self):
        return "B(" + super().who() + ")"


b = Both.make("n")
print(b.who(), b.plain(2), Both.plain(3), b.upper)
b.upper = "NEW"
print(b.name, Base.upper.__doc__)
del b.upper
print(repr(b.name), [c.__name__ for c in Both.__mro__], Both.__bases__, Both.__base__)
print(isinstance(b, Right), issubclass(Both, (int, Base)), Base.__subclasses__())
try:
    class Broken(Base, Both):
        pass
except TypeError as error:
    print(error)


class Slotted:
    __slots__ = ("x", "_y", "__z")

    def __init__(self):
        self.x = 1
        self.__z = 3


s = Slotted()
print(s.x, s._Slotted__z, hasattr(s, "__dict__"), Slotted.x)
for action in ["s.nope = 1", "s._y", "del s._y", "s.nope", "del s.nope", "Base.nope", "b.nope", "b.who = 1; b.who()", "Base().name", "object().x", "(1).real = 3", "int.x = 1", "del Base.nope", "b.upper()"]:
    try:
        exec(action)
        print("ok", action)
    except (AttributeError, TypeError) as error:
        print(type(error).__name__, error)
del b.who
b.__dict__["extra"] = 5
print(b.extra, vars(b), b.__class__, sorted(k for k in dir(b) if not k.startswith("__")))
b.__class__ = Left
print(b.who())


class Numeric:
    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"N({self.v})"

    def __add__(self, other):
        return Numeric(self.v + other.v) if isinstance(other, Numeric) else NotImplemented

    def __radd__(self, other):
        return f"radd {other}"

    def __eq__(self, other):
        return isinstance(other, Numeric) and self.v == other.v

    def __hash__(self):
        return hash(self.v)

    def __lt__(self, other):
        return self.v < other.v

    def __bool__(self):
        return self.v != 0

    def __len__(self):
        return self.v

    def __getitem__(self, i):
        if i >= self.v:
            raise IndexError(i)
        return i * i

    def __contains__(self, x):
        return x == "inside"

    def __call__(self, *a):
        return a

    def __neg__(self):
        return Numeric(-self.v)

    def __int__(self):
        return self.v

    def __index__(self):
        return self.v

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(name)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return exc[0] is ZeroDivisionError

    def __reversed__(self):
        return "reversed"

    def __round__(self, n=None):
        return ("round", n)

    def __divmod__(self, other):
        return ("divmod", other)

    def __format__(self, spec):
        return f"fmt[{spec}]"

    def __bytes__(self):
        return b"bytes"


n, m = Numeric(2), Numeric(3)
print(n + m, 5 + n, n == Numeric(2), n != m, n < m, n > m, sorted([m, n]), bool(Numeric(0)), len(m), list(m), "inside" in m)
print(n(1, 2), -n, int(n), [10, 20, 30][n], n.dyn_x, reversed(n), round(n), round(n, 2), divmod(n, 1), f"{n:q}", bytes(n), hash(n) == hash(2), hex(m))
with n as entered:
    1 / 0
print("suppressed", entered is n, {n: 1}[Numeric(2)])
for action in ["n + 1", "n - m", "n <= m", "m @ n", "n.other", "n += 1", "~n", "1 < n", "n[5]", "del n[0]", "n[0] = 1", "with 5: pass", "abs(n)", "complex(n)", "for x in 5: pass", "import_me = n.__wrong"]:
    try:
        exec(action)
        print("ok", action)
    except (AttributeError, TypeError, IndexError) as error:
        print(type(error).__name__, error)


class Meta:
    def __init__(self):
        self._Meta__x = 1


class Private:
    __x = "mangled"

    def get(self):
        return self.__x, Private._Private__x


print(Private().get(), hasattr(Private, "__x"))


class WithDoc:
    """A doc."""
    x: int = 3
    def f(self): "f doc"


print(WithDoc.__doc__, WithDoc.f.__doc__, WithDoc.__module__, WithDoc.__qualname__, WithDoc.f.__qualname__, WithDoc.__firstlineno__, WithDoc.__static_attributes__)
bound = WithDoc().f
print(bound.__self__.x, bound.__func__ is WithDoc.f, bound == bound.__self__.f)
