"""Big integers: factorials, digits of pi, Fibonacci numbers, modular powers, greatest common divisors, text."""

from math import gcd


def factorial(n):
    product = 1
    for factor in range(2, n + 1):
        product *= factor
    return product


def pi_digits(count):
    """Digits of pi by Gibbons' spigot, which keeps growing rationals."""
    digits, q, r, t, k, n, l = [], 1, 0, 1, 1, 3, 3
    while len(digits) < count:
        if 4 * q + r - t < n * t:
            digits.append(n)
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, l = q * k, (2 * q + r) * l, t * l, k + 1, (q * (7 * k + 2) + r * l) // (t * l), l + 2
    return "".join(map(str, digits))


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def powers(count):
    modulus, total = 2**521 - 1, 0
    for n in range(count):
        total ^= pow(3 + n, 2**200 + n, modulus)
    return total % 1_000_003


def divisors(count):
    a, b, total = 3**400, 7**300 * 2**100, 0
    for n in range(count):
        total += gcd(a * (n + 1) + n, b + n)
    return total


def shifts(count):
    value = (1 << 900) - 12345
    for n in range(count):
        value = ((value << 7) ^ (value >> 3)) & ((1 << 900) - 1)
    return value % 1_000_003


print(factorial(9000) % (10**9 + 7), pi_digits(1600)[-10:], fibonacci(90_000) % 10**12, powers(500), divisors(12_000), shifts(1_500_000))
print(len(str(factorial(1400))), int("123456789" * 300) % 1_000_003)
