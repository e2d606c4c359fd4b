"""Python-to-Python calls: recursion, default and keyword arguments, nested functions."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def clamp(value, low=0, high=100, *, scale=1):
    return min(max(value * scale, low), high)


def keywords(n):
    total = 0
    for i in range(n):
        total += clamp(i & 255, high=200, scale=2) + clamp(i & 127, 5)
    return total


print(fib(32), tak(18, 12, 6), keywords(2_000_000))
