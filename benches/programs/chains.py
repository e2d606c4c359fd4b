"""functools and itertools: caches, partial and reduce; grouped, accumulated, chained and multiplied iterators; operators as functions."""

from collections import Counter, defaultdict
from functools import cmp_to_key, lru_cache, partial, reduce, singledispatch
from itertools import accumulate, batched, chain, combinations, compress, count, cycle, dropwhile, groupby, islice, pairwise
from itertools import permutations, product, repeat, starmap, takewhile, tee, zip_longest
from operator import add, attrgetter, itemgetter, methodcaller, mul


@lru_cache(maxsize=None)
def partitions(n, largest):
    if n == 0:
        return 1
    return sum(partitions(n - part, min(part, n - part)) for part in range(1, min(largest, n) + 1))


@lru_cache(maxsize=128)
def collatz(n):
    return 1 if n == 1 else 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)


@singledispatch
def size(value):
    return 1


@size.register
def _(value: str):
    return len(value)


@size.register(list)
@size.register(tuple)
def _(value):
    return sum(map(size, value))


def caches(rounds):
    total = partitions(70, 70)
    for n in range(rounds):
        total += collatz(n % 100 + 1)
    return total, collatz.cache_info().misses


def functions(rounds):
    scale, triple = partial(mul, 7), partial(pow, mod=1009)
    total = 0
    for n in range(rounds):
        total += scale(n) + triple(n, 3) + reduce(add, (n, 1, 2, 3))
    by_length = cmp_to_key(lambda a, b: len(a) - len(b) or (a > b) - (a < b))
    words = sorted(("x" * (n % 9) + str(n * 31 % 1000) for n in range(rounds // 10)), key=by_length)
    return total, words[-1], sum(size(value) for value in islice(cycle(["abc", [1, "de"], (2, [3]), 4.0]), rounds // 3))


def combined(n):
    right = sum(1 for a, b, c in product(range(1, n), repeat=3) if a * a + b * b == c * c)
    zero = sum(1 for a, b, c, d in combinations(range(-n // 2, n // 2 + 1), 4) if a + b + c + d == 0)
    return right, zero, sum(p[0] < p[-1] for p in permutations(range(8))), sum(starmap(mul, zip(range(n * 1000), count(3))))


def grouped(amount):
    rows = [{"team": n * 7 % 50, "name": f"n{n}", "points": n % 11} for n in range(amount)]
    rows.sort(key=itemgetter("team", "points"))
    best = {team: max(members, key=itemgetter("points"))["name"] for team, members in groupby(rows, key=itemgetter("team"))}
    runs = [(bit, len(list(run))) for bit, run in groupby(row["points"] > 5 for row in rows)]
    letters = Counter(chain.from_iterable(map(itemgetter("name"), rows)))
    teams = defaultdict(list)
    for row in rows:
        teams[row["team"]].append(row["points"])
    return len(best), best[7], len(runs), letters.most_common(1), sum(map(max, teams.values())), len(set(map(methodcaller("upper"), map(itemgetter("name"), rows))))


def streams(amount):
    running = accumulate(range(amount), lambda total, n: (total * 3 + n) % 10007)
    first, second = tee(running)
    next(second)
    rising = sum(a < b for a, b in zip(first, second))
    steps = sum(b - a for a, b in pairwise(accumulate(range(amount))))
    kept = sum(compress(range(amount), cycle([1, 0, 0])))
    middle = sum(takewhile(lambda n: n < amount * 3 // 4, dropwhile(lambda n: n < amount // 4, count())))
    batches = sum(map(len, batched(range(amount), 7)))
    uneven = sum(a + b for a, b in zip_longest(range(amount), repeat(2, amount // 2), fillvalue=0))
    return rising, steps, kept, middle, batches, uneven, sum(map(attrgetter("real"), range(amount)))


print(*caches(100_000), *functions(400_000), *combined(54), *grouped(100_000), *streams(400_000))
