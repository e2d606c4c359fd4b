"""Finalizers, weak references, resurrection, gc: what a program can see of the collector."""

import gc
import weakref


class Node:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Node({self.name})"


n = Node("a")
ref = weakref.ref(n)
print(ref() is n, ref() == n, weakref.getweakrefcount(n), ref is weakref.ref(n), hash(ref) == hash(n))
del n
gc.collect()
print(ref(), ref == weakref.ref(Node), repr(ref).endswith("dead>"))
called = []
n = Node("b")
ref = weakref.ref(n, lambda r: called.append(r is ref))
del n
gc.collect()
print(called)
cycle = Node("c")
cycle.self = cycle
ref = weakref.ref(cycle)
del cycle
print(gc.collect() >= 1, ref())


class Finalized:
    log = []

    def __init__(self, name, resurrect=False):
        self.name, self.resurrect = name, resurrect

    def __del__(self):
        self.log.append(self.name)
        if self.resurrect:
            Finalized.saved = self


f = Finalized("f")
del f
gc.collect()
print(Finalized.log)
f = Finalized("r", True)
del f
gc.collect()
print(Finalized.log, Finalized.saved.name)
del Finalized.saved
gc.collect()
print(Finalized.log)
a, b = Finalized("x"), Finalized("y")
a.other, b.other = b, a
del a, b
gc.collect()
print(sorted(Finalized.log[2:]))
d = weakref.WeakValueDictionary()
keys = weakref.WeakKeyDictionary()
s = weakref.WeakSet()
kept, gone = Node("kept"), Node("gone")
d["k"], d["g"] = kept, gone
keys[kept], keys[gone] = 1, 2
s.add(kept); s.add(gone)
print(len(d), len(keys), len(s))
del gone
gc.collect()
print(list(d), list(keys.values()), list(s))
p = weakref.proxy(kept)
print(p.name, type(p).__name__)
p.extra = 5
print(kept.extra)
del kept
gc.collect()
try:
    p.name
except ReferenceError as error:
    print(error)
n = Node("fin")
fin = weakref.finalize(n, lambda *args: called.append(args), 1, 2)
print(fin.alive)
del n
gc.collect()
print(fin.alive, called[1:])
n = Node("m")
n.method = lambda: 0


class WithMethod:
    def m(self):
        return "method result"


w = WithMethod()
wm = weakref.WeakMethod(w.m)
print(wm()())
del w
gc.collect()
print(wm())
for bad in [5, "text", (1,), None, 1.5]:
    try:
        weakref.ref(bad)
    except TypeError as error:
        print(error)


class Slots:
    __slots__ = ("x",)


class WeakSlots:
    __slots__ = ("x", "__weakref__")


try:
    weakref.ref(Slots())
except TypeError as error:
    print(error)
keep = WeakSlots()
print(weakref.ref(keep)() is keep, gc.isenabled(), gc.disable(), gc.isenabled(), gc.enable(), gc.is_tracked([]), gc.is_tracked(1))
holder = []
holder.append(holder)
class Referrer:
    pass


referrer = Referrer()
referrer.to = [1]
print(gc.get_referents(referrer) == [[1], Referrer])
print(len(gc.get_referents([1, "a"])) == 2, isinstance(gc.get_count(), tuple), isinstance(gc.get_threshold(), tuple), isinstance(gc.get_stats(), list), gc.garbage)


class Bad:
    def __del__(self):
        raise ValueError("in a finalizer")


import sys
sys.unraisablehook = lambda u: print("unraisable", u.exc_type.__name__, u.exc_value)
Bad()
gc.collect()


def gen():
    try:
        yield 1
    finally:
        print("generator finalized")


g = gen()
next(g)
del g
gc.collect()
lists = [[i] for i in range(50000)]
for i in range(len(lists) - 1):
    lists[i].append(lists[i + 1])
refs = len(lists)
del lists
gc.collect()
print("chain", refs)
import collections
deep = None
for i in range(200000):
    deep = (deep, i)
del deep
gc.collect()
print("deep tuple freed")
