"""`<>` for `!=`: asked for by a future import, a flag of compile(), or the code that calls compile()."""

import ast
import __future__

FLUFL = __future__.barry_as_FLUFL.compiler_flag
ASK = "from __future__ import barry_as_FLUFL\n"


def tried(source, mode="exec", flags=0):
    try:
        code = compile(source, "<test>", mode, flags)
    except SyntaxError as error:
        return error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, error.text
    names = {}
    return eval(code, names), names.get("x"), bool(code.co_flags & FLUFL)


for source in [
    "x = 1 <> 2",
    ASK + "x = 1 <> 2",
    ASK + "x = 1 <> 1",
    ASK + "x = 1 != 2",
    ASK + "x = (3 <>\n 4)",
    ASK + "x = f'{1 <> 2}'",
    ASK + "x = '1 <> 2' <> '1 != 2'",
    ASK + "x = 1 <> 2 < 3 <> 4 and not 1 <> 1",
    ASK + "def f(): return 1 <> 2\nx = f(), f.__code__.co_flags & %d" % FLUFL,
    "'doc'\nfrom __future__ import (division, barry_as_FLUFL as b,)\nx = 1 <> 2",
    "from __future__ import division as barry_as_FLUFL\nx = 1 <> 2",
    "x = 1 != 2\n" + ASK,
    ASK + "x = 1 <>",
    ASK + "x = 1 <> <> 2",
]:
    print(repr(source), tried(source))

print(tried("1 <> 2", "eval"), tried("1 <> 2", "eval", FLUFL), tried("1 != 2", "eval", FLUFL))
inner = "print(eval('1 <> 2'), eval(compile('2 <> 2', '', 'eval')))"
exec(ASK + inner)
try:
    exec(inner)
except SyntaxError as error:
    print(error.msg)

tree = ast.parse(ASK + "x = 1 <> 2")
print(ast.unparse(tree))
names = {}
exec(compile(tree, "<tree>", "exec"), names)
print(names["x"])
