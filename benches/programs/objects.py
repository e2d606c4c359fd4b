"""Objects made and dropped: linked lists, binary trees, tuples, small dicts; what a collector lives on."""


class Node:
    def __init__(self, value, link):
        self.value = value
        self.link = link


class Branch:
    __slots__ = ("left", "right")

    def __init__(self, depth):
        if depth:
            self.left, self.right = Branch(depth - 1), Branch(depth - 1)
        else:
            self.left = self.right = None

    def check(self):
        return 1 if self.left is None else 1 + self.left.check() + self.right.check()


def chain(length, rounds):
    total = 0
    for n in range(rounds):
        head = None
        for value in range(length):
            head = Node(value + n, head)
        while head is not None:
            total += head.value
            head = head.link
    return total


def trees(depth, rounds):
    kept = Branch(depth + 2)
    return kept.check() + sum(Branch(depth).check() for _ in range(rounds))


def records(count):
    rows = [{"id": n, "pair": (n, -n), "tags": [n % 3, n % 5]} for n in range(count)]
    return sum(row["pair"][0] + row["tags"][1] for row in rows if row["id"] % 2)


def cycles(count):
    total = 0
    for n in range(count):
        a, b = Node(n, None), Node(1, None)
        a.link, b.link = b, a
        total += a.link.link.value
    return total


print(chain(1_000, 1_200), trees(12, 90), records(400_000), cycles(600_000))
