"""Comprehensions: lists, sets, dicts and generator expressions, nested, with conditions, over one another."""


def numbers(count, state=21):
    for _ in range(count):
        state = state * 48271 % 2147483647
        yield state


def lists(rows):
    flat = [value * 2 + 1 for row in rows for value in row if value % 3]
    squares = [[value * value % 101 for value in row] for row in rows]
    transposed = [[row[n] for row in squares] for n in range(len(squares[0]))]
    diagonal = [row[n] for n, row in enumerate(squares) if n < len(row)]
    return sum(flat), sum(map(sum, transposed)), sum(diagonal)


def dicts(words):
    lengths = {word: len(word) for word in words}
    by_length = {length: [word for word in words if len(word) == length] for length in set(lengths.values())}
    inverted = {length: word for word, length in lengths.items() if not word.endswith("7")}
    nested = {first: {word[1:]: n for n, word in enumerate(words) if word[0] == first} for first in {word[0] for word in words}}
    return len(lengths), sum(map(len, by_length.values())), len(inverted), sum(map(len, nested.values()))


def sets(limit):
    composite = {multiple for n in range(2, int(limit**0.5) + 1) for multiple in range(n * n, limit, n)}
    primes = [n for n in range(2, limit) if n not in composite]
    twins = {(a, b) for a, b in zip(primes, primes[1:]) if b - a == 2}
    return len(primes), len(twins), len({a % 30 for a, _ in twins})


def expressions(rows):
    total = sum(value & 7 for row in rows for value in row)
    most = max(sum(1 for value in row if value % 2) for row in rows)
    every = sum(all(value >= 0 for value in row) for row in rows)
    some = sum(any(value % 97 == 5 for value in row) for row in rows)
    pipeline = (value + 1 for value in (value // 2 for row in rows for value in row if value & 1) if value % 5)
    return total, most, every, some, sum(pipeline), len(",".join(str(value) for value in rows[0]))


def conditions(count):
    labels = ["fizzbuzz" if n % 15 == 0 else "buzz" if n % 5 == 0 else "fizz" if n % 3 == 0 else n for n in range(count)]
    triples = [(a, b, c) for a in range(1, 60) for b in range(a, 60) if (c := int((a * a + b * b) ** 0.5)) < 60 and a * a + b * b == c * c]
    makers = [lambda n, step=step: n + step for step in range(count // 100)]
    return sum(1 for label in labels if label == "fizz"), len(triples), sum(maker(1) for maker in makers)


def small(rounds):
    """Many short ones, where making them counts."""
    total = 0
    for n in range(rounds):
        total += len([k for k in (n, n + 1, n + 2) if k & 1]) + sum(k for k in (n, 1)) + len({k % 2 for k in (n, 3)}) + len({k: n for k in "ab"})
    return total


values = [n % 1009 for n in numbers(150_000)]
rows = [values[at : at + 300] for at in range(0, len(values), 300)]
words = [f"{'abcdefgh'[n % 8]}{n % 4001}" for n in numbers(12_000)]
for _ in range(6):
    print(*lists(rows), *dicts(words), *sets(60_000), *expressions(rows), *conditions(80_000), small(60_000))
