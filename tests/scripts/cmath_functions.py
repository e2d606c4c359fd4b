"""cmath: values, branch cuts, special values and errors, as CPython prints them."""

import cmath
import math

NAMES = "acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh".split()
PARTS = [0.0, -0.0, 1.0, -2.5, math.inf, -math.inf, math.nan]


def shown(part):
    # Twelve digits are the same everywhere; a nan has no sign to speak of.
    return "nan" if math.isnan(part) else format(part, ".12g")


for name in NAMES:
    function = getattr(cmath, name)
    for real in PARTS:
        row = []
        for imaginary in PARTS:
            try:
                result = function(complex(real, imaginary))
            except (ValueError, OverflowError) as error:
                row.append(f"{type(error).__name__}: {error}")
            else:
                # Annex G leaves signs open for some arguments that are not finite.
                parts = [result.real, result.imag]
                if not math.isfinite(real) or not math.isfinite(imaginary):
                    parts = map(abs, parts)
                row.append(",".join(map(shown, parts)))
        print(name, real, *row, sep=" | ")

for number in [0j, 3 + 4j, -1 - 1j, complex(-1.0, -0.0), complex(math.inf, math.nan), complex(math.nan, 0)]:
    print(number, [shown(part) for part in cmath.polar(number)], shown(cmath.phase(number)))
    print(cmath.isfinite(number), cmath.isinf(number), cmath.isnan(number))
for distance in PARTS:
    for angle in PARTS:
        try:
            result = cmath.rect(distance, angle)
        except ValueError as error:
            print("rect", distance, angle, error)
        else:
            # The sign of the real part is open where the angle is a nan.
            print("rect", distance, angle, shown(abs(result.real)), shown(result.imag))

print(cmath.log(8, 2), cmath.log(2j, -3 + 1e-3j))
for call in [
    lambda: cmath.exp(1000),
    lambda: cmath.polar(complex(1e308, 1e308)),
    lambda: cmath.log(1, 0),
    lambda: cmath.log(2, 1),
    lambda: cmath.sqrt("1"),
    lambda: cmath.isclose(1, 2, rel_tol=-1),
    lambda: cmath.sqrt(),
]:
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)


class Convertible:
    def __complex__(self):
        return -4 + 0j


print(cmath.sqrt(Convertible()), cmath.sqrt(True), cmath.isclose(1 + 1j, 1 + 1.0000000001j), cmath.isclose(0, 1e-12))
print(cmath.isclose(cmath.infj, cmath.infj), cmath.isclose(cmath.nanj, cmath.nanj), cmath.tau == 2 * cmath.pi, cmath.e)
