"""struct, zlib, binascii, base64, hashlib-free checksums, textwrap, string, unicodedata, codecs, tokenize, ast, datetime-free formatting."""

import ast
import base64
import binascii
import codecs
import io
import string
import struct
import textwrap
import tokenize
import unicodedata
import zlib

print(struct.pack("<bBhHiIqQ", -1, 2, -3, 4, -5, 6, -7, 8), struct.pack(">2sxf?d", b"ab", 1.5, True, -2.25), struct.unpack("<iq", struct.pack("<iq", 7, -8)), struct.calcsize("@bi"), struct.calcsize("=bi"), struct.pack("5s3p", b"abc", b"xyz"), list(struct.iter_unpack(">H", b"\0\1\0\2")), struct.unpack_from("<H", b"xx\1\0", 2), struct.Struct("!e").pack(1.5), struct.pack("n", 5)[:1])
buffer = bytearray(6)
struct.pack_into("<H", buffer, 2, 513)
print(buffer)
data = b"hello " * 100
packed = zlib.compress(data, 9)
print(zlib.decompress(packed) == data, len(packed) < 40, zlib.crc32(data), zlib.adler32(data), zlib.crc32(b"b", zlib.crc32(b"a")) == zlib.crc32(b"ab"))
d = zlib.decompressobj()
print(d.decompress(packed[:10]) + d.decompress(packed[10:]) + d.flush() == data, d.eof, d.unused_data, zlib.decompress((c := zlib.compressobj(wbits=31)).compress(b"gz") + c.flush(), wbits=31))
print(binascii.hexlify(b"\x01\xff"), binascii.unhexlify("01ff"), base64.b64encode(b"any carnal pleas"), base64.b64decode("YWI="), base64.urlsafe_b64encode(b"\xfb\xff"), base64.b32encode(b"a"), base64.b16encode(b"a"), base64.b85encode(b"abcd"), binascii.crc_hqx(b"a", 0), binascii.b2a_qp(b"a=\xff"))
print(textwrap.wrap("the quick brown fox jumps over the lazy dog", 15), textwrap.dedent("  a\n    b\n  c"), textwrap.indent("a\nb", "> "), textwrap.shorten("hello big world", 12), textwrap.fill("aaa bbb ccc", 7, initial_indent="* "))
print(string.ascii_letters, string.punctuation, string.Template("$a ${b}c $$").substitute(a=1, b=2), string.Template("$x").safe_substitute(), string.capwords("a bc"), list(string.Formatter().parse("a{b!r:c}d")))
print(unicodedata.name("é"), unicodedata.category("A"), unicodedata.normalize("NFD", "é") == "e\u0301", unicodedata.normalize("NFKC", "ﬁ²"), unicodedata.lookup("SNOWMAN"), unicodedata.numeric("½"), unicodedata.decimal("٣"), unicodedata.bidirectional("א"), unicodedata.combining("\u0301"), unicodedata.east_asian_width("日"), unicodedata.decomposition("é"), unicodedata.mirrored("("), unicodedata.is_normalized("NFC", "é"))
print(codecs.encode("abc", "rot13"), codecs.lookup("utf8").name, "ж".encode("cp1251"), "€".encode("cp1252"), "日本".encode("utf-16"), codecs.BOM_UTF8, b"\xef\xbb\xbfx".decode("utf-8-sig"), "é".encode("utf-7"), "a\u20ac".encode("idna" if False else "unicode_escape"), b"\\u0041".decode("unicode_escape"), codecs.decode("68", "hex"), codecs.getincrementaldecoder("utf-8")().decode(b"\xc3"), codecs.escape_decode(b"\\n")[0])
codecs.register_error("test.stars", lambda e: ("*" * (e.end - e.start), e.end))
print("aé日b".encode("ascii", "test.stars"))
source = "def f(x):\n    # note\n    return x + 1.5e3 if x else '''a\nb'''\n"
for token in tokenize.generate_tokens(io.StringIO(source).readline):
    print(tokenize.tok_name[token.type], repr(token.string), token.start, token.end, end="; ")
print()
print([t.string for t in tokenize.tokenize(io.BytesIO(b"f'{x!r:>{w}} y' := @ -> ...").readline)], tokenize.untokenize(tokenize.generate_tokens(io.StringIO(source).readline)) == source)
for bad in ["(1,\n", "'abc", "x = '''a", " a\nb\n  c\n d", "a $ b", "0x", "1_"]:
    try:
        print(len(list(tokenize.generate_tokens(io.StringIO(bad).readline))))
    except (tokenize.TokenError, SyntaxError) as error:
        print(type(error).__name__, error.args[0])
tree = ast.parse("x = [1, 'a', *b] if y else f(z=2)\nfor i in range(3): pass")
print(ast.dump(tree), ast.unparse(tree), ast.literal_eval("{'a': [1, (2.5, None), -3], b'x': {1}}"), sep="\n")


class Doubler(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


print(eval(compile(ast.fix_missing_locations(Doubler().visit(ast.parse("1 + 20", mode="eval"))), "<ast>", "eval")), [type(n).__name__ for n in ast.walk(ast.parse("a.b[c]"))], ast.get_docstring(ast.parse("'doc'")), ast.dump(ast.parse("f(a, *b, k=1)", mode="eval"), indent=1))
for bad in [lambda: struct.pack("B", 256), lambda: struct.pack("i", "x"), lambda: struct.unpack("i", b"1"), lambda: struct.pack("ii", 1), lambda: struct.calcsize("z"), lambda: zlib.decompress(b"bad"), lambda: zlib.decompress(packed[:-5]), lambda: binascii.unhexlify("0"), lambda: base64.b64decode("a"), lambda: ast.literal_eval("f()"), lambda: string.Template("$").substitute(), lambda: string.Template("$a").substitute(), lambda: unicodedata.lookup("NOPE"), lambda: unicodedata.name("\x00"), lambda: codecs.lookup("nope"), lambda: codecs.lookup_error("nope"), lambda: ast.parse("1 +"), lambda: b"\x80".decode("cp1252", "strict") and b"\x81".decode("cp1252")]:
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)
