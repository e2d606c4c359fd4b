"""Deferred annotations (PEP 649, 749): when they run, the three formats, the module's and the class's own."""

import annotationlib
from annotationlib import Format


def f(a: undefined, b: int = 3, *args: "text", c: list[missing] = 1, **kw: print("never printed")) -> int | None:
    local: also_undefined = 4
    return local


print(f(1))
try:
    f.__annotations__
except NameError as error:
    print("NameError:", error)
print(annotationlib.get_annotations(f, format=Format.STRING))
forward = annotationlib.get_annotations(f, format=Format.FORWARDREF)
print(type(forward["a"]).__name__, forward["a"].__forward_arg__, forward["b"], forward["args"])
undefined, missing = str, bytes
print(f.__annotations__["a"], f.__annotations__["c"], f.__annotations__["return"])


class Node:
    next: Node | None
    value: int = 0
    names: list[str]
    (parenthesised): int
    def method(self) -> Node: ...


print(Node.__annotations__, Node.method.__annotations__)
module_level: dict[str, Later] = {}
if f(1) == 5:
    conditional: int
try:
    __annotations__
except NameError as error:
    print("no module __annotations__ name:", error.args)


class Later:
    pass


import sys

print(sys.modules["__main__"].__annotations__)
print(f.__annotate__(Format.VALUE)["b"], callable(f.__annotate__))
try:
    f.__annotate__(Format.STRING)
except NotImplementedError:
    print("the compiler's function knows one format")

f.__annotations__ = {"x": 1}
print(f.__annotations__, f.__annotate__)
del f.__annotations__
print(f.__annotations__)


for source in ["def f(x: (y := 1)): pass", "def f(x: (yield)): pass", "x: (yield)", "x: int: str", "(a, b): int", "a.b: int = c: 1", "def f(): global x; x: int"]:
    try:
        compile(source, "<a>", "exec")
        print("ok", source)
    except SyntaxError as error:
        print(error.msg)
order = []
obj = type("Obj", (), {})()
def note(x):
    order.append(x)
    return obj
note("target").attribute: note("annotation of an attribute") = note("value")
plain: note("annotation of a name") = note("assigned")
print(order)
