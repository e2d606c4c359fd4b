"""Slices with plain, odd and wrong bounds; set operations over tables with holes; unpacking lists of the wrong length."""


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Text(str):
    def __getitem__(self, key):
        return "own " + repr(key)


def cut(sequence, start, stop):
    return sequence[start:stop]


bounds = [None, 0, 1, 3, 9, -1, -3, -9, 2**70, -(2**70), Index(2), Index(-2), True]
for sequence in ([1, 2, 3, 4, 5], (1, 2, 3, 4, 5), "abcde", "äbcdé", b"abcde", bytearray(b"abcde"), range(5)):
    print(type(sequence).__name__, *(cut(sequence, a, b) for a in bounds for b in bounds), sep="|")
print(cut(Text("abc"), 1, 2))
whole = (1, 2, 3)
print(cut(whole, None, None) is whole, cut(whole, 0, 3) is whole)
for wrong in (1.5, "a", [], object):
    for sequence in ([1], (1,), "a", b"a"):
        try:
            cut(sequence, wrong, None)
        except TypeError as error:
            print(error)
try:
    cut(5, 1, 2)
except TypeError as error:
    print(error)

members = set(range(100))
for n in range(0, 100, 7):
    members.discard(n)
copy = members.copy()
print(copy == members, len(copy), sorted(copy)[:8], sorted(copy | {0, 7, 200})[-3:], 7 in copy, 8 in copy)
for n in range(100):
    copy.add(n)
print(len(copy), len(members), sorted(copy - members), sorted(members & set(range(12))), sorted(members ^ set(range(95, 105))))
for n in range(90):
    copy.discard(n)
print(sorted(copy.copy()), sorted(copy | copy), sorted(frozenset(copy) | {1}))
entries = {n: str(n) for n in range(50)}
for n in range(0, 50, 5):
    del entries[n]
again = dict(entries)
again[0] = "zero"
print(list(again)[:6], list(again)[-2:], len(again), len(entries), again.popitem(), next(iter(again)))
again.update({n: "new" for n in range(300)})
print(len(again), list(again)[:5], again[1], again[299])


def unpack(source):
    a, b, c = source
    return c, b, a


for source in ([1, 2, 3], (1, 2, 3), "abc", {1: 2, 3: 4, 5: 6}, [1, 2], [1, 2, 3, 4], (), [], (1, 2, 3, 4), 5):
    try:
        print(unpack(source))
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
pair = [1, 2]
pair[0], pair[1] = pair[1], pair[0]
first, pair = pair, [first for first in pair]
print(first, pair)


def named(a, b=2, /, c=3, *, d=4, e, f=6):
    return a, b, c, d, e, f


named.__kwdefaults__ = {"f": 60, "d": 40}
for call in (
    lambda: named(1, e=5),
    lambda: named(1, 20, e=5, c=30),
    lambda: named(1, f=7, e=5, d=8),
    lambda: named(1, b=3, e=5),
    lambda: named(1, e=5, x=1),
    lambda: named(1),
    lambda: named(1, 2, 3, c=4, e=5),
    lambda: named(e=5, c=1),
):
    try:
        print(call())
    except TypeError as error:
        print(error)

# Slices as targets, and membership, of the builtin classes and of classes that override them.
row = list(range(8))
row[2:5] = "ab"
row[-1:] = row[:2]
row[:0] = iter((9, 9))
print(row, row[::-2], row[6:1:-1], "abcdef"[4::-2], (1, 2, 3, 4)[::3], b"abcdef"[5:0:-2])
row[3:1] = [None]
row[::2] = range(len(row[::2]))
print(row)
for value in (5, [1]):
    try:
        row[1:6:2] = value
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
try:
    row["a":"b"] = []
except TypeError as error:
    print(error)


class Rows(list):
    def __setitem__(self, key, value):
        print("set", key, value)

    def __contains__(self, key):
        return key == "there"

    def __getitem__(self, key):
        return key


class Edge:
    def __index__(self):
        return 2


rows = Rows([1])
rows[1:2] = [3]
print(1 in rows, "there" in rows, rows[1:2], rows[::2], row[Edge() :], row[:: Edge()])
nan = float("nan")
print(nan in [nan], nan in (nan,), nan in {nan}, 1.0 in {1}, True in [1], "bc" in "abcd", {1} in {frozenset({1})}, frozenset({1}) in frozenset([frozenset({1})]))
for container in ({1}, frozenset({1}), "text"):
    try:
        print([] in container)
    except TypeError as error:
        print(error)
