"""Exceptions: try in all forms, chaining, groups, except*, notes, finally and control flow, messages."""

import sys
import traceback


def flow(kind):
    log = []
    for n in range(3):
        try:
            log.append(f"try{n}")
            if kind == "break":
                break
            if kind == "continue":
                continue
            if kind == "return":
                return log
            if kind == "raise":
                raise ValueError("v")
        except ValueError:
            log.append("except")
        else:
            log.append("else")
        finally:
            log.append("finally")
    else:
        log.append("loop else")
    return log


for kind in ["none", "break", "continue", "return", "raise"]:
    print(kind, flow(kind))


def override():
    try:
        return 1
    finally:
        return 2


def swallowed():
    while True:
        try:
            1 / 0
        finally:
            break
    return "swallowed"


print(override(), swallowed())
try:
    try:
        {}["k"]
    except KeyError as error:
        raise RuntimeError("wrapped") from error
except RuntimeError as error:
    print(repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError("context")
except ValueError as error:
    print(repr(error.__cause__), repr(error.__context__))
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError from None
except ValueError as error:
    print(repr(error.__context__), error.__suppress_context__)
try:
    error
except NameError as e:
    print(e)
try:
    raise ValueError
except (TypeError, ValueError) as error:
    print(repr(error), error.args, str(error) == "")
try:
    int("x")
except TypeError, ValueError:
    print("unparenthesised")


class Custom(Exception):
    def __init__(self, code, **info):
        super().__init__(f"code {code}")
        self.code, self.info = code, info


try:
    raise Custom(5, a=1)
except Custom as error:
    print(error, error.code, error.info, repr(error))
for bad in [lambda: exec("raise 5"), lambda: exec("raise int"), lambda: exec("raise"), lambda: exec("raise ValueError from 5"),
            lambda: exec("try:\n  1/0\nexcept 5:\n  pass"), lambda: exec("assert 0, 'message'"), lambda: exec("assert ()")]:
    try:
        bad()
    except BaseException as error:
        print(type(error).__name__, error)

error = ValueError("noted")
error.add_note("first note")
error.add_note("second\nnote")
print(error.__notes__, "".join(traceback.format_exception(error)), end="")

group = ExceptionGroup("many", [ValueError(1), TypeError(2), ExceptionGroup("inner", [ValueError(3), OSError(4)])])
print(repr(group), group.message, len(group.exceptions))
print(repr(group.subgroup(ValueError)), repr(group.split(OSError)[1]), group.subgroup(KeyError))
print("".join(traceback.format_exception(group)))
try:
    raise group
except* ValueError as part:
    print("values", repr(part))
except* (TypeError, OSError) as part:
    print("others", repr(part))
try:
    try:
        raise group
    except* ValueError:
        pass
except ExceptionGroup as rest:
    print("rest", repr(rest))
try:
    raise ValueError("alone")
except* ValueError as part:
    print(repr(part))
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
    except* ValueError:
        raise RuntimeError("in handler")
except ExceptionGroup as error:
    print(repr(error), repr(error.exceptions[0].__context__))
for make in [lambda: ExceptionGroup("e", []), lambda: ExceptionGroup("e", [KeyboardInterrupt()]), lambda: ExceptionGroup(1, [ValueError()]), lambda: ExceptionGroup("m", [1])]:
    try:
        print(repr(make()))
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
print(repr(BaseExceptionGroup("b", [ValueError()])), isinstance(BaseExceptionGroup("b", [ValueError()]), ExceptionGroup))


class Manager:
    def __init__(self, name, suppress=False):
        self.name, self.suppress = name, suppress

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind and kind.__name__, tb is not None)
        return self.suppress


with Manager("a") as a, Manager("b", True) as b:
    print(a, b)
    raise ValueError("suppressed")
with (Manager("c"), Manager("d") as d,):
    pass
try:
    with Manager("e"):
        raise KeyError("out")
except KeyError as error:
    print("out", error)


def returning():
    with Manager("f"):
        return "returned"


print(returning())
try:
    with open("/nonexistent/file") as f:
        pass
except FileNotFoundError as error:
    print(error, error.errno, error.filename, isinstance(error, OSError))
print(OSError(13, "denied", "name"), type(OSError(2, "x")).__name__, OSError("single").errno)
print(repr(KeyError("k")), str(KeyError("k")), str(KeyError("a", "b")), StopIteration(3).value, SystemExit(4).code, UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"))
print(AttributeError("m", name="n", obj=1).name, NameError("m", name="q").name, ImportError("m", name="n", path="p").path)


def where():
    try:
        raise ValueError
    except ValueError:
        return sys.exc_info()


kind, value, tb = where()
print(kind, tb.tb_frame.f_code.co_name, tb.tb_next, value.__traceback__ is tb, sys.exc_info(), sys.exception())
e = ValueError("x").with_traceback(None)
print(e.__traceback__, ValueError("a", 1) == ValueError("a", 1), issubclass(ExceptionGroup, Exception), Exception.__mro__)
nested = []
try:
    try:
        raise ValueError(1)
    finally:
        try:
            raise KeyError(2)
        except KeyError as k:
            nested.append(repr(k.__context__))
except ValueError as v:
    nested.append(repr(v.__context__))
print(nested)
