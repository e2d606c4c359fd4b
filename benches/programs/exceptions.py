"""Exceptions: raised and caught near and far, with finally and with, chained, as loop control."""


class Missing(Exception):
    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Guard:
    def __init__(self):
        self.entered = self.failed = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            self.failed += 1
        return kind is Missing


def quiet(rounds):
    total = 0
    for n in range(rounds):
        try:
            total += n
        except ValueError:
            total = 0
        finally:
            total ^= 1
    return total


def near(rounds):
    caught = 0
    for n in range(rounds):
        try:
            if n % 2:
                raise Missing(n)
            caught += 1
        except Missing as error:
            caught += error.key & 3
    return caught


def deep(level, n):
    if level == 0:
        raise KeyError(n)
    try:
        return deep(level - 1, n)
    finally:
        n += 1


def far(rounds):
    caught = 0
    for n in range(rounds):
        try:
            deep(8, n)
        except LookupError as error:
            caught += error.args[0] & 7
    return caught


def builtin(rounds):
    table, items, caught = {}, [1, 2, 3], 0
    for n in range(rounds):
        try:
            table[n]
        except KeyError:
            caught += 1
        try:
            items[n + 5]
        except IndexError:
            caught += 1
        try:
            int("x")
        except ValueError as error:
            try:
                raise Missing(n) from error
            except Missing as outer:
                caught += outer.__cause__ is error
    return caught


def guarded(rounds):
    guard = Guard()
    for n in range(rounds):
        with guard:
            if n % 4 == 0:
                raise Missing(n)
    return guard.entered, guard.failed


print(quiet(3_000_000), near(700_000), far(60_000), builtin(200_000), guarded(700_000))
