"""Dicts and sets: counting, grouping, tuple keys, deletion, iteration, set algebra."""


def numbers(count, state=99):
    for _ in range(count):
        state = state * 48271 % 2147483647
        yield state


def count_words(rounds):
    words = [f"word{n % 997}" for n in numbers(20_000)]
    counts = {}
    for _ in range(rounds):
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return max(counts.items(), key=lambda entry: (entry[1], entry[0]))


def grid(size):
    cells = {(x, y): x ^ y for x in range(size) for y in range(size)}
    total = 0
    for (x, y), value in cells.items():
        total += value + cells.get((x + 1, y), 0) - cells.get((x, y - 1), 0)
    for key in list(cells):
        if cells[key] % 3 == 0:
            del cells[key]
    return total, len(cells)


def group(count):
    groups = {}
    for n in numbers(count):
        groups.setdefault(n % 1013, []).append(n)
    return sum(len(members) * key for key, members in groups.items())


def algebra(rounds):
    evens, threes = set(range(0, 3000, 2)), set(range(0, 3000, 3))
    total = 0
    for n in range(rounds):
        total += len(evens & threes) + len(evens | threes) - len(evens ^ threes)
        evens.discard(n)
        threes.add(n + 1)
    return total


print(count_words(60), grid(600), group(900_000), algebra(2_000))
