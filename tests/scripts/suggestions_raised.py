"""What exceptions tell of the code that raised them: names of attributes, misspelled keywords, where a group was made."""

import _suggestions
import traceback


class Property:
    blech = 1

    @property
    def bluch(self):
        raise AttributeError("no such thing")


class Hook:
    blech = 1

    def __getattr__(self, name):
        raise AttributeError


class Whole:
    def __getattribute__(self, name):
        raise AttributeError("whole", name="kept")


def told(read):
    try:
        read()
    except AttributeError as error:
        print(error.name, type(error.obj).__name__, error.args)


p, h, w = Property(), Hook(), Whole()

told(lambda: p.bluch)
told(lambda: getattr(p, "bluch"))
told(lambda: h.bluch)
told(lambda: h.bluch())
told(lambda: w.bluch)
print(hasattr(p, "bluch"), getattr(h, "bluch", 0))
try:
    h.bluch
except AttributeError:
    print(traceback.format_exc().splitlines()[-1])

for source in ["fur a in b:\n  pass", "x = (\n1 2)", "eval('1 2')", "whille True: pass"]:
    for mode in "exec", "single":
        try:
            exec(compile(source, "<typo>", mode))
        except SyntaxError as error:
            print(error.msg, error._metadata[:2], error._metadata[2].rstrip("\n").splitlines())
            print("".join(traceback.format_exception_only(error)), end="")
try:
    compile("break", "<late>", "exec")
except SyntaxError as error:
    print(error.msg, error._metadata)
try:
    SyntaxError("text", ("file", 1, 2, "line", 3, 4, 5, 6))
except TypeError as error:
    print(error)

for candidates, item in [(["hello", "world"], "hell"), (["hovercraft"], "eels"), ([1], "a"), (("a",), "a"), (["a"], 1)]:
    try:
        print(_suggestions._generate_suggestions(candidates, item))
    except TypeError as error:
        print(error)
print(_suggestions._generate_suggestions(["name"] * 749, "nam"), _suggestions._generate_suggestions(["name"] * 750, "nam"))


def naked():
    try:
        raise Exception(42)
    except* Exception:
        raise


try:
    naked()
except ExceptionGroup as group:
    for each in group, group.exceptions[0]:
        print([frame.lineno - naked.__code__.co_firstlineno for frame in traceback.extract_tb(each.__traceback__)][-1:])
