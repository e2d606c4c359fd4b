"""Dicts and sets whose keys are all strings or ints, those that get a key of another kind, and what is seen while they do."""

import collections
import sys
import threading


class Word(str):
    """A str whose hash and equality are those of str."""


class Folded(str):
    """A str that is equal to what differs from it in case."""

    calls = 0

    def __hash__(self):
        Folded.calls += 1
        return hash(self.lower())

    def __eq__(self, other):
        return isinstance(other, str) and self.lower() == other.lower()


class Number(int):
    pass


class Odd:
    """Hashes like a given value, and is equal to it or not."""

    def __init__(self, like, same):
        self.like, self.same, self.asked = like, same, 0

    def __hash__(self):
        return hash(self.like)

    def __eq__(self, other):
        self.asked += 1
        return self.same and other == self.like


OTHERS = [None, True, 2.5, 10**30, -(2**70), (1, "a"), b"a", Word("word"), frozenset([1]), len, Odd("b", False), 2**61 - 1, ...]


print("one key of another kind, at each place")
for count in [0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 21, 24, 25, 100]:
    for place in {0, 1, count // 2, max(count - 1, 0), count}:
        for other in OTHERS:
            d, keys = {}, []
            for n in range(count + 1):
                key = other if n == place else f"k{n}" if n % 2 else -n * 7
                d[key] = n
                keys.append(key)
            assert list(d) == keys and list(d.values()) == list(range(count + 1))
            assert all(d[key] == n for n, key in enumerate(keys)), (count, place, other)
            assert d.get("absent") is None and d.get(-1) is None and d.get((1, 2)) is None
            s = set(keys)
            assert len(s) == len(keys) and all(key in s for key in keys) and "absent" not in s
            assert list(reversed(d)) == keys[::-1] and dict(d) == d and d.copy() == d and s.copy() == s
            for key in keys[::2]:
                del d[key]
                s.remove(key)
            assert list(d) == keys[1::2] and s == set(keys[1::2])
            d.update((key, "again") for key in keys)
            assert list(d) == keys[1::2] + keys[::2]
print("held")

print("ints at the edges of their hashes")
edges = [0, 1, -1, -2, 2**61 - 2, 2**61 - 1, 2**61, 2**61 + 1, -(2**61) + 1, -(2**61), 2**62 - 1, 2**62, -(2**62), 2**63]
for first in edges:
    d = {first: "first"}
    for n, edge in enumerate(edges):
        d[edge] = n
    assert len(d) == len(edges) and [d[edge] for edge in edges] == list(range(len(edges)))
    assert sorted(set(edges)) == sorted(edges) and sorted(d) == sorted(edges)
print({2**61 - 1: "modulus"}.get(0), {0: "zero"}.get(2**61 - 1), {-1: 1, -2: 2}, {-2, -1} == {-1, -2})

print("equal keys of different kinds")
d = {1: "int"}
d[1.0] = "float"
d[True] = "bool"
d[Number(1)] = "number"
print(d, [type(key).__name__ for key in d])
d = {"word": 1}
d[Word("word")] = 2
print(d, type(next(iter(d))).__name__, Word("word") in d, "word" in {Word("word")}, {Word("a"): 1}["a"], {"a": 1}[Word("a")])
print(sorted({1, 1.0, True, 0, False, 0.0}), {"": 0, Word(""): 1}, {"": 0}[""], "" in {""}, {0: "zero", "": "empty"})

print("strings with ways of their own")
d = {"key": 1, "other": 2}
print(d.get(Folded("KEY")), Folded("OTHER") in d, Folded("third") in d, d.pop(Folded("Key")), d)
d[Folded("New")] = 3
print(d["new"] if "new" in d else None, d.get("New"), d.get(Folded("NEW")), Folded.calls > 0)
before = Folded.calls
print({Folded("a"): 1, "b": 2}, Folded.calls - before)

print("only keys with the hash are asked")
d = {f"k{n}": n for n in range(1000)} | {n: n for n in range(1000)}
odd = Odd("k500", False)
print(odd in d, odd.asked)
odd = Odd("k501", True)
print(d[odd], odd.asked)
d[odd] = "put"
print(d["k501"], odd.asked, len(d), type([key for key in d if key == "k501"][0]).__name__)
odd = Odd(77, False)
d[odd] = "odd"
print(d[77], d[odd], odd.asked > 0, len(d))

print("a change of kind within an iteration")
for make in (iter, lambda d: iter(d.items()), reversed):
    for count in (3, 5, 8, 11):
        d = {f"k{n}": n for n in range(count)}
        it = make(d)
        next(it)
        d[(1, 2)] = "tuple"
        try:
            next(it)
        except RuntimeError as error:
            print(count, error)
d = {f"k{n}": n for n in range(8)}
seen = []
for key in d:
    seen.append(key)
    d[key] = (key, d[key])
print(len(seen), d["k7"])
s = {"a", "b", "c"}
try:
    for member in s:
        s.add((member,))
except RuntimeError as error:
    print(error)


class Changes:
    """Changes the dict that it is looked up in while it is compared."""

    def __init__(self, d, like):
        self.d, self.like, self.left = d, like, 3

    def __hash__(self):
        return hash(self.like)

    def __eq__(self, other):
        if self.left:
            self.left -= 1
            self.d[(self.left,)] = self.left
            self.d["more", self.left] = None
        return False


d = {"a": 1, "b": 2}
print(d.get(Changes(d, "a")), sorted(map(str, d)))
d = {"a": 1, "b": 2}
d[Changes(d, "b")] = 3
print(len(d), list(d.values()))

print("deletion and what comes after")
d = {}
for n in range(2000):
    d[f"n{n}"] = d[n] = n
    if n >= 10:
        del d[f"n{n - 10}"]
        del d[n - 10]
    if n == 1500:
        d[1.5] = "float"
print(len(d), d[1999], d["n1990"], list(d)[0], d[1.5])
while len(d) > 5:
    d.popitem()
print(list(d))
d.clear()
d["a"] = 1
print(d)
o = collections.OrderedDict((f"k{n}", n) for n in range(12))
o.move_to_end("k3")
o.move_to_end("k5", last=False)
o[(0,)] = "tuple"
o.move_to_end((0,), last=False)
o.move_to_end("k0")
print(list(o))

print("copies and sums")
strings, mixed = {f"s{n}": n for n in range(7)}, {(n, n): n for n in range(3)}
print(len(strings | mixed), len(mixed | strings), {**strings, **mixed} == {**mixed, **strings}, list({**mixed, **strings})[:4])
strings.update(mixed)
print(len(strings), strings[2, 2], dict(zip("ab", (1, 2))), dict([((1,), 1), ("b", 2)]), dict([("a", 1), ((2,), 2)]))
a, b = {"a", "b", 1}, {(1,), "b", 2.5}
print(len(a | b), a & b, len(a - b), len(a ^ b), a <= (a | b), (a | b) >= b, frozenset(a) == a, hash(frozenset("ab")) == hash(frozenset("ba")))
a |= b
print(len(a), (1,) in a, collections.Counter(["x", (1,), "x", None, (1,), "x"]))

print("displays and calls")


def keywords(**given):
    given[0,] = "tuple"
    return given


print(keywords(a=1, b=2), keywords(), {"a": 1, (1,): 2, **{"z": 3}}, {(1,): 1, "a": 2}, {"a", (1,)} == {(1,), "a"})
ten = {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1, "h": 1, "i": 1, "j": 1}
ten[None] = 1
print(len(ten), ten[None], sum(ten.values()), [*"abc", *[1, 2], *(3, 4), *{"k": 1}], [1, 2, 3, 4, 5] + [*range(3)])

print("namespaces")
globals()[(1, 2)] = "tuple"
print(globals()[1, 2], OTHERS[0], len(edges))
del globals()[(1, 2)]

print("readers while the kind changes")
ROUNDS, WORDS = 300, [f"word{n}" for n in range(9)]
boxes = [({word: word for word in WORDS}, set(WORDS)) for _ in range(ROUNDS)]
wrong = []
sys.setswitchinterval(1e-5)


def change(start):
    start.wait()
    for n, (d, s) in enumerate(boxes):
        d[n, "new"] = n
        s.add((n, "new"))
        del d["word0"]
        d["word0"] = "word0"
        d[n] = n


def read(start):
    start.wait()
    for n, (d, s) in enumerate(boxes):
        for word in WORDS[1:]:
            if d.get(word) != word or word not in s or d.get("".join(word)) != word:
                wrong.append((n, word))
        if d.get("word0", "word0") != "word0" or d.get("absent") is not None or d.get((n, "new"), n) != n:
            wrong.append(n)
        try:
            for key, value in d.items():
                if value != key and value != n:
                    wrong.append((key, value))
        except RuntimeError:
            pass
        if not set(dict(d)) >= set(WORDS[1:]):
            wrong.append("copy")


start = threading.Barrier(4)
threads = [threading.Thread(target=work, args=(start,)) for work in (change, read, read, read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(wrong[:3], all(len(d) == 11 and len(s) == 10 for d, s in boxes), list(boxes[7][0])[-3:])

print("writers that meet")
shared, names = {}, set()


def write(start, number):
    start.wait()
    for n in range(500):
        shared[f"{number} {n}"] = n
        names.add(f"{number} {n}")
        if n == 250 + number:
            shared[number, n] = n
            names.add((number, n))


start = threading.Barrier(4)
threads = [threading.Thread(target=write, args=(start, n)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(shared), len(names), all(shared[f"{n} {m}"] == m for n in range(4) for m in range(500)), shared[3, 253])
