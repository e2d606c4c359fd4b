"""What `compile` refuses or warns about besides syntax: long integers, file names, null bytes, jumps out of `finally`."""

import ast
import sys
import warnings

sys.set_int_max_str_digits(700)
for source in ["a = 1\nb = " + "3" * 701, "x = 2 + -" + "_".join("4" * 800), "0x" + "5" * 800, "5" * 800 + ".0", "5" * 700]:
    for read in compile, lambda source, *_: ast.parse(source):
        try:
            read(source, "<long>", "exec")
            print("fine")
        except SyntaxError as error:
            print(error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset)

for filename in bytearray(b"file"), [1], None, b"file":
    try:
        print(compile("pass", filename, "exec").co_filename)
    except TypeError as error:
        print(error)

for data in b"0000\x00\n\x9e\n", b"\x9e\n\x00":
    try:
        compile(data, "<bytes>", "exec")
    except SyntaxError as error:
        print(error)

source = "def f():\n    try:\n        pass\n    finally:\n        return 42\n"
for step in lambda: ast.parse(source), lambda: compile(ast.parse(source), "<tree>", "exec"), lambda: compile(source, "<text>", "exec"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        step()
    print([(each.category.__name__, str(each.message), each.filename, each.lineno) for each in caught])

for source in ["x = 1e5x\ny", "x = 'abc\ny", "x = )\ny", "x = '''abc\ny", "x = 0777\n", "(]\nabc", "x = ?\ny"]:
    try:
        eval(source)
    except SyntaxError as error:
        print(ascii(error.text))

for source in ["from __future__ import division; import sys; from __future__ import division", "from __future__ import division; from __future__ import generators"]:
    try:
        compile(source, "<future>", "exec")
        print("fine")
    except SyntaxError as error:
        print(error, error.offset)
print(repr(bytearray(b"it's")), repr(bytearray(b"'\"")), repr(b"it's"))
