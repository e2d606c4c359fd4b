"""Operators of Python classes: who is asked in which order, what declines, what the messages and tracebacks say, how deep it goes."""

import sys
import traceback


def shown(what):
    try:
        return what()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Left:
    def __init__(self, name):
        self.name = name

    def __add__(self, other):
        return f"{self.name} + {other!r}" if isinstance(other, (int, str)) else NotImplemented

    def __mul__(self, factor):
        return NotImplemented

    def __neg__(self):
        return f"-{self.name}"

    def __invert__(self):
        return NotImplemented

    def __getitem__(self, key):
        if key == "none":
            raise KeyError(key)
        return self.name, key

    def __repr__(self):
        return f"<{self.name}>"


class Right:
    def __radd__(self, other):
        return f"radd {other!r}"

    def __rmul__(self, other):
        return NotImplemented

    def __rsub__(self, other):
        return NotImplemented

    def __rlshift__(self, other):
        return ("shifted", other)


class Derived(Left):
    def __radd__(self, other):
        return f"derived radd {other!r}"


class InPlace(Left):
    def __iadd__(self, other):
        return NotImplemented if other is None else ("in place", other)


class Number(int):
    def __rsub__(self, other):
        return ("rsub", other)

    def __rmul__(self, other):
        return ("rmul", other)


left, right = Left("l"), Right()
print(left + 1, left + "s", left + right, left + Derived("d"), shown(lambda: Derived("d") + left))
print(shown(lambda: left + None), "|", shown(lambda: left + left), "|", shown(lambda: left * right), "|", shown(lambda: left * [1]))
print(shown(lambda: 1 * right), "|", shown(lambda: 2.5 - right), "|", 1 + right, 2.5 + right, 3 << right)
print(shown(lambda: [1] * left), "|", shown(lambda: "s" + left), "|", "s" + right, [1] + right)
print(5 - Number(3), 5.0 - Number(3), 2 * Number(3), 2.0 * Number(3))
print(-left, ~left, left["k"], shown(lambda: left["none"]), shown(lambda: +left))

total = left
total += 3
print(total)
total = InPlace("i")
total += 4
print(total)


def augmented(operand):
    value = InPlace("i")
    value += operand
    return value


def multiplied(value):
    value *= 3
    return value


print(shown(lambda: augmented(None)), "|", shown(lambda: multiplied(left)), "|", shown(lambda: multiplied(right)))


class Failing:
    def __add__(self, other):
        return self.inner(other)

    def inner(self, other):
        return 1 / other

    def __call__(self, *args, key=None):
        return args, key


try:
    Failing() + 0
except ZeroDivisionError as error:
    print([(entry.name, entry.line) for entry in traceback.extract_tb(error.__traceback__)])

print(Failing()(1, 2, key=3), shown(lambda: Failing()(nothing=1)), list(map(Failing(), [1])))


class Caller:
    def __sub__(self, other):
        frame = sys._getframe(1)
        return frame.f_code.co_name, frame.f_locals.get("mark")

    def __rsub__(self, other):
        yield other


def calls():
    mark = "here"
    return Caller() - 1, list(1 - Caller()), mark


print(calls())


class Changes:
    """Declines after the operands' names got other values: what was asked with counts."""

    def __add__(self, other):
        global a, b
        a = b = 7
        return NotImplemented

    def __repr__(self):
        return "<changes>"


a, b = Changes(), Right()
print(a + b, a, b)


class Deep:
    def __init__(self, depth):
        self.depth = depth

    def __add__(self, other):
        return Deep(self.depth - 1) + other if self.depth else other

    def __getitem__(self, depth):
        return self[depth - 1] if depth else "bottom"

    def __neg__(self):
        return -self


print(Deep(300) + "done", Deep(0)[300], shown(lambda: -Deep(0)))


class Meta(type):
    def __call__(cls, *args):
        return "made", cls.__name__, args

    def __add__(cls, other):
        return f"{cls.__name__} + {other}"


class Made(metaclass=Meta):
    pass


print(Made(1, 2), Made + 1)


def events(action):
    seen = []

    def tracer(frame, event, argument):
        if frame.f_code.co_filename == __file__:
            seen.append((event, frame.f_code.co_name))
        return tracer

    sys.settrace(tracer)
    try:
        action()
    finally:
        sys.settrace(None)
    return [pair for pair in seen if pair[1].startswith("__")]


print(events(lambda: left + 1))
print(events(lambda: shown(lambda: left * 2)))
