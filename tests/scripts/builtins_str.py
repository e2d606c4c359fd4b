"""Strings: every method, slicing, Unicode, percent formatting, repr, errors."""

s = "Hello, Wörld! ß ǅ"
for name in ["upper", "lower", "title", "capitalize", "swapcase", "casefold", "strip", "split", "splitlines", "isascii", "isalpha", "isupper", "islower", "istitle", "isspace", "isidentifier", "isprintable", "isdecimal", "isdigit", "isnumeric", "isalnum"]:
    print(name, repr(getattr(s, name)()), getattr("abc", name)(), repr(getattr("", name)()), repr(getattr(" ²३Ⅷ", name)()))
print(s.find("o"), s.rfind("o"), s.find("zz"), s.index("W"), s.count("l"), s.count(""), s.startswith("Hell"), s.endswith(("x", "ǅ")), s.startswith("W", 7), "".find(""), "abc".find("", 3), "abc".find("", 4))
print("a,b,,c".split(","), "a,b,,c".split(",", 1), "a,b,,c".rsplit(",", 1), "  a  b ".split(), "  a  b ".split(None, 1), " a b ".rsplit(None, 1), "".split(), "".split(","), "abc".split("abc"))
print("a-b-c".partition("-"), "a-b-c".rpartition("-"), "abc".partition("x"), "abc".rpartition("x"))
print("l1\nl2\r\nl3\x0bl4\x1cl5\u2028l6".splitlines(), "a\n\nb\n".splitlines(True))
print("-".join("abc"), "".join([]), "x".join(["a"]), "abc".replace("b", "BB"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".replace("", "-", 2))
print("abc".center(9, "*"), "abc".ljust(6) + "|", "abc".rjust(6, "."), "42".zfill(5), "-42".zfill(5), "+1".zfill(4), "ab".center(5), "a\tb\tc".expandtabs(4), "\t|".expandtabs(0))
print("xxabcxx".strip("x"), "abcab".lstrip("ab"), "abcab".rstrip("ab"), "prefix.x".removeprefix("prefix"), "x.suffix".removesuffix(".suffix"), "\u3000 a \x1f".strip())
print("abc".translate({97: "A", 98: None, 99: 0x1F600}), "abc".translate(str.maketrans("ab", "xy", "c")), str.maketrans({"a": 1}), "{:>5}".format("é"), "%s" % "q")
t = "0123456789"
print(t[2:5], t[-3:], t[::2], t[::-1], t[8:2:-2], t[5:100], t[100:], t[-100:3], t[3], t[-1], t[slice(None, None, 3)], t[:], "aé日😀"[::-1], "aé日😀"[3], len("aé日😀"))
print("a" + "b" * 3, 3 * "x", "x" * 0, "x" * -1, "b" in "abc", "" in "", "a" < "b" < "é" < "日" < "😀", "abc" == "abc", "a" != "A", max("hello"), sorted("hello"))
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("\n\t\\\x00\x7f\x80\xad\u200b\ud800\U0001f600é"), ascii("é日😀"), "\x41\u0042\N{BULLET}\101\0")
print("%s %r %a %d %5.2f %x %c %% %(k)s" .replace("%(k)s", "") % ("s", "r", "é", 3, 2.5, 255, "c"), "%(a)s-%(b)05d" % {"a": 1, "b": 2}, "%-5s|%5s|%.2s" % ("a", "b", "cdef"), "%*d|%-*d" % (5, 1, 5, 2), "%c" % 0x1F600, "%s %s" % ((1, 2), [3]), "%#x %#o" % (10, 8), "% d" % 5)
print(str(b"x", "ascii"), str(1.5), str(None), str(), "é".encode(), "é".encode("latin-1"), "é😀".encode("utf-16-le"), "é".encode("ascii", "replace"), "é😀".encode("ascii", "backslashreplace"), "é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "namereplace"), "é".encode("ascii", "ignore"), "\udc80".encode("utf-8", "surrogateescape"))
print(ord("😀"), chr(128512), "ﬁ".upper(), "İ".lower(), "ΑΣ".lower(), "ǆ".title(), "straße".casefold() == "STRASSE".casefold(), "ŉ".upper(), "one two's".title(), "x1y".title())
for text in ["'abc'[5]", "'abc'['a']", "'abc'.index('z')", "'a' + 1", "'a' * 'b'", "'%d' % 'x'", "'%s %s' % (1,)", "'%s' % (1, 2)", "'%q' % 1", "'%' % 1", "'%(a)s' % 1", "'%(a)s' % {}", "'%c' % 'ab'", "'%c' % -1", "ord('ab')", "chr(-1)", "chr(0x110000)", "'a'.join([1])", "'a'.join(5)", "','.split('')", "'a'.center(5, 'xy')", "'é'.encode('ascii')", "'\\ud800'.encode()", "'a'.encode('nope')", "b'\\xff'.decode()", "b'\\xc3'.decode('utf-8')",
             "'x'.startswith(1)", "'a' in 5", "5 in 'a'", "'a' < 1", "str(b'x', 5)", "'abc'.replace(1, 2)", "'a'.zfill()", "'a'.foo", "''.strip(1)", "'abc'[::0]", "str(1, 2, 3, 4)", "'{}'.format()", "'a'.partition('')", "'a'.expandtabs('x')", "str.maketrans('a', 'bc')", "'a'[1:'x']", "int('a' 'b', 36)", "'a'.count()", "chr('a')", "'x' * 10**20"]:
    try:
        print(text, "=", repr(eval(text)))
    except Exception as error:
        print(text, "!", type(error).__name__, error)
big = "".join(chr(97 + i % 26) for i in range(5000))
print(len(big), big.count("xyz"), big.find("zab", 100), hash("abc") == hash("".join(["a", "bc"])), big[1000:1010], (big * 3).rfind("abc"), big.replace("a", "")[:5])
acc = ""
for i in range(3000):
    acc += str(i % 10)
print(len(acc), acc[-5:], acc.count("9"))


class Sub(str):
    def __str__(self):
        return "sub"

    def extra(self):
        return self.upper()


sub = Sub("text")
print(sub, repr(sub), sub.extra(), sub + "x", type(sub + "x").__name__, sub == "text", {sub: 1}["text"], f"{sub}", "%s" % sub, "".join([sub]), type(sub[:]).__name__, isinstance(sub, str))
print("a\u0301" == "á", "abc".isidentifier(), "1a".isidentifier(), "class".isidentifier(), "é".isidentifier(), "\u00b2".isdigit(), "\u00bd".isnumeric(), "a b".istitle(), "A B".istitle())
print([c for c in "aé😀"], list(reversed("abc")), dict(enumerate("ab")), "".join(sorted("badc", reverse=True)), *zip("ab", "cd"), [*map(ord, "ab")], "x".__mul__(2), "abc".__contains__("b"), "ab".__iter__().__next__())
