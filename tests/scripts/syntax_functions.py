"""Functions: all parameter kinds and call forms, defaults, closures, decorators, recursion, error messages."""

import functools


def everything(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw


print(everything(1, d=4), everything(1, 2, 3, 4, 5, d=6, f=7, a=8))
print(everything(*range(2), *[9], **{"d": 1}, **{"z": 2}), everything.__defaults__, everything.__kwdefaults__)
print(everything.__code__.co_argcount, everything.__code__.co_posonlyargcount, everything.__code__.co_kwonlyargcount, everything.__code__.co_varnames)


def simple(a, b, c=3):
    return a, b, c


def only(a, /, *, b):
    return a, b


class Callable:
    def __call__(self, *a, **k):
        return a, k

    def method(self, x):
        return x


CALLS = [
    "simple()", "simple(1)", "simple(1, 2, 3, 4)", "simple(1, 2, d=4)", "simple(1, 2, a=1)", "only(a=1, b=2)", "only(1, 2)", "only(1)", "everything(1)",
    "simple(*5)", "simple(**5)", "simple(**{1: 2})", "simple(1, **{'a': 2})", "simple(*[1], **{'b': 2}, **{'b': 3})", "(lambda: 0)(1)", "Callable().method()",
    "Callable().method(1, 2)", "len()", "len(1, 2)", "print(sep=1)", "int(x=1)", "sorted()", "5()", "None()", "'a'(1)", "simple(b=1)", "Callable()(1, x=2)",
    "max()", "isinstance(1)", "dict([1])", "range()", "functools.partial()", "simple(1, 2, 3, 4, 5, x=1)", "str.upper()", "[].append()", "[].append(x=1)",
]
for call in CALLS:
    try:
        print(call, "=", eval(call))
    except TypeError as error:
        print(call, "!", error)


def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        count = 0

    return step, reset


step, reset = counter()
print(step(), step(5), reset(), step(), step.__closure__[0].cell_contents, step.__code__.co_freevars)
adders = [lambda x, n=n: x + n for n in range(3)]
print([f(10) for f in adders])


def decorate(tag):
    def wrap(f):
        @functools.wraps(f)
        def inner(*args, **kw):
            return f"<{tag}>{f(*args, **kw)}</{tag}>"
        return inner
    return wrap


@decorate("b")
@decorate("i")
def text(s="x"):
    "The doc."
    return s


print(text(), text("y"), text.__name__, text.__doc__, text.__wrapped__.__name__)
tools = {"d": decorate}


@tools["d"]("u")
@(lambda f: f)
def other():
    return 1


print(other())


def mutable(item, to=[]):
    to.append(item)
    return to


print(mutable(1), mutable(2), mutable(3, []))
global_name = 1


def globals_and_locals():
    global global_name, made
    global_name += 1
    made = "made"
    x = 1
    return sorted(locals()), global_name


print(globals_and_locals(), made)


def unbound():
    print(later)
    later = 1


for f in [unbound, lambda: nowhere, lambda: (yield_ for yield_ in [1]).gi_frame.f_nope]:
    try:
        f()
    except (NameError, AttributeError) as error:
        print(type(error).__name__, error)


def free_unbound():
    def inner():
        return cell
    if False:
        cell = 1
    return inner


try:
    free_unbound()()
except NameError as error:
    print(error)
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
print(fact(30))
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
f = simple
f.attribute = "on a function"
print(f.attribute, f.__dict__, f.__qualname__, f.__module__, free_unbound().__qualname__)
f.__defaults__ = (1, 2, 3)
print(simple())
print(functools.reduce(lambda a, b: a + b, [1, 2, 3]), functools.partial(everything, 1, d=9)(5))
for source in ["def f(a, a): pass", "def f(a=1, b): pass", "def f(*): pass", "def f(a, /, b, /): pass", "f(a=1, 2)", "f(**a, *b)", "f(a=1, a=2)", "def f(*a, *b): pass", "def f(**k, a): pass",
               "f(x for x in y, 1)", "lambda *: 0", "def f(/): pass", "f(1=2)", "f(True=1)", "return 1", "nonlocal x", "def f():\n x = 1\n global x"]:
    try:
        compile(source, "<d>", "exec")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
