"""Tracebacks as printed: carets, suggestions, chains, repeated frames, notes, SyntaxErrors, the excepthook."""

import sys
import traceback


def show(f):
    try:
        f()
    except BaseException:
        text = traceback.format_exc()
        print(text.replace(__file__, "FILE"))


def binary():
    a, b = 1, "x"
    return (a
            + b)


def subscript():
    data = {"k": [1, 2]}
    return data["k"][5] + data["k"][0]


def call():
    return int("7") + int("bad" + "number", base=10)


def attribute():
    return sys.flags.nothing.more


def chained():
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("second") from error


def context():
    try:
        1 / 0
    except ZeroDivisionError:
        undefined_name_here


def recursion(n):
    if n == 0:
        raise RuntimeError("bottom")
    recursion(n - 1)


class Thing:
    colour = 1

    def method(self):
        return self.color


def suggestions():
    value_of_thing = 1
    return value_of_thin


def module_suggestion():
    import collections
    collections.ordereddict


def keyword_suggestion():
    sorted([1], revers=True)


def multi_line():
    return print(
        1,
        2 /
        0,
    )


def in_comprehension():
    return [10 // n for n in (1, 0)]


def in_generator():
    return sum(10 // n for n in (1, 0))


def in_lambda():
    return (lambda x: x.nope)(1)


def notes():
    error = ValueError("with notes")
    error.add_note("note one")
    raise error


def group():
    raise ExceptionGroup("eg", [ValueError(1), TypeError("t")])


def syntax():
    compile("x = (1 +\ny = 2\n", "bad.py", "exec")


def multi_arg():
    raise KeyError("a", "b")


def assertion():
    assert 1 == 2, f"{1} is not {2}"


def unpack():
    a, b = [1, 2, 3]


def raise_class():
    raise Exception


def decorated():
    @deco
    def inner():
        pass


def deco(f):
    raise TypeError("in decorator")


def with_block():
    with open("/nonexistent/nope"):
        pass


def deep_call():
    return max(len([1]), int(str(abs("x"))), 3)


def store():
    (1).x = 5


def delete():
    d = {}
    del d["k"]


def wide():
    return "日本語" + 5 + "é" * 3


for f in [binary, subscript, call, attribute, chained, context, lambda: recursion(8), lambda: Thing().method(), suggestions, module_suggestion, keyword_suggestion, multi_line, in_comprehension, in_generator, in_lambda, notes, group, syntax, multi_arg, assertion,
          unpack, raise_class, decorated, with_block, deep_call, store, delete, wide]:
    show(f)
try:
    binary()
except TypeError as error:
    tb = error.__traceback__
    print([(frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(tb)], tb.tb_lineno, tb.tb_next.tb_lasti > 0)
    print(traceback.format_exception_only(error), traceback.format_tb(tb)[0].count("\n"))
summary = traceback.StackSummary.extract(traceback.walk_stack(sys._getframe()))
print([frame.name for frame in summary])


def stack():
    return [frame.name for frame in traceback.extract_stack()]


print(stack())
sys.excepthook = lambda kind, value, tb: print("hook", kind.__name__, value)
raise SystemError("for the hook")
