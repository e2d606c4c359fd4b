"""Literals: numbers in all bases, strings with every escape and prefix, bytes, concatenation, constants, layout."""

print(0, 00, 0x1F, 0o17, 0b101, 1_000_000, 0x_ff, 1e3, 1.5E-3, .5, 5., 1_0.0_1, 3j, 1.5J, 0xDEADBEEFDEADBEEF, 10**0, 1e400, 1e-400, 0.1e1j)
print('single', "double", '''triple 'quoted' ''', """triple "double" """, 'a' "b" r'\c' 'd', u'u', R"\raw\n", f"{1}" 'x', 'line\
joined')
print(repr("\a\b\f\n\r\t\v\\\'\"\0\01\012\x41\u00e9\U0001F600\N{GREEK SMALL LETTER ALPHA}"), repr(b"\a\x00\xff\012\\\'" B"more" rb"\x" Rb'\y' bR"\z"), len("\
"), "tab\there")
print("nested 'single' and \"double\"", 'it''s', "" "", ''.join(['a' 'b', 'c']), ("implicit "
    "over lines " # with a comment
    "joined"))
print(True, False, None, Ellipsis, ..., __debug__, NotImplemented, (), [], {}, {1}, {1: 2}, (1,), (1, 2,), [1, ], {1, }, {1: 2, }, -1, +1, ~1, - -1, not True)
x = 5; y = 6; print(x, y); z = (x +
    y); print(z)
if x: print("one line"); print("two statements")
if x: pass
else: print("no")
while x > 4: x -= 1; print("loop", x)
for i in 1, 2, 3: print(i, end=" ")
else: print("done")
class Empty: pass
class One: a = 1; b = 2
def f(): return 1; return 2
print(f(), One.b, Empty.__name__)
lst = [
    1,

    2,  # comment

    3
]
print(lst, {
    'k': [1, (2,
      3)],
})
if (True and
        not False): print("continued")
assert True, "never"
print(eval("0xffffffffffffffffffff"), eval("1_2_3"), eval("'\\\n'") == "", int("0_1", 10) if True else 0)
é = 1; 变量 = 2; ª = 3; print(é + 变量 + a if (a := ª) else 0)
print("é" "日本" "😀", len("😀"), "\ud83d\ude00" != "😀", "e\u0301" != "é", b"bytes only", '\N{DIGIT ONE}\N{EN SPACE}|')
print(1if True else 2, [1]if 1else[2], 0x1for x in [1]) if False else print("compact", 1 if True else 2)
print("%s" "%d" % ("a", 1), "a" + "b" "c" * 2, -2 ** 2, 2 ** -1, (-2) ** 2, 1 < 2 < 3, not 1 == 1, 1 if 0 else 2 if 0 else 3, lambda: 1) if False else print("precedence", -2 ** 2, 2 ** -1)
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for source in [r"'\d'", r"b'\d'", r"f'\d{1}'", "1 is 1", "x is 'a'", "assert (1, 'x')", "1 if 1else 2", "'a' 'b' is not x", "(1)(2)", "[1][2, 3]", "'\\400'", "0x1for x in y", "[1] (2)", "def f():\n try: pass\n finally: return 1", "while 1:\n try: pass\n finally: break"]:
        try:
            compile(source, "<w>", "exec")
        except SyntaxError as error:
            print("error", source, error.msg)
for warning in caught:
    print(warning.category.__name__, warning.message, warning.lineno)
