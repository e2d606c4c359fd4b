"""Generators: pipelines, delegation, sending, generator expressions, itertools over them."""

from itertools import islice, chain


def count(limit):
    n = 0
    while n < limit:
        yield n
        n += 1


def squares(source):
    for n in source:
        yield n * n


def odd(source):
    return (n for n in source if n & 1)


class Tree:
    __slots__ = ("left", "value", "right")

    def __init__(self, low, high):
        middle = (low + high) // 2
        self.value = middle
        self.left = Tree(low, middle) if low < middle else None
        self.right = Tree(middle + 1, high) if middle + 1 < high else None

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


def average():
    total, seen, mean = 0.0, 0, None
    while True:
        value = yield mean
        total += value
        seen += 1
        mean = total / seen


def send(rounds):
    running = average()
    next(running)
    for n in range(rounds):
        mean = running.send(n)
    running.close()
    return mean


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for n, item in enumerate(items):
        for rest in permutations(items[:n] + items[n + 1 :]):
            yield [item, *rest]


print(sum(odd(squares(count(2_500_000)))), sum(Tree(0, 150_000)), send(1_800_000), sum(p[0] for p in permutations(list(range(8)))))
print(sum(islice(chain.from_iterable(range(n) for n in count(2000)), 1_500_000)), max(len(str(n)) for n in count(400_000)))
