# The matcher of regular expressions: each kind of step, what is undone when a way fails, all widths of text, bad programs.
import re
import _sre


def show(pattern, text, flags=0):
    found = re.search(pattern, text, flags)
    print(repr(pattern), found and (found.span(), found.groups(), found.lastindex))


# Choices, and groups that a failed way had set.
show(r"(a)|(b)", "b")
show(r"(?:(a)x|a(b))", "ab")
show(r"(?:(a)|b)*", "abab")
show(r"((a)|b)*?c", "abc")
show(r"(?:|a)+", "aaa")
show(r"(a|ab)(c|bcd)(d*)", "abcd")
show(r"(?:a(?:b|(c))|ac(d))e", "acde")
show(r"(?:(x)|y)+z", "xyz")

# Loops: greedy, lazy, possessive, bounded, empty bodies.
for pattern in (r"a*", r"a+?", r"a{2,3}", r"a{2,3}?", r"a{,2}b", r"a*+a", r"a++b", r"a?+a", r"(?:ab){2}", r"(?:ab)+?b", r"(?:ab)++c", r"(?:ab|a){1,2}+b"):
    show(pattern, "aaab ababc")
show(r"(?:a*)*b", "aaab")
show(r"(?:a*?)*?b", "aaab")
show(r"(?:a|b*)*c", "abbac")
show(r"(?:(a*)(b?))+$", "aabab")
show(r"(?:x(?:y(?:z)*)*)*!", "xyzzyxy!")
show(r"(?:(?:a{1,2}){2}){2}", "aaaaaaa")
show(r"^(.*),(.*)$", "a,b,c")
show(r"^(.*?),(.*?)$", "a,b,c")
show(r"(?s)<.*>", "<a\n>b")
show(r"<.+?>", "<a<b>>")
show(r"\d+(?=\D)", "12 345")

# Parts that are matched for themselves.
show(r"(?>a+)ab", "aaab")
show(r"(?>a|ab)c", "abc")
show(r"(?>(a+)|b)(c)", "aac")
show(r"(?=(a+))a*b\1", "baaabac")
show(r"(?!(a)b)a(.)", "abac")
show(r"(?<=(.))c", "abc")
show(r"(?<!a)b", "abcb")
show(r"(?<![a-z])\w+", "7up")
show(r"(?=(?!b)a)(?:a|b)+", "bab")
show(r"((?=a)a|b)+", "bab")
show(r"(?:(?=(\w)(\w))\w)+", "xyz")
show(r"(?!^)$", "")

# What a group matched, and whether it took part.
show(r"(a|b)\1", "abb")
show(r"(?i)(a|b)\1", "abB")
show(r"(?P<q>['\"]).*?(?P=q)", "x'a\"b'")
show(r"(<)?\w+(?(1)>|!)", "a <b> c!")
show(r"(?:(a)|b)(?(1)c|d)", "bc bd")
show(r"^(?:(a)|c)((?(1)b|d))$", "cd")
show(r"(a)?b\1?c", "bc")

# Places.
show(r"^b$", "a\nb\nc", re.M)
show(r"b$", "ab\n")
show(r"b\Z", "ab\n")
show(r"\Ab", "ab")
show(r"\bfoo\b", "foobar foo")
show(r"\Boo", "oo foo")
show(r"\B", "")
show(r"\bé", "a é")
show(r"(?a)\bé", "aé")
print([found.span() for found in re.finditer(r"^", "a\nb\n", re.M)], [found.span() for found in re.finditer(r"$", "a\nb\n", re.M)])
print(re.compile("^b").search("ab", 1), re.compile("b$").search("abc", 0, 2), re.compile("(?<=a)b").search("ab", 1))

# Sets, categories and case.
show(r"[^a-c\d]+", "abc123xyz")
show(r"[\w.-]+@[^\s@]+", "mail a.b-c@d.e now")
show(r"[а-я]+", "ABC где")
show(r"(?i)[а-я]+", "ГДЕ")
show(r"(?i)straße", "STRAßE")
show(r"(?i)[^x]", "Xx-")
show(r"(?i)ſ", "S")
show(r"(?i)K", "\u212a")
show(r"[\u0100-\uffff\U00010000-\U0010ffff]+", "ab\u0100\uffff\U0001f600z")
show(r"[\U0001f600a]+", "xa\U0001f600")
show(r"\d+", "٣٤")
show(r"(?a)\d+", "٣٤5")
show(r"\s+", "a\x1c\u2003b")
show(r"(?i)[A-Z]+", "hello")
print(re.search(rb"(?i)[^a]\W", b"A\xe9-").span(), re.search(rb"(?L)\w+", b"-ab_").span(), re.search(rb"(?Li)[A-F]+", b"xabc").span())
print(re.search(rb"a.c", bytearray(b"xabc")).group(), re.findall(rb"\w", memoryview(b"a b")))

# Wide text, lone surrogates, positions.
for text in ("naïve", "на\u0457ve", "n\U0001f600ve", "\ud800ve"):
    print([ascii(part) for part in re.split(r"(?<=.)(?=v)", text)], re.search("ve$", text).span(), ascii(re.sub(r"^.", "<\\g<0>>", text)))

# Finding all: empty matches and where they may lie.
print(re.findall(r"a*", "baac"), re.sub(r"a*", "-", "baac"), re.split(r"b*", "abc"), re.findall(r"(a)|(b)", "ab"))
print(re.sub(r"(\w)(\d)?", lambda found: f"[{found[2]}{found[1]}]", "a1b"), re.subn("x", "", "axbx"), re.sub("b", r"\n", "abc"), re.sub("(b)", r"<\1\1>", "abc", count=1))
scanner = re.compile(r"\w*").scanner("ab c")
print([found.span() for found in iter(scanner.search, None)])
found = re.match(r"(a)(?P<name>b)?(c)", "acd")
print(found.regs, found.group(0, "name", 3), found.groups("-"), found.groupdict(), found.span(2), found.start("name"), found.end(3), found.lastgroup)
print(found.expand(r"\3-\1-\g<name>"), found.pos, found.endpos, re.match("(a)(?P<z>b)", "ab").lastgroup)
for bad in (4, -1, "no", 1.5):
    try:
        print(found.group(bad))
    except IndexError as error:
        print(type(error).__name__, error)

# Long texts and deep choices need no native stack.
print(re.match(r"(?:a|b)*c", "ab" * 100_000 + "c").end(), re.match(r"(?:(?:a)+)+$", "a" * 20_000).end(), re.fullmatch(r"(?:.|\n)*?", "x\n" * 50_000).end())
print(re.match("(?:" * 90 + "a" + ")*" * 90, "aaa").end(), len(re.findall(r"(?=(a+))", "a" * 300)))

# Words that are no program.
for words in ([], [1, 99], [99], [16], [14, 200], [7, 1, 0], [15, 0, 1], [15, 5, 1], [23, 3, 0, 1, 1], [18, 1], [17, 9, 1], [11, 3, 1], [13, 2, 50, 0, 1], [24, 9, 0, 1, 1], [6, 44, 1], [10, 1, 1]):
    try:
        _sre.compile("", 0, words, 0, {}, (None,))
        print(words, "compiled")
    except (RuntimeError, OverflowError) as error:
        print(words, type(error).__name__, error)
