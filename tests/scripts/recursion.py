"""Deep recursion is RecursionError, in Python code and in native recursion, and can be caught and recovered from."""
import functools
import sys


def plain(n):
    return plain(n + 1)


class Attr:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __repr__(self):
        return repr([self])

    def __eq__(self, other):
        return [self] == [other]

    def __hash__(self):
        return hash((self,))

    def __call__(self):
        return self()


def nest(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def gen(n):
    yield from gen(n + 1)


def mutual_a():
    return mutual_b()


def mutual_b():
    return sorted([1, 2], key=lambda x: mutual_a())


@functools.lru_cache
def cached(n):
    return cached(n + 1)


for name, action in [("plain", lambda: plain(0)), ("getattr", lambda: Attr().x), ("repr", lambda: repr(Attr())), ("eq", lambda: Attr() == Attr()), ("hash", lambda: hash(Attr())), ("call", lambda: Attr()()), ("list repr", lambda: repr(nest(100000))),
                     ("generator", lambda: list(gen(0))), ("through sorted", mutual_a), ("cached", lambda: cached(0)), ("lambda", lambda: (lambda f: f(f))(lambda f: f(f)))]:
    try:
        action()
        print(name, "no error")
    except RecursionError as error:
        print(name, "RecursionError")
print(sys.getrecursionlimit())
sys.setrecursionlimit(300)
depth = 0


def count():
    global depth
    depth += 1
    count()


try:
    count()
except RecursionError as error:
    print(depth < 300, error)
sys.setrecursionlimit(5000)


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


print(down(4000))
for bad in [0, -1, "x"]:
    try:
        sys.setrecursionlimit(bad)
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
for source in ["-" * 200000 + "1", "(" * 300 + ")" * 300, "x" + ".a" * 3000, "1" + "+1" * 20000, "[" * 5000]:
    try:
        compile(source, "<deep>", "eval")
        print("compiled", len(source))
    except (SyntaxError, MemoryError, RecursionError) as error:
        print("rejected", len(source))
