"""Sites that call class methods, static methods and functions through classes, while those change."""

import weakref


class Base:
    @classmethod
    def make(cls, value):
        return cls.__name__, value

    @staticmethod
    def double(value):
        return value * 2

    def plain(self, value=0):
        return type(self).__name__, value


class Derived(Base):
    pass


class Other:
    make = Base.__dict__["make"]
    double = Base.__dict__["double"]
    plain = Base.__dict__["plain"]


def make(cls, value):
    return cls.make(value)


def double(owner, value):
    return owner.double(value)


def plain(cls, value):
    return cls.plain(cls(), value), cls.plain


for cls in (Base, Derived, Base, Other, Derived, Other):
    print(make(cls, 1), double(cls, 2), double(cls(), 3), plain(cls, 4)[0])

Derived.make = classmethod(lambda cls, value: ("replaced", cls.__name__, value))
Base.double = staticmethod(lambda value: value * 100)
for cls in (Base, Derived, Base, Other, Derived):
    print(make(cls, 1), double(cls, 2), double(cls(), 3))

# The wrapper itself is given another function.
Base.__dict__["make"].__init__(lambda cls, value: ("again", cls.__name__))
Base.__dict__["double"].__init__(lambda value: "once more")
for cls in (Base, Derived, Other):
    print(make(cls, 1), double(cls, 2), double(cls(), 3))


class Meta(type):
    def make(cls, value):
        return "hidden by the class", value

    def only(cls, value):
        return cls.__name__, value


class Named(Base, metaclass=Meta):
    pass


def only(cls):
    return cls.only(5)


for _ in range(3):
    print(make(Named, 6), only(Named))
Meta.make = property(lambda cls: lambda value: ("a property goes before", value))
for _ in range(3):
    print(make(Named, 7))


def from_builtin(cls):
    return cls.fromkeys("ab"), cls.get({"a": 1}, "a")


class Mapping(dict):
    pass


for cls in (dict, Mapping, dict, Mapping):
    print(*from_builtin(cls), type(from_builtin(cls)[0]).__name__)


class Shadowed(Base):
    pass


shadowed = Shadowed()
print(double(shadowed, 1))
shadowed.double = lambda value: "the instance's"
print(double(shadowed, 1), double(Shadowed(), 1))
print(weakref.ref(Base.plain)() is Base.plain)
