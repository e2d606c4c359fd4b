# Assigning __class__ and __bases__, metaclasses whose mro() does so, and what else classes take.
import gc
class Small: pass
class Big:
    def __init__(self):
        self.a = 1; self.b = 2; self.c = 3; self.d = 4; self.e = 5
class Grown(Small):
    def fill(self):
        self.a = self.b = self.c = self.d = self.e = self.f = [1]
def check(x):
    gc.collect()
    return type(x).__name__, x.__dict__
b = Big(); d = b.__dict__
b.__class__ = Small
print(check(b), d is b.__dict__)
b.new = 7; d['other'] = 8
print(check(b), b.other)
s = Small(); s.x = 1
s.__class__ = Grown
s.fill()
print(check(s), s.f, s.x)
s.__class__ = Big
del s.a
print(check(s), hasattr(s, 'a'))
many = []
for i in range(200):
    s = Small(); s.n = i
    s.__class__ = (Grown, Big, Small)[i % 3]
    s.extra = [i]
    many.append(s)
gc.collect()
print(all(s.n == i and s.extra == [i] for i, s in enumerate(many)))
# Slots: the order of names does not matter, what is added does.
class G: __slots__ = ['b', 'a']
class H: __slots__ = ['a', 'b']
class K: __slots__ = ['a', 'b', 'd']
class J: __slots__ = ['c', 'b']
class N(J): __slots__ = ['__weakref__']
g = G(); g.a = 1; g.b = 2
g.__class__ = H
print(g.a, g.b, type(g).__name__)
for cls, other in [(G, K), (G, J), (J, N), (N, J), (G, list)]:
    try:
        x = cls(); x.__class__ = other
    except TypeError as e: print(e)
# A descriptor that only stores.
class Descr:
    def __set__(self, obj, value): print('set', value)
class Meta(type): pass
class X(metaclass=Meta): pass
X.a = 42
X.b = 43
for name in ('a', 'b'):
    setattr(Meta, name, Descr())
def read(): return X.a, X.b
for _ in range(3): print(read())
X.a = 5
# mro() and __bases__
class B: pass
class M(type):
    def mro(cls):
        return (B, object)
try:
    class A(metaclass=M): pass
except TypeError as e: print(e)
stepped = False
class M2(type):
    def mro(cls):
        global stepped
        print(cls.__name__, cls.__mro__)
        if not stepped:
            stepped = True
            cls.__bases__ += ()
        return super().mro()
class A2(metaclass=M2): pass
print(A2.__mro__, object.__subclasses__().count(A2))
ready = False
class M3(type):
    def mro(cls):
        if ready:
            if cls.__name__ == 'B1': B2.__bases__ = (B1,)
            if cls.__name__ == 'B2': B1.__bases__ = (B2,)
        return type.mro(cls)
class A3(metaclass=M3): pass
class B1(A3): pass
class B2(A3): pass
ready = True
try: B1.__bases__ += ()
except TypeError as e: print(e)
print(B1.__mro__, B2.__mro__)
import warnings
with warnings.catch_warnings(record=True) as log:
    warnings.simplefilter('always')
    type('Odd', (), {1: 2})
    print([(w.category.__name__, str(w.message)) for w in log])
class W: __slotnames__ = ['spam']; spam = 3
print(W().__reduce_ex__(2)[2])
class MetaD(B, type): pass
class C(metaclass=MetaD): pass
print(type(C.__dict__))
try: C.__dict__ = {}
except AttributeError as e: print(e)
