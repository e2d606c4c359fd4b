"""Operator dispatch: reflected methods, subclasses first, NotImplemented, in-place fall-back, comparison, truth."""

import operator

NAMES = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and", "or", "xor"]
SYMBOLS = dict(zip(NAMES, ["+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^"]))


def make(name, base=object, answers=("", "r", "i")):
    def method(tag):
        return lambda self, other, *rest: f"{name}.{tag}({getattr(type(other), '__name__', other)})"

    body = {f"__{prefix}{op}__": method(f"{prefix}{op}") for op in NAMES for prefix in answers}
    return type(name, (base,), body)


Both, Right, Nothing = make("Both"), make("Right", answers=("r",)), make("Nothing", answers=())
Sub = make("Sub", Both)
Plain = type("Plain", (Both,), {})
for name, symbol in SYMBOLS.items():
    row = []
    for left, right in [(Both(), Both()), (Both(), 1), (1, Both()), (Nothing(), Right()), (Both(), Right()), (Both(), Sub()), (Both(), Plain()), (Sub(), Both())]:
        row.append(eval(f"left {symbol} right"))
    for value in (Both(), Nothing(), Right()):
        try:
            exec(f"value {symbol}= 2")
            row.append(value)
        except TypeError as error:
            row.append(str(error))
    try:
        eval(f"Nothing() {symbol} Nothing()")
    except TypeError as error:
        row.append(str(error))
    print(name, row)
for unary in ["-", "+", "~", "not "]:
    try:
        print(unary, eval(f"{unary}Nothing()"))
    except TypeError as error:
        print(error)


class Compared:
    def __init__(self, name, answer):
        self.name, self.answer = name, answer

    def __lt__(self, other):
        print(self.name, "lt", end=" ")
        return self.answer

    def __gt__(self, other):
        print(self.name, "gt", end=" ")
        return self.answer

    def __eq__(self, other):
        print(self.name, "eq", end=" ")
        return self.answer


class Derived(Compared):
    def __gt__(self, other):
        print(self.name, "derived gt", end=" ")
        return "derived"


a, b, d, n = Compared("a", True), Compared("b", False), Derived("d", 1), Compared("n", NotImplemented)
print(a < b, b < a, a < d, n < a)
print(n == a, a != b, n != n, n == 5, 5 == n)
try:
    n < n
except TypeError as error:
    print(error)
try:
    a <= b
except TypeError as error:
    print(error)


class Truth:
    def __init__(self, answer):
        self.answer = answer

    def __bool__(self):
        return self.answer


class Sized:
    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size


print(bool(Truth(True)), not Truth(False), bool(Sized(0)), bool(Sized(3)), bool(object()), [x for x in (Sized(0), Sized(1)) if x][0].size)
for value in [Truth(1), Truth(None), Sized(-1), Sized("x"), Sized(2**70)]:
    try:
        print(bool(value))
    except (TypeError, ValueError, OverflowError) as error:
        print(type(error).__name__, error)
for text in ["1 + None", "None + 1", "'a' + 1", "1 + 'a'", "[] + ()", "() + []", "b'' + ''", "1 @ 2", "{} | 1", "1.5 % 'x'", "'%s' % 1 + 1", "-[]", "~1.5", "+''", "1 < 'a'", "None < None", "[] < {}", "1j < 1", "'a' * 'b'", "[1] * [1]", "1 << 'a'", "print + 1", "len < 1", "object() + object()", "1 in 1", "1 not in None", "1 is not None", "int + str", "int | str", "int | 1", "None | int", "list[int] | None", "1 if [] else 2", "1 and 0 or 3", "3 > 2 == 2", "2 ** 3 ** 2", "-2 ** 2", "not 1 == 2", "1 + 2 * 3 - 4 / 2 // 1 % 3", "~5 & 3 | 8 ^ 1", "1 < 2 < 3 > 2", "(1, 2) + (3,) * 2"]:
    try:
        print(text, "=", eval(text))
    except TypeError as error:
        print(text, "!", error)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


print([10, 20, 30][Index(1)], "abc"[Index(-1)], operator.index(Index(7)), range(10)[Index(2) : Index(8) : Index(3)], bytes(Index(2)), (1).__lshift__(True), round(2.567, Index(1)), [0] * Index(2))
for value in ["x", 1.5, None]:
    try:
        [1][Index(value)]
    except TypeError as error:
        print(error)


class IntLike:
    def __int__(self):
        return 42

    def __float__(self):
        return 4.2

    def __complex__(self):
        return 4 + 2j


print(int(IntLike()), float(IntLike()), complex(IntLike()), float(Index(3)), complex(Index(3)), int(Index(3)))


class Bad:
    def __int__(self):
        return "x"

    def __float__(self):
        return 1

    def __repr__(self):
        return 5

    def __str__(self):
        return 5

    def __hash__(self):
        return "h"

    def __len__(self):
        return 1.5

    def __iter__(self):
        return 5

    def __contains__(self, x):
        return []

    def __bool__(self):
        return 2

    def __index__(self):
        return "i"

    def __format__(self, spec):
        return 5

    def __bytes__(self):
        return "b"

    def __dir__(self):
        return 5

    def __length_hint__(self):
        return "x"


for text in ["int(Bad())", "float(Bad())", "repr(Bad())", "str(Bad())", "hash(Bad())", "len(Bad())", "iter(Bad())", "1 in Bad()", "bool(Bad())", "[1][Bad()]", "format(Bad())", "bytes(Bad())", "dir(Bad())", "f'{Bad()}'", "operator.length_hint(Bad())", "complex(Bad())"]:
    try:
        print(text, "=", eval(text))
    except (TypeError, ValueError) as error:
        print(text, "!", error)

# Complex numbers with each kind of number; classes derived from them are asked.
for other in (2, 2.5, True, 1 - 2j, 0j):
    print(other + 1j, 1j - other, other * (1 + 1j), (3 + 4j) * other, -(1j * other), abs(other * (3 + 4j)))
for text in ("1j / 0", "0j ** -1", "10**400 + 1j", "1j // 2", "1j % 2j", "'a' + 1j", "~1j", "1j < 2j", "abs(complex(1e308, 1e308))"):
    try:
        print(text, eval(text))
    except (ArithmeticError, TypeError) as error:
        print(text, type(error).__name__, error)


class Turned(complex):
    def __radd__(self, other):
        return "turned"

    def __abs__(self):
        return "far"


print(1j + Turned(2), abs(Turned(2)), -Turned(2), type(+Turned(2)).__name__, 1j.__add__(Turned(2)))
number = 1j
number += 2
number *= 1j
print(number, 2 / number, number**2, number == -1 + 2j)
