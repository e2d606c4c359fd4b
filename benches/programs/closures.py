"""Closures: counters over nonlocal cells, composition, memo tables, functions made in loops, map and filter with lambda."""


def counter(step):
    count = 0

    def advance(by=1):
        nonlocal count
        count += by * step
        return count

    def read():
        return count

    return advance, read


def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


def memoized(function):
    known = {}

    def wrapper(n):
        if n not in known:
            known[n] = function(n)
        return known[n]

    return wrapper


@memoized
def ways(n):
    return 1 if n < 2 else ways(n - 1) + ways(n - 2)


def count(rounds):
    advance, read = counter(3)
    for n in range(rounds):
        advance(n & 1)
    return read()


def chain(rounds):
    pipeline = compose(lambda n: n + 1, lambda n: n * 3, lambda n: n % 1000)
    value = 1
    for _ in range(rounds):
        value = pipeline(value)
    return value


def made(rounds):
    total = 0
    for n in range(rounds):
        adders = [lambda x, n=n: x + n, lambda x: x - n]
        total += adders[n & 1](n)
    return total


def mapped(count):
    total = 0
    for shift in range(count):
        total += sum(map(lambda n: n + shift, filter(lambda n: n & 1, range(1000))))
    return total


print(count(4_000_000), chain(1_300_000), made(900_000), mapped(1_000), ways(300) % 1_000_007, sum(ways(n % 90) for n in range(600_000)) % 1_000_007)
