"""bytes, bytearray, memoryview: methods, slices, mutation, buffers, conversion, errors."""

b = b"Hello, world! \x00\xff"
print(b, b[0], b[-1], b[1:4], b[::-1], len(b), list(b[:4]), bytes(3), bytes([1, 2]), bytes("é", "utf-8"), bytes(b"x"), bytes(range(3)), bytes())
for name in ["upper", "lower", "title", "capitalize", "swapcase", "strip", "split", "splitlines", "isascii", "isalpha", "isupper", "isspace", "isdigit", "isalnum", "hex", "istitle", "islower"]:
    print(name, getattr(b, name)(), getattr(bytearray(b"a b"), name)())
print(b.find(b"o"), b.rfind(b"o"), b.find(111), b.index(b"w"), b.count(b"l"), b.count(108), b.startswith(b"He"), b.endswith((b"x", b"\xff")), b"lo" in b, 255 in b, b.replace(b"l", b"LL"), b.partition(b", "), b.rpartition(b"o"))
print(b",".join([b"a", bytearray(b"b")]), b"a,b".split(b","), b" x ".strip(), b"xax".strip(b"x"), b"a".center(5, b"*"), b"a".ljust(3), b"7".zfill(3), b"a\tb".expandtabs(2), b"abc".translate(None, b"b"), b"abc".translate(bytes.maketrans(b"a", b"z")), b"pre.x".removeprefix(b"pre"))
print(b.hex("-"), b"\x01\x02\x03\x04\x05".hex(":", 2), b"\x01\x02\x03".hex("_", -2), bytes.fromhex("01 ff Aa"), b"a" + b"b", b"ab" * 2, b"a" < b"b", b"a" == bytearray(b"a"), hash(b"a") == hash(memoryview(b"a")), b"%s %d %x %a %b" % (b"x", 3, 255, "é", b"q"))
print(repr(b"it's"), repr(b'"'), repr(b"\n\t\\\x7f"), b"caf\xc3\xa9".decode(), b"\xff".decode("latin-1"), b"\xffa".decode("utf-8", "replace"), b"\xffa".decode("utf-8", "ignore"), b"\xff".decode("utf-8", "surrogateescape") == "\udcff", b"\xff\xfe".decode("utf-8", "backslashreplace"))
a = bytearray(b"abc")
a.append(100); a.extend(b"ef"); a.extend([103]); a += b"h"; a *= 2; a.insert(0, 65)
print(a, a.pop(), a.pop(0), a.remove(97), a, a.index(b"ab"), a.reverse(), a)
a[1] = 90; a[2:4] = b"XYZ!"; del a[0]; del a[::3]; a[0:0] = b"--"
print(a, a[:2], a.copy() == a, bytearray(3), bytearray("é", "latin-1"), a.clear(), a)
c = bytearray(b"0123456789")
c[::2] = b"abcde"
print(c, c[1:8:3], repr(c), c.hex(), bytearray(b"x").__class__.__name__)
m = memoryview(c)
print(m[0], bytes(m[1:3]), m.tolist()[:3], len(m), m.readonly, m.format, m.itemsize, m.nbytes, m.shape, m.strides, m.ndim, m.contiguous, m.obj is c, m == c)
m[0] = 33
m[1:3] = b"??"
print(c, bytes(m[::-1]), memoryview(b"abc")[1:].tobytes(), m[2:5][0])
try:
    c.append(1)
except BufferError as error:
    print(error)
m.release()
c.append(1)
print(c)
with memoryview(b"abcd") as view:
    print(view.cast("H").tolist(), view.cast("B").hex(), memoryview(b"ab") == memoryview(b"ab"), hash(view) == hash(b"abcd"))
try:
    view[0]
except ValueError as error:
    print(error)
import array
arr = array.array("i", [1, 2, 3]) if "array" else None
print(memoryview(arr).tolist(), bytes(memoryview(arr))[:4], memoryview(arr).format)
for text in ["bytes([256])", "bytes([-1])", "bytes('a')", "bytes(-1)", "bytes(1.5)", "b'a' + 'a'", "b'a'[5]", "b'a'.index(b'z')", "b'a' in 'a'", "'a' in b'a'", "300 in b'a'", "bytes.fromhex('0')", "bytes.fromhex('zz')", "bytearray(b'')[0]", "bytearray(b'').pop()", "bytearray(b'a').remove(1)", "b'a'.join(['b'])", "b'%d' % 'x'", "b'%s' % 'x'", "bytearray(b'ab').__setitem__(0, 256)",
             "bytearray(b'ab').__setitem__(slice(0, 2, 2), b'xyz')", "memoryview(b'a').__setitem__(0, 1)", "memoryview('a')", "memoryview(b'abc').cast('H')", "bytes(10**20)", "b'a' * -1", "b'a' < 'a'", "bytes([], 'x')", "b'a'.hex(5)", "b'a'.split(b'')", "b'é'", "b'x'.decode('nope')", "int(b'x')", "bytes(None)", "bytearray(b'a').extend('x')", "b'' % 1", "b'a'.translate(b'x')"]:
    try:
        print(text, "=", repr(eval(text)))
    except (Exception, SyntaxError) as error:
        print(text, "!", type(error).__name__, error)
print(b"a" is not None, bytes.__doc__[:12], b"\x80abc".isascii(), b"abc"[True], bytes(memoryview(b"ab")), b"x".__contains__(120), sorted(b"cab"), max(b"ab"), [*b"ab"], bytes(reversed(b"abc")), dict(zip(b"ab", b"cd")))
