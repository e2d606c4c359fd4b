"""Integers small and big: arithmetic, bit operations, conversion, methods, errors."""

import math

values = [0, 1, -1, 2, 7, -7, 255, 2**31, -(2**31), 2**61, 2**62 - 1, 2**62, -(2**62), 2**63, 2**64 - 1, 10**30, -(10**30) + 7, 3**200]
for a in values:
    print(a, -a, ~a, abs(a), a.bit_length(), a.bit_count(), hex(a), a & 0xFFFF, a | 1, a ^ 255, a >> 3, a << 5 if abs(a) < 10**31 else "")
for a in values:
    for b in (3, -3, 2**62, -(10**25), 1):
        q, r = divmod(a, b)
        assert q * b + r == a and (r == 0 or (r < 0) == (b < 0)), (a, b)
        print(q, r, a // b == q, a % b == r, a * b, a + b, a - b, end="; ")
    print()
print(2**62 + 2**62, (2**62 - 1) + 1, -(2**62) - 1, 2**31 * 2**31, 4611686018427387903 * 2, -4611686018427387904 - 1, 3037000500 * 3037000500)
print(7 / 2, -7 / 2, 2**70 / 2**69, (10**400) / (10**399), 1 / 3, 2**53 / 1, (2**53 + 1) / 1)
print(2**10, 2**-1, (-2) ** 3, 0**0, pow(3, 200, 1000007), pow(3, -1, 7), pow(-5, 3, 13), pow(2, 100) == 1 << 100, (-8) ** (1 / 3))
print(int("  42 "), int("-0x1F", 16), int("0b101", 0), int("z", 36), int("1_000"), int(3.99), int(-3.99), int("٣٤"), int(b"12"), int(True))
print(int("9" * 50), int("-" + "f" * 30, 16), str(10**40), len(str(7**1000)), int(str(7**1000)) == 7**1000)
for base in (2, 8, 16, 7, 36):
    digits = int("1" * 30, base)
    print(base, digits)
print(int.from_bytes(b"\x01\x02", "big"), int.from_bytes(b"\xff\xfe", "little", signed=True), (1000).to_bytes(2), (-2).to_bytes(3, "little", signed=True), (2**70).to_bytes(9))
print((5).numerator, (5).denominator, (5).real, (5).imag, (5).conjugate(), (5).as_integer_ratio(), (5).is_integer(), int.__doc__[:20])
print(round(12345, -2), round(15, -1), round(25, -1), round(-25, -1), round(10**20 + 5, -1), round(7), round(7, 2))
print(math.isqrt(10**40), math.gcd(2**70, 6**30), math.lcm(4, 6, 10), math.factorial(25), math.comb(50, 25), math.perm(10, 3))
print(bool(0), bool(2**80), 5 == 5.0, 2**80 == float(2**80), 2**53 + 1 == float(2**53 + 1), hash(2**61 - 1), hash(-1), hash(2**61), hash(10**30) == hash(1e30), hash(-(2**61)))
print(1 < 2**70 < 2**71, 2**70 > 1e10, -(2**70) < float("-inf"), 10**400 > float("inf"), 10**400 < 1e308, sorted([2**65, 3, -(2**66), 2.5]))
print(True + True, True * 10, False - 1, True & False, True | 2, ~True if False else ~1, isinstance(True, int), str(True), int.__add__(1, 2), (1).__add__("x"))
print(f"{2**100:,}", f"{2**100:_x}", f"{-(2**70):+d}", "%d %x %o %i" % (2**65, 255, 8, -3), "%5d|%-5d|%05d|%+d" % (1, 2, 3, 4))
for text in ["int('')", "int('x')", "int('1__0')", "int('12', 1)", "int('9', 8)", "int([])", "int(None)", "int(float('nan'))", "int(float('inf'))", "1 // 0", "1 % 0", "1 / 0", "divmod(1, 0)", "2 ** 'a'", "1 << -1", "1 >> -1",
             "1 << 1.0", "(256).to_bytes(1)", "(-1).to_bytes(1)", "int.from_bytes(b'', 'middle')", "pow(2, -1, 4)", "pow(2, 3, 0)", "pow(2.0, 3, 5)", "0 ** -1", "10**400 + 0.5", "float(10**400)", "1 + '1'", "'1' + 1", "-'a'", "int('1', base=2.0)", "[][2**70]", "'a' * 2**70",
             "range(3)[2**70]", "int(5, 2)", "math.isqrt(-1)", "math.factorial(-1)", "chr(2**31)", "int('1' * 5000)", "str(10**5000)", "1 .__lshift__(10**20)"]:
    try:
        print(text, "=", eval(text))
    except Exception as error:
        print(text, "!", type(error).__name__, error)


class Index:
    def __index__(self):
        return 3


print([1, 2, 3, 4][Index()], range(Index()), int(Index()), hex(Index()), "ab" * Index(), 2 ** int(Index()))
n = 1
for i in range(1, 60):
    n = n * i + i
print(n, n % 1000003, n >> 100, n & (2**64 - 1))
total = 0
for i in range(100000):
    total += i * i
print(total)

# Powers by a modulus, of words and of longer numbers.
for base in (0, 1, 7, -7, 2**31 - 1, 2**62 + 3, 10**30):
    for modulus in (1, 2, 10, 97, 2**31, 2**61 - 1, 2**63 - 1, -10, 10**20):
        print(pow(base, 0, modulus), pow(base, 1, modulus), pow(base, 65537, modulus), pow(base, 2**62, modulus), end=" ")
    print()
print(pow(3, -1, 7), pow(-3, -2, 7), pow(2, True, 5))
for arguments in ((2, 3, 0), (2, -1, 4)):
    try:
        pow(*arguments)
    except ValueError as error:
        print(error)
