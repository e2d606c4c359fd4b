"""f-strings: nesting, conversions, specs, debug form, quotes; and the format of each builtin type."""

import datetime
import decimal

name, number, value = "world", 42, 3.14159
print(f"hello {name}!", f"{number:>6}|{number:<6}|{number:^6}|", f"{value:.2f}")
print(f"{name!r} {name!s} {'é'!a} {name!r:>10}")
print(f"{number = }, {value = :.3f}, {name=!r:^12}, { number + 1 = }")
print(f"{'nested ' + f'{number + 1:{"0"}{6}}'} {f"{f"{1}"}"}")
width, precision, kind = 12, 4, "e"
print(f"{value:{width}.{precision}{kind}}|{name:{'*'}^{width}}")
print(f"{{literal}} {{{number}}} {number:{'{'}>5}")
print(f"{(lambda x: x * 2)(3)} {[n for n in range(3)]} { {'a': 1}['a'] } {number if number else 0}")
print(f"""multi
{
    number  # a comment
    + 1
} line""")
print(rf"\d{number}\n", f"\N{SNOWMAN} \x41 \u00e9", "a" f"b{1}" "c")
print(f"{'a' 'b'} {'\n'.join(['x', 'y'])!r}")
print(f"{number!s:*^{width}}", f"{number:#x} {number:#o} {number:#b} {number:08b} {number:,} {number:_}")


class Spec:
    def __format__(self, spec):
        return f"<{spec}>"

    def __repr__(self):
        return "Spec()"

    def __str__(self):
        return "spec"


print(f"{Spec()} {Spec():a{1}b} {Spec()!r:>8} {Spec()!s:>6} {Spec()=}")

for spec in ["", "d", "+d", " d", "05d", "<8d", ">+8,d", "=+8d", "x", "#X", "o", "#b", "c", "e", "f", "g", "%", ".3f", "n", "_x", "#_b", "*^9"]:
    print(f"{spec!r:>8}: {format(65, spec)!r} {format(-1234567, spec)!r}" if spec != "c" else format(65, spec))
for spec in ["", "f", ".0f", "#.0f", "e", ".3e", "g", "G", ".10g", "%", ".1%", "+.2f", "010.3f", ",.2f", "_.3f", "n", "<12", ">12.4", "z.1f", "#g", "=+10.1f"]:
    print(f"{spec!r:>8}: {format(1234.5678, spec)!r} {format(-0.04, spec)!r} {format(1e300, spec)!r}")
for special in [float("nan"), float("inf"), float("-inf"), -0.0]:
    print(format(special), format(special, "f"), format(special, "08.2F"), format(special, "+e"), format(special, "g"))
for spec in ["", ".2f", "+.1e", ">20", "g"]:
    print(format(1.5 - 2.25j, spec))
for spec in ["", "s", ".3", "10", "<10.2", "^11", "*>8", "=^3"]:
    print(repr(format("abcdef", spec)))
print(f"{True} {True:d} {True:>6} {None} {None!s:>6} {[1]} {(1, 2)!s:>10}")
print(f"{datetime.date(2024, 2, 29):%Y/%m/%d} {decimal.Decimal('1234.5'):,.2f}")

for value, spec in [("a", "d"), (1, "s"), (1.5, "d"), (1, ".2d"), (None, "5"), ([], "x"), ("a", "=5"), (1, ",_"), (1, "q"), ("x", "+"), (3, "c5c")]:
    try:
        print(format(value, spec))
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)

for source in ["f'{'", "f'}'", "f'{}'", "f'{a b}'", "f'{a!x}'", "f'{a!}'", "f'{lambda x: 1}'", "f'{a:{b:{c}}}'", "f'{a $ b}'", "f'{*a}'", "f'{a = !r:3}' if"]:
    try:
        compile(source, "<f>", "eval")
        print("ok", source)
    except SyntaxError as error:
        print(error.msg, error.offset)

print("{} {1}".format.__name__, "{0} {1} {0}".format("a", "b"), "{x[k]} {y.real} {z!r:>5}".format(x={"k": 1}, y=2, z="q"))
print("{:{}} {:>{w}}".format("a", 4, "b", w=3), "{{}} {}".format(1), "{0.__class__.__name__}".format(1))
for template, args in [("{", ()), ("}", ()), ("{} {0}", (1, 2)), ("{1}", (1,)), ("{a}", ()), ("{!x}", (1,)), ("{0[}", (1,)), ("{:d}", ("x",))]:
    try:
        print(template.format(*args))
    except (ValueError, IndexError, KeyError) as error:
        print(type(error).__name__, error)
