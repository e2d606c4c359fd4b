"""Nested lists and indices: matrix products, game of life, edit distance."""


def matrix(size, seed):
    return [[(i * seed + j * 7) % 10 / 10 for j in range(size)] for i in range(size)]


def product(a, b):
    size = len(a)
    out = [[0.0] * size for _ in range(size)]
    for i in range(size):
        row, target = a[i], out[i]
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += row[k] * b[k][j]
            target[j] = total
    return out


def life(size, rounds):
    cells = [[(x * 7 + y * 3 + x * y) % 5 == 0 for x in range(size)] for y in range(size)]
    for _ in range(rounds):
        following = []
        for y in range(size):
            above, here, below = cells[y - 1], cells[y], cells[(y + 1) % size]
            row = []
            for x in range(size):
                right = (x + 1) % size
                near = above[x - 1] + above[x] + above[right] + here[x - 1] + here[right] + below[x - 1] + below[x] + below[right]
                row.append(near == 3 or (near == 2 and here[x]))
            following.append(row)
        cells = following
    return sum(map(sum, cells))


def distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


result = product(matrix(210, 3), matrix(210, 5))
print(f"{sum(map(sum, result)):.4f}", life(128, 110), distance("kitten sitting on a mat " * 50, "sitting kitten at a mall " * 50))
