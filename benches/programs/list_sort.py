"""Lists and sorting: our own quicksort and heap, the builtin sort with and without keys, slices, comprehensions."""


def numbers(count, state=3):
    out = []
    for _ in range(count):
        state = state * 48271 % 2147483647
        out.append(state)
    return out


def quicksort(items, low, high):
    while low < high:
        pivot, i, j = items[(low + high) // 2], low, high
        while i <= j:
            while items[i] < pivot:
                i += 1
            while items[j] > pivot:
                j -= 1
            if i <= j:
                items[i], items[j] = items[j], items[i]
                i += 1
                j -= 1
        if j - low < high - i:
            quicksort(items, low, j)
            low = i
        else:
            quicksort(items, i, high)
            high = j


def heap(items):
    tree = []
    for item in items:
        tree.append(item)
        at = len(tree) - 1
        while at and tree[at] < tree[(at - 1) // 2]:
            up = (at - 1) // 2
            tree[at], tree[up] = tree[up], tree[at]
            at = up
    return tree[0], len(tree)


def builtin(count):
    items = numbers(count)
    ordered = sorted(items)
    backwards = sorted(items, reverse=True)
    keyed = sorted(items, key=lambda n: n % 1000)
    texts = sorted(map(str, items[: count // 2]))
    pairs = sorted((n % 100, n) for n in items)
    return ordered[0], backwards[-1], keyed[0], texts[0], pairs[-1]


def lists(rounds):
    total = 0
    for n in range(rounds):
        items = [x * 2 for x in range(100) if x % 3]
        items.extend(items[10:20])
        items.insert(5, n)
        items.reverse()
        total += items.pop() + items.index(n) + len(items[::2]) + sum(items[-5:])
        del items[10:30]
        total += max(items) - min(items)
    return total


items = numbers(120_000)
quicksort(items, 0, len(items) - 1)
assert all(a <= b for a, b in zip(items, items[1:]))
print(items[1000], heap(numbers(120_000)), builtin(150_000), lists(40_000))
