"""Type parameters, type statements, defaults (PEP 695, 696), and their lazy evaluation."""

import typing


def first[T](items: list[T]) -> T:
    return items[0]


class Box[T, *Ts, **P](dict):
    item: T

    def put[U: (int, str)](self, item: T, other: U) -> "Box[T]":
        return self


type Alias[K, V = int] = dict[K, list[V]]
type Recursive = int | list[Recursive]
type Lazy = undefined_name

print(first([5, 6]), first.__type_params__, Box.__type_params__, Box.__orig_bases__)
print(Box.put.__type_params__[0].__constraints__, Box.put.__annotations__)
print(Alias, Alias.__name__, Alias.__type_params__, Alias.__value__)
print(Alias[str], typing.get_args(Alias[str, bytes]), Recursive.__value__)
try:
    Lazy.__value__
except NameError as error:
    print("NameError", error)
undefined_name = 7
print(Lazy.__value__)
K, V = Alias.__type_params__
print(K.has_default(), V.has_default(), V.__default__, K.__default__ is typing.NoDefault, K.__infer_variance__)


class Bounded[T: "Later" = int]:
    pass


(T,) = Bounded.__type_params__
print(T.__bound__, T.__default__, isinstance(T, typing.TypeVar), T.__name__, repr(T))


class Later:
    pass


def scope[T](x: T):
    def inner[S](y: S):
        return T, S

    return inner


print(scope(1)(2), scope.__type_params__[0] is scope(1)(2)[0])


class Outer[T]:
    def method(self):
        return T

    class Inner[S]:
        pair = T, S


print(Outer().method(), Outer.Inner.pair, issubclass(Outer, typing.Generic), Outer[int], Outer[int]().method())
for source in ["def f[T, T](): pass", "type X[T = int, U] = T", "class C[T: (yield)]: pass", "def f[T](x=T.a): pass", "type int.x = 3", "class C[*T: int]: pass",
               "def f[T: (x := 3)](): pass", "type A = (yield)", "class C[T](metaclass=(await x)): pass"]:
    try:
        compile(source, "<p>", "exec")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
type = "still a name"
print(type)
