"""The builtin functions: exec, eval, compile, getattr and friends, iter, print, sorted, sum, type tests, vars, dir."""

import io
import sys

print(abs(-3), abs(-2.5), all([1, 0]), any([]), ascii("é"), bin(-5), oct(64), hex(255), callable(print), callable(5), chr(97), divmod(17, 5), id(5) == id(5), pow(2, 10), round(2.5), sum([1, 2], 10))
ns = {"x": 1}
exec("y = x + 1\ndef f(): return y * 10\nz = f()", ns)
print(ns["y"], ns["z"], eval("x + y", ns), eval("q", {}, {"q": 9}), eval(compile("1 + 1", "<e>", "eval")), eval("  5"), eval(b"6"))
local = {}
exec("a = 1; b = [a for _ in range(2)]", {}, local)
print(sorted(local.items()))
code = compile("print('from code', __name__)", "<c>", "exec")
exec(code, {"__name__": "custom"})
single = compile("1 + 2", "<s>", "single")
exec(single)
print(getattr(1, "real"), getattr(1, "nope", "default"), hasattr([], "append"), hasattr([], "nope"))


class C:
    x = 1


setattr(C, "y", 2)
delattr(C, "x")
print(C.y, hasattr(C, "x"), isinstance(True, (str, int)), isinstance(1, int | str), issubclass(bool, int), type(1), type(C()), type(type))
print(list(iter([1, 2])), list(iter(iter([3, 0, 4]).__next__, 0)), next(iter([]), "d"), list(map(str, [1])), list(filter(str.isalpha, "a1b")), list(zip()), list(zip("ab", [1, 2])), list(reversed([1, 2])), sorted("ba"), list(enumerate("a")), list(range(3)), slice(1, 2, 3), slice(5).indices(3), slice(None, None, -1).indices(4))
out = io.StringIO()
print(1, "a", None, sep="-", end="!\n", file=out, flush=True)
print("x", file=out)
print(repr(out.getvalue()))
print(*[1, 2], sep="")
print()
print(sep="", end="")
print("a", "b", sep=None, end=None)
print(max(3, 1, 2), max([1, 5], key=lambda v: -v), max("a", "b"), min({3: 1, 2: 2}), max([], default=None), min([1], [0, 5]), sorted([3, 1], reverse=True))
v = vars(C())
print(v, sorted(k for k in vars(C) if not k.startswith("__")), "print" in dir(__builtins__), dir()[:2] if False else "dir", [n for n in dir(C) if not n.startswith("__")])
print(hash("a") == hash("a"), hash(1) == hash(1.0) == hash(True), hash(()) == hash(()), format(3.5, ".1f"), format("x", ">3"), repr("r"), str(5), bool([]), int("5"), float("1.5"), complex(1, 2), bytes(2), list("ab"), tuple([1]), set([1]), frozenset(), dict(a=1), object().__class__)
print(globals()["__name__"], "local" in globals(), type(locals()).__name__)
sys.stdin = io.StringIO("typed line\nsecond")
print(input("prompt> "), input())
try:
    input()
except EOFError as error:
    print("EOFError", error)
print(__import__("math").sqrt(4), Ellipsis, NotImplemented, ..., __debug__, type(NotImplemented), type(None), type(...))


def scopes():
    a = 1
    exec("a = 2")
    exec("new = 3")
    return a, "new" in locals(), eval("a + 1"), sorted(locals())


print(scopes())


def frame_locals():
    a = 1
    sys._getframe().f_locals["a"] = 5
    return a


print(frame_locals())
breakpoint_calls = []
sys.breakpointhook = lambda *a, **k: breakpoint_calls.append((a, k))
breakpoint(1, x=2)
print(breakpoint_calls)
sys.displayhook = lambda value: print("displayed", value)
exec(compile("40 + 2", "<s>", "single"))
for text in ["abs('x')", "abs()", "bin(1.5)", "chr('a')", "eval('1 +')", "eval('x = 1')", "exec('1 +')", "eval(5)", "compile('1', 'f', 'bad')", "compile(5, 'f', 'exec')", "getattr(1)", "getattr(1, 5)", "getattr(1, 'nope')", "setattr(1, 'x', 2)", "hash([])", "isinstance(1, 5)", "isinstance(1, [int])", "issubclass(1, int)", "iter(1)", "iter(1, 2)", "next(1)", "next(iter([]))", "ord(5)", "pow(1)", "print(x=1)", "print(sep=5)", "range(1.5)", "range(1, 2, 0)",
             "round('x')", "sorted(1)", "sum(1)", "sum([1], '')", "type()", "vars(5)", "zip(5)", "map(5)", "list(map(5, [1]))", "filter(1)", "bool(1, 2)", "int('5', x=1)", "object(1)", "str(1, 2)", "float('x')", "divmod(1)", "divmod('a', 1)", "enumerate()", "slice()", "super()", "dir(1, 2)", "__import__('nope_module')", "__import__('')", "open('/nonexistent')", "open(-5)", "open('x', 'bad')", "memoryview(5)", "complex('a')", "eval('undefined')", "eval('f(')", "all(5)", "max()", "id()", "globals(1)", "staticmethod()", "property(1, 2, 3, 4, 5)", "reversed(5)", "format(1, 2)", "len(None)", "callable()", "frozenset(1)", "vars(1, 2)"]:
    try:
        print(text, "=", repr(eval(text)))
    except Exception as error:
        print(text, "!", type(error).__name__, error)
