"""Signatures of builtin classes, constructors that are other builtins, what a class body says of itself."""

import inspect
import io
import itertools
import warnings

for cls in (object, int, str, list, tuple, set, frozenset, float, complex, bool, bytes, memoryview, property,
            itertools.chain, itertools.product, itertools.zip_longest, io.BytesIO, io.StringIO, io.FileIO,
            io.BufferedReader, io.BufferedRWPair):
    print(cls.__name__, cls.__text_signature__)
for cls in dict, range, slice, super, type:
    print(cls.__name__, cls.__text_signature__)


class Plain:
    pass


class Items(list):
    pass


print(inspect.signature(Plain), inspect.signature(Items))


class Tested:
    __new__ = str.__subclasscheck__


class Joined:
    __new__ = type.__or__.__get__(int, type)


print(Tested(), Joined())


def scopes():
    __firstlineno__ = __module__ = None

    class Inner:
        nonlocal __firstlineno__, __module__

    print("__firstlineno__" in Inner.__dict__, __firstlineno__ > 1, __module__)


scopes()
print(int.__itemsize__, bool.__itemsize__, (0).__sizeof__() - int.__basicsize__, type("I", (int,), {}).__itemsize__)


def plain():
    pass


def generator():
    yield


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    plain.__code__ = generator.__code__
    plain.__code__ = (lambda: (yield)).__code__
print([str(each.message) for each in caught])

own = {"F": type(plain), "code": generator.__code__, "__builtins__": {"mine": 1}}
exec("inherited = F(code, {})\ngiven = F(code, {'__builtins__': {'other': 2}})", own)
print(own["inherited"].__builtins__, own["given"].__builtins__)


class Documented:
    """Documented(a, b=1)\n--\n\nText."""


class Other:
    """Documented(a, b=1)\n--\n\nText."""


print(Documented.__text_signature__, Documented.__doc__.splitlines()[0], Other.__text_signature__)
