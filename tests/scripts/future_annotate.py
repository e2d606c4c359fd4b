"""Annotations under the future import: functions have an __annotate__ that gives strings."""
from __future__ import annotations
import functools, annotationlib
def f(x: int, *a: "q", k: list[int] = 3) -> None: pass
print(f.__annotations__, f.__annotate__(1), type(f.__annotate__).__name__, f.__annotate__.__qualname__, f.__annotate__.__code__.co_varnames)
class C:
    y: int
    def m(self, z: C, __w: __v) -> Foo.bar: ...
print(C.m.__annotations__, C.__annotations__, C.m.__annotate__.__code__.co_freevars)
@functools.wraps(f)
def g(*a): pass
print(g.__annotations__)
def h[T](x: T) -> T: return x
print(h.__annotations__, annotationlib.get_annotations(h, format=annotationlib.Format.STRING))
try: f.__annotate__(2)
except NotImplementedError as e: print(repr(e))
