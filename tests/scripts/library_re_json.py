"""re and json: matching, groups, substitution, flags, errors; encoding, decoding, hooks, errors."""

import json
import re

m = re.match(r"(?P<key>\w+)=(?P<value>\d+)?", "abc=12 rest")
print(m, m.group(), m.groups(), m.groupdict(), m["key"], m.span("value"), m.start(), m.end(2), m.lastgroup, m.lastindex, m.string, m.re.pattern, m.pos, m.regs, m.expand(r"\2-\g<key>"))
print(re.search("b+", "aabbb").span(), re.fullmatch("a|ab", "ab").group(), re.match("b", "ab"), re.findall(r"(\w)(\d)", "a1 b2"), re.findall(r"\d+", "1 22 333"), [x.group() for x in re.finditer("a.", "abac")], re.split(r"([,;])\s*", "a, b;c"), re.split("x*", "axb"), re.split(",", "a,b,c", maxsplit=1))
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), re.sub("a", lambda m: m.group().upper(), "banana", count=2), re.subn("x*", "-", "abc"), re.escape("a.b*c d"), re.sub(r"(?P<n>a)", r"[\g<n>]", "cat"), re.sub("", "-", "ab"))
print(re.findall(r"(?i)AbC", "abc ABC"), re.findall("^a", "a\na", re.M), re.findall("a.b", "a\nb", re.S), re.findall(r"a b  # comment", "ab", re.X), re.findall(r"\w+", "é日 x", re.A), re.findall(r"\w+", "é日 x"), re.compile("a", re.I | re.M).flags, repr(re.compile("a", re.I)))
print(re.findall(r"(?<=a)b", "ab cb"), re.findall(r"(?<!a)b", "ab cb"), re.findall(r"a(?=b)", "ab ac"), re.findall(r"a(?!b)", "ab ac"), re.match(r"(a)?(?(1)b|c)", "ab").group(), re.match(r"(a+)+$", "aaaa").group(), re.match(r"a{2,3}?", "aaaa").group(), re.match(r"a*+b", "aaab").group(), re.match(r"(?>a+)ab", "aaab"), re.match(r"(.)(\1)", "aa").group(), re.findall(r"[^\W\d_]+", "ab1_c"), re.findall(r"[a-c\]]", "a]d"), re.match(r"\Aab\Z", "ab").group(), re.findall(r"\bfoo\b", "foo food"), re.findall(b"\\d", b"a1"), re.match(r"(?s:.)(?-i:a)", "\na").group())
print(re.findall(r"(a)|(b)", "ab"), re.match("(a)|b", "b").groups("d"), re.match("(?:a|b)+", "abab").group(), re.compile(r"(\d+)").sub(r"<\1>", "a1b22"), re.compile("b").search("abab", 2).start(), re.compile("a").match("ba", 1), re.compile("^a").match("ba", 1), re.findall("(?:(?:ab)+|c)*", "ababcx"), re.template if hasattr(re, "template") else "no template")
for pattern in ["(", ")", "[a", "a**", "*a", "(?P<a>x)(?P<a>y)", "(?P<1>x)", r"\1", "(?<=a+)b", "a{3,2}", "(?z)", "[b-a]", r"\q", "(?P=x)", "a(?i)b", "(?(2)a)", "\\"]:
    try:
        re.compile(pattern)
        print("ok", pattern)
    except re.PatternError as error:
        print(pattern, "!", error, error.pos)
for bad in [lambda: re.sub("a", r"\2", "a"), lambda: re.match("a", 5), lambda: re.match(b"a", "a"), lambda: m.group(9), lambda: m["nope"], lambda: re.compile(5), lambda: re.sub("a", r"\g<x", "a")]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)
tokens = re.Scanner([(r"\d+", lambda s, t: int(t)), (r"[a-z]+", lambda s, t: t), (r"\s+", None)])
print(tokens.scan("abc 12 x ?"))

data = {"a": [1, 2.5, None, True, "é\n\"\\/\u2028"], "b": {"c": {}}, "d": [], "big": 10**30, "neg": -0.0, "e": 1e100, "nested": [[[]]], 1: "int key", None: "none", 2.5: "float", True: "t"}
print(json.dumps(data), json.dumps(data, indent=2), json.dumps(data, ensure_ascii=False, separators=(",", ":")), json.dumps({"b": 1, "a": 2}, sort_keys=True), json.dumps("😀"), json.dumps((1, 2)), json.dumps(float("nan")), json.dumps([1, [2, {}]], indent="\t"))
text = '{"a": [1, -2.5e3, "x\\u00e9\\n\\ud83d\\ude00", true, false, null], "b": {}, "c": 123456789012345678901234567890, "d": [NaN, Infinity, -Infinity], "e": 1E2}'
print(json.loads(text), json.loads(b'"bytes"'), json.loads(" [1 , 2 ] "), json.loads('"\\u0000"'), json.loads(text, parse_int=str, parse_float=lambda s: "F" + s)["a"], json.loads('{"a": 1, "a": 2}', object_pairs_hook=list), json.loads('{"k": {"z": 1}}', object_hook=lambda d: sorted(d)))
for bad in ["", "{", "[1,]", '{"a" 1}', "nul", '"a', '"\x01"', "[1] x", "{'a': 1}", '{"a":}', "01", "-", '"\\x"', "[1 2]", '{"a": 1,}', "\ufeff1", '["\\ud800"]', "1.", "[" * 5]:
    try:
        print(repr(bad), json.loads(bad).__repr__().encode("ascii", "backslashreplace"))
    except json.JSONDecodeError as error:
        print(repr(bad), "!", error, error.lineno, error.colno, error.pos)


class Enc(json.JSONEncoder):
    def default(self, o):
        return sorted(o) if isinstance(o, set) else super().default(o)


print(json.dumps({"s": {2, 1}}, cls=Enc), json.dumps([object], default=lambda o: o.__name__))
loop = []
loop.append(loop)
for bad in [lambda: json.dumps({1, 2}), lambda: json.dumps(loop), lambda: json.dumps({(1, 2): 3}), lambda: json.dumps({(1, 2): 3}, skipkeys=True), lambda: json.dumps(float("inf"), allow_nan=False), lambda: json.loads(5), lambda: json.dumps(b"x"), lambda: json.dumps({"a": [1, {"b": object}]})]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error, getattr(error, "__notes__", ""))
