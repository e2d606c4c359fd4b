"""Lists and tuples: methods, slices, sort stability and keys, comparison, mutation while iterating, errors."""

import functools

a = [3, 1, 2]
a.append(5); a.extend("xy"); a.insert(1, "i"); a.insert(-100, "first"); a.insert(100, "last")
print(a, a.pop(), a.pop(0), a.pop(-2), a.index(1), a.count(3), a.remove("i"), a, len(a))
a.reverse(); print(a, a.copy() == a, a.copy() is a, a.clear(), a)
b = list(range(10))
print(b[2:5], b[-3:], b[::3], b[::-2], b[7:2:-2], b[100:], b[:-100], b[slice(1, 3)], b[True])
b[2:5] = ["a"]; print(b)
b[1:1] = [9, 9]; print(b)
b[::2] = [0] * len(b[::2]); print(b)
del b[::3]; print(b)
del b[1:3], b[-1]; print(b)
b[:] = "new"; print(b)
b += (1, 2); b *= 2; print(b, b + [3], [0] * 3, 2 * [1, 2], [1] * -1)
c = [[0] * 2] * 2
c[0][0] = 1
print(c, c[0] is c[1], [1, [2]] == [1, [2]], [1, 2] < [1, 3] < [2], [] < [0], [1] == (1,), [float("nan")] != [1])
words = ["banana", "Apple", "cherry", "apple", "Banana"]
print(sorted(words), sorted(words, key=str.lower), sorted(words, key=len, reverse=True), sorted(words, key=lambda w: (w.lower(), w)))
words.sort(key=functools.cmp_to_key(lambda x, y: (x > y) - (x < y)), reverse=True)
print(words, words.sort(), words)
pairs = [(i % 3, i) for i in range(12)]
print(sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True)[:5])
import random
r = random.Random(1)
data = [r.randrange(1000) for _ in range(2000)]
s = sorted(data)
print(all(x <= y for x, y in zip(s, s[1:])), s[:5], s[-5:], sum(s) == sum(data), sorted(data, reverse=True) == s[::-1])
mixed = [2.5, 1, True, 0, 10**20, -1.5]
print(sorted(mixed), min(mixed), max(mixed), sum([1, 2.5]), sum([[1], [2]], []), any([0, 1]), all([]))


class Reverse:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v > other.v

    def __repr__(self):
        return f"R{self.v}"


print(sorted(map(Reverse, [1, 3, 2])))
mutated = [3, 2, 1]


def naughty(x):
    mutated.append(x)
    return x


try:
    mutated.sort(key=naughty)
except ValueError as error:
    print(error, mutated)
grow = [1, 2]
for x in grow:
    if len(grow) < 6:
        grow.append(x * 10)
print(grow)
shrink = list(range(6))
for x in shrink:
    shrink.remove(x)
print(shrink)
it = iter([1, 2, 3])
print(it.__length_hint__(), next(it), it.__length_hint__(), list(it), next(it, None), list(reversed([1, 2])), reversed([1]).__length_hint__())
t = (1, 2, 3, 2)
print(t.index(2), t.count(2), t[1:], t + (4,), t * 2, (1,), (), t == (1, 2, 3, 2), hash(t) == hash((1, 2, 3, 2)), 2 in t, t < (1, 3), tuple("ab"), tuple([1]), repr(((),)), len(t), t[::-1], (1, [2])[1])
rec = [1]
rec.append(rec)
tr = ([],)
tr[0].append(tr)
print(rec, tr, [[]] == [[]], list(zip([1, 2], "ab", strict=True)), list(map(lambda a, b: a + b, [1, 2], [3, 4, 5])), list(filter(None, [0, 1, ""])), list(enumerate("ab", 5)))
for text in ["[][0]", "[1][1] ", "[1]['a']", "[1][1.0]", "[].pop()", "[1].pop(5)", "[].remove(1)", "[].index(1)", "[1, 2].index(1, 1)", "[3, 'a'].sort()", "sorted([1, None])", "[1] + (2,)", "[1] + 1", "[1] * 1.5", "[1] < [None]", "[] < ()", "[1, 2].sort(5)", "hash([])", "list(5)", "tuple(5)", "(1,)[3]", "[1].insert(1)", "[].append()",
             "list(zip([1], [], strict=True))", "[1, 2, 3].__setitem__(slice(0, 3, 2), [1])", "[1].__setitem__(slice(0, 1), 5)", "[1].__setitem__(5, 1)", "[].__delitem__(0)", "[1].extend(5)", "sum(['a'])", "sum(5)", "min([])", "max(1)", "max([], default=3)", "min('b', 'a', key=ord)", "next([])", "iter(5)", "reversed({1})", "(1).__iter__", "[x for x in 5]", "len(5)", "range(5)[1:3]", "enumerate(5)", "map()", "zip(1)", "sorted([1], key=5)", "(1, 2) + [3]", "[1][::0]", "[0] * 2**62", "((1, 2), 3)[0][1]"]:
    try:
        print(text, "=", repr(eval(text)))
    except Exception as error:
        print(text, "!", type(error).__name__, error)


class L(list):
    def __getitem__(self, i):
        return ("sub", i)


l = L([1, 2])
print(l[0], l[:], list(l), l == [1, 2], L([1]) + [2], type(L([1]) + [2]).__name__, repr(l), sorted(l))
r = range(1, 20, 3)
print(r, list(r), r[2], r[-1], r[1:4], len(r), 7 in r, 8 in r, r.index(7), r.count(4), r == range(1, 21, 3), hash(r) == hash(range(1, 21, 3)), list(reversed(r)), range(5, 0, -2)[::-1], range(0) == range(2, 2), r.start, r.stop, r.step, bool(range(0)), range(2**70, 2**70 + 3)[1], 2.0 in range(3))
