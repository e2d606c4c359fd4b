"""Small things that CPython's tests look at: signs of zeros, attributes of builtin classes, unions with what is no type."""

import math
import types
import typing

# The language's own classes do not give their instances a __module__.
for thing in [1, "text", [], None, ..., slice(1), types.SimpleNamespace(), typing.NoDefault]:
    try:
        print(thing.__module__)
    except AttributeError as error:
        print(error)
print(int.__module__, types.SimpleNamespace.__module__, typing.TypeVar.__module__)
print(int.__flags__ >> 9 & 1, typing.TypeVar.__flags__ >> 9 & 1, typing.Generic.__flags__ >> 9 & 1)

# A union takes what typing takes for a type; a class alone does not.
union = int | str
print(union | "later", "sooner" | union, union | 1, union | None)
for attempt in [lambda: union | (1, 2), lambda: int | "later", lambda: list[int] | "later"]:
    try:
        print(attempt())
    except TypeError as error:
        print(error)

# Modules of type parameters that nobody's module made.
namespace = {}
exec("from typing import *\nT = TypeVar('T'); P = ParamSpec('P'); Ts = TypeVarTuple('Ts')", namespace)
print([namespace[name].__module__ for name in ("T", "P", "Ts")])

# The compiler's own variable is the program's to spoil.
for value in ("0", "{}", "frozenset()", "set()"):
    try:
        exec(f"__conditional_annotations__ = {value}\nx: int\n", {})
        print("fine")
    except TypeError as error:
        print(error)

# Zeros keep their signs, and sums their order.
print(sum([], -0.0), sum([-0.0]), sum([-0.0], -0.0), sum([0.1] * 10))
print(math.nextafter(-5e-324, 0.0), math.nextafter(5e-324, -0.0), math.nextafter(-5e-324, 0.0, steps=1), math.nextafter(0.0, -0.0))
print(math.sumprod((-5, -5, 10), (1.5, 4611686018427387904, 2305843009213693952)))
print(math.sumprod([], []), math.sumprod([0.0], [1]), math.sumprod([10**20], [1]), math.sumprod([1e308, 1.0], [10, 2]))
print(math.sumprod([1, 2.5, 3], [4, 5, 6]), math.sumprod([True, 0.1], [0.2, 10**30]), math.sumprod([1.5, 2 + 1j], [2, 3.0]))
for p, q in [([10**1000], [1.0]), ([1], []), (["x"], [1.5])]:
    try:
        print(math.sumprod(p, q))
    except (OverflowError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
print(sorted(["b", "a"] * 5000)[4999:5001], sorted([2.5, 1.5] * 20000)[19999:20001], sorted([(1, "b"), (1, "a")] * 5000)[4999:5001])


class Evasive:
    def __getattribute__(self, name):
        if name == "__class__":
            raise AttributeError(name)
        return super().__getattribute__(name)


class Abstract(metaclass=__import__("abc").ABCMeta):
    pass


print(isinstance(Evasive(), Abstract), Abstract.register(Evasive).__name__, isinstance(Evasive(), Abstract))
