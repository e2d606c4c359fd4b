"""Floats and complex: repr, arithmetic, rounding, conversion, special values, methods."""

import math

for x in [0.0, -0.0, 1.0, 0.1, 1 / 3, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 5e-324, 1.7976931348623157e308, 2.5, 1e22, 1e23, 9007199254740993.0, 0.1 + 0.2, 100.0, 1e100]:
    print(repr(x), str(-x), x.hex(), x.is_integer(), x.as_integer_ratio() if x < 1e17 else "", hash(x))
inf, nan = float("inf"), float("nan")
print(inf, -inf, nan, inf - inf, inf * 0, 1e308 * 10, -1e308 * 10, nan == nan, nan != nan, inf == inf, nan in [nan], [nan] == [nan], hash(inf))
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2), 1e300 % 7, 5.0 % inf, -5.0 % inf, 0.0 // 1, -0.0 % 3)
print(2.0**0.5, 2.0**-1, (-2.0) ** 2, (-2.0) ** 0.5, 0.0**0, inf**0, 2**0.5, 10**-3)
for x in [0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1e20, 1234.5678, -0.4]:
    print(round(x), round(x, 1), round(x, 2), round(x, -2), math.floor(x), math.ceil(x), math.trunc(x), int(x))
print(float("  1.5e3 "), float("-inf"), float("nan"), float("1_0.5"), float("Infinity"), float(b"2.5"), float("1e400"), float("-1e-400"), float("٣.٥"), float())
print(float.fromhex("0x1.8p3"), float.fromhex("-0x.1"), float.fromhex("inf"), (0.1).hex(), float.fromhex("0x1p-1074"))
print(1.0 == 1, 1.5 < 2, 0.1 + 0.2 == 0.3, 3.0 in {3: 1}, {1.0: "a", 1: "b"}, max(1, 1.0), min(1.0, 1), sum([0.1] * 10), sum([1e100, 1.0, -1e100]), math.fsum([0.1] * 10))
print("%.3f %e %g %G %10.2f|%-10.2f|%+.1f %r %s" % (3.14159, 12345.678, 1e-10, 1e20, 2.5, 2.5, 2.0, 0.1, 1e16))
print(math.sqrt(2), math.sin(1), math.cos(1), math.tan(1), math.exp(1), math.log(10), math.log2(8), math.log10(1000), math.log(8, 2), math.atan2(1, -1), math.hypot(3, 4), math.pow(2, 0.5))
print(math.pi, math.e, math.tau, math.fmod(-7, 3), math.modf(-2.5), math.frexp(10), math.ldexp(0.5, 4), math.copysign(1, -0.0), math.isclose(0.1 + 0.2, 0.3), math.nextafter(1, 2), math.ulp(1.0), math.dist([1, 2], [4, 6]), math.prod([1.5, 2]), round(math.cbrt(27), 12), math.exp2(3), math.fma(2, 3, 4), math.sumprod([1, 2], [3, 4]))
print(math.gamma(5), round(math.lgamma(10), 12), math.erf(0.5), math.degrees(math.pi), math.radians(180), math.sinh(1), round(math.acosh(2), 12), math.expm1(1e-10), math.log1p(1e-10), math.remainder(7, 4))
c = 3 - 4j
print(c, abs(c), c.real, c.imag, c.conjugate(), c * 2j, c / (1 + 1j), c**2, c**0.5, -c, c == 3 - 4j, complex("1+2j"), complex(1, -0.0), complex("-infj"), repr(-0j), 1j**2, hash(c), complex(nan, inf))
print((0.5).conjugate(), float.__getformat__("double"), (2.0).__pow__(3), float.from_number(3), complex.from_number(2))
for text in ["1.0 / 0", "1.0 // 0", "1.0 % 0", "0.0 ** -1", "2.0 ** 10000", "float('x')", "float('')", "float('1e')", "float([])", "float(None)", "math.sqrt(-1)", "math.log(0)", "math.log(-1)", "math.exp(1000)", "math.floor(float('nan'))", "round(float('inf'))", "round(1.5, 'x')", "int(1e400)", "1.5 << 1", "1.5 & 1", "1.5 + 'a'",
             "complex('x')", "1j < 2j", "1j // 1", "complex(1, 'a')", "int(1j)", "(1j).__bool__()", "0j ** -1", "float.fromhex('zz')", "[1][0.0]", "range(1.0)", "math.factorial(2.0)", "math.acos(2)", "1j / 0", "math.gcd(1.5)", "(0.1).as_integer_ratio()", "inf.as_integer_ratio()", "nan.as_integer_ratio()"]:
    try:
        print(text, "=", eval(text))
    except Exception as error:
        print(text, "!", type(error).__name__, error)
x = 0.0
for i in range(10000):
    x = x * 1.000001 + i / 3.0
print(x)
