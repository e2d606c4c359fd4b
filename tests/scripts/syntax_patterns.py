"""Pattern matching: every kind of pattern, guards, and what a failed match binds."""

from dataclasses import dataclass
import collections


@dataclass
class Point:
    x: int
    y: int


class Pair:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


class Colour:
    RED = 1
    GREEN = 2


def describe(value):
    match value:
        case None | True | False:
            return f"singleton {value}"
        case 0 | -1 | 3.5 | 1 + 2j:
            return f"number {value!r}"
        case Colour.GREEN:
            return "green"
        case "a" "b":
            return "joined literal"
        case b"raw":
            return "bytes"
        case []:
            return "empty sequence"
        case [single]:
            return f"one of {single!r}"
        case ["go", ("north" | "south") as direction, *_]:
            return f"going {direction}"
        case [first, *middle, last] if first == last:
            return f"same ends around {middle}"
        case [_, _, *rest]:
            return f"two and {rest}"
        case {"kind": "point", "at": [x, y], **others}:
            return f"point {x},{y} {others}"
        case {"kind": str(kind)}:
            return f"kind {kind}"
        case {}:
            return f"mapping {sorted(value)}"
        case Point(x=0, y=0):
            return "origin"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point():
            return "some point"
        case Pair(Pair(a, b), c) | Pair(a, Pair(b, c)):
            return f"nested {a} {b} {c}"
        case int(n) | float(n):
            return f"int or float {n}"
        case str() as text:
            return f"text {text!r}"
        case _:
            return f"other {type(value).__name__}"


VALUES = [
    None, True, 0, -1, 3.5, 1 + 2j, 2, "ab", b"raw", [], (7,), ["go", "south", 1, 2], [1, 2, 3, 1], [1, 2, 3],
    (1, 2), {"kind": "point", "at": (1, 2), "z": 3}, {"kind": "k"}, {"kind": 4}, {}, collections.OrderedDict(a=1),
    Point(0, 0), Point(4, 4), Point(1, 2), Pair(Pair(1, 2), 3), Pair(1, Pair(2, 3)), 99, 2.25, "text", {1, 2}, b"other",
    range(3), collections.deque([1, 2, 3, 1]), bytearray(b"raw"), object,
]
for value in VALUES:
    if isinstance(value, type):
        print(describe(value))
    else:
        print(repr(value)[:40] if not isinstance(value, Pair) else "Pair", "->", describe(value))


def bindings(value):
    match value:
        case [a, [b, 5]]:
            pass
        case [a, b]:
            pass
    return a, b


print(bindings([1, [2, 5]]), bindings([1, [2, 6]]))

match (1, 2, 3):
    case (1, 2, x) if x > 10:
        print("not here")
    case 1, 2, x:
        print("open sequence", x)

match {"a": 1, "b": 2}:
    case {"a": 1, "c": _}:
        print("wrong")
    case {"b": two}:
        print("key", two)


class Bad:
    __match_args__ = ["x"]


for subject, build in [(Bad(), lambda s: eval_match(s)), (5, lambda s: too_many(s))]:
    def eval_match(s):
        match s:
            case Bad(1):
                pass

    def too_many(s):
        match s:
            case int(1, 2):
                pass

    try:
        build(subject)
    except TypeError as error:
        print("TypeError:", error)

for source in ["match x:\n case a: pass\n case b: pass", "match x:\n case {**r, 'a': 1}: pass", "match x:\n case [*a, *b]: pass",
               "match x:\n case a | b: pass", "match x:\n case P(a, a): pass", "match x:\n case {'k': 1, 'k': 2}: pass"]:
    try:
        compile(source, "<pattern>", "exec")
        print("compiled")
    except SyntaxError as error:
        print("SyntaxError:", error.msg, error.lineno, error.offset)

match = 3
case = match + 1
print(match, case)
