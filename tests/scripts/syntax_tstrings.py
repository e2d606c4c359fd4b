"""t-strings (PEP 750): templates, interpolations, their attributes, concatenation, nesting."""

from string.templatelib import Interpolation, Template, convert

name, count = "Ada", 3
template = t"Hello {name!r:>{count}} and {count + 1 = }!"
print(type(template), template.strings, template.values)
for part in template.interpolations:
    print(part.value, part.expression, part.conversion, part.format_spec)
print([part if isinstance(part, str) else part.value for part in template])
print(template)
print(t"".strings, t"".interpolations, t"{1}{2}".strings, t"plain".values)


def render(template):
    out = []
    for part in template:
        match part:
            case str():
                out.append(part)
            case Interpolation(value, _, conversion, spec):
                out.append(format(convert(value, conversion), spec))
    return "".join(out)


print(render(t"{name:>6}|{name!r:<8}|{count:04}|{[n * 2 for n in range(count)]}"))
print(render(t"a{1}" + t"{2}b"), (t"a{1}" + t"b").strings)
print(render(t"one " t"two {count}"), rt"\n{name}".strings, t"{{}}".strings)
outer = t"<{t"{name}"}>"
print(outer.values[0].values, outer.interpolations[0].expression)
print(Template("a", Interpolation(1, "x", None, ""), "b", "c").strings)
print(Interpolation.__match_args__, Interpolation(5).expression == "", Template(Interpolation(1, "x")).strings)
try:
    t"a" + "b"
except TypeError as error:
    print(error)
try:
    "a" + t"b"
except TypeError as error:
    print(error)
for source in ["t'{'", "t'{}'", "t'a' 'b'", "t'a' f'b'", "bt'x'"]:
    try:
        compile(source, "<t>", "eval")
        print("ok")
    except SyntaxError as error:
        print(error.msg)
evaluated = []
t"{evaluated.append(1)}{evaluated.append(2)}"
print(evaluated)
