"""Integer arithmetic in loops: a sieve, a linear congruence, Collatz lengths."""


def sieve(limit):
    prime = bytearray([1]) * (limit + 1)
    prime[0] = prime[1] = 0
    n = 2
    while n * n <= limit:
        if prime[n]:
            for multiple in range(n * n, limit + 1, n):
                prime[multiple] = 0
        n += 1
    return sum(prime)


def congruence(steps):
    state, folded = 12345, 0
    for _ in range(steps):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        folded ^= state >> 3
    return folded


def collatz(limit):
    best = 0
    for start in range(1, limit):
        n, length = start, 1
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            length += 1
        if length > best:
            best = length
    return best


print(sieve(2_000_000), congruence(4_000_000), collatz(60_000))
