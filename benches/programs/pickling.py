"""Pickling both ways: containers, instances of several kinds, shared and cyclic parts, each protocol, custom reduction."""

import pickle
from collections import OrderedDict, namedtuple
from datetime import date, timedelta
from io import BytesIO

Pair = namedtuple("Pair", "left right")


class Account:
    def __init__(self, number, owner):
        self.number = number
        self.owner = owner
        self.entries = []
        self.balance = 0.0

    def book(self, amount, when):
        self.entries.append((amount, when))
        self.balance += amount


class Person:
    __slots__ = ("name", "friends")

    def __init__(self, name):
        self.name = name
        self.friends = []


class Temperature:
    def __init__(self, degrees):
        self.degrees = degrees
        self.cache = {}

    def __getstate__(self):
        return self.degrees

    def __setstate__(self, state):
        self.degrees, self.cache = state, {}


class Interval:
    def __init__(self, low, high):
        self.low, self.high = low, high

    def __reduce__(self):
        return Interval, (self.low, self.high)


def accounts(count):
    first = date(2026, 1, 1)
    people = [Person(f"person {n}") for n in range(count // 4)]
    for n, person in enumerate(people):
        person.friends = [people[n - 1], people[n * 7 % len(people)]]
    out = []
    for n in range(count):
        account = Account(n, people[n % len(people)])
        for k in range(4):
            account.book(n * k / 3, first + timedelta(days=k % 20))
        out.append(account)
    return out


def plain(count):
    return [{"id": n, "text": f"item {n}", "pair": (n, -n), "raw": b"x" * (n % 9), "parts": {n, n + 1}, "big": n << 70, "flag": None if n % 2 else True} for n in range(count)]


def odd(count):
    return [(Pair(n, str(n)), Temperature(n / 2), Interval(n, n + 1), OrderedDict(a=n), frozenset([n]), range(n)) for n in range(count)]


def both_ways(value, rounds, protocol):
    for _ in range(rounds):
        value = pickle.loads(pickle.dumps(value, protocol))
    return value


def stream(count):
    """One pickler and its memo over many objects, as a journal writes them."""
    file = BytesIO()
    pickler = pickle.Pickler(file, 5)
    shared = ["shared"] * 10
    for n in range(count):
        pickler.dump((n, shared, {"n": n}))
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    return file.getbuffer().nbytes, sum(unpickler.load()[0] for _ in range(count))


found = both_ways(accounts(2_500), 18, 5)
print(sum(account.balance for account in found), found[5].owner.friends[0].friends[0].name)
found = both_ways(plain(5_000), 18, 4)
print(sum(entry["pair"][1] + entry["big"] % 7 + len(entry["raw"]) for entry in found))
found = both_ways(odd(2_500), 9, 2)
print(sum(row[0].left + row[1].degrees + row[2].high + row[3]["a"] + len(row[5]) for row in found), *stream(45_000))
