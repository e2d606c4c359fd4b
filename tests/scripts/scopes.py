"""Names and scopes: global, nonlocal, class bodies, comprehensions, exec, deletion, closures in loops, __class__."""

x = "global x"


def reads():
    return x


def shadows():
    x = "local x"

    def inner():
        return x

    def deeper():
        def deepest():
            nonlocal x
            x += "!"
            return x
        return deepest()
    return inner(), deeper(), x


class Body:
    x = "class x"
    y = x
    z = [x for _ in range(1)]
    def method(self):
        return x
    lam = lambda: x
    if True:
        conditional = x
    for loop in range(3):
        pass
    del y


print(reads(), shadows(), Body.x, Body.z, Body().method(), Body.lam(), Body.conditional, Body.loop, hasattr(Body, "y"))


def declares():
    global made, x
    made, x = 1, "changed"


declares()
print(made, x)
x = "global x"


def late():
    try:
        return value
    finally:
        value = 1


def conditional(flag):
    if flag:
        bound = 1
    return bound


def deleted():
    name = 1
    del name
    return name


def deleted_cell():
    name = 1

    def inner():
        return name
    del name
    return inner()


def del_in_except():
    try:
        raise ValueError
    except ValueError as error:
        pass
    return error


for f, args in [(late, ()), (conditional, (False,)), (deleted, ()), (deleted_cell, ()), (del_in_except, ()), (lambda: undefined_global, ()), (eval, ("also_undefined",))]:
    try:
        print(f(*args))
    except NameError as error:
        print(type(error).__name__, error)
functions = []
for i in range(3):
    functions.append(lambda: i)
print([f() for f in functions], [f() for f in [lambda i=i: i for i in range(3)]], i)


def nested_classes():
    a = 1

    class Outer:
        b = a

        class Inner:
            c = a
            try:
                d = b
            except NameError as error:
                d = str(error)

        def get(self):
            return a, __class__.__name__
    return Outer.b, Outer.Inner.c, Outer.Inner.d, Outer().get()


print(nested_classes())


def class_with_free():
    v = 1

    class C:
        v = v + 1 if False else 5
        w = v

        def m(self):
            return v
    return C.w, C().m()


try:
    print(class_with_free())
except NameError as error:
    print(type(error).__name__, error)


def walrus():
    values = [y := n for n in range(3)]
    return values, y, (lambda: (z := 5) + z)()


print(walrus(), "y" in globals())
print([(lambda a: a + b)(1) for b in range(2)], {a: (lambda: a)() for a in "pq"}, [[c for c in range(r)] for r in range(3)])


def exec_in_function():
    local = 1
    exec("local = 2; brand_new = 3")
    namespace = {"local": local}
    exec("local += 10", namespace)
    return local, namespace["local"], "brand_new" in locals()


print(exec_in_function())
exec("def defined_by_exec(): return x")
print(defined_by_exec())
isolated = {"x": "isolated"}
exec("def f(): return x\nresult = f()", isolated)
print(isolated["result"], "__builtins__" in isolated)
try:
    eval("len('a')", {"__builtins__": {}})
except NameError as error:
    print(error)
print(eval("[n * x for n in range(3)]", {"x": 2}), eval("x", {"x": 1}, {"x": 2}))


def many_cells(a, *args, k=1, **kw):
    def inner():
        return a, args, k, kw
    a += 1
    k = 9
    return inner()


print(many_cells(1, 2, 3, z=4), many_cells.__code__.co_cellvars)
import builtins
builtins.injected = "from builtins"
print(injected)
injected = "own"
print(injected)
del injected
print(injected)
len = lambda v: "shadowed"
print(len([1]))
del len
print(len([1]))


def generator_scope():
    outer = [1, 2]
    gen = (outer.append(3) or n for n in list(outer))
    outer = outer[:]
    return list(gen), outer


print(generator_scope())


def parameters_as_cells(n):
    return [lambda: n * m for m in range(3)]


print([f() for f in parameters_as_cells(5)])
print((lambda: (lambda: (lambda: x)())())(), [locals() is globals()])


def locals_snapshot():
    a = 1
    first = locals()
    b = 2
    second = locals()
    first["a"] = 100
    return sorted(first), sorted(second), a


print(locals_snapshot())
for source in ["def f(a):\n global a", "def f():\n nonlocal q", "nonlocal q", "def f():\n x = 1\n global x", "def f():\n print(x)\n global x", "def f(x):\n nonlocal x", "class C:\n nonlocal q", "def f():\n global x\n nonlocal x", "[(yield) for x in y]", "class C: return 1", "break", "continue", "def f():\n  class C:\n    break", "del f()", "def f():\n from a import *", "x: int = yield", "lambda: (yield)", "__debug__ = 1", "def f(__debug__): pass", "None = 1", "f() = 1", "1 += x", "(a, b) += 1", "for 1 in x: pass", "with a as 1: pass", "del None", "import a as None", "def None(): pass", "x = *a", "*a", "print(*a for a in b)"]:
    try:
        compile(source, "<s>", "exec")
        print("ok", repr(source))
    except SyntaxError as error:
        print(repr(source), "!", error.msg)
