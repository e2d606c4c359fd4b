"""Spectral norm: the largest singular value of an endless matrix's corner, by the power method."""

from math import sqrt


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    return [sum(element(i, j) * value for j, value in enumerate(vector)) for i in range(len(vector))]


def transposed_times(vector):
    out = []
    for i in range(len(vector)):
        total = 0.0
        for j, value in enumerate(vector):
            total += element(j, i) * value
        out.append(total)
    return out


def spectral_norm(size, rounds):
    u, v = [1.0] * size, []
    for _ in range(rounds):
        v = transposed_times(times(u))
        u = transposed_times(times(v))
    return sqrt(sum(a * b for a, b in zip(u, v)) / sum(b * b for b in v))


print(f"{spectral_norm(330, 14):.9f}")
