"""Loops that take apart what enumerate, zip and dict items give: values, ends, errors, nested and shared iterators."""

import sys


def shown(what):
    try:
        return what()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def pairs(iterable):
    return [(a, b) for a, b in iterable]


print(pairs(enumerate("abc")), pairs(enumerate("ab", 2**70)), pairs(enumerate("abcd", 2**61 - 2)))
print(pairs(zip([1, 2, 3], "ab")), pairs(zip("ab", [1, 2, 3])), pairs(zip("ab", "cd", strict=True)))
print(shown(lambda: pairs(zip("ab", "c", strict=True))), shown(lambda: pairs(zip("a", "cd", strict=True))))
print(shown(lambda: pairs(zip("ab", "cd", "ef"))), shown(lambda: pairs(zip("ab"))), shown(lambda: pairs(zip())))
print(pairs({"a": 1, "b": 2}.items()), pairs(reversed({"a": 1, "b": 2}.items())), pairs({1: 2}.items()))


def kept(iterable):
    """The target is a name: the tuple is there after it was taken apart."""
    seen = []
    for pair in iterable:
        first, second = pair
        seen.append((pair, first, second))
    return seen


print(kept(enumerate("ab")), kept(zip("a", "b")), kept({"a": 1}.items()))


def after(iterable):
    """What the targets are when the loop is over."""
    first = second = None
    for first, second in iterable:
        pass
    return first, second


print(after(zip("abc", "xy")), after(enumerate("abc")), after({}.items()), after(zip("", "ab")))


def changed():
    table = {n: n for n in range(3)}
    for key, value in table.items():
        table[key + 10] = value


def raising():
    yield 1
    yield 2
    raise LookupError("third")


print(shown(changed), shown(lambda: pairs(zip("abc", raising()))), shown(lambda: pairs(enumerate(raising()))))


def places(iterable):
    found = {}
    for found[0], found["second"] in iterable:
        found.setdefault("all", []).append((found[0], found["second"]))
    return found


class Target:
    pass


def attributes(iterable):
    target = Target()
    for target.a, target.b in iterable:
        pass
    return vars(target)


print(places(zip("ab", "cd")), attributes(enumerate("xyz")))
shared = enumerate("abcdef")
for index, letter in shared:
    print(index, letter, next(shared))
for index, (a, b) in enumerate(zip("ab", "cd")):
    print(index, a, b)
for (a, b), (c, d) in zip(enumerate("pq"), {"k": 1, "l": 2}.items()):
    print(a, b, c, d)
for a, *rest in zip("ab", "cd"):
    print(a, rest)
print(shown(lambda: [a for a, b, c in enumerate("ab")]), shown(lambda: [a for a, in {"a": 1}.items()]))
print({k: v for k, v in zip("ab", range(2))}, {(v, k) for k, v in {"a": 1}.items()}, list((b, a) for a, b in enumerate("ab")))


class Enumerated(enumerate):
    def __next__(self):
        return "made", super().__next__()


print(pairs(Enumerated("ab")))


def generator():
    for index, letter in enumerate("ab"):
        got = yield index, letter
        print("sent", got)


running = generator()
print(next(running), running.send("first"), shown(lambda: running.send("second")))


def lines(action):
    seen = []

    def tracer(frame, event, argument):
        if frame.f_code is traced.__code__ and event == "line":
            seen.append(frame.f_lineno - traced.__code__.co_firstlineno)
        return tracer

    sys.settrace(tracer)
    try:
        action()
    finally:
        sys.settrace(None)
    return seen


def traced():
    for index, letter in enumerate("ab"):
        index += 1
    return index


print(lines(traced))
