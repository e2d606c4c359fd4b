# Corners of the language that CPython's test modules look at.
import functools
import pickle
import sys
import types


# What is thrown into a generator has what the generator handles as its context, not what its caller handles.
def waits():
    yield


def handles():
    try:
        raise KeyError("inner")
    except KeyError:
        yield


for make in waits, handles:
    generator = make()
    next(generator)
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            generator.throw(ValueError("thrown"))
    except ValueError as error:
        print(make.__name__, repr(error.__context__))


def keeps(exception):
    try:
        yield
    except ValueError:
        yield sys.exception() is exception
        yield sys.exception() is exception


thrown = ValueError()
generator = keeps(thrown)
next(generator)
try:
    raise thrown
except ValueError as error:
    print(generator.throw(error))
print(next(generator), sys.exception())

lambda_generator = (lambda: (yield 1))()
next(lambda_generator)
try:
    lambda_generator.send(2)
except StopIteration as stop:
    print("lambda gives", stop.value)


# The frames of generators that wait for another are on the stack while something is thrown through them.
class Delegate:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *args):
        frame, names = sys._getframe(), []
        while frame and len(names) < 3:
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        return names


def outer():
    yield from inner()


def inner():
    yield from Delegate()


generator = outer()
next(generator)
print(generator.throw(RuntimeError))


# with
class OnlyExit:
    def __exit__(self, *args):
        pass


class OnlyAsync:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *args):
        pass


for manager in OnlyExit(), OnlyAsync(), 1:
    try:
        with manager:
            pass
    except TypeError as error:
        print(error)

# Exceptions
print(ExceptionGroup.__bases__, ExceptionGroup.__mro__)
try:
    raise ExceptionGroup("group", [ValueError(1)])
except Exception as error:
    print("caught", repr(error))
for error in ImportError("text", name="name", path="path"), AttributeError("text", name="name"):
    copy = pickle.loads(pickle.dumps(error))
    print(copy.args, copy.name, getattr(copy, "path", None))
error = ImportError("text", name="name")
error.__init__()
print(error.args, error.msg, error.name)


def reraises():
    try:
        1 / 0
    except ZeroDivisionError:
        1 / 0


try:
    reraises()
except ZeroDivisionError as error:
    frame = error.__traceback__.tb_next.tb_frame
    print(frame.f_lineno - frame.f_code.co_firstlineno)


# Classes
class Left(str):
    pass


class Right(str):
    def __init__(self, *args):
        self.extra = 1


class Both(Left, Right):
    pass


print(Both("text"), Both("text").extra)


class Backwards(type):
    def mro(cls):
        return type.mro(cls)[::-1]


class Turned(metaclass=Backwards):
    pass


print([entry.__name__ for entry in Turned.__mro__])


class Slotted:
    __slots__ = ("value",)


print(type(Slotted.value) is types.MemberDescriptorType, type.__type_params__, str.maketrans.__qualname__)


class Base:
    pass


class Module(types.ModuleType, Base):
    pass


try:
    Base.__dict__["__dict__"].__set__(Module("name"), {})
except (AttributeError, TypeError) as error:
    print(type(error).__name__)


@functools.singledispatch
def shown(value):
    return "any"


@shown.register
def _(value: int):
    return "int"


print(shown("text"), shown(1))


# Globals that compute their entries.
class Computing(dict):
    def __missing__(self, name):
        if name.startswith("x"):
            return name * 2
        raise KeyError(name)


print(eval("lambda: (xa, len(xb))", Computing())())

for source in "f(1, *1)", "f(*1)", "{1, *1}", "f(**{1: 2}, **{1: 3})":
    try:
        eval(source, {"f": lambda *args, **kwargs: None})
    except TypeError as error:
        print(source, "->", str(error).split("() ")[-1])
