"""Generators: send, throw, close, yield from, return values, finally, state, errors."""

import inspect


def echo(start):
    received = yield start
    while received is not None:
        try:
            received = yield f"got {received}"
        except ValueError as error:
            received = yield f"caught {error}"
    return "finished"


g = echo("start")
print(inspect.getgeneratorstate(g), next(g), g.send("a"), g.throw(ValueError("v")), g.send("b"), inspect.getgeneratorstate(g))
try:
    g.send(None)
except StopIteration as stop:
    print(stop.value, inspect.getgeneratorstate(g))
print(next(g, "exhausted"))


def inner():
    try:
        x = yield 1
        print("inner received", x)
        yield 2
        return "inner result"
    finally:
        print("inner finally")


def outer():
    result = yield from inner()
    print("outer has", result)
    extra = yield from [10, 20]
    print("from list", extra)
    return (yield "last")


g = outer()
print(next(g), g.send("sent"), next(g), next(g), next(g))
try:
    g.send("value")
except StopIteration as stop:
    print(stop.value)

g = outer()
next(g)
g.close()
print("closed")
g = outer()
next(g)
try:
    g.throw(KeyError("through"))
except KeyError as error:
    print("KeyError out", error)


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as error:
    print(error)


def returns_on_close():
    try:
        yield 1
    except GeneratorExit:
        return "value of close"


g = returns_on_close()
next(g)
print(g.close(), g.close())


def stops():
    yield 1
    raise StopIteration("inside")


try:
    list(stops())
except RuntimeError as error:
    print(error, repr(error.__cause__))


def recursive():
    yield from g2


g2 = recursive()
try:
    next(g2)
except ValueError as error:
    print(error)
fresh = echo(1)
try:
    fresh.send("too early")
except TypeError as error:
    print(error)
try:
    fresh.throw(ValueError("before start"))
except ValueError as error:
    print(error, inspect.getgeneratorstate(fresh))


def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)


print(list(tree(3)), sum(tree(10)))


def with_locals():
    a = 1
    while True:
        a = (yield a) or a + 1


g = with_locals()
next(g); next(g)
print(g.gi_frame.f_locals, g.gi_running, g.gi_yieldfrom, g.gi_code.co_name, g.__name__, g.__qualname__)


def context():
    try:
        yield "try"
    finally:
        yield "finally"


print(list(context()))
try:
    raise KeyError("outer")
except KeyError:
    g = echo(0)
    next(g)
    g.send("once")
    print(g.throw(ValueError("x")))


def handled():
    try:
        raise ValueError("kept")
    except ValueError:
        import sys
        yield sys.exc_info()[0]
        yield sys.exc_info()[0]


import sys
h = handled()
print(next(h), sys.exc_info()[0], next(h))
fib = lambda: (a := 0, b := 1) and None


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


import itertools
print(list(itertools.islice(fibonacci(), 15)), next(itertools.islice(fibonacci(), 300, None)))


class Iter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n

    def throw(self, kind, value=None, tb=None):
        print("delegated throw", kind)
        return "thrown"

    def send(self, v):
        return f"delegated send {v}"

    def close(self):
        print("delegated close")


def delegate():
    return (yield from Iter(3))


g = delegate()
print(next(g), g.send("v"), g.throw(ValueError("w")))
g.close()
print(list(iter(iter([1, 2, 3, 0, 4]).__next__, 0)), [*Iter(3)], 2 in Iter(4))
try:
    def f():
        yield from 5
    list(f())
except TypeError as error:
    print(error)
print(max((x for x in []), default="d"), dict((k, v) for k, v in ["ab", "cd"]), "".join(c for c in "abc"))
