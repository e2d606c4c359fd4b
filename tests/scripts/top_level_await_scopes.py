"""`PyCF_ALLOW_TOP_LEVEL_AWAIT` lets the module await, not the functions and classes in it."""

import ast

for source in [
    "await x",
    "[await x for x in y]",
    "[[await x for x in y] for z in w]",
    "(await x for x in y)",
    "def f(x=await y): pass",
    "class D(await x): pass",
    "def f(): await x",
    "def f(): [x async for x in y]",
    "def f():\n    [[await x for x in y] for z in w]",
    "class C: await x",
    "class C: [await x for x in y]",
    "async def f():\n    class C: [await x for x in y]",
    "async def f():\n    def g(): await x",
    "lambda: await x",
    "[(lambda: await x) for x in y]",
]:
    try:
        compile(source, "<test>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        print(repr(source), error)
    else:
        print(repr(source), "compiles")
