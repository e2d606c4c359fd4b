"""Dicts and sets: methods, views, order, merging, mutation while iterating, subclasses, errors."""

d = {"a": 1, "b": 2}
d["c"] = 3; d["a"] = 10
print(d, d["a"], d.get("z"), d.get("z", 0), len(d), "a" in d, 1 in d, list(d), d.keys(), d.values(), d.items())
print(d.pop("b"), d.pop("zz", "default"), d.setdefault("x"), d.setdefault("x", 5), d.popitem(), d, d.update({"q": 1}, r=2), d, d.update([("s", 3)]), d)
del d["a"]
print(list(reversed(d)), list(reversed(d.items())), d | {"c": 0, "n": 1}, {"c": 0} | d, dict(d) == d, dict(a=1, **{"b": 2}), dict([(1, 2)]), dict.fromkeys("ab", 0), dict.fromkeys([1]))
d |= {"end": 1}
d |= [("pair", 2)]
print(d, d.copy() is d, {1: "int", 1.0: "float", True: "bool"}, {(1, 2): "t"}[1, 2], {None: 1}[None])
k = {"a": 1, "b": 2}.keys()
print(k & {"a", "z"}, sorted(k | {"z"}), k - {"a"}, sorted(k ^ {"a", "q"}), k == {"a", "b"}, k.isdisjoint({"x"}), k < {"a", "b", "c"}, {"a": 1}.items() & {("a", 1)}, ("a", 1) in {"a": 1}.items(), {"a": 1}.items() == {("a", 1)}, k.mapping, repr({1: 2}.values()))
live = d.keys()
d["later"] = 0
print(list(live), len(live))
big = {i: i * i for i in range(1000)}
for i in range(0, 1000, 2):
    del big[i]
for i in range(2000, 2010):
    big[i] = -i
print(len(big), list(big)[:3], list(big)[-3:], sum(big), big.get(500), big[501])
for mutate in ["d[object()] = 1", "del d['end']", "d.clear()"]:
    d = {"end": 1, "x": 2}
    try:
        for key in d:
            exec(mutate)
        print("no error", mutate, len(d))
    except RuntimeError as error:
        print(error)
d = {1: 1, 2: 2}
for key in d:
    d[key] = key * 10
print(d)


class Default(dict):
    def __missing__(self, key):
        self[key] = value = f"made {key}"
        return value


m = Default()
print(m["x"], m, m.get("y"), "y" in m)


class Key:
    def __init__(self, v, h):
        self.v, self.h = v, h

    def __eq__(self, other):
        return isinstance(other, Key) and self.v == other.v

    def __hash__(self):
        return self.h

    def __repr__(self):
        return f"Key({self.v})"


coll = {Key(i, i % 2): i for i in range(10)}
print(coll[Key(7, 1)], len(coll), Key(7, 0) in coll, coll.pop(Key(4, 0)), list(coll)[:5])


class Unhashable:
    __hash__ = None


class BadEq:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        raise ValueError("eq failed")


s = {3, 1, 2}
s.add(4); s.discard(9); s.discard(1); s.update([5], (6,))
print(sorted(s), s == {2, 3, 4, 5, 6}, {1, 2} | {3}, {1, 2} & {2, 3}, {1, 2} - {2}, {1, 2} ^ {2, 3}, {1} <= {1, 2}, {1} < {1}, {1, 2} >= {1}, {1}.isdisjoint({2}), {1, 2}.issuperset([1]), {1}.issubset([1, 2]), {1}.union([2], [3]), {1, 2, 3}.intersection([1, 2], [2]), {1, 2}.difference([1]), sorted({1, 2}.symmetric_difference([2, 3])))
s &= {2, 3, 4}; s |= {9}; s -= {2}; s ^= {3, 7}
print(sorted(s), s.copy() == s, set("aab") == {"a", "b"}, set(), frozenset(), frozenset([1]), {frozenset([1]): 1}[frozenset([1])], hash(frozenset([1, 2])) == hash(frozenset([2, 1])), frozenset([1]) == {1}, frozenset([1]) | {2}, type({1} | frozenset()).__name__, len({1, 1.0, True}), s.remove(7), sorted(s), repr({1}), repr({"a"}))
s.clear()
print(s, bool(s), [x for x in {5}], {x for x in range(3)} == {0, 1, 2}, s.add(1), s.pop(), s)
ss = {1, 2, 3}
ss.difference_update([1]); ss.intersection_update([2, 3, 4]); ss.symmetric_difference_update([3, 9])
print(sorted(ss))
for text in ["{}['k']", "{}[[]]", "{[]: 1}", "{{}}", "{}.popitem()", "{}.pop('k')", "dict(5)", "dict([1])", "dict([(1, 2, 3)])", "{}.update(5)", "{} | []", "{} < {}", "hash({})", "{}.fromkeys(5)", "set(5)", "{1}.remove(2)", "set().pop()", "{1} | [2]", "{1} < [1]", "{[]}", "frozenset([[]])", "hash(set())", "{Unhashable()}", "{BadEq(): 1, BadEq(): 2}", "frozenset().add", "{1: 2}.x", "dict(a=1)['a'](1)", "{}.setdefault()", "{}.get()", "{**5}", "{*5}", "dict(**{1: 2})", "{'a': 1}.items()[0]", "set([1]).update(5)", "{1}.union(5)", "[] in {}", "[] in set()", "{}.keys() + 1", "del_ = {}.__delitem__('x')", "iter({}).x", "{1: 1} == {1: 1.0}", "{} is {}"]:
    try:
        print(text, "=", repr(eval(text)))
    except Exception as error:
        print(text, "!", type(error).__name__, error)
d = {}
d["self"] = d
print(d, {"a": {"b": [1, {"c": ()}]}}, d == d)
import sys
it = iter({"a": 1, "b": 2})
print(next(it), it.__length_hint__(), list(it))
ordered = {}
for word in "the quick brown fox jumps over the lazy dog the end".split():
    ordered[word] = ordered.get(word, 0) + 1
print(ordered, max(ordered, key=ordered.get), sorted(ordered.items(), key=lambda kv: (-kv[1], kv[0]))[:3])


class D(dict):
    pass


x = D(a=1)
x.attr = 5
print(x, x.attr, x | {"b": 2}, type(x | {}).__name__, type(x.copy()).__name__, isinstance(x, dict), D.fromkeys("a"), type(D.fromkeys("a")).__name__)
import types
proxy = types.MappingProxyType({"p": 1})
print(proxy, proxy["p"], list(proxy), proxy | {"q": 2}, len(proxy))
try:
    proxy["x"] = 1
except TypeError as error:
    print(error)
